/* Volumes: what makes a state, the window, the places, any order. */
#include "sight.h"

#include "detect/volume.h"

static struct sight *new_sight(void)
{
    return sight_new(fm_detector_find("smash_and_grab")); /* a window of an hour */
}

static struct fm_entity client = { .id = 1 };

static struct fm_state *give(struct sight *s, fm_time at, unsigned server, uint64_t out,
        uint64_t in)
{
    struct fm_obs obs = { .what = FM_OBS_BYTES,
        .course = FM_OUTWARD,
        .time = at,
        .client = &client,
        .server_addr = outside(server),
        .sport = 443,
        .proto = TCP,
        .orig_known = true,
        .weight = 1,
        .name = "store.example",
        .named = true,
        .agent = "" };

    obs.bytes[FM_TO_SERVER] = out;
    obs.bytes[FM_TO_CLIENT] = in;
    return s->det->family->observe(s->det, s->tuning.param, &s->ctx, s->slab, &obs);
}

static const struct fm_volume_state *kept(struct sight *s)
{
    const struct fm_state *state = fm_slab_oldest(s->slab);

    return state ? (const void *)state->bytes : NULL;
}

static void browsing_costs_nothing(void **state)
{
    struct sight *s = new_sight();

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        assert_null(give(s, DAY0 + i, i, FM_VOLUME_WORTH - 1, 1 << 20));
    assert_null(kept(s));
    assert_non_null(give(s, DAY0 + 100, 1, FM_VOLUME_WORTH, 5));
    assert_null(give(s, DAY0 + 101, 1, 10, 20)); /* counted, but no reason to judge */
    assert_int_equal(kept(s)->bytes[FM_TO_SERVER], FM_VOLUME_WORTH + 10);
    assert_int_equal(kept(s)->bytes[FM_TO_CLIENT], 25);
    assert_int_equal(kept(s)->samples.count, 1);
    sight_free(s);
}

static void the_window_holds_an_hour(void **state)
{
    struct sight *s = new_sight();

    (void)state;
    for (unsigned i = 0; i < 180; i++) /* a megabyte a minute */
        give(s, DAY0 + i * FM_MINUTE, 1, 1000000, 1000);
    fm_time now = DAY0 + 180 * FM_MINUTE;
    assert_int_equal(kept(s)->bytes[FM_TO_SERVER], 180000000);
    double held = (double)fm_bins_query(&kept(s)->out, now);
    assert_true(held >= 54e6 && held <= 61e6); /* the edge is known to a twelfth */
    assert_int_equal(fm_bins_query(&kept(s)->out, now + 2 * FM_HOUR), 0);
    sight_free(s);
}

static void a_burst_begins_where_the_window_was_empty(void **state)
{
    struct sight *s = new_sight();

    (void)state;
    give(s, DAY0, 1, 100000, 0);
    give(s, DAY0 + 10 * FM_HOUR, 1, 100000, 0);
    give(s, DAY0 + 10 * FM_HOUR + FM_MINUTE, 1, 100000, 0);
    assert_true(kept(s)->first == DAY0);
    assert_true(kept(s)->burst == DAY0 + 10 * FM_HOUR);
    assert_true(kept(s)->last == DAY0 + 10 * FM_HOUR + FM_MINUTE);
    sight_free(s);
}

static void the_busiest_places_are_kept(void **state)
{
    struct sight *s = new_sight();
    bool big = false;

    (void)state;
    give(s, DAY0, 7, 50000000, 0);
    for (unsigned i = 0; i < 50; i++)
        give(s, DAY0 + i, 100 + i, 100000, 0);
    assert_int_equal(kept(s)->places, FM_VOLUME_PLACES);
    for (unsigned i = 0; i < FM_VOLUME_PLACES; i++) {
        struct fm_addr addr = outside(7);
        big |= fm_addr_equal(&kept(s)->place[i].addr, &addr) &&
               kept(s)->place[i].bytes[FM_TO_SERVER] == 50000000;
    }
    assert_true(big);
    assert_int_equal(fm_slab_count(s->slab), 1); /* one party, whatever its addresses */
    sight_free(s);
}

static void any_order_gives_the_same_sums(void **state)
{
    uint64_t seed = 9, expected = 0, now_held = 0;
    fm_time at[300];

    (void)state;
    for (unsigned i = 0; i < 300; i++)
        at[i] = DAY0 + (fm_time)seeded_below(&seed, (uint64_t)(FM_HOUR / 2));
    for (unsigned round = 0; round < 10; round++) {
        struct sight *s = new_sight();
        for (unsigned i = 0; i < 300; i++)
            give(s, at[i], 1, 70000 + (uint64_t)(at[i] % 1000), 7);
        uint64_t held = fm_bins_query(&kept(s)->out, DAY0 + FM_HOUR / 2);
        if (!round) {
            expected = kept(s)->bytes[FM_TO_SERVER];
            now_held = held;
        }
        assert_int_equal(kept(s)->bytes[FM_TO_SERVER], expected);
        assert_int_equal(held, now_held);
        for (unsigned i = 300; i > 1; i--) {
            unsigned k = (unsigned)seeded_below(&seed, i);
            fm_time other = at[i - 1];
            at[i - 1] = at[k];
            at[k] = other;
        }
        sight_free(s);
    }
}

static void another_window_begins_anew(void **state)
{
    struct sight *s = new_sight();

    (void)state;
    give(s, DAY0, 1, 1000000, 0);
    s->tuning.param[1] = 600; /* a reload */
    give(s, DAY0 + FM_MINUTE, 1, 2000000, 0);
    assert_int_equal(fm_bins_query(&kept(s)->out, DAY0 + FM_MINUTE), 2000000);
    assert_int_equal(fm_bins_query(&kept(s)->out, DAY0 + 12 * FM_MINUTE), 0);
    assert_int_equal(kept(s)->bytes[FM_TO_SERVER], 3000000);
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(browsing_costs_nothing),
        cmocka_unit_test(the_window_holds_an_hour),
        cmocka_unit_test(a_burst_begins_where_the_window_was_empty),
        cmocka_unit_test(the_busiest_places_are_kept),
        cmocka_unit_test(any_order_gives_the_same_sums),
        cmocka_unit_test(another_window_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
