/* Sequence: two legs, sums over a window, the places with most bytes, any order. */
#include "sight.h"

#include "detect/sequence.h"

static int next_leg;

static int look(const struct fm_context *ctx, const struct fm_obs *obs, uint64_t *bytes)
{
    (void)ctx;
    *bytes = obs->bytes[FM_TO_SERVER];
    return next_leg;
}

static const struct fm_param params[] = {
    { "window", FM_SPAN, 1, 1e6, 1200, "" },
    { .name = NULL },
};
static const struct fm_term terms[] = { { .name = NULL } };
static const struct fm_sequence_spec spec = { .look = look };
static const struct fm_detector det = { .name = "sequence", .family = &fm_sequence,
    .sequence = &spec, .params = params, .terms = terms };

#define WINDOW (1200 * FM_SECOND)
#define MUCH 1000000

static struct fm_entity client = { .id = 1 };

static struct fm_state *give_flow(struct sight *s, int leg, unsigned server, uint64_t bytes,
        fm_time at, const struct fm_flow_row *flow)
{
    struct fm_obs obs = { .what = FM_OBS_BYTES, .time = at, .client = &client,
        .server_addr = outside(server), .sport = 443, .proto = TCP, .flow = flow,
        .bytes = { bytes }, .name = "name", .orig_known = true, .weight = 1 };

    next_leg = leg;
    return det.family->observe(&det, s->tuning.param, &s->ctx, s->slab, &obs);
}

static struct fm_state *give(struct sight *s, int leg, unsigned server, uint64_t bytes, fm_time at)
{
    return give_flow(s, leg, server, bytes, at, NULL);
}

static const struct fm_sequence_state *in(const struct fm_state *slot)
{
    assert_non_null(slot);
    return (const void *)slot->bytes;
}

/* Within the window that ends with the last of them. */
static uint64_t bytes_of(const struct fm_leg *leg)
{
    return fm_bins_query(&leg->sum, leg->last);
}

static void little_makes_no_state_but_counts_in_one(void **state)
{
    struct sight *s = sight_new(&det);

    (void)state;
    assert_null(give(s, FM_LEG_FIRST, 1, FM_LEG_WORTH - 1, DAY0));
    assert_null(give(s, -1, 1, MUCH, DAY0));
    assert_null(give(s, FM_LEG_FIRST, 1, 0, DAY0));
    assert_int_equal(fm_slab_count(s->slab), 0);
    give(s, FM_LEG_FIRST, 1, FM_LEG_WORTH, DAY0);
    const struct fm_sequence_state *q = in(give(s, FM_LEG_SECOND, 2, 10, DAY0 + 1));
    assert_int_equal(q->leg[FM_LEG_FIRST].place[0].bytes, FM_LEG_WORTH);
    assert_int_equal(q->leg[FM_LEG_SECOND].place[0].bytes, 10);
    assert_int_equal(q->samples.count, 1); /* of the second leg alone */
    sight_free(s);
}

static void sums_slide_and_totals_stay(void **state)
{
    struct sight *s = sight_new(&det);
    const struct fm_sequence_state *q;

    (void)state;
    give(s, FM_LEG_FIRST, 1, MUCH, DAY0);
    q = in(give(s, FM_LEG_FIRST, 1, MUCH, DAY0 + WINDOW / 2));
    assert_int_equal(fm_bins_query(&q->leg[0].sum, DAY0 + WINDOW / 2), 2 * MUCH);
    assert_int_equal(fm_bins_query(&q->leg[0].sum, DAY0 + WINDOW + FM_MINUTE), MUCH);
    assert_int_equal(fm_bins_query(&q->leg[0].sum, DAY0 + 2 * WINDOW), 0);
    assert_int_equal(bytes_of(&q->leg[0]), 2 * MUCH);
    assert_int_equal(fm_bins_query(&q->leg[1].sum, DAY0 + 1), 0);
    sight_free(s);
}

static void a_leg_begins_with_its_flow(void **state)
{
    struct sight *s = sight_new(&det);
    struct fm_flow_row flow = { .start = DAY0 - FM_HOUR };

    (void)state;
    give(s, FM_LEG_FIRST, 1, MUCH, DAY0);
    const struct fm_sequence_state *q =
            in(give_flow(s, FM_LEG_FIRST, 2, MUCH, DAY0 + FM_SECOND, &flow));
    assert_true(q->leg[0].first == DAY0 - FM_HOUR);
    assert_true(q->leg[0].last == DAY0 + FM_SECOND);
    assert_true(q->leg[0].place[1].first == DAY0 - FM_HOUR);
    assert_string_equal(q->leg[0].place[1].name, "name");
    assert_true(q->leg[1].first == 0);
    sight_free(s);
}

static void the_smallest_place_makes_room(void **state)
{
    struct sight *s = sight_new(&det);
    const struct fm_sequence_state *q;

    (void)state;
    for (unsigned i = 0; i < FM_LEG_PLACES; i++)
        q = in(give(s, FM_LEG_FIRST, i, MUCH + (i == 3 ? 0 : 1), DAY0 + i));
    assert_int_equal(q->leg[0].places, FM_LEG_PLACES);
    q = in(give(s, FM_LEG_FIRST, 99, 5, DAY0 + FM_SECOND));
    assert_int_equal(q->leg[0].places, FM_LEG_PLACES);
    assert_int_equal(q->leg[0].places_dropped, 1);
    struct fm_addr fourth = outside(3), newest = outside(99);
    assert_true(fm_addr_equal(&q->leg[0].place[3].addr, &newest));
    for (unsigned i = 0; i < FM_LEG_PLACES; i++)
        assert_false(fm_addr_equal(&q->leg[0].place[i].addr, &fourth));
    assert_int_equal(bytes_of(&q->leg[0]), FM_LEG_PLACES * (MUCH + 1) - 1 + 5); /* none is lost */
    sight_free(s);
}

static void reports_may_come_in_any_order(void **state)
{
    enum { REPORTS = 100 };
    struct fm_sequence_state expected;
    uint64_t seed = 9;
    struct {
        int leg;
        unsigned server;
        uint64_t bytes;
        fm_time at;
    } reports[REPORTS];

    (void)state;
    for (unsigned i = 0; i < REPORTS; i++) {
        reports[i].leg = (int)seeded_below(&seed, 2);
        reports[i].server = (unsigned)seeded_below(&seed, FM_LEG_PLACES);
        reports[i].bytes = FM_LEG_WORTH + seeded_below(&seed, MUCH);
        reports[i].at = DAY0 + (fm_time)seeded_below(&seed, WINDOW * 9 / 10);
    }
    for (unsigned round = 0; round < 20; round++) {
        struct sight *s = sight_new(&det);
        const struct fm_sequence_state *q = NULL;
        for (unsigned i = 0; i < REPORTS; i++)
            q = in(give(s, reports[i].leg, reports[i].server, reports[i].bytes, reports[i].at));
        if (!round)
            expected = *q;
        for (unsigned leg = 0; leg < FM_LEGS; leg++) {
            assert_int_equal(bytes_of(&q->leg[leg]), bytes_of(&expected.leg[leg]));
            assert_true(q->leg[leg].first == expected.leg[leg].first);
            assert_true(q->leg[leg].last == expected.leg[leg].last);
            assert_int_equal(fm_bins_query(&q->leg[leg].sum, DAY0 + WINDOW),
                    fm_bins_query(&expected.leg[leg].sum, DAY0 + WINDOW));
        }
        for (unsigned i = REPORTS; i > 1; i--) { /* Fisher and Yates */
            unsigned k = (unsigned)seeded_below(&seed, i);
            __typeof__(reports[0]) other = reports[i - 1];
            reports[i - 1] = reports[k];
            reports[k] = other;
        }
        sight_free(s);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_makes_no_state_but_counts_in_one),
        cmocka_unit_test(sums_slide_and_totals_stay),
        cmocka_unit_test(a_leg_begins_with_its_flow),
        cmocka_unit_test(the_smallest_place_makes_room),
        cmocka_unit_test(reports_may_come_in_any_order),
    };

    return cmocka_run_group_tests_name("sequence", tests, NULL, NULL);
}
