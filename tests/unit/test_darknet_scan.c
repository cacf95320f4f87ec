/* Asking where nobody is, and what looks like it, record by record. */
#include "sweeps.h"

enum { LIVE = 900 }; /* hosts from this number on are somebody */

/* A detector whose network was watched for so many hours; the hosts from LIVE on were seen at work. */
static struct sight *watched(unsigned hours)
{
    struct sight *s = sight_new(fm_detector_find("darknet_scan"));

    for (unsigned hour = 0; hour < hours; hour++)
        for (unsigned i = 0; i < 40; i++)
            sweep_try(s, DAY0 + hour * FM_HOUR + i * FM_SECOND, inside(2), inside(LIVE + i), 443,
                    FM_ANSWERED);
    return s;
}

static void thirty_unused_addresses_in_an_hour(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct sight *s = watched(25);
        fm_time at = DAY0 + 25 * FM_HOUR;
        unsigned dark = sweep_param(s, "min_dark") - 1 + more;
        for (unsigned i = 0; i < dark; i++)
            sweep_try(s, at + i * FM_MINUTE, inside(1), inside(300 + i), 22, FM_NO_ANSWER);
        assert_int_equal(sweep_judge(s, at + dark * FM_MINUTE, &f), more);
        assert_true(!more || term_of(&f, "addresses") == dark);
        assert_true(!more || strstr(f.summary, "unused inside"));
        sight_free(s);
    }
}

static void before_a_day_was_watched_nobody_knows_what_is_dark(void **state)
{
    struct sight *s = watched(12);
    struct fm_finding f;
    fm_time at = DAY0 + 12 * FM_HOUR;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        sweep_try(s, at + i * FM_SECOND, inside(1), inside(300 + i), 22, FM_NO_ANSWER);
    assert_false(sweep_judge(s, at + 100 * FM_SECOND, &f));
    sight_free(s);
}

static void patience_over_a_day_is_seen(void **state)
{
    struct sight *s = watched(25);
    struct fm_finding f;
    fm_time at = DAY0 + 26 * FM_HOUR;
    unsigned dark = sweep_param(s, "slow_dark") + 8;

    (void)state;
    for (unsigned i = 0; i < dark; i++)
        sweep_try(s, at + i * 10 * FM_MINUTE, inside(1), inside(300 + i), 22, FM_NO_ANSWER);
    assert_true(sweep_judge(s, at + dark * 10 * FM_MINUTE, &f));
    assert_string_equal(f.kind, "slow");
    sight_free(s);
}

/* ---- what looks like it ---- */

static void withdrawn_servers_asked_again_and_again_are_few(void **state)
{
    struct sight *s = watched(25);
    struct fm_finding f;
    fm_time at = DAY0 + 25 * FM_HOUR;

    (void)state;
    for (unsigned i = 0; i < 1200; i++)
        sweep_try(s, at + i * FM_MINUTE, inside(1), inside(300 + i % 20), 445, FM_NO_ANSWER);
    assert_false(sweep_judge(s, at + 1200 * FM_MINUTE, &f));
    sight_free(s);
}

static void hosts_that_are_somebody_are_not_dark(void **state)
{
    struct sight *s = watched(25);
    struct fm_finding f;
    fm_time at = DAY0 + 25 * FM_HOUR;

    (void)state;
    for (unsigned i = 0; i < 400; i++)
        sweep_try(s, at + i * FM_SECOND, inside(1), inside(LIVE + i % 40), 22, FM_NO_ANSWER);
    assert_false(sweep_judge(s, at + 400 * FM_SECOND, &f));
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thirty_unused_addresses_in_an_hour),
        cmocka_unit_test(before_a_day_was_watched_nobody_knows_what_is_dark),
        cmocka_unit_test(patience_over_a_day_is_seen),
        cmocka_unit_test(withdrawn_servers_asked_again_and_again_are_few),
        cmocka_unit_test(hosts_that_are_somebody_are_not_dark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
