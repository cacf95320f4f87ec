/* A packet thread's way to the engine: nothing is lost without being counted by kind, nothing that
 * must be kept is shed, who waits loses nothing and gives up when nobody takes; with two real
 * threads (build with --enable-tsan to have their races checked). */
#include "seeded.h"

#include "suricata/common/producer.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define SMALLEST (64 * 1024)

struct space {
    _Alignas(16) unsigned char bytes[FM_REC_MAX];
};

static struct fm_rec *make(struct space *space, enum fm_kind kind, uint64_t number)
{
    struct fm_rec *rec = (struct fm_rec *)(void *)space->bytes;

    fm_rec_begin(rec, kind);
    rec->time = (fm_time)number;
    if (kind == FM_FLOW_NEW)
        fm_rec_brief(rec);
    return rec;
}

static uint64_t lost(const struct fm_producer *producer, enum fm_kind kind)
{
    return atomic_load(&producer->lost[kind]);
}

static uint64_t take_all(struct fm_producer *producer, int which, uint64_t *weights)
{
    struct fm_ring *ring = fm_producer_ring(producer, which);
    const struct fm_rec *rec;
    uint64_t taken = 0;

    for (; ring != NULL && (rec = fm_ring_peek(ring)) != NULL; taken++) {
        *weights += rec->weight;
        fm_ring_pop(ring);
    }
    return taken;
}

static void nobody_takes(void **state)
{
    atomic_bool alive = false;
    struct fm_producer *producer = fm_producer_new(SMALLEST, true, true, &alive);
    struct space space;

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(fm_producer_push(producer, make(&space, FM_DNS, 1)), FM_DROPPED);
    assert_int_equal(lost(producer, FM_DNS), 10);
    assert_int_equal(lost(producer, FM_TLS), 0);
    assert_null(fm_producer_ring(producer, FM_RING_MAIN));
    fm_producer_free(producer);
}

/* Live, with an engine that stands still: flows are shed first, then what does not fit is dropped,
 * and each kind's losses and arrivals make up what was offered. */
static void overload_is_counted(void **state)
{
    atomic_bool alive = true;
    struct fm_producer *producer = fm_producer_new(SMALLEST, false, true, &alive);
    uint64_t results[FM_DROPPED + 1] = { 0 }, first_drop = 0, weights = 0;
    struct space space;

    (void)state;
    for (uint64_t i = 0; i < 2000; i++) {
        enum fm_pushed result = fm_producer_push(producer, make(&space, FM_FLOW_NEW, i));
        results[result]++;
        if (result == FM_DROPPED && first_drop == 0)
            first_drop = i;
    }
    assert_true(results[FM_SHED] > 0);
    assert_true(first_drop > results[FM_PUSHED]); /* some were shed before any was dropped */
    assert_int_equal(results[FM_PUSHED_LATE], 0);
    assert_int_equal(lost(producer, FM_FLOW_NEW), results[FM_SHED] + results[FM_DROPPED]);
    assert_int_equal(fm_producer_push(producer, make(&space, FM_DNS, 1)), FM_DROPPED);
    assert_int_equal(lost(producer, FM_DNS), 1);
    assert_int_equal(fm_producer_push(producer, make(&space, FM_ALERT, 1)), FM_PUSHED);
    assert_int_equal(fm_producer_push(producer, make(&space, FM_KRB5, 1)), FM_PUSHED);
    assert_int_equal(take_all(producer, FM_RING_KEPT, &weights), 2);
    weights = 0;
    assert_int_equal(take_all(producer, FM_RING_MAIN, &weights), results[FM_PUSHED]);
    /* those that were kept stand for those that were shed, but not for the dropped */
    assert_in_range(weights, results[FM_PUSHED] + 1, 2000);
    fm_producer_free(producer);
}

static void clocks(void **state)
{
    atomic_bool alive = true;
    struct fm_producer *packets = fm_producer_new(SMALLEST, false, true, &alive);
    struct fm_producer *recycler = fm_producer_new(SMALLEST, true, false, &alive);

    (void)state;
    fm_producer_clock(packets, 7 * FM_SECOND);
    assert_int_equal(fm_ring_clock(fm_producer_ring(packets, FM_RING_MAIN)), 7 * FM_SECOND);
    fm_producer_clock(recycler, 7 * FM_SECOND);
    assert_null(fm_producer_ring(recycler, FM_RING_MAIN));
    fm_producer_free(packets);
    fm_producer_free(recycler);
}

/* ---- two threads ---- */

struct taker {
    struct fm_producer *producer;
    atomic_bool *alive, stop;
    atomic_uint fullest; /* ring, in percent: the producer's side alone may ask */
    uint64_t taken[FM_KINDS], all, weights;
    fm_time last[FM_RINGS];
    bool ordered;
    unsigned rest_every; /* records between two rests of a slow engine */
};

/* A slow engine, on a machine of any speed: it takes nothing until a ring is as good as full. */
static void rest(struct taker *taker)
{
    const struct timespec nap = { .tv_nsec = 100000 };

    do
        nanosleep(&nap, NULL);
    while (atomic_load(&taker->fullest) < 90 && !atomic_load(&taker->stop));
    nanosleep(&nap, NULL);
}

static void tell_fullest(struct taker *taker)
{
    unsigned fullest = 0;

    for (int which = 0; which < FM_RINGS; which++) {
        struct fm_ring *ring = fm_producer_ring(taker->producer, which);
        unsigned pct = ring != NULL ? fm_ring_fill_pct(ring) : 0;
        fullest = pct > fullest ? pct : fullest;
    }
    atomic_store(&taker->fullest, fullest);
}

static uint64_t take_some(struct taker *taker)
{
    uint64_t taken = 0;

    for (int which = 0; which < FM_RINGS; which++) {
        struct fm_ring *ring = fm_producer_ring(taker->producer, which);
        const struct fm_rec *rec;
        while (ring != NULL && (rec = fm_ring_peek(ring)) != NULL) {
            taker->ordered = taker->ordered && rec->time >= taker->last[which];
            taker->last[which] = rec->time;
            taker->taken[rec->kind]++;
            taker->weights += rec->weight;
            fm_ring_pop(ring);
            taken++;
            if (++taker->all % taker->rest_every == 0)
                rest(taker);
        }
    }
    return taken;
}

static void *take(void *arg)
{
    struct taker *taker = arg;

    for (;;) {
        bool stop = atomic_load(&taker->stop);
        if (take_some(taker) == 0 && stop)
            return NULL;
    }
}

static void run_two(struct taker *taker, uint64_t results[FM_DROPPED + 1], uint64_t records)
{
    static const enum fm_kind kinds[] = { FM_FLOW_NEW, FM_FLOW_NEW, FM_FLOW_UPDATE, FM_DNS,
        FM_SMB };
    struct space space;
    pthread_t thread;
    uint64_t seed = 3;

    assert_int_equal(pthread_create(&thread, NULL, take, taker), 0);
    for (uint64_t i = 0; i < records; i++) {
        struct fm_rec *rec = make(&space, kinds[seeded_below(&seed, 5)], i);
        results[fm_producer_push(taker->producer, rec)]++;
        fm_producer_clock(taker->producer, (fm_time)i);
        tell_fullest(taker);
    }
    atomic_store(&taker->stop, true);
    pthread_join(thread, NULL);
}

static uint64_t sum(const uint64_t *counts, unsigned n)
{
    uint64_t all = 0;

    for (unsigned i = 0; i < n; i++)
        all += counts[i];
    return all;
}

static void who_waits_loses_nothing(void **state)
{
    atomic_bool alive = true;
    struct taker taker = { .alive = &alive, .ordered = true, .rest_every = 400 };
    uint64_t results[FM_DROPPED + 1] = { 0 };

    (void)state;
    taker.producer = fm_producer_new(SMALLEST, true, true, &alive);
    run_two(&taker, results, 20000);
    assert_int_equal(sum(taker.taken, FM_KINDS), 20000);
    assert_int_equal(taker.weights, 20000);
    assert_true(taker.ordered);
    assert_true(results[FM_PUSHED_LATE] > 0);
    assert_int_equal(results[FM_SHED] + results[FM_DROPPED], 0);
    fm_producer_free(taker.producer);
}

static void live_counts_what_it_gives_up(void **state)
{
    atomic_bool alive = true;
    struct taker taker = { .alive = &alive, .ordered = true, .rest_every = 20 };
    uint64_t results[FM_DROPPED + 1] = { 0 }, all_lost = 0;

    (void)state;
    taker.producer = fm_producer_new(SMALLEST, false, true, &alive);
    run_two(&taker, results, 60000);
    for (int kind = 0; kind < FM_KINDS; kind++)
        all_lost += lost(taker.producer, (enum fm_kind)kind);
    assert_true(results[FM_SHED] > 0);
    assert_int_equal(sum(taker.taken, FM_KINDS), results[FM_PUSHED]);
    assert_int_equal(all_lost, results[FM_SHED] + results[FM_DROPPED]);
    assert_int_equal(sum(taker.taken, FM_KINDS) + all_lost, 60000);
    assert_true(taker.ordered);
    fm_producer_free(taker.producer);
}

static void *end_soon(void *arg)
{
    nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
    atomic_store((atomic_bool *)arg, false);
    return NULL;
}

/* A full ring and an engine that ends: whoever waits must not wait for ever. */
static void the_wait_ends_with_the_engine(void **state)
{
    atomic_bool alive = true;
    struct fm_producer *producer = fm_producer_new(SMALLEST, true, true, &alive);
    enum fm_pushed result = FM_PUSHED;
    struct space space;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, end_soon, &alive), 0);
    while (result == FM_PUSHED)
        result = fm_producer_push(producer, make(&space, FM_HTTP, 1));
    assert_int_equal(result, FM_DROPPED);
    assert_int_equal(lost(producer, FM_HTTP), 1);
    pthread_join(thread, NULL);
    fm_producer_free(producer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_takes),
        cmocka_unit_test(overload_is_counted),
        cmocka_unit_test(clocks),
        cmocka_unit_test(who_waits_loses_nothing),
        cmocka_unit_test(live_counts_what_it_gives_up),
        cmocka_unit_test(the_wait_ends_with_the_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
