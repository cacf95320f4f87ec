/* Marks: what was set is found with its own scores and no other, until it is withdrawn, forgotten or
 * a day old; a full window gives up its least; with one writer and real readers while slots change
 * hands (build with --enable-tsan to have their races checked). */
#include "seeded.h"

#include "suricata/common/marks.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#define NOW (INT64_C(1700000000) * FM_SECOND)
#define NAMES 30
#define RECON 2
#define BEACON 7

static struct fm_addr host(uint32_t number)
{
    struct fm_addr addr = { { [10] = 0xff, [11] = 0xff } };

    memcpy(addr.byte + 12, &number, sizeof number);
    return addr;
}

static struct fm_standing standing(uint8_t threat, uint8_t certainty, fm_time last)
{
    return (struct fm_standing){ .threat = threat, .certainty = certainty, .last = last };
}

static void set(struct fm_marks *marks, uint32_t number, unsigned name, uint64_t detection,
        struct fm_standing found)
{
    struct fm_addr addr = host(number);

    fm_marks_set(marks, &addr, name, detection, &found);
}

static bool find(const struct fm_marks *marks, uint32_t number, unsigned name, fm_time now,
        struct fm_standing *out)
{
    struct fm_addr addr = host(number);

    return fm_marks_find(marks, &addr, name, now, out);
}

static void need(const struct fm_marks *marks, uint32_t number, unsigned name,
        struct fm_standing wanted)
{
    struct fm_standing found = { 0 };

    assert_true(find(marks, number, name, wanted.last, &found));
    assert_int_equal(found.threat, wanted.threat);
    assert_int_equal(found.certainty, wanted.certainty);
    assert_true(found.last == wanted.last);
}

static void need_none(const struct fm_marks *marks, uint32_t number, unsigned name, fm_time now)
{
    struct fm_standing found;

    assert_false(find(marks, number, name, now, &found));
}

static struct fm_marks *make(uint32_t slots)
{
    struct fm_marks *marks = fm_marks_new(slots, NAMES, FM_DAY, 1);

    assert_non_null(marks);
    return marks;
}

/* ---- one thread ---- */

static void what_was_set_is_found(void **state)
{
    struct fm_marks *marks = make(1024);
    struct fm_addr six = { { 0xfe, 0x80, [15] = 1 } };
    struct fm_standing found = standing(12, 34, NOW);

    (void)state;
    assert_true(fm_marks_none(marks));
    need_none(marks, 1, RECON, NOW);
    set(marks, 1, RECON, 1, standing(70, 90, NOW));
    assert_false(fm_marks_none(marks));
    need(marks, 1, RECON, standing(70, 90, NOW));
    need_none(marks, 1, BEACON, NOW);
    need_none(marks, 2, RECON, NOW);
    fm_marks_set(marks, &six, BEACON, 2, &found);
    assert_true(fm_marks_find(marks, &six, BEACON, NOW, &found));
    assert_int_equal(found.threat, 12);
    need_none(marks, 1, BEACON, NOW);
    need(marks, 1, RECON, standing(70, 90, NOW));
    fm_marks_free(marks);
    fm_marks_free(NULL);
}

static void bounds_of_a_value_hold(void **state)
{
    struct fm_marks *marks = make(8);

    (void)state;
    set(marks, 1, RECON, 1, standing(100, 100, NOW));
    need(marks, 1, RECON, standing(100, 100, NOW));
    set(marks, 1, RECON, 1, standing(0, 0, NOW));
    need(marks, 1, RECON, standing(0, 0, NOW));
    set(marks, 2, RECON, 1, standing(255, 255, 1000 * 366 * FM_DAY));
    need(marks, 2, RECON, standing(255, 255, 1000 * 366 * FM_DAY));
    fm_marks_free(marks);
}

static void a_mark_expires(void **state)
{
    struct fm_marks *marks = make(8);
    struct fm_standing found;

    (void)state;
    set(marks, 1, RECON, 1, standing(70, 90, NOW));
    assert_true(find(marks, 1, RECON, NOW + FM_DAY - FM_SECOND, &found));
    assert_true(find(marks, 1, RECON, NOW - FM_SECOND, &found)); /* a packet that came late */
    need_none(marks, 1, RECON, NOW + FM_DAY);
    set(marks, 1, RECON, 2, standing(10, 20, NOW + 2 * FM_DAY)); /* what had expired is no rival */
    need(marks, 1, RECON, standing(10, 20, NOW + 2 * FM_DAY));
    fm_marks_free(marks);
}

static void of_several_detections_the_strongest_stands(void **state)
{
    struct fm_marks *marks = make(8);

    (void)state;
    set(marks, 1, RECON, 1, standing(70, 60, NOW));
    set(marks, 1, RECON, 2, standing(30, 95, NOW + FM_MINUTE));
    need(marks, 1, RECON, standing(70, 60, NOW + FM_MINUTE));
    set(marks, 1, RECON, 3, standing(70, 61, NOW)); /* older evidence takes nothing back */
    need(marks, 1, RECON, standing(70, 61, NOW + FM_MINUTE));
    set(marks, 1, RECON, 3, standing(20, 61, NOW + FM_HOUR)); /* its own scores may fall */
    need(marks, 1, RECON, standing(20, 61, NOW + FM_HOUR));
    fm_marks_free(marks);
}

static void what_is_withdrawn_is_gone(void **state)
{
    struct fm_marks *marks = make(8);
    struct fm_addr first = host(1);

    (void)state;
    fm_marks_withdraw(marks, &first, RECON, 1);
    set(marks, 1, RECON, 1, standing(70, 60, NOW));
    set(marks, 1, RECON, 2, standing(30, 60, NOW));
    fm_marks_withdraw(marks, &first, RECON, 2); /* not its scores */
    need(marks, 1, RECON, standing(70, 60, NOW));
    fm_marks_withdraw(marks, &first, RECON, 1);
    need_none(marks, 1, RECON, NOW);
    set(marks, 1, RECON, 2, standing(30, 60, NOW));
    need(marks, 1, RECON, standing(30, 60, NOW));
    set(marks, 1, BEACON, 3, standing(80, 60, NOW));
    set(marks, 2, BEACON, 4, standing(80, 60, NOW));
    fm_marks_forget(marks, &first);
    need_none(marks, 1, RECON, NOW);
    need_none(marks, 1, BEACON, NOW);
    need(marks, 2, BEACON, standing(80, 60, NOW));
    fm_marks_free(marks);
}

/* The smallest table is one window. */
static void a_full_window_gives_up_its_least(void **state)
{
    struct fm_marks *marks = make(1);

    (void)state;
    for (uint32_t i = 0; i < FM_MARKS_WINDOW; i++)
        set(marks, i, RECON, i, standing((uint8_t)(50 + i), 50, NOW + i * FM_SECOND));
    assert_int_equal(fm_marks_counters(marks).evicted, 0);
    set(marks, 100, RECON, 100, standing(1, 1, NOW + FM_MINUTE));
    assert_int_equal(fm_marks_counters(marks).evicted, 1);
    need_none(marks, 0, RECON, NOW);
    need(marks, 100, RECON, standing(1, 1, NOW + FM_MINUTE));
    for (uint32_t i = 1; i < FM_MARKS_WINDOW; i++)
        need(marks, i, RECON, standing((uint8_t)(50 + i), 50, NOW + i * FM_SECOND));
    set(marks, 101, RECON, 101, standing(60, 60, NOW + 3 * FM_DAY)); /* all others had expired */
    assert_int_equal(fm_marks_counters(marks).evicted, 1);
    assert_int_equal(fm_marks_counters(marks).set, FM_MARKS_WINDOW + 2);
    fm_marks_free(marks);
}

/* What the header promises of the fill; everything that was not evicted is found. */
static unsigned evicted_at(uint32_t slots, uint32_t load_pct)
{
    struct fm_marks *marks = make(slots);
    uint32_t count = (uint32_t)((uint64_t)slots * load_pct / 100), found = 0;
    struct fm_standing out;

    for (uint32_t i = 0; i < count; i++)
        set(marks, i, RECON, i, standing(50, 50, NOW));
    for (uint32_t i = 0; i < count; i++)
        found += find(marks, i, RECON, NOW, &out);
    unsigned evicted = (unsigned)fm_marks_counters(marks).evicted;
    assert_int_equal(found + evicted, count);
    fm_marks_free(marks);
    return evicted;
}

static void evictions_are_rare(void **state)
{
    (void)state;
    unsigned quarter = evicted_at(1 << 20, 25), half = evicted_at(1 << 20, 50);
    print_message("evicted of %d: %u; of %d: %u\n", 1 << 18, quarter, 1 << 19, half);
    assert_true(quarter <= (1 << 18) / 10000);
    assert_true(half <= (1 << 19) / 100);
}

/* ---- a writer and readers ---- */

#define KEYS 64
#define READERS 2
#define LOOKUPS 2000000

struct shared {
    struct fm_marks *marks;
    atomic_uint ended;
};

struct reader {
    struct shared *shared;
    uint64_t seed, found, wrong;
};

static struct fm_standing of_key(uint32_t key)
{
    return standing((uint8_t)(key % 101), (uint8_t)(key * 7 % 101), NOW + key * FM_SECOND);
}

static void *read_all(void *arg)
{
    struct reader *reader = arg;

    for (unsigned i = 0; i < LOOKUPS; i++) {
        uint32_t key = (uint32_t)seeded_below(&reader->seed, KEYS);
        struct fm_standing out, wanted = of_key(key);
        if (!find(reader->shared->marks, key / 2, key % 2, NOW, &out))
            continue;
        reader->found++;
        reader->wrong += out.threat != wanted.threat || out.certainty != wanted.certainty ||
                         out.last != wanted.last;
    }
    atomic_fetch_add(&reader->shared->ended, 1);
    return NULL;
}

/* 64 marks want eight slots, so that nearly every one set takes another's place. */
static void readers_see_no_mark_of_another(void **state)
{
    struct shared shared = { .marks = make(8) };
    struct reader reader[READERS];
    pthread_t thread[READERS];
    uint64_t seed = 5;

    (void)state;
    for (uint32_t key = 0; key < FM_MARKS_WINDOW; key++)
        set(shared.marks, key / 2, key % 2, key, of_key(key));
    for (unsigned i = 0; i < READERS; i++) {
        reader[i] = (struct reader){ .shared = &shared, .seed = i };
        assert_int_equal(pthread_create(&thread[i], NULL, read_all, &reader[i]), 0);
    }
    while (atomic_load(&shared.ended) < READERS) {
        uint32_t key = (uint32_t)seeded_below(&seed, KEYS);
        struct fm_addr addr = host(key / 2);
        if (seeded_below(&seed, 4) == 0)
            fm_marks_withdraw(shared.marks, &addr, key % 2, key);
        else
            set(shared.marks, key / 2, key % 2, key, of_key(key));
    }
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(thread[i], NULL);
        assert_true(reader[i].found > 0);
        assert_int_equal(reader[i].wrong, 0);
    }
    fm_marks_free(shared.marks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_set_is_found),
        cmocka_unit_test(bounds_of_a_value_hold),
        cmocka_unit_test(a_mark_expires),
        cmocka_unit_test(of_several_detections_the_strongest_stands),
        cmocka_unit_test(what_is_withdrawn_is_gone),
        cmocka_unit_test(a_full_window_gives_up_its_least),
        cmocka_unit_test(evictions_are_rare),
        cmocka_unit_test(readers_see_no_mark_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
