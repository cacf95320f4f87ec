/* Met before, lately: nobody is forgotten in time, everybody after it, strangers seldom pass. */
#include "seeded.h"

#include "base/hash.h"
#include "sketch/bloom.h"

#include <stdlib.h>

static struct fm_bloom *new_set(void)
{
    struct fm_bloom *set = calloc(1, sizeof *set);

    assert_non_null(set);
    return set;
}

static uint64_t thing(uint64_t n)
{
    return fm_hash(5, &n, sizeof n);
}

static double strangers(const struct fm_bloom *set, int64_t turn)
{
    enum { ASKED = 100000 };
    unsigned known = 0;

    for (uint64_t i = 0; i < ASKED; i++)
        known += fm_bloom_has(set, thing(UINT64_C(1) << 40 | i), turn);
    return (double)known / ASKED;
}

static void who_was_met_is_known_for_two_turns(void **state)
{
    struct fm_bloom *set = new_set();

    (void)state;
    assert_false(fm_bloom_has(set, thing(1), 100));
    fm_bloom_add(set, thing(1), 100);
    assert_true(fm_bloom_has(set, thing(1), 100));
    assert_true(fm_bloom_has(set, thing(1), 101)); /* nothing else was added meanwhile */
    assert_false(fm_bloom_has(set, thing(1), 102));
    fm_bloom_add(set, thing(2), 101);
    assert_true(fm_bloom_has(set, thing(1), 101));
    fm_bloom_add(set, thing(1), 100); /* late, but within the turn before */
    fm_bloom_add(set, thing(3), 102);
    assert_false(fm_bloom_has(set, thing(1), 102));
    assert_true(fm_bloom_has(set, thing(2), 102));
    fm_bloom_add(set, thing(4), 99); /* too old to count */
    assert_false(fm_bloom_has(set, thing(4), 102));
    fm_bloom_add(set, thing(5), 200);
    assert_false(fm_bloom_has(set, thing(3), 200));
    free(set);
}

static void a_full_filter_stays_true_to_its_promise(void **state)
{
    struct fm_bloom *set = new_set();

    (void)state;
    for (uint64_t i = 0; i < FM_BLOOM_MOST; i++)
        fm_bloom_add(set, thing(i), 7);
    for (uint64_t i = 0; i < FM_BLOOM_MOST; i += 97)
        assert_true(fm_bloom_has(set, thing(i), 7));
    for (uint64_t i = 0; i < 4 * FM_BLOOM_MOST; i++) /* no room: left out */
        fm_bloom_add(set, thing(FM_BLOOM_MOST + i), 7);
    assert_true(strangers(set, 7) < 0.027);
    for (uint64_t i = 0; i < FM_BLOOM_MOST; i++)
        fm_bloom_add(set, thing(FM_BLOOM_MOST + i), 8);
    assert_true(strangers(set, 8) < 0.052);
    free(set);
}

static void order_does_not_matter(void **state)
{
    struct fm_bloom *forth = new_set(), *back = new_set();

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        fm_bloom_add(forth, thing(i), 50 + (int64_t)(i & 1));
        fm_bloom_add(back, thing(999 - i), 50 + (int64_t)((999 - i) & 1));
    }
    assert_memory_equal(forth, back, sizeof *forth);
    free(forth);
    free(back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_met_is_known_for_two_turns),
        cmocka_unit_test(a_full_filter_stays_true_to_its_promise),
        cmocka_unit_test(order_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
