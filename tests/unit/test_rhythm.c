/* Rhythms: what is measured of visits, in any order, with missed beats, steps and retries. */
#include "sight.h"

#include "detect/rhythm.h"

static struct sight *new_sight(void)
{
    return sight_new(fm_detector_find("beacon"));
}

static struct fm_entity client = { .id = 1 };

/* Without a port of its own a visit is no retry of another. */
static struct fm_obs visit_of(fm_time at, uint64_t out, uint64_t in)
{
    struct fm_obs obs = { .what = FM_OBS_VISIT,
        .course = FM_OUTWARD,
        .answer = FM_ANSWERED,
        .time = at,
        .client = &client,
        .server_addr = outside(1),
        .sport = 443,
        .proto = TCP,
        .orig_known = true,
        .weight = 1,
        .name = "c2.example",
        .named = true,
        .agent = "" };

    obs.bytes[FM_TO_SERVER] = out;
    obs.bytes[FM_TO_CLIENT] = in;
    return obs;
}

static const struct fm_rhythm_state *give(struct sight *s, const struct fm_obs *obs)
{
    struct fm_state *state =
            s->det->family->observe(s->det, s->tuning.param, &s->ctx, s->slab, obs);

    return state ? (const void *)state->bytes : NULL;
}

static const struct fm_rhythm_state *visits(struct sight *s, const double *at_s, unsigned n)
{
    const struct fm_rhythm_state *state = NULL;

    for (unsigned i = 0; i < n; i++) {
        struct fm_obs obs = visit_of(DAY0 + (fm_time)(at_s[i] * (double)FM_SECOND), 100, 1000);
        state = give(s, &obs);
    }
    return state;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-6;
}

static void a_clock_has_no_range(void **state)
{
    static const double at[] = { 0, 60, 120, 180, 240, 300 };
    struct sight *s = new_sight();
    struct fm_rhythm_measure m;

    (void)state;
    assert_true(fm_rhythm_measure(visits(s, at, 6), &m));
    assert_int_equal(m.beats, 6);
    assert_int_equal(m.missed, 0);
    assert_true(near(m.period_s, 60) && near(m.range, 0) && near(m.variation, 0));
    assert_true(near(m.boundedness, 1) && near(m.size_likeness, 1) && near(m.span_s, 300));
    sight_free(s);
}

static void three_visits_say_nothing(void **state)
{
    static const double at[] = { 0, 60, 120 };
    struct sight *s = new_sight();
    struct fm_rhythm_measure m;

    (void)state;
    assert_false(fm_rhythm_measure(visits(s, at, 3), &m));
    sight_free(s);
}

static void missed_beats_fold_away(void **state)
{
    static const double at[] = { 0, 60, 120, 300, 360, 480, 540, 600 };
    struct sight *s = new_sight();
    struct fm_rhythm_measure m;

    (void)state;
    assert_true(fm_rhythm_measure(visits(s, at, 8), &m));
    assert_true(near(m.period_s, 60) && near(m.range, 0));
    assert_int_equal(m.missed, 3);
    sight_free(s);
}

static void jitter_is_half_the_range(void **state)
{
    static const double at[] = { 0, 54, 120, 180, 234, 300 }; /* gaps 54, 66, 60, 54, 66 */
    struct sight *s = new_sight();
    struct fm_rhythm_measure m;

    (void)state;
    assert_true(fm_rhythm_measure(visits(s, at, 6), &m));
    assert_true(near(m.range / 2, 0.1));
    sight_free(s);
}

static void a_visit_of_several_steps_is_one(void **state)
{
    struct sight *s = new_sight();
    const struct fm_rhythm_state *r = NULL;
    struct fm_rhythm_measure m;

    (void)state;
    for (unsigned i = 0; i < 12; i++)
        for (unsigned step = 0; step < 3; step++) { /* now, and 2 and 3.7 s later */
            struct fm_obs obs = visit_of(DAY0 + i * FM_MINUTE + step * 1850 * FM_MS, 100, 1000);
            r = give(s, &obs);
        }
    assert_true(fm_rhythm_measure(r, &m));
    assert_int_equal(m.beats, 12);
    assert_true(near(m.period_s, 60) && m.range < 1e-6);
    assert_true(near(m.median_bytes[FM_TO_SERVER], 300));
    sight_free(s);
}

static void any_order_gives_the_same(void **state)
{
    uint64_t seed = 5;
    double at[100];
    struct fm_rhythm_measure first = { 0 };

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        at[i] = i * 60 + (double)seeded_below(&seed, 12000) / 1000;
    for (unsigned round = 0; round < 20; round++) {
        struct sight *s = new_sight();
        struct fm_rhythm_measure m;
        memset(&m, 0, sizeof m);
        assert_true(fm_rhythm_measure(visits(s, at, 100), &m));
        if (!round)
            first = m;
        assert_memory_equal(&m, &first, sizeof m);
        for (unsigned i = 100; i > 1; i--) {
            unsigned k = (unsigned)seeded_below(&seed, i);
            double other = at[i - 1];
            at[i - 1] = at[k];
            at[k] = other;
        }
        sight_free(s);
    }
}

static void the_oldest_leave_when_there_is_no_room(void **state)
{
    struct sight *s = new_sight();
    const struct fm_rhythm_state *r = NULL;
    struct fm_rhythm_measure m;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        struct fm_obs obs = visit_of(DAY0 + i * (i < 150 ? 7 : 60) * FM_SECOND, 100, 1000);
        r = give(s, &obs);
    }
    assert_int_equal(r->used, FM_BEATS);
    assert_int_equal(r->visits, 300);
    assert_true(r->first == DAY0);
    assert_true(fm_rhythm_measure(r, &m));
    assert_true(near(m.period_s, 60));
    struct fm_obs late = visit_of(DAY0 + 1, 100, 1000); /* older than all that are kept */
    r = give(s, &late);
    assert_int_equal(r->used, FM_BEATS);
    assert_true(r->beat[0].at > DAY0 + FM_HOUR);
    sight_free(s);
}

static void sizes_are_as_alike_as_the_less_alike_way(void **state)
{
    struct sight *s = new_sight();
    const struct fm_rhythm_state *r = NULL;
    struct fm_rhythm_measure m;

    (void)state;
    for (unsigned i = 0; i < 11; i++) {
        struct fm_obs obs = visit_of(DAY0 + i * FM_MINUTE, 100, 1000 + 100 * i);
        r = give(s, &obs);
    }
    assert_true(fm_rhythm_measure(r, &m));
    assert_true(near(m.median_bytes[FM_TO_CLIENT], 1500));
    assert_true(near(m.size_likeness, 1 - 300.0 / 1500)); /* MAD of -500, -400, ... 500 */
    struct fm_obs huge = visit_of(DAY0 + FM_HOUR, UINT64_MAX, 5);
    r = give(s, &huge);
    assert_int_equal(r->beat[11].bytes[FM_TO_SERVER], UINT32_MAX); /* saturates */
    sight_free(s);
}

static void silence_both_ways_is_alike(void **state)
{
    struct sight *s = new_sight();
    const struct fm_rhythm_state *r = NULL;
    struct fm_rhythm_measure m;

    (void)state;
    for (unsigned i = 0; i < 11; i++) {
        struct fm_obs obs = visit_of(DAY0 + i * FM_MINUTE, 0, 0);
        r = give(s, &obs);
    }
    assert_true(fm_rhythm_measure(r, &m));
    assert_true(near(m.size_likeness, 1));
    sight_free(s);
}

static void a_refused_try_is_repeated_and_counts_once(void **state)
{
    struct sight *s = new_sight();
    const struct fm_rhythm_state *r = NULL;
    struct fm_rhythm_measure m;

    (void)state;
    for (unsigned i = 0; i < 11; i++)
        for (unsigned again = 0; again < 3; again++) { /* the same port, a second later */
            struct fm_obs obs = visit_of(DAY0 + i * FM_MINUTE + again * FM_SECOND, 0, 0);
            obs.cport = (uint16_t)(50000 + i);
            obs.answer = FM_REFUSED;
            const struct fm_rhythm_state *now = give(s, &obs);
            r = now ? now : r;
        }
    assert_int_equal(r->visits, 11);
    assert_int_equal(r->refused, 11);
    assert_true(fm_rhythm_measure(r, &m));
    assert_true(near(m.range, 0));
    sight_free(s);
}

static void a_name_is_one_party_whatever_its_address(void **state)
{
    struct sight *s = new_sight();

    (void)state;
    for (unsigned i = 0; i < 11; i++) {
        struct fm_obs obs = visit_of(DAY0 + i * FM_MINUTE, 100, 1000);
        obs.server_addr = outside(i);
        give(s, &obs);
        obs.name = "other.example";
        give(s, &obs);
    }
    assert_int_equal(fm_slab_count(s->slab), 2);
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_has_no_range),
        cmocka_unit_test(three_visits_say_nothing),
        cmocka_unit_test(missed_beats_fold_away),
        cmocka_unit_test(jitter_is_half_the_range),
        cmocka_unit_test(a_visit_of_several_steps_is_one),
        cmocka_unit_test(any_order_gives_the_same),
        cmocka_unit_test(the_oldest_leave_when_there_is_no_room),
        cmocka_unit_test(sizes_are_as_alike_as_the_less_alike_way),
        cmocka_unit_test(silence_both_ways_is_alike),
        cmocka_unit_test(a_refused_try_is_repeated_and_counts_once),
        cmocka_unit_test(a_name_is_one_party_whatever_its_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
