/* First: steps and days, what the host did to others, who is judged as a whole, any order. */
#include "sight.h"

#include "detect/first.h"

static struct fm_deed next_deed;

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_deed *out)
{
    (void)ctx;
    (void)obs;
    *out = next_deed;
    return true;
}

static const struct fm_param params[] = {
    { "window", FM_SPAN, 1, 1e6, 600, "" },
    { .name = NULL },
};
static const struct fm_term terms[] = { { .name = NULL } };
static const struct fm_first_spec pairs = { .look = look };
static const struct fm_first_spec around = { .look = look, .wide = 3 };
static const struct fm_first_spec things = { .look = look, .by_thing = true };

#define DETECTOR(spec)                                                                             \
    {                                                                                              \
        .name = "first", .family = &fm_first, .first = &(spec), .params = params, .terms = terms   \
    }
static const struct fm_detector of_pairs = DETECTOR(pairs), of_hosts = DETECTOR(around),
                                of_things = DETECTOR(things);

static struct fm_entity entities[64];

static struct fm_state *give(struct sight *s, unsigned client, unsigned server, unsigned step,
        fm_time at)
{
    for (unsigned i = 0; i < 64; i++)
        entities[i].id = i;
    struct fm_obs obs = { .what = FM_OBS_TX, .time = at, .client = &entities[client],
        .server = server ? &entities[server] : NULL, .server_addr = inside(server),
        .sport = 445, .proto = TCP, .orig_known = true, .weight = 1 };

    next_deed.step = step;
    return s->det->family->observe(s->det, s->tuning.param, &s->ctx, s->slab, &obs);
}

static const struct fm_first_state *in(const struct fm_state *slot)
{
    assert_non_null(slot);
    return (const void *)slot->bytes;
}

static void steps_of_a_pair_are_kept_apart(void **state)
{
    struct sight *s = sight_new(&of_pairs);

    (void)state;
    next_deed = (struct fm_deed){ .label = "one", .object = "a", .account = "u" };
    give(s, 1, 2, 3, DAY0 + 5);
    next_deed = (struct fm_deed){ .label = "two", .success = true };
    give(s, 1, 2, 4, DAY0 + 2);
    const struct fm_first_state *f = in(give(s, 1, 2, 4, DAY0 + 9));
    assert_int_equal(fm_slab_count(s->slab), 1);
    assert_int_equal(f->steps, 1u << 3 | 1u << 4);
    assert_int_equal(f->count, 3);
    assert_int_equal(f->successes, 2);
    assert_int_equal(f->step[3].count, 1);
    assert_int_equal(f->step[4].count, 2);
    assert_true(f->step[4].first == DAY0 + 2 && f->step[4].last == DAY0 + 9);
    assert_true(f->first == DAY0 + 2 && f->last == DAY0 + 9);
    assert_string_equal(f->label, "two");
    assert_string_equal(f->object, "a"); /* nobody said another */
    assert_string_equal(f->account, "u");
    assert_int_equal(f->samples.count, 3);
    assert_int_equal(f->scope, FM_FIRST_PAIR);
    give(s, 1, 3, 3, DAY0);
    give(s, 2, 1, 3, DAY0);
    assert_int_equal(fm_slab_count(s->slab), 3);
    sight_free(s);
}

static void an_answer_makes_no_state_and_is_no_step(void **state)
{
    struct sight *s = sight_new(&of_hosts);

    (void)state;
    next_deed = (struct fm_deed){ .answer = true, .success = true, .account = "u" };
    assert_null(give(s, 1, 2, 0, DAY0));
    assert_int_equal(fm_slab_count(s->slab), 0);
    next_deed = (struct fm_deed){ .answer = false };
    give(s, 1, 2, 0, DAY0);
    next_deed = (struct fm_deed){ .answer = true, .success = true, .account = "u" };
    const struct fm_first_state *f = in(give(s, 1, 2, 0, DAY0 + 1));
    assert_int_equal(f->count, 1);
    assert_int_equal(f->successes, 1);
    assert_string_equal(f->account, "u");
    sight_free(s);
}

static void days_are_remembered_for_two_months(void **state)
{
    struct sight *s = sight_new(&of_pairs);
    const struct fm_first_state *f;

    (void)state;
    next_deed = (struct fm_deed){ 0 };
    f = in(give(s, 1, 2, 0, DAY0 + 23 * FM_HOUR));
    assert_int_equal(fm_first_days_before(f, 0), 0);
    assert_true(fm_first_that_day(f, 0));
    f = in(give(s, 1, 2, 0, DAY0 + FM_DAY)); /* an hour later, but tomorrow */
    assert_int_equal(fm_first_days_before(f, 0), 1);
    f = in(give(s, 1, 2, 1, DAY0 + 3 * FM_DAY));
    assert_int_equal(fm_first_days_before(f, 0), 2);
    assert_false(fm_first_that_day(f, 0));
    assert_true(fm_first_that_day(f, 1));
    assert_int_equal(fm_first_days_before(f, 1), 0);
    f = in(give(s, 1, 2, 0, DAY0 + 2 * FM_DAY)); /* late: told out of order */
    assert_int_equal(fm_first_days_before(f, 0), 3);
    f = in(give(s, 1, 2, 1, DAY0 + 64 * FM_DAY)); /* the first day is forgotten */
    assert_int_equal(fm_first_days_before(f, 0), 2);
    f = in(give(s, 1, 2, 1, DAY0 + 1000 * FM_DAY));
    assert_int_equal(fm_first_days_before(f, 0), 0);
    assert_int_equal(fm_first_days_before(f, 1), 0);
    f = in(give(s, 1, 2, 0, DAY0)); /* too old to be a day that counts */
    assert_int_equal(fm_first_days_before(f, 0), 0);
    assert_int_equal(f->step[0].count, 4);
    sight_free(s);
}

static void what_the_host_did_to_others_is_known(void **state)
{
    struct sight *s = sight_new(&of_hosts);
    const struct fm_first_state *f;

    (void)state;
    next_deed = (struct fm_deed){ 0 };
    for (unsigned day = 0; day < 3; day++)
        f = in(give(s, 1, 2, 0, DAY0 + day * FM_DAY));
    assert_int_equal(f->step[0].host_days, 2);
    f = in(give(s, 1, 3, 0, DAY0 + 3 * FM_DAY));
    assert_int_equal(f->scope, FM_FIRST_PAIR);
    assert_int_equal(fm_first_days_before(f, 0), 0); /* never to this one, */
    assert_int_equal(f->step[0].host_days, 3);       /* but to another */
    assert_int_equal(f->others, 1);
    f = in(give(s, 1, 3, 5, DAY0 + 3 * FM_DAY));
    assert_int_equal(f->step[5].host_days, 0); /* another step is new to both */
    f = in(give(s, 9, 3, 0, DAY0 + 3 * FM_DAY));
    assert_int_equal(f->others, 2); /* two hosts come to that target */
    assert_int_equal(f->step[0].host_days, 0);
    sight_free(s);
}

static void many_targets_are_judged_as_one(void **state)
{
    struct sight *s = sight_new(&of_hosts);
    const struct fm_first_state *f;

    (void)state;
    next_deed = (struct fm_deed){ 0 };
    for (unsigned target = 2; target < 5; target++)
        assert_int_equal(in(give(s, 1, target, 0, DAY0 + target))->scope, FM_FIRST_PAIR);
    f = in(give(s, 1, 5, 0, DAY0 + 5));
    assert_int_equal(f->scope, FM_FIRST_HOST);
    assert_int_equal(f->others, 4);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->places, 4);
    assert_int_equal(f->samples.count, 4);
    f = in(give(s, 1, 2, 0, DAY0 + 6)); /* an old one too, from now on */
    assert_int_equal(f->scope, FM_FIRST_HOST);
    assert_int_equal(f->others, 4);
    for (unsigned target = 6; target < 20; target++)
        f = in(give(s, 1, target, 0, DAY0 + target));
    assert_int_equal(f->others, 18);
    assert_int_equal(f->places, FM_FIRST_PLACES);
    assert_int_equal(f->places_dropped, 18 - FM_FIRST_PLACES);
    bool newest_kept = false;
    struct fm_addr newest = inside(19);
    for (unsigned i = 0; i < f->places; i++)
        newest_kept |= fm_addr_equal(&f->place[i].addr, &newest);
    assert_true(newest_kept);
    sight_free(s);
}

static void a_thing_is_kept_whoever_answers_there(void **state)
{
    struct sight *s = sight_new(&of_things);

    (void)state;
    next_deed = (struct fm_deed){ .thing = 77 };
    give(s, 1, 0, 0, DAY0); /* nobody known there */
    give(s, 1, 2, 1, DAY0 + 1);
    assert_int_equal(fm_slab_count(s->slab), 1);
    next_deed.thing = 78;
    give(s, 1, 2, 1, DAY0 + 1);
    assert_int_equal(fm_slab_count(s->slab), 2);
    sight_free(s);
}

static void the_window_counts_a_burst(void **state)
{
    struct sight *s = sight_new(&of_pairs);
    const struct fm_first_state *f;

    (void)state;
    next_deed = (struct fm_deed){ 0 };
    for (unsigned i = 0; i < 20; i++)
        f = in(give(s, 1, 2, 0, DAY0 + i * FM_SECOND));
    assert_int_equal(fm_bins_query(&f->recent, f->last), 20);
    f = in(give(s, 1, 2, 0, DAY0 + FM_HOUR));
    assert_int_equal(fm_bins_query(&f->recent, f->last), 1);
    assert_int_equal(f->count, 21);
    sight_free(s);
}

static void deeds_may_come_in_any_order(void **state)
{
    enum { DEEDS = 60 };
    struct fm_first_state expected;
    uint64_t seed = 5;
    struct {
        unsigned step;
        fm_time at;
    } deeds[DEEDS];

    (void)state;
    next_deed = (struct fm_deed){ 0 };
    for (unsigned i = 0; i < DEEDS; i++) {
        deeds[i].step = (unsigned)seeded_below(&seed, 4);
        deeds[i].at = DAY0 + (fm_time)seeded_below(&seed, 40 * FM_DAY);
    }
    for (unsigned round = 0; round < 20; round++) {
        struct sight *s = sight_new(&of_pairs);
        const struct fm_first_state *f = NULL;
        for (unsigned i = 0; i < DEEDS; i++)
            f = in(give(s, 1, 2, deeds[i].step, deeds[i].at));
        if (!round)
            expected = *f;
        assert_memory_equal(f->step, expected.step, sizeof f->step);
        assert_memory_equal(&f->place, &expected.place, sizeof f->place);
        assert_true(f->first == expected.first && f->last == expected.last);
        assert_int_equal(f->day, expected.day);
        assert_int_equal(f->count, DEEDS);
        assert_int_equal(fm_bins_query(&f->recent, f->last),
                fm_bins_query(&expected.recent, expected.last));
        for (unsigned i = DEEDS; i > 1; i--) { /* Fisher and Yates */
            unsigned k = (unsigned)seeded_below(&seed, i);
            __typeof__(deeds[0]) other = deeds[i - 1];
            deeds[i - 1] = deeds[k];
            deeds[k] = other;
        }
        sight_free(s);
    }
}

static void a_history_is_kept_before_a_single_deed(void **state)
{
    struct sight *s = sight_new(&of_pairs);
    uint32_t cap = fm_slab_cap(s->slab);

    (void)state;
    next_deed = (struct fm_deed){ 0 };
    for (unsigned day = 0; day < 10; day++)
        give(s, 1, 2, 0, DAY0 + day * FM_DAY);
    for (uint64_t i = 0; i < cap + 5; i++) { /* as many who come once */
        next_deed.thing = 1000 + i;
        give(s, 1, 3, 0, DAY0 + 10 * FM_DAY + (fm_time)i);
    }
    next_deed.thing = 0;
    assert_int_equal(fm_first_days_before(in(give(s, 1, 2, 0, DAY0 + 11 * FM_DAY)), 0), 10);
    sight_free(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_of_a_pair_are_kept_apart),
        cmocka_unit_test(an_answer_makes_no_state_and_is_no_step),
        cmocka_unit_test(days_are_remembered_for_two_months),
        cmocka_unit_test(what_the_host_did_to_others_is_known),
        cmocka_unit_test(many_targets_are_judged_as_one),
        cmocka_unit_test(a_thing_is_kept_whoever_answers_there),
        cmocka_unit_test(the_window_counts_a_burst),
        cmocka_unit_test(deeds_may_come_in_any_order),
        cmocka_unit_test(a_history_is_kept_before_a_single_deed),
    };

    return cmocka_run_group_tests_name("first", tests, NULL, NULL);
}
