/* Sweeps of the outside and what looks like them, record by record. */
#include "sweeps.h"

static struct sight *new_sight(void)
{
    return sight_new(fm_detector_find("outbound_port_sweep"));
}

static void ten_addresses_of_a_service_are_a_sweep(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct sight *s = new_sight();
        unsigned hosts = sweep_param(s, "min_hosts") - 1 + more;
        for (unsigned i = 0; i < hosts; i++)
            sweep_try(s, DAY0 + i * FM_SECOND, inside(1), outside(i), 23, FM_NO_ANSWER);
        assert_int_equal(sweep_judge(s, DAY0 + hosts * FM_SECOND, &f), more);
        assert_true(!more || term_of(&f, "addresses") == hosts);
        sight_free(s);
    }
}

static void a_slow_one_is_seen_over_a_day(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;
    bool found = false;

    (void)state;
    unsigned hosts = sweep_param(s, "slow_hosts") + 10;
    for (unsigned i = 0; i < hosts; i++) {
        fm_time at = DAY0 + i * 12 * FM_MINUTE;
        sweep_try(s, at, inside(1), outside(i), 22, i % 7 ? FM_NO_ANSWER : FM_REFUSED);
        found |= sweep_judge(s, at, &f);
    }
    assert_true(found);
    assert_string_equal(f.kind, "slow");
    sight_free(s);
}

static void what_answered_is_told(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 60; i++)
        sweep_try(s, DAY0 + i * FM_SECOND, inside(1), outside(i), i % 2 ? 23 : 2323,
                i % 10 == 5 ? FM_ANSWERED : FM_NO_ANSWER);
    assert_true(sweep_judge(s, DAY0 + FM_MINUTE, &f));
    assert_true(fact_of(&f, "successes")->number == 6);
    assert_true(fact_of(&f, "services")->number == 2);
    assert_true(f.peers == 2);
    sight_free(s);
}

/* ---- what looks like it ---- */

static void who_was_looked_up_is_nobodys_lot(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;
    char name[32];

    (void)state;
    for (unsigned i = 0; i < 60; i++) { /* the scene keeps 64 names */
        struct fm_addr server = outside(i);
        int len = snprintf(name, sizeof name, "www.site%u.example", i);
        fm_names_learn(fm_world_names(s->scene->world), 0, &server, name, (size_t)len);
        sweep_try(s, DAY0 + i * FM_MS, inside(1), server, 443, FM_NO_ANSWER);
    }
    assert_false(sweep_judge(s, DAY0 + FM_SECOND, &f));
    sight_free(s);
}

static void peers_of_a_torrent_share_a_port_that_serves_nothing_else(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 200; i++)
        sweep_try(s, DAY0 + i * FM_SECOND, inside(1), outside(i),
                (uint16_t)(i % 2 ? 6881 : 10000 + i * 7), i % 4 ? FM_NO_ANSWER : FM_ANSWERED);
    assert_false(sweep_judge(s, DAY0 + 200 * FM_SECOND, &f));
    sight_free(s);
}

static void a_browser_with_slow_sites_mostly_succeeds(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 200; i++)
        sweep_try(s, DAY0 + i * FM_SECOND, inside(1), outside(i), 443,
                i % 5 ? FM_ANSWERED : FM_NO_ANSWER);
    assert_false(sweep_judge(s, DAY0 + 200 * FM_SECOND, &f));
    sight_free(s);
}

/* Servers tell their names when they answer; the few that are dead are all without one. */
static void a_browser_whose_dns_is_not_seen_mostly_succeeds_too(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;
    char name[32];

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        struct fm_addr server = outside(i);
        int len = snprintf(name, sizeof name, "www.site%u.example", i);
        if (i % 5)
            fm_names_learn(fm_world_names(s->scene->world), 0, &server, name, (size_t)len);
        sweep_try(s, DAY0 + i * FM_SECOND, inside(1), server, 443,
                i % 5 ? FM_ANSWERED : FM_NO_ANSWER);
    }
    assert_false(sweep_judge(s, DAY0 + 2 * FM_MINUTE, &f));
    sight_free(s);
}

/* Four hundred dead nodes of a currency within an hour, and of a worm within minutes. */
static void a_port_of_no_service_must_be_swept_at_once(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned worm = 0; worm < 2; worm++) {
        struct sight *s = new_sight();
        fm_time gap = worm ? FM_SECOND / 2 : 9 * FM_SECOND, at = DAY0;
        bool found = false;
        for (unsigned i = 0; i < 400; i++, at += gap) {
            sweep_try(s, at, inside(1), outside(i), 8333, FM_NO_ANSWER);
            found |= sweep_judge(s, at, &f);
        }
        assert_int_equal(found, worm);
        sight_free(s);
    }
}

static void ipv6_that_leads_nowhere_says_nothing(void **state)
{
    struct fm_finding f;
    char text[32];

    (void)state;
    for (unsigned reached = 0; reached < 2; reached++) {
        struct sight *s = new_sight();
        if (reached)
            sweep_try(s, DAY0, ip("fd00::1"), ip("2001:db8::9999"), 443, FM_ANSWERED);
        for (unsigned i = 0; i < 40; i++) {
            snprintf(text, sizeof text, "2001:db8::%x", 1 + i);
            sweep_try(s, DAY0 + FM_MINUTE + i * FM_SECOND, ip("fd00::1"), ip(text), 443,
                    FM_NO_ANSWER);
        }
        assert_int_equal(sweep_judge(s, DAY0 + 2 * FM_MINUTE, &f), reached);
        sight_free(s);
    }
}

static void inside_addresses_are_not_this_detectors(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        sweep_try(s, DAY0 + i * FM_MS, inside(1), inside(300 + i), 23, FM_NO_ANSWER);
    assert_false(sweep_judge(s, DAY0 + FM_SECOND, &f));
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_addresses_of_a_service_are_a_sweep),
        cmocka_unit_test(a_slow_one_is_seen_over_a_day),
        cmocka_unit_test(what_answered_is_told),
        cmocka_unit_test(who_was_looked_up_is_nobodys_lot),
        cmocka_unit_test(peers_of_a_torrent_share_a_port_that_serves_nothing_else),
        cmocka_unit_test(a_browser_with_slow_sites_mostly_succeeds),
        cmocka_unit_test(a_browser_whose_dns_is_not_seen_mostly_succeeds_too),
        cmocka_unit_test(a_port_of_no_service_must_be_swept_at_once),
        cmocka_unit_test(ipv6_that_leads_nowhere_says_nothing),
        cmocka_unit_test(inside_addresses_are_not_this_detectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
