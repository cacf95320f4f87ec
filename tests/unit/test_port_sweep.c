/* Port sweeps and what looks like them, record by record. */
#include "sweeps.h"

static struct sight *new_sight(void)
{
    return sight_new(fm_detector_find("port_sweep"));
}

static void so_many_silent_addresses_are_a_sweep(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct sight *s = new_sight();
        unsigned hosts = sweep_param(s, "min_hosts") - 1 + more;
        for (unsigned i = 0; i < hosts; i++)
            sweep_try(s, DAY0 + i * FM_SECOND, inside(1), inside(300 + i), 445, FM_NO_ANSWER);
        assert_int_equal(sweep_judge(s, DAY0 + hosts * FM_SECOND, &f), more);
        if (more) {
            assert_string_equal(f.kind, "fast");
            assert_int_equal(f.port, 445);
            assert_true(term_of(&f, "addresses") == hosts);
            assert_true(fact_of(&f, "failures")->number == hosts);
            assert_true(fact_of(&f, "services")->number == 1);
            assert_true(f.first == DAY0);
        }
        sight_free(s);
    }
}

static void an_address_tried_at_three_ports_is_one_address(void **state)
{
    static const uint16_t ports[] = { 22, 445, 3389 };
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 25; i++)
        for (unsigned k = 0; k < 3; k++)
            sweep_try(s, DAY0 + i * FM_SECOND, inside(1), inside(300 + i), ports[k],
                    i % 5 ? FM_REFUSED : FM_ANSWERED);
    assert_true(sweep_judge(s, DAY0 + 25 * FM_SECOND, &f));
    assert_true(fact_of(&f, "services")->number == 3);
    assert_true(fact_of(&f, "addresses")->number == 20);
    assert_true(fact_of(&f, "tries")->number == 75);
    assert_true(fact_of(&f, "successes")->number == 15);
    sight_free(s);
}

static void a_slow_sweep_is_seen_over_a_day(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;
    bool found = false;

    (void)state;
    unsigned hosts = sweep_param(s, "slow_hosts") + 10;
    for (unsigned i = 0; i < hosts; i++) {
        fm_time at = DAY0 + i * 20 * FM_MINUTE;
        sweep_try(s, at, inside(1), inside(300 + i), 22, FM_NO_ANSWER);
        found |= sweep_judge(s, at, &f);
        assert_true(i >= sweep_param(s, "slow_hosts") - 1 || !found);
    }
    assert_true(found);
    assert_string_equal(f.kind, "slow");
    sight_free(s);
}

static void pings_need_fewer_and_ipv6_counts_too(void **state)
{
    struct fm_finding f;
    char text[16];

    (void)state;
    struct sight *s = new_sight();
    for (unsigned i = 0; i < 12; i++)
        sweep_ping(s, DAY0 + i * FM_MS, inside(1), inside(300 + i),
                i % 2 ? FM_ANSWERED : FM_NO_ANSWER);
    assert_true(sweep_judge(s, DAY0 + FM_SECOND, &f));
    assert_true(term_of(&f, "addresses") == 6);
    assert_non_null(strstr(f.summary, "pinged"));
    sight_free(s);
    s = new_sight();
    for (unsigned i = 0; i < 20; i++) {
        snprintf(text, sizeof text, "fd00::%x", 0x100 + i);
        sweep_try(s, DAY0 + i * FM_MS, ip("fd00::1"), ip(text), 22, FM_NO_ANSWER);
    }
    assert_true(sweep_judge(s, DAY0 + FM_SECOND, &f));
    assert_true(term_of(&f, "addresses") == 20);
    sight_free(s);
}

/* ---- what looks like it ---- */

static void old_acquaintances_that_are_away_are_no_sweep(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 60; i++)
        sweep_try(s, DAY0 + i * FM_MS, inside(1), inside(300 + i), 6379, FM_ANSWERED);
    sweep_try(s, DAY0 + FM_MINUTE, inside(1), inside(290), 6379, FM_NO_ANSWER); /* makes a state */
    for (unsigned i = 0; i < 60; i++)
        sweep_try(s, DAY0 + FM_DAY + i * FM_MS, inside(1), inside(300 + i), 6379, FM_NO_ANSWER);
    assert_false(sweep_judge(s, DAY0 + FM_DAY + FM_SECOND, &f));
    /* but another service of the same hosts is a first contact, and so are they to others */
    for (unsigned i = 0; i < 60; i++) {
        sweep_try(s, DAY0 + FM_DAY + FM_MINUTE + i, inside(1), inside(300 + i), 445, FM_NO_ANSWER);
        sweep_try(s, DAY0 + FM_DAY + FM_MINUTE + i, inside(2), inside(300 + i), 6379, FM_NO_ANSWER);
    }
    assert_true(sweep_judge(s, DAY0 + FM_DAY + 2 * FM_MINUTE, &f));
    sight_free(s);
}

static void a_poller_whose_targets_answer_is_none(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 60; i++)
        sweep_try(s, DAY0 + i * FM_SECOND, inside(1), inside(300 + i), 161,
                i % 3 ? FM_ANSWERED : FM_REFUSED);
    assert_false(sweep_judge(s, DAY0 + FM_MINUTE, &f));
    sight_free(s);
}

static void a_few_withdrawn_servers_stay_few(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        sweep_try(s, DAY0 + i * FM_MINUTE, inside(1), inside(300 + i % 12), 445, FM_NO_ANSWER);
    assert_false(sweep_judge(s, DAY0 + 1000 * FM_MINUTE, &f));
    sight_free(s);
}

static void outside_addresses_are_not_this_detectors(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        sweep_try(s, DAY0 + i * FM_MS, inside(1), outside(i), 445, FM_NO_ANSWER);
    assert_false(sweep_judge(s, DAY0 + FM_SECOND, &f));
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_silent_addresses_are_a_sweep),
        cmocka_unit_test(an_address_tried_at_three_ports_is_one_address),
        cmocka_unit_test(a_slow_sweep_is_seen_over_a_day),
        cmocka_unit_test(pings_need_fewer_and_ipv6_counts_too),
        cmocka_unit_test(old_acquaintances_that_are_away_are_no_sweep),
        cmocka_unit_test(a_poller_whose_targets_answer_is_none),
        cmocka_unit_test(a_few_withdrawn_servers_stay_few),
        cmocka_unit_test(outside_addresses_are_not_this_detectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
