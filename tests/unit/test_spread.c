/* Median, quantiles and MAD against the sorted last 64 values. */
#include "seeded.h"

#include "sketch/spread.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double exact(const double *values, unsigned n, double q)
{
    double sorted[FM_SPREAD_VALUES];
    memcpy(sorted, values, n * sizeof(*values));
    qsort(sorted, n, sizeof(*sorted), by_value);
    double at = q * (n - 1);
    unsigned low = (unsigned)floor(at), high = (unsigned)ceil(at);
    return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

static void near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-6 * (1 + fabs(b))))
        fail_msg("%.9g is not %.9g", a, b);
}

static void agrees_with_sorting(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        uint64_t s = seed;
        double all[300], away[FM_SPREAD_VALUES];
        struct fm_spread spread;
        fm_spread_init(&spread);
        for (unsigned i = 0; i < 300; i++) {
            all[i] = (float)((double)seeded_below(&s, 100000) / 7 - 5000);
            fm_spread_add(&spread, all[i]);
            unsigned n = i + 1 < FM_SPREAD_VALUES ? i + 1 : FM_SPREAD_VALUES;
            const double *last = all + i + 1 - n;
            assert_int_equal(fm_spread_count(&spread), n);
            for (int q = 0; q <= 20; q++)
                near(fm_spread_query(&spread, q / 20.0), exact(last, n, q / 20.0));
            for (unsigned k = 0; k < n; k++)
                away[k] = fabs(last[k] - exact(last, n, 0.5));
            near(fm_spread_mad(&spread), 1.4826 * exact(away, n, 0.5));
        }
    }
}

static void unknown_when_empty(void **state)
{
    (void)state;
    struct fm_spread spread;
    fm_spread_init(&spread);
    fm_spread_add(&spread, NAN);
    assert_int_equal(fm_spread_count(&spread), 0);
    assert_false(fm_known(fm_spread_query(&spread, 0.5)));
    assert_false(fm_known(fm_spread_mad(&spread)));
    fm_spread_add(&spread, 4);
    near(fm_spread_query(&spread, 0.5), 4);
    near(fm_spread_query(&spread, -3), 4);
    assert_false(fm_known(fm_spread_query(&spread, NAN)));
    assert_true(fm_spread_mad(&spread) == 0);
    fm_spread_add(&spread, 6);
    near(fm_spread_query(&spread, 7), 6);
}

static void extremes_stay_finite(void **state)
{
    (void)state;
    struct fm_spread spread;
    fm_spread_init(&spread);
    fm_spread_add(&spread, INFINITY);
    fm_spread_add(&spread, -1e300);
    assert_true(fm_spread_query(&spread, 1) == FLT_MAX);
    assert_true(fm_spread_query(&spread, 0) == -FLT_MAX);
    assert_true(isfinite(fm_spread_query(&spread, 0.5)));
    assert_true(isfinite(fm_spread_mad(&spread)));
}

static void goes_on_after_four_billion_values(void **state)
{
    (void)state;
    struct fm_spread spread;
    fm_spread_init(&spread);
    spread.seen = UINT32_MAX - 10;
    for (int i = 0; i < 500; i++) {
        fm_spread_add(&spread, i);
        assert_int_equal(fm_spread_count(&spread), FM_SPREAD_VALUES);
        if (i >= FM_SPREAD_VALUES) {
            near(fm_spread_query(&spread, 1), i);
            near(fm_spread_query(&spread, 0), i - FM_SPREAD_VALUES + 1);
        }
    }
}

static void fill(struct fm_spread *spread, int from, int count)
{
    fm_spread_init(spread);
    for (int i = 0; i < count; i++)
        fm_spread_add(spread, from + i);
}

static unsigned count_between(const struct fm_spread *spread, float low, float high)
{
    unsigned count = 0;
    for (unsigned i = 0; i < fm_spread_count(spread); i++)
        count += spread->value[i] >= low && spread->value[i] <= high;
    return count;
}

static void merging_keeps_the_newest_of_both(void **state)
{
    (void)state;
    for (int a = 0; a <= 130; a += 13) {
        for (int b = 0; b <= 130; b += 10) {
            struct fm_spread into, from;
            fill(&into, 1000, a);
            fill(&from, 5000, b);
            fm_spread_merge(&into, &from);
            int have_a = a < 64 ? a : 64, have_b = b < 64 ? b : 64;
            int want_a = have_a, want_b = have_b;
            if (have_a + have_b > 64) {
                want_a = have_a < 32 ? have_a : have_b < 32 ? 64 - have_b : 32;
                want_b = 64 - want_a;
            }
            assert_int_equal(fm_spread_count(&into), want_a + want_b);
            assert_int_equal(count_between(&into, (float)(1000 + a - want_a), 4999), want_a);
            assert_int_equal(count_between(&into, (float)(5000 + b - want_b), 9999), want_b);
            assert_int_equal(into.seen, a + b);
            for (int i = 0; i < 64; i++)
                fm_spread_add(&into, 1);
            assert_int_equal(count_between(&into, 1, 1), 64);
        }
    }
}

static void a_merge_forgets_both_alike(void **state)
{
    (void)state;
    struct fm_spread into, from;
    fill(&into, 1000, 64);
    fill(&from, 5000, 64);
    fm_spread_merge(&into, &from);
    for (int i = 0; i < 20; i++)
        fm_spread_add(&into, 1);
    assert_int_equal(count_between(&into, 1000, 4999), 22);
    assert_int_equal(count_between(&into, 5000, 9999), 22);
    assert_int_equal(count_between(&into, 1063, 1063), 1);
    assert_int_equal(count_between(&into, 5063, 5063), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_sorting),
        cmocka_unit_test(unknown_when_empty),
        cmocka_unit_test(extremes_stay_finite),
        cmocka_unit_test(goes_on_after_four_billion_values),
        cmocka_unit_test(merging_keeps_the_newest_of_both),
        cmocka_unit_test(a_merge_forgets_both_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
