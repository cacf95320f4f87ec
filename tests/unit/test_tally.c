/* Tallies: distinct failed items, two windows, any order, and which groups are kept. */
#include "sight.h"

#include "base/hash.h"
#include "detect/tally.h"

/* A detector whose tries the test gives itself. */
static struct fm_try next_try;

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_try *out)
{
    (void)ctx;
    (void)obs;
    *out = next_try;
    return true;
}

enum { FAST_S, SLOW_S };

static const struct fm_param params[] = {
    { "window", FM_SPAN, 1, 1e6, 600, "" },
    { "slow_window", FM_SPAN, 1, 1e6, 86400, "" },
    { .name = NULL },
};
static const struct fm_term terms[] = { { .name = NULL } };
static const struct fm_tally_spec spec = { .look = look,
    .window = { [FM_FAST] = FAST_S, [FM_SLOW] = SLOW_S } };
static const struct fm_detector det = { .name = "tallied",
    .family = &fm_tally,
    .key = FM_BY_ENTITY,
    .tally = &spec,
    .params = params,
    .terms = terms };

#define FAST (600 * FM_SECOND)
#define SLOW FM_DAY

static struct fm_entity client = { .id = 1 };

static struct fm_state *give(struct sight *s, uint64_t group, uint64_t item, bool failed,
        fm_time at)
{
    struct fm_obs obs = { .what = FM_OBS_OUTCOME,
        .time = at,
        .client = &client,
        .orig_known = true,
        .weight = 1 };

    next_try = (struct fm_try){ .group = group, .failed = failed };
    next_try.item = fm_hash(1, &item, sizeof item);
    return det.family->observe(&det, s->tuning.param, &s->ctx, s->slab, &obs);
}

static const struct fm_tally_group *group_of(struct sight *s, uint64_t group)
{
    struct fm_key key = { .entity = 1 };
    const struct fm_state *state = fm_slab_find(s->slab, &key);
    const struct fm_tally_state *tally = state ? (const void *)state->bytes : NULL;

    for (unsigned i = 0; tally && i < FM_TALLY_GROUPS; i++)
        if (tally->group[i].used && tally->group[i].group == group)
            return &tally->group[i];
    return NULL;
}

static void who_never_fails_costs_nothing(void **state)
{
    struct sight *s = sight_new(&det);

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        assert_null(give(s, i, i, false, DAY0));
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

static void different_failed_items_are_counted(void **state)
{
    struct sight *s = sight_new(&det);

    (void)state;
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 30; i++)
            assert_non_null(give(s, 5, i, true, DAY0 + i));
    for (unsigned i = 0; i < 50; i++)
        give(s, 5, 1000 + i, false, DAY0 + i);
    struct fm_tally_sum sum = fm_tally_sum(group_of(s, 5), FM_FAST, FAST, DAY0 + FM_SECOND);
    assert_true(sum.items == 30); /* exact, and answered ones are not among them */
    assert_int_equal(sum.tries, 140);
    assert_int_equal(sum.fails, 90);
    sight_free(s);
}

static void many_items_are_within_nine_percent(void **state)
{
    static const unsigned sizes[] = { 50, 200, 1000, 65535 };
    double worst = 0, sum = 0;

    (void)state;
    for (unsigned k = 0; k < 4; k++)
        for (unsigned round = 0; round < 20; round++) {
            struct sight *s = sight_new(&det);
            for (uint64_t i = 0; i < sizes[k]; i++)
                give(s, 5, round << 20 | i, true, DAY0);
            double items = fm_tally_sum(group_of(s, 5), FM_FAST, FAST, DAY0).items;
            double error = items / sizes[k] - 1;
            worst = fmax(worst, fabs(error));
            sum += error * error;
            sight_free(s);
        }
    assert_true(sqrt(sum / 80) < 0.09);
    assert_true(worst < 4 * 0.09);
}

static void windows_slide_by_halves(void **state)
{
    struct sight *s = sight_new(&det);
    fm_time half = FAST / 2;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        give(s, 5, i, true, DAY0 + i);
    for (unsigned i = 10; i < 15; i++)
        give(s, 5, i, true, DAY0 + half + i);
    const struct fm_tally_group *g = group_of(s, 5);
    assert_true(fm_tally_sum(g, FM_FAST, FAST, DAY0 + half + FM_SECOND).items == 15);
    assert_true(fm_tally_sum(g, FM_FAST, FAST, DAY0 + 2 * half).items == 5);
    assert_true(fm_tally_sum(g, FM_FAST, FAST, DAY0 + 3 * half).items == 0);
    assert_true(fm_tally_sum(g, FM_SLOW, SLOW, DAY0 + 3 * half).items == 15);
    give(s, 5, 99, true, DAY0 + 2 * half + 1); /* the first half makes room */
    assert_true(fm_tally_sum(g, FM_FAST, FAST, DAY0 + 2 * half + 2).items == 6);
    assert_true(fm_tally_sum(g, FM_SLOW, SLOW, DAY0 + 2 * half + 2).items == 16);
    give(s, 5, 100, true, DAY0 + 10 * FM_DAY); /* both are long gone */
    assert_true(fm_tally_sum(g, FM_SLOW, SLOW, DAY0 + 10 * FM_DAY).items == 1);
    give(s, 5, 101, true, DAY0); /* too old for any window, but tried */
    assert_true(fm_tally_sum(g, FM_SLOW, SLOW, DAY0 + 10 * FM_DAY).items == 1);
    assert_int_equal(g->tries, 18);
    assert_true(g->first == DAY0);
    sight_free(s);
}

static void tries_may_come_in_any_order(void **state)
{
    uint64_t seed = 3;
    struct {
        uint64_t group, item;
        bool failed;
        fm_time at;
    } tries[400];

    (void)state;
    for (unsigned i = 0; i < 400; i++) {
        tries[i].group = seeded_below(&seed, 8);
        tries[i].item = seeded_below(&seed, 200);
        tries[i].failed = true;
        tries[i].at = DAY0 + (fm_time)seeded_below(&seed, (uint64_t)(FAST / 2 - 1));
    }
    struct fm_tally_sum expected[8];
    for (unsigned round = 0; round < 20; round++) {
        struct sight *s = sight_new(&det);
        for (unsigned i = 0; i < 400; i++)
            give(s, tries[i].group, tries[i].item, tries[i].failed, tries[i].at);
        for (unsigned g = 0; g < 8; g++) {
            struct fm_tally_sum sum = fm_tally_sum(group_of(s, g), FM_FAST, FAST, DAY0 + FAST / 2);
            if (!round)
                expected[g] = sum;
            assert_true(sum.items == expected[g].items);
            assert_int_equal(sum.tries, expected[g].tries);
            assert_int_equal(sum.fails, expected[g].fails);
        }
        for (unsigned i = 400; i > 1; i--) { /* Fisher and Yates */
            unsigned k = (unsigned)seeded_below(&seed, i);
            __typeof__(tries[0]) other = tries[i - 1];
            tries[i - 1] = tries[k];
            tries[k] = other;
        }
        sight_free(s);
    }
}

static void a_full_state_keeps_the_groups_with_most_items(void **state)
{
    struct sight *s = sight_new(&det);

    (void)state;
    for (unsigned g = 0; g < 8; g++) /* dead printers, asked again and again at one port */
        for (unsigned i = 0; i < 1000; i++)
            give(s, 100 + g, 9100, true, DAY0 + i);
    for (unsigned i = 0; i < 40; i++) /* two targets scanned by turns */
        give(s, i % 2, i, true, DAY0 + FM_MINUTE + i * FM_MS);
    assert_true(fm_tally_sum(group_of(s, 0), FM_FAST, FAST, DAY0 + FM_MINUTE).items == 20);
    assert_true(fm_tally_sum(group_of(s, 1), FM_FAST, FAST, DAY0 + FM_MINUTE).items == 20);
    sight_free(s);
}

static void targets_by_turns_do_not_push_one_another_out(void **state)
{
    struct sight *s = sight_new(&det);
    unsigned well_known = 0;

    (void)state;
    for (unsigned i = 0; i < 50 * 400; i++) /* fifty targets, four hundred ports, 1,000 a second */
        give(s, i % 50, i / 50, true, DAY0 + i * FM_MS);
    for (unsigned g = 0; g < 50; g++)
        if (group_of(s, g))
            well_known +=
                    fm_tally_sum(group_of(s, g), FM_FAST, FAST, DAY0 + 20 * FM_SECOND).items > 200;
    assert_in_range(well_known, 4, 8);
    sight_free(s);
}

static void a_sweep_before_the_scan_does_not_hide_it(void **state)
{
    struct sight *s = sight_new(&det);

    (void)state;
    for (unsigned i = 0; i < 254; i++) /* two ports of every address, as nmap does */
        for (unsigned port = 0; port < 2; port++)
            give(s, 1000 + i, port, true, DAY0 + i * 20 * FM_MS);
    for (unsigned i = 0; i < 3000; i++) /* then three servers at once */
        give(s, i % 3, i / 3, true, DAY0 + 6 * FM_SECOND + i * FM_MS);
    for (unsigned g = 0; g < 3; g++) {
        assert_non_null(group_of(s, g));
        assert_true(fm_tally_sum(group_of(s, g), FM_FAST, FAST, DAY0 + 9 * FM_SECOND).items > 600);
    }
    sight_free(s);
}

static void another_window_begins_anew(void **state)
{
    struct sight *s = sight_new(&det);

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        give(s, 5, i, true, DAY0 + i);
    s->tuning.param[FAST_S] = 1200; /* a reload: half numbers are smaller now */
    for (unsigned i = 0; i < 4; i++)
        give(s, 5, i, true, DAY0 + FM_SECOND + i);
    assert_true(fm_tally_sum(group_of(s, 5), FM_FAST, 2 * FAST, DAY0 + FM_MINUTE).items == 4);
    assert_true(fm_tally_sum(group_of(s, 5), FM_SLOW, SLOW, DAY0 + FM_MINUTE).items == 10);
    sight_free(s);
}

static void groups_are_counted_by_episodes(void **state)
{
    struct sight *s = sight_new(&det);
    struct fm_key key = { .entity = 1 };

    (void)state;
    for (unsigned g = 0; g < 25; g++)
        give(s, (uint64_t)g * UINT64_C(0x9e3779b97f4a7c15), 1, true, DAY0 + g * FM_MINUTE);
    const struct fm_tally_state *tally = (void *)fm_slab_find(s->slab, &key)->bytes;
    assert_true(fm_distinct_query(&tally->groups) == 25);
    give(s, UINT64_C(0x1234567812345678), 1, true, DAY0 + 2 * FM_HOUR);
    assert_true(fm_distinct_query(&tally->groups) == 1);
    sight_free(s);
}

static void shed_records_weigh_for_those_they_stand_for(void **state)
{
    struct sight *s = sight_new(&det);
    struct fm_obs obs = { .what = FM_OBS_OUTCOME,
        .time = DAY0,
        .client = &client,
        .orig_known = true,
        .weight = 8 };

    (void)state;
    next_try = (struct fm_try){ .group = 5, .item = 5, .failed = true, .dark = true };
    det.family->observe(&det, s->tuning.param, &s->ctx, s->slab, &obs);
    struct fm_tally_sum sum = fm_tally_sum(group_of(s, 5), FM_FAST, FAST, DAY0);
    assert_int_equal(sum.tries, 8);
    assert_int_equal(sum.fails, 8);
    assert_int_equal(sum.dark, 8);
    sight_free(s);
}

static void what_proves_nothing_is_not_counted(void **state)
{
    struct sight *s = sight_new(&det);
    struct fm_obs obs = { .what = FM_OBS_OUTCOME, .time = DAY0, .client = &client, .weight = 1 };

    (void)state;
    next_try = (struct fm_try){ .group = 5, .item = 5, .failed = true };
    assert_null(det.family->observe(&det, s->tuning.param, &s->ctx, s->slab, &obs));
    obs.orig_known = true;
    obs.backscatter = true;
    assert_null(det.family->observe(&det, s->tuning.param, &s->ctx, s->slab, &obs));
    obs.backscatter = false;
    obs.client = NULL;
    assert_null(det.family->observe(&det, s->tuning.param, &s->ctx, s->slab, &obs));
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_never_fails_costs_nothing),
        cmocka_unit_test(different_failed_items_are_counted),
        cmocka_unit_test(many_items_are_within_nine_percent),
        cmocka_unit_test(windows_slide_by_halves),
        cmocka_unit_test(tries_may_come_in_any_order),
        cmocka_unit_test(a_full_state_keeps_the_groups_with_most_items),
        cmocka_unit_test(targets_by_turns_do_not_push_one_another_out),
        cmocka_unit_test(a_sweep_before_the_scan_does_not_hide_it),
        cmocka_unit_test(another_window_begins_anew),
        cmocka_unit_test(groups_are_counted_by_episodes),
        cmocka_unit_test(shed_records_weigh_for_those_they_stand_for),
        cmocka_unit_test(what_proves_nothing_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
