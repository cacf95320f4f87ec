/* The ring: bounds, wrapping, fullness, and two real threads with records of random sizes. */
#include "seeded.h"

#include "order/ring.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#define CAPACITY (64 * 1024)

struct space {
    _Alignas(16) unsigned char bytes[FM_REC_MAX];
};

/* A record whose every byte behind the header follows from its number. */
static struct fm_rec *make(struct space *space, uint64_t number, size_t size)
{
    struct fm_rec *rec = (struct fm_rec *)(void *)space->bytes;
    memset(rec, 0, sizeof(*rec));
    rec->time = (fm_time)number;
    rec->flow_id = number * 3;
    rec->size = (uint16_t)size;
    rec->weight = 1;
    memset(space->bytes + sizeof(*rec), (int)(number % 251), size - sizeof(*rec));
    return rec;
}

static bool is_number(const struct fm_rec *rec, uint64_t number)
{
    const unsigned char *bytes = (const unsigned char *)rec;
    if (rec->time != (fm_time)number || rec->flow_id != number * 3)
        return false;
    for (size_t i = sizeof(*rec); i < rec->size; i++)
        if (bytes[i] != number % 251)
            return false;
    return true;
}

static size_t some_size(uint64_t *seed)
{
    size_t most = seeded_below(seed, 8) == 0 ? (FM_REC_MAX - 64) / 8 + 1 : 30;
    return 64 + 8 * seeded_below(seed, most);
}

static void first_in_first_out(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t s = seed, in = 0, out = 0;
        struct space space;
        struct fm_ring *ring = fm_ring_new(1);
        assert_null(fm_ring_peek(ring));
        fm_ring_pop(ring); /* nothing there: nothing happens */
        for (int step = 0; step < 20000; step++) {
            if (seeded_below(&s, 100) < (step / 1000 % 2 == 0 ? 70u : 30u)) {
                in += fm_ring_push(ring, make(&space, in, some_size(&s)));
            } else {
                const struct fm_rec *rec = fm_ring_peek(ring);
                assert_int_equal(rec == NULL, in == out);
                if (rec == NULL)
                    continue;
                assert_true(is_number(rec, out));
                assert_ptr_equal(fm_ring_peek(ring), rec);
                fm_ring_pop(ring);
                out++;
            }
        }
        assert_true(out > 5000);
        fm_ring_free(ring);
    }
    fm_ring_free(NULL);
}

static void full_means_full(void **state)
{
    (void)state;
    struct space space;
    struct fm_ring *ring = fm_ring_new(CAPACITY);
    uint64_t in = 0;
    assert_int_equal(fm_ring_fill_pct(ring), 0);
    while (fm_ring_push(ring, make(&space, in, 128))) {
        in++;
        assert_int_equal(fm_ring_fill_pct(ring), in * 128 * 100 / CAPACITY);
    }
    assert_int_equal(in, CAPACITY / 128);
    assert_int_equal(fm_ring_fill_pct(ring), 100);
    assert_false(fm_ring_push(ring, make(&space, in, 64)));
    for (uint64_t out = 0; out < in; out++) {
        assert_true(is_number(fm_ring_peek(ring), out));
        fm_ring_pop(ring);
        if (out == in - 100) /* above half the ring it looks for itself */
            assert_true(fm_ring_fill_pct(ring) <= 20);
    }
    assert_null(fm_ring_peek(ring));
    assert_true(fm_ring_push(ring, make(&space, 7, FM_REC_MAX)));
    assert_true(is_number(fm_ring_peek(ring), 7));
    fm_ring_free(ring);
}

static void refuses_what_is_no_record(void **state)
{
    (void)state;
    struct space space;
    struct fm_ring *ring = fm_ring_new(CAPACITY);
    static const uint16_t bad[] = { 0, 8, 56, 65, 68, 8200, 65528 };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct fm_rec *rec = make(&space, 1, 64);
        rec->size = bad[i];
        assert_false(fm_ring_push(ring, rec));
    }
    assert_null(fm_ring_peek(ring));
    fm_ring_free(ring);
    assert_null(fm_ring_new(SIZE_MAX));
    assert_null(fm_ring_new(SIZE_MAX / 2));
}

static void the_clock_never_moves_back(void **state)
{
    (void)state;
    struct fm_ring *ring = fm_ring_new(CAPACITY);
    assert_true(fm_ring_clock(ring) == INT64_MIN);
    fm_ring_set_clock(ring, -5);
    assert_true(fm_ring_clock(ring) == -5);
    fm_ring_set_clock(ring, 100);
    fm_ring_set_clock(ring, 99);
    assert_true(fm_ring_clock(ring) == 100);
    fm_ring_free(ring);
}

#define RECORDS 200000u

struct producer {
    struct fm_ring *ring;
    uint64_t refused;
};

static void *produce(void *arg)
{
    struct producer *producer = arg;
    struct space space;
    uint64_t seed = 99;
    for (uint64_t number = 1; number <= RECORDS; number++) {
        const struct fm_rec *rec = make(&space, number, some_size(&seed));
        while (!fm_ring_push(producer->ring, rec)) {
            producer->refused++;
            sched_yield();
        }
        fm_ring_set_clock(producer->ring, (fm_time)number);
    }
    return NULL;
}

static void two_threads(void **state)
{
    (void)state;
    struct producer producer = { .ring = fm_ring_new(CAPACITY) };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, produce, &producer), 0);
    uint64_t next = 1;
    while (next <= RECORDS) {
        fm_time clock = fm_ring_clock(producer.ring);
        const struct fm_rec *rec;
        while ((rec = fm_ring_peek(producer.ring)) != NULL) {
            if (!is_number(rec, next))
                fail_msg("record %llu is wrong", (unsigned long long)next);
            fm_ring_pop(producer.ring);
            next++;
        }
        /* Whatever was pushed before this clock was set has come. */
        assert_true(clock == INT64_MIN || clock < (fm_time)next);
        sched_yield();
    }
    pthread_join(thread, NULL);
    assert_int_equal(next, RECORDS + 1);
    assert_null(fm_ring_peek(producer.ring));
    assert_true(fm_ring_clock(producer.ring) == RECORDS);
    fm_ring_free(producer.ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_first_out),
        cmocka_unit_test(full_means_full),
        cmocka_unit_test(refuses_what_is_no_record),
        cmocka_unit_test(the_clock_never_moves_back),
        cmocka_unit_test(two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
