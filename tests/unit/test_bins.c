/* Sliding sums against the list of all values: window, burst, late values, any order, merging. */
#include "seeded.h"

#include "sketch/bins.h"

#include <string.h>

#define VALUES 400

struct value {
    fm_time at;
    uint64_t value;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The largest sum of n neighbouring bins of the window, from the list. */
static uint64_t exact_peak(const struct value *values, size_t count, fm_time width, fm_time now,
        unsigned n)
{
    int64_t newest = floor_div(now, width);
    uint64_t best = 0;
    for (int64_t first = newest - FM_BINS + 1; first + n - 1 <= newest; first++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            int64_t bin = floor_div(values[i].at, width);
            if (bin >= first && bin < first + n)
                sum += values[i].value;
        }
        best = sum > best ? sum : best;
    }
    return best;
}

static void agrees_with_the_list(void **state)
{
    (void)state;
    struct value values[VALUES];
    for (uint64_t seed = 1; seed <= 10; seed++) {
        uint64_t s = seed;
        fm_time width = 1 + (fm_time)seeded_below(&s, 90 * FM_SECOND);
        fm_time now = seed % 2 == 0 ? -50 * width : INT64_C(1511337600) * FM_SECOND;
        struct fm_bins bins;
        fm_bins_init(&bins, width);
        assert_int_equal(fm_bins_query(&bins, now), 0);
        for (size_t i = 0; i < VALUES; i++) {
            now += (fm_time)seeded_below(&s, (uint64_t)(i % 50 == 0 ? 15 * width : width));
            fm_time late = (fm_time)seeded_below(&s, (uint64_t)(3 * width));
            values[i] = (struct value){ now - late, seeded_below(&s, 1000) };
            fm_bins_add(&bins, values[i].at, values[i].value);
            uint64_t sum = exact_peak(values, i + 1, width, now, FM_BINS);
            assert_true(fm_bins_query(&bins, now) == sum);
            for (unsigned n = 1; n <= FM_BINS; n++)
                assert_true(
                        fm_bins_peak(&bins, now, n) == exact_peak(values, i + 1, width, now, n));
        }
        for (int later = 0; later < 14; later++) {
            now += width;
            assert_true(
                    fm_bins_query(&bins, now) == exact_peak(values, VALUES, width, now, FM_BINS));
        }
        assert_int_equal(fm_bins_query(&bins, now), 0);
    }
}

static void adds_commute_within_the_window(void **state)
{
    (void)state;
    struct value values[VALUES];
    uint64_t s = 3;
    for (size_t i = 0; i < VALUES; i++)
        values[i] = (struct value){ (fm_time)seeded_below(&s, 12 * FM_MINUTE), i };
    struct fm_bins in_order, shuffled;
    fm_bins_init(&in_order, FM_MINUTE);
    fm_bins_init(&shuffled, FM_MINUTE);
    for (size_t i = 0; i < VALUES; i++)
        fm_bins_add(&in_order, values[i].at, values[i].value);
    for (size_t i = VALUES; i > 1; i--) {
        size_t j = seeded_below(&s, i);
        struct value keep = values[j];
        values[j] = values[i - 1];
        values[i - 1] = keep;
    }
    for (size_t i = 0; i < VALUES; i++)
        fm_bins_add(&shuffled, values[i].at, values[i].value);
    assert_memory_equal(&in_order, &shuffled, sizeof(shuffled));
}

static void too_late_is_dropped(void **state)
{
    (void)state;
    struct fm_bins bins;
    fm_bins_init(&bins, FM_SECOND);
    fm_bins_add(&bins, 100 * FM_SECOND, 1);
    fm_bins_add(&bins, 89 * FM_SECOND, 10);
    fm_bins_add(&bins, 89 * FM_SECOND - 1, 100);
    assert_int_equal(fm_bins_query(&bins, 100 * FM_SECOND), 11);
    assert_int_equal(fm_bins_query(&bins, 99 * FM_SECOND), 10); /* what comes after is not in it */
}

static void merging_is_adding(void **state)
{
    (void)state;
    uint64_t s = 11;
    for (int run = 0; run < 50; run++) {
        struct fm_bins a, b, both, other;
        fm_bins_init(&a, FM_MINUTE);
        fm_bins_init(&b, FM_MINUTE);
        fm_bins_init(&both, FM_MINUTE);
        fm_bins_init(&other, FM_HOUR);
        fm_time base = (fm_time)seeded_below(&s, 20 * FM_MINUTE);
        for (int i = 0; i < 100; i++) {
            fm_time at = (fm_time)seeded_below(&s, 12 * FM_MINUTE) + (i % 2 == 0 ? base : 0);
            fm_bins_add(i % 2 == 0 ? &a : &b, at, 7);
        }
        both = a;
        fm_bins_merge(&both, &b);
        fm_time now = a.last > b.last ? a.last * FM_MINUTE : b.last * FM_MINUTE;
        assert_int_equal(fm_bins_query(&both, now),
                fm_bins_query(&a, now) + fm_bins_query(&b, now));
        fm_bins_merge(&b, &a);
        assert_memory_equal(b.sum, both.sum, sizeof(b.sum));
        fm_bins_add(&other, base, 1000);
        fm_bins_merge(&b, &other); /* another width: ignored */
        assert_memory_equal(&b, &both, sizeof(b));
    }
}

static void extremes(void **state)
{
    (void)state;
    static const fm_time times[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, FM_NEVER - 1, FM_NEVER };
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        struct fm_bins bins;
        fm_bins_init(&bins, 1);
        fm_bins_add(&bins, times[i], UINT64_MAX);
        fm_bins_add(&bins, times[i], 5);
        assert_true(fm_bins_query(&bins, times[i]) == UINT64_MAX);
        fm_bins_merge(&bins, &bins);
        for (size_t j = 0; j < sizeof(times) / sizeof(*times); j++)
            fm_bins_query(&bins, times[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_list),
        cmocka_unit_test(adds_commute_within_the_window),
        cmocka_unit_test(too_late_is_dropped),
        cmocka_unit_test(merging_is_adding),
        cmocka_unit_test(extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
