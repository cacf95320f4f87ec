/* What order/ costs, as lines of a table: name, records, ns a record, records a second.
 *
 *   bench_order [RECORDS]     10,000,000 by default
 *
 * ring: a producer thread pushes brief flow records (136 bytes) while a consumer takes them; the
 * time the producer waits for room is not the push's and left out of its line.  order, sort and
 * doubles run alone, on records that arrive up to two seconds out of order. */
#include "base/addr.h"
#include "order/doubles.h"
#include "order/order.h"
#include "order/ring.h"
#include "order/sort.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RING_BYTES (4u << 20)

static double now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static void line(const char *name, uint64_t records, double ns)
{
    printf("%-24s %10llu %10.1f %12.0f\n", name, (unsigned long long)records, ns / (double)records,
            (double)records / ns * 1e9);
}

struct brief {
    struct fm_rec rec;
    unsigned char body[sizeof(struct fm_flow)];
};

/* Record `number`: one a microsecond, up to two seconds late, each of a five-tuple of its own: the
 * worst case for doubles. */
static struct fm_rec *make(struct brief *space, uint64_t number)
{
    uint64_t mixed = number * UINT64_C(0x9e3779b97f4a7c15);
    uint8_t client[4] = { 10, 0, (uint8_t)(mixed >> 56), 1 }, server[4] = { 192, 0, 2, 1 };
    struct fm_rec *rec = &space->rec;
    struct fm_flow *flow = fm_rec_begin(rec, FM_FLOW_NEW);
    fm_rec_brief(rec);
    rec->time = (fm_time)(number + 2 * FM_SECOND - mixed % (2 * FM_SECOND));
    rec->flow_id = mixed | 1;
    rec->client = fm_addr_from4(client);
    rec->server = fm_addr_from4(server);
    rec->cport = (uint16_t)(mixed >> 32);
    rec->sport = 443;
    rec->proto = 6;
    rec->flags = FM_REC_ORIG_KNOWN;
    flow->start = rec->time;
    flow->packets[0] = 1;
    return rec;
}

struct producer {
    struct fm_ring *ring;
    uint64_t records;
    double busy_ns, waited_ns;
};

static void *produce(void *arg)
{
    struct producer *producer = arg;
    struct brief space;
    struct fm_rec *rec = make(&space, 1);
    double start = now_ns();
    for (uint64_t i = 0; i < producer->records; i++) {
        rec->time = (fm_time)i;
        if (!fm_ring_push(producer->ring, rec)) {
            double full = now_ns();
            while (!fm_ring_push(producer->ring, rec))
                sched_yield();
            producer->waited_ns += now_ns() - full;
        }
        fm_ring_set_clock(producer->ring, rec->time);
    }
    producer->busy_ns = now_ns() - start;
    return NULL;
}

static int bench_ring(uint64_t records)
{
    struct producer producer = { .ring = fm_ring_new(RING_BYTES), .records = records };
    pthread_t thread;
    if (producer.ring == NULL || pthread_create(&thread, NULL, produce, &producer) != 0)
        return 1;
    double start = now_ns();
    for (uint64_t got = 0; got < records;) {
        const struct fm_rec *rec = fm_ring_peek(producer.ring);
        if (rec == NULL) {
            sched_yield();
            continue;
        }
        if (rec->time != (fm_time)got) {
            fprintf(stderr, "bench_order: record %llu is out of order\n", (unsigned long long)got);
            return 1;
        }
        fm_ring_pop(producer.ring);
        got++;
    }
    double whole = now_ns() - start;
    pthread_join(thread, NULL);
    line("ring: push and clock", records, producer.busy_ns - producer.waited_ns);
    line("ring: to the consumer", records, whole);
    fm_ring_free(producer.ring);
    return 0;
}

static int bench_order(uint64_t records)
{
    struct fm_mem mem = { 0 };
    struct fm_order *order = fm_order_new(&mem, 2 * FM_SECOND, (size_t)2 << 30);
    struct brief space;
    uint64_t out = 0;
    double made = now_ns();
    for (uint64_t i = 0; i < records; i++)
        out += (uint64_t)make(&space, i)->weight;
    made = now_ns() - made;
    double start = now_ns();
    for (uint64_t i = 0; order != NULL && i < records; i++) {
        fm_order_put(order, make(&space, i * 20)); /* 50,000 a second: 100,000 are held */
        if (i % 64 == 0)
            fm_order_watermark(order, (fm_time)(i * 20 + 2 * FM_SECOND));
        while (fm_order_next(order) != NULL)
            out--;
    }
    if (order != NULL)
        fm_order_watermark(order, FM_NEVER);
    while (order != NULL && fm_order_next(order) != NULL)
        out--;
    line("order: put and next", records, now_ns() - start - made);
    if (order == NULL || out != 0)
        fprintf(stderr, "bench_order: %llu records were lost\n", (unsigned long long)out);
    fm_order_free(order);
    return out != 0;
}

static int bench_sort(uint64_t records, size_t memory_bytes, const char *name)
{
    struct fm_mem mem = { 0 };
    struct fm_sort *sort = fm_sort_new(&mem, memory_bytes, NULL);
    struct brief space;
    int error = sort == NULL;
    uint64_t out = 0;
    double start = now_ns();
    for (uint64_t i = 0; error == 0 && i < records; i++)
        error = fm_sort_put(sort, make(&space, i));
    if (error == 0)
        error = fm_sort_finish(sort);
    while (error == 0 && fm_sort_next(sort) != NULL)
        out++;
    line(name, records, now_ns() - start);
    fm_sort_free(sort);
    if (out != records)
        fprintf(stderr, "bench_order: sorted %llu of %llu: %s\n", (unsigned long long)out,
                (unsigned long long)records, strerror(error));
    return out != records;
}

static int bench_doubles(uint64_t records)
{
    struct fm_mem mem = { 0 };
    struct fm_doubles *doubles = fm_doubles_new(&mem, 65536, 1);
    struct brief space;
    if (doubles == NULL)
        return 1;
    double start = now_ns();
    for (uint64_t i = 0; i < records; i++)
        fm_doubles_keep(doubles, make(&space, i));
    line("doubles", records, now_ns() - start);
    printf("doubles: %.0f bytes a row\n", (double)mem.used_bytes / 65536);
    fm_doubles_free(doubles);
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t records = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    if (records < 10) {
        fprintf(stderr, "bench_order: RECORDS must be 10 or more\n");
        return 2;
    }
    printf("%-24s %10s %10s %12s\n", "what", "records", "ns each", "a second");
    int failed = bench_ring(records);
    failed |= bench_order(records / 5);
    failed |= bench_sort(records / 10, (size_t)1 << 30, "sort: in memory");
    failed |= bench_sort(records / 10, 16 << 20, "sort: 16 MiB, on disk");
    failed |= bench_doubles(records / 5);
    return failed;
}
