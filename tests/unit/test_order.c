/* Ordering: any arrival within the lateness gives one and the same output; what is late says so;
 * the cap; each allocation failing. */
#include "records.h"

#include "order/order.h"

#define COUNT 3000
#define LATENESS (2 * FM_SECOND)

struct pile {
    struct fm_rec *rec[COUNT];
    size_t count;
};

static void pile_free(struct pile *pile)
{
    for (size_t i = 0; i < pile->count; i++)
        free(pile->rec[i]);
    pile->count = 0;
}

static void pile_fill(struct pile *pile, uint64_t seed)
{
    struct space space;
    fm_time at = 1000 * FM_SECOND;
    pile->count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (seeded_below(&seed, 3) != 0)
            at += (fm_time)seeded_below(&seed, 20 * FM_MS);
        pile->rec[pile->count++] = rec_copy(random_rec(&space, &seed, at));
    }
}

static void drain(struct fm_order *order, struct pile *out)
{
    struct fm_rec *rec;
    while ((rec = fm_order_next(order)) != NULL) {
        assert_true(out->count < COUNT);
        out->rec[out->count++] = rec_copy(rec);
        memset(rec, 0xff, rec->size); /* may be changed: nothing else may look at it again */
    }
}

struct arrival {
    fm_time comes;
    struct fm_rec *rec;
};

/* Arrival: each record up to LATENESS after the others of its time; the watermark follows what came
 * as that allows, by steps of any size. */
static void run_shuffled(const struct pile *in, struct pile *out, uint64_t seed, struct fm_mem *mem)
{
    static struct arrival arrival[COUNT];
    for (size_t i = 0; i < in->count; i++) {
        arrival[i].rec = in->rec[i];
        arrival[i].comes = in->rec[i]->time + (fm_time)seeded_below(&seed, LATENESS + 1);
        for (size_t k = i; k > 0 && arrival[k - 1].comes > arrival[k].comes; k--) {
            struct arrival keep = arrival[k];
            arrival[k] = arrival[k - 1];
            arrival[k - 1] = keep;
        }
    }
    struct fm_order *order = fm_order_new(mem, LATENESS, 32 << 20);
    out->count = 0;
    for (size_t i = 0; i < in->count; i++) {
        if (seeded_below(&seed, 10) == 0) {
            fm_order_watermark(order, arrival[i].comes);
            assert_true(fm_order_now(order) == arrival[i].comes - LATENESS);
            drain(order, out);
        }
        assert_true(fm_order_put(order, arrival[i].rec));
    }
    fm_order_watermark(order, FM_NEVER);
    drain(order, out);
    const struct fm_order_counts *counts = fm_order_counts(order);
    assert_int_equal(counts->in, in->count);
    assert_int_equal(counts->out, in->count);
    assert_int_equal(counts->late, 0);
    assert_int_equal(counts->early, 0);
    fm_order_free(order);
}

static void any_arrival_within_the_bound_gives_one_order(void **state)
{
    (void)state;
    static struct pile in, sorted, out;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct fm_mem mem = { 0 };
        pile_fill(&in, seed);
        sorted = in;
        qsort(sorted.rec, sorted.count, sizeof(*sorted.rec), rec_by_order);
        for (uint64_t shuffle = 0; shuffle < 4; shuffle++) {
            run_shuffled(&in, &out, seed * 100 + shuffle, &mem);
            assert_int_equal(out.count, in.count);
            for (size_t i = 0; i < out.count; i++)
                assert_int_equal(fm_rec_compare(out.rec[i], sorted.rec[i]), 0);
            pile_free(&out);
        }
        pile_free(&in);
        assert_int_equal(mem.used_bytes, 0);
    }
}

static struct fm_rec *at_time(struct space *space, fm_time at)
{
    uint64_t seed = 1;
    return random_rec(space, &seed, at);
}

static void leaves_only_when_nothing_earlier_can_come(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct space space;
    struct fm_order *order = fm_order_new(&mem, 10, 0);
    assert_true(fm_order_now(order) == INT64_MIN);
    fm_order_watermark(order, INT64_MIN + 3);
    assert_true(fm_order_now(order) == INT64_MIN);
    assert_true(fm_order_put(order, at_time(&space, 100)));
    fm_order_watermark(order, 110);
    assert_null(fm_order_next(order)); /* another one at 100 may come */
    assert_true(fm_order_put(order, at_time(&space, 100)));
    fm_order_watermark(order, 111);
    fm_order_watermark(order, 50); /* never back */
    assert_true(fm_order_now(order) == 101);
    assert_non_null(fm_order_next(order));
    struct fm_rec *rec = fm_order_next(order);
    assert_int_equal(rec->flags & FM_REC_LATE, 0);
    assert_null(fm_order_next(order));
    fm_order_free(order);
}

static void late_records_leave_at_once_and_say_so(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct space space;
    struct fm_order *order = fm_order_new(&mem, 10, 0);
    fm_order_watermark(order, 200);
    assert_true(fm_order_put(order, at_time(&space, 500)));
    assert_true(fm_order_put(order, at_time(&space, 189)));
    assert_true(fm_order_put(order, at_time(&space, 190)));
    struct fm_rec *rec = fm_order_next(order);
    assert_true(rec->time == 189 && (rec->flags & FM_REC_LATE) != 0);
    assert_null(fm_order_next(order));
    assert_int_equal(fm_order_counts(order)->late, 1);
    /* A mark from another run means nothing here. */
    struct fm_rec *marked = at_time(&space, 300);
    marked->flags |= FM_REC_LATE;
    assert_true(fm_order_put(order, marked));
    assert_null(fm_order_next(order));
    fm_order_watermark(order, FM_NEVER);
    assert_true(fm_order_now(order) == FM_NEVER);
    fm_time times[] = { 190, 300, 500 };
    for (int i = 0; i < 3; i++) {
        rec = fm_order_next(order);
        assert_true(rec->time == times[i] && (rec->flags & FM_REC_LATE) == 0);
    }
    assert_true(fm_order_put(order, at_time(&space, 600)));
    assert_true((fm_order_next(order)->flags & FM_REC_LATE) != 0);
    fm_order_free(order);
    assert_int_equal(mem.used_bytes, 0);
}

static void at_the_cap_the_oldest_leave_early(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct space space;
    const size_t cap = 256 * 1024;
    struct fm_order *order = fm_order_new(&mem, FM_HOUR, cap);
    uint64_t seed = 5, out = 0;
    fm_time last = INT64_MIN, at = 0;
    for (int i = 0; i < 20000; i++) {
        at += 1 + (fm_time)seeded_below(&seed, 100);
        fm_time late = (fm_time)seeded_below(&seed, 50);
        assert_true(fm_order_put(order, random_rec(&space, &seed, at - late)));
        fm_order_watermark(order, at);
        const struct fm_rec *rec;
        while ((rec = fm_order_next(order)) != NULL) {
            out++;
            assert_true(rec->time >= last || (rec->flags & FM_REC_LATE) != 0);
            last = rec->time > last ? rec->time : last;
        }
        /* the arena, one half as large while it grew, and the heap */
        assert_true(mem.peak_bytes < 2 * cap);
    }
    const struct fm_order_counts *counts = fm_order_counts(order);
    assert_int_equal(counts->out, out);
    assert_int_equal(counts->early + counts->late, out);
    assert_true(counts->early > 15000 && counts->late < 100);
    /* held: less than the cap, more than half of it */
    assert_true((counts->in - counts->out) * 150 > cap / 2 && counts->in - out < cap / 72);
    fm_order_free(order);
    assert_int_equal(mem.used_bytes, 0);
}

static void is_full_when_nobody_takes(void **state)
{
    (void)state;
    struct fm_mem mem = { 0 };
    struct space space;
    struct fm_order *order = fm_order_new(&mem, 0, 0);
    uint64_t in = 0, out = 0;
    while (fm_order_put(order, at_time(&space, (fm_time)in)))
        in++;
    assert_int_equal(in, 64 * 1024 / (at_time(&space, 0)->size + 8));
    for (const struct fm_rec *rec; (rec = fm_order_next(order)) != NULL;)
        assert_true(rec->time == (fm_time)out++);
    assert_int_equal(fm_order_counts(order)->early, out);
    assert_true(fm_order_put(order, at_time(&space, (fm_time)in++)));
    fm_order_watermark(order, FM_NEVER);
    for (const struct fm_rec *rec; (rec = fm_order_next(order)) != NULL;)
        assert_true(rec->time == (fm_time)out++);
    assert_int_equal(in, out);
    fm_order_free(order);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct space space;
        uint64_t seed = 3, in = 0, out = 0;
        struct fm_order *order = fm_order_new(&mem, 0, 1 << 20);
        for (int i = 0; order != NULL && i < 2000; i++)
            in += fm_order_put(order, random_rec(&space, &seed, (fm_time)seeded_below(&seed, 50)));
        if (order != NULL)
            fm_order_watermark(order, FM_NEVER);
        fm_time last = 0;
        for (const struct fm_rec *rec; order != NULL && (rec = fm_order_next(order)) != NULL;
                out++) {
            assert_true(rec->time >= last);
            last = rec->time;
        }
        assert_int_equal(in, out);
        fm_order_free(order);
        assert_int_equal(mem.used_bytes, 0);
        if (mem.refused == 0) {
            assert_int_equal(in, 2000);
            assert_true(n > 6);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_arrival_within_the_bound_gives_one_order),
        cmocka_unit_test(leaves_only_when_nothing_earlier_can_come),
        cmocka_unit_test(late_records_leave_at_once_and_say_so),
        cmocka_unit_test(at_the_cap_the_oldest_leave_early),
        cmocka_unit_test(is_full_when_nobody_takes),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
