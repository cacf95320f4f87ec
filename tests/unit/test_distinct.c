/* Counting different things: exact up to 30, then within the promised error over 200 seeds. */
#include "seeded.h"

#include "base/hash.h"
#include "sketch/distinct.h"

#include <string.h>

#define SEEDS 200

static bool add(struct fm_distinct *set, uint64_t seed, uint64_t thing)
{
    return fm_distinct_add(set, fm_hash(seed, &thing, sizeof(thing)));
}

static void exact_up_to_thirty(void **state)
{
    (void)state;
    struct fm_distinct set;
    fm_distinct_init(&set);
    assert_true(fm_distinct_query(&set) == 0);
    for (uint64_t i = 0; i < FM_DISTINCT_EXACT; i++) {
        assert_true(add(&set, 1, i));
        for (uint64_t j = 0; j <= i; j++)
            assert_false(add(&set, 1, j));
        assert_true(fm_distinct_query(&set) == (double)(i + 1));
    }
    assert_true(add(&set, 1, 1000));
    assert_true(fm_distinct_query(&set) > FM_DISTINCT_EXACT);
    for (uint64_t j = 0; j < FM_DISTINCT_EXACT; j++)
        assert_false(add(&set, 1, j)); /* nothing was lost on the way to the registers */
}

static void error_is_within_the_promise(void **state)
{
    (void)state;
    static const uint64_t counts[] = { 31, 50, 100, 200, 320, 450, 640, 1000, 5000, 50000 };
    for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
        double squares = 0, bias = 0, n = (double)counts[c];
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct fm_distinct set;
            fm_distinct_init(&set);
            for (uint64_t i = 0; i < counts[c]; i++)
                add(&set, seed, i);
            double off = fm_distinct_query(&set) / n - 1;
            squares += off * off;
            bias += off;
        }
        double error = sqrt(squares / SEEDS);
        /* 1.04 / sqrt(128) = 9.2 %; over 200 runs the estimate of it varies by 5 % (one sigma) */
        if (error > 0.092 * 1.2 || fabs(bias / SEEDS) > 0.03)
            fail_msg("%.0f things: error %.1f %%, bias %.1f %%", n, error * 100,
                    bias * 100 / SEEDS);
    }
}

static void a_million(void **state)
{
    (void)state;
    struct fm_distinct set;
    fm_distinct_init(&set);
    for (uint64_t i = 0; i < 1000000; i++)
        add(&set, 7, i);
    double off = fm_distinct_query(&set) / 1e6 - 1;
    assert_true(fabs(off) < 3 * 0.092);
}

static void merging_is_the_union(void **state)
{
    (void)state;
    static const uint64_t sizes[][3] = { { 5, 5, 3 }, { 20, 20, 0 }, { 30, 1, 1 }, { 500, 10, 5 },
        { 10, 500, 0 }, { 700, 700, 350 }, { 0, 40, 0 }, { 0, 0, 0 } };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct fm_distinct a, b, all;
        fm_distinct_init(&a);
        fm_distinct_init(&b);
        fm_distinct_init(&all);
        for (uint64_t k = 0; k < sizes[i][0]; k++)
            add(&a, 3, k), add(&all, 3, k);
        for (uint64_t k = sizes[i][0] - sizes[i][2]; k < sizes[i][0] + sizes[i][1] - sizes[i][2];
                k++)
            add(&b, 3, k), add(&all, 3, k);
        struct fm_distinct before = b;
        fm_distinct_merge(&a, &b);
        assert_memory_equal(&b, &before, sizeof(b));
        assert_true(fm_distinct_query(&a) == fm_distinct_query(&all));
        fm_distinct_merge(&a, &all);
        assert_true(fm_distinct_query(&a) == fm_distinct_query(&all));
    }
}

static void saturates(void **state)
{
    (void)state;
    struct fm_distinct set;
    fm_distinct_init(&set);
    for (uint64_t hash = 0; hash < 128; hash++) /* the highest rank in every register */
        fm_distinct_add(&set, hash << 57);
    double most = fm_distinct_query(&set);
    assert_true(most == 4294967296.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_up_to_thirty),
        cmocka_unit_test(error_is_within_the_promise),
        cmocka_unit_test(a_million),
        cmocka_unit_test(merging_is_the_union),
        cmocka_unit_test(saturates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
