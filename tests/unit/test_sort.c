/* External sorting against qsort: in memory, with runs on disk, with several levels of runs; with
 * failing allocations, a missing directory and a full disk. */
#include "records.h"

#include "order/sort.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#define TINY 1 /* bytes of memory: raised to the least, 64 KiB */
#define MOST 40000

struct pile {
    struct fm_rec *rec[MOST];
    size_t count;
};

static void pile_fill(struct pile *pile, size_t count, uint64_t seed)
{
    struct space space;
    pile->count = count;
    for (size_t i = 0; i < count; i++) {
        fm_time at = (fm_time)seeded_below(&seed, count / 2 + 1);
        pile->rec[i] = rec_copy(random_rec(&space, &seed, at));
    }
}

static void pile_free(struct pile *pile)
{
    for (size_t i = 0; i < pile->count; i++)
        free(pile->rec[i]);
}

static void comes_out_sorted(struct fm_sort *sort, struct pile *pile)
{
    assert_int_equal(fm_sort_finish(sort), 0);
    qsort(pile->rec, pile->count, sizeof(*pile->rec), rec_by_order);
    struct fm_rec *rec;
    for (size_t i = 0; i < pile->count; i++) {
        assert_non_null(rec = fm_sort_next(sort));
        assert_int_equal(rec->size, pile->rec[i]->size);
        assert_int_equal(fm_rec_compare(rec, pile->rec[i]), 0);
        memset(rec, 0xff, rec->size); /* may be changed, its size too */
    }
    assert_null(fm_sort_next(sort));
    assert_null(fm_sort_next(sort));
    assert_int_equal(fm_sort_error(sort), 0);
}

static void agrees_with_qsort(void **state)
{
    (void)state;
    static struct pile pile;
    static const struct {
        size_t count, memory;
    } rows[] = { { 0, TINY }, { 1, TINY }, { 2, TINY }, { 100, TINY }, { 700, TINY },
        { 5000, TINY }, { MOST, TINY }, { 20000, 1 << 20 }, { 20000, 64 << 20 } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fm_mem mem = { 0 };
        pile_fill(&pile, rows[i].count, i);
        struct fm_sort *sort = fm_sort_new(&mem, rows[i].memory, NULL);
        for (size_t k = 0; k < pile.count; k++)
            assert_int_equal(fm_sort_put(sort, pile.rec[k]), 0);
        comes_out_sorted(sort, &pile);
        size_t memory = rows[i].memory < 64 * 1024 ? 64 * 1024 : rows[i].memory;
        assert_true(mem.peak_bytes < memory + 64 * 1024);
        fm_sort_free(sort);
        assert_int_equal(mem.used_bytes, 0);
        pile_free(&pile);
    }
}

static void takes_order_as_it_comes(void **state)
{
    (void)state;
    static struct pile pile;
    for (int down = 0; down < 2; down++) {
        struct fm_mem mem = { 0 };
        pile_fill(&pile, 8000, 3);
        qsort(pile.rec, pile.count, sizeof(*pile.rec), rec_by_order);
        struct fm_sort *sort = fm_sort_new(&mem, TINY, "/tmp");
        for (size_t k = 0; k < pile.count; k++)
            assert_int_equal(fm_sort_put(sort, pile.rec[down ? pile.count - 1 - k : k]), 0);
        comes_out_sorted(sort, &pile);
        fm_sort_free(sort);
        pile_free(&pile);
    }
}

static void the_largest_records(void **state)
{
    (void)state;
    static struct pile pile;
    struct fm_mem mem = { 0 };
    struct space space;
    uint64_t seed = 9;
    pile.count = 242 * 5; /* five a run; 242 runs leave two of each of five levels to merge last */
    for (size_t i = 0; i < pile.count; i++) {
        struct fm_rec *rec = random_rec(&space, &seed, (fm_time)seeded_below(&seed, 100));
        fm_rec_begin(rec, FM_HTTP);
        rec->time = (fm_time)seeded_below(&seed, 100);
        rec->size = FM_REC_MAX;
        memset(rec + 1, (int)seeded_below(&seed, 200), rec->size - sizeof(*rec));
        pile.rec[i] = rec_copy(rec);
    }
    struct fm_sort *sort = fm_sort_new(&mem, TINY, NULL);
    for (size_t i = 0; i < pile.count; i++)
        assert_int_equal(fm_sort_put(sort, pile.rec[i]), 0);
    comes_out_sorted(sort, &pile);
    fm_sort_free(sort);
    pile_free(&pile);
}

static void says_when_there_is_no_directory(void **state)
{
    (void)state;
    static struct pile pile;
    struct fm_mem mem = { 0 };
    pile_fill(&pile, 1000, 1);
    struct fm_sort *sort = fm_sort_new(&mem, TINY, "/nonexistent/furumai");
    size_t kept = 0;
    int error = 0;
    while (kept < pile.count && (error = fm_sort_put(sort, pile.rec[kept])) == 0)
        kept++;
    assert_int_equal(error, ENOENT);
    assert_true(kept > 100 && kept < 1000);
    /* What was kept still comes out. */
    struct pile few = pile;
    few.count = kept;
    comes_out_sorted(sort, &few);
    memcpy(pile.rec, few.rec, kept * sizeof(*pile.rec));
    fm_sort_free(sort);
    assert_int_equal(mem.used_bytes, 0);
    pile_free(&pile);
}

static void survives_a_full_disk(void **state)
{
    (void)state;
    static struct pile pile;
    struct fm_mem mem = { 0 };
    struct rlimit before, small;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    pile_fill(&pile, 5000, 8);
    struct fm_sort *sort = fm_sort_new(&mem, TINY, NULL);
    unsigned refused = 0;
    for (size_t k = 0; k < pile.count; k++) {
        small = before;
        small.rlim_cur = 200 * 1000 + 40 * (rlim_t)k; /* full, and every now and then a bit freed */
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        int error = fm_sort_put(sort, pile.rec[k]);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (error == 0)
            continue;
        assert_int_equal(error, EFBIG);
        refused++;
        assert_int_equal(fm_sort_put(sort, pile.rec[k]), 0);
    }
    assert_true(refused > 3);
    comes_out_sorted(sort, &pile);
    fm_sort_free(sort);
    pile_free(&pile);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    static struct pile pile;
    pile_fill(&pile, 6000, 2);
    for (uint64_t n = 1;; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct fm_sort *sort = fm_sort_new(&mem, TINY, NULL);
        for (size_t k = 0; sort != NULL && k < pile.count; k++) {
            int error = fm_sort_put(sort, pile.rec[k]);
            assert_true(error == 0 || error == ENOMEM);
            if (error != 0)
                assert_int_equal(fm_sort_put(sort, pile.rec[k]), 0);
        }
        if (sort != NULL)
            comes_out_sorted(sort, &pile);
        fm_sort_free(sort);
        assert_int_equal(mem.used_bytes, 0);
        if (mem.refused == 0) {
            assert_true(n > 4);
            break;
        }
    }
    pile_free(&pile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_qsort),
        cmocka_unit_test(takes_order_as_it_comes),
        cmocka_unit_test(the_largest_records),
        cmocka_unit_test(says_when_there_is_no_directory),
        cmocka_unit_test(survives_a_full_disk),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
