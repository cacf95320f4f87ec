/* What the sensor sees: each assumption holds until there is enough to tell, and again after a
 * mirror port was repaired. */
#include "brain.h"

#include "world/gauge.h"

static void too_little_says_nothing(void **state)
{
    struct fm_gauge g = { .only_server = 7, .outward = 7 };

    (void)state;
    assert_true(fm_gauge_two_way(&g));
    assert_true(fm_gauge_clients_seen(&g));
    assert_true(fm_gauge_dns_seen(&g));
    assert_true(fm_gauge_inside_seen(&g));
}

static void most_conversations_decide(void **state)
{
    struct fm_gauge g = { .only_client = 20, .only_server = 30, .two_way = 50 };

    (void)state;
    assert_true(fm_gauge_two_way(&g));
    g.only_client++;
    assert_false(fm_gauge_two_way(&g));
    assert_true(fm_gauge_clients_seen(&g));
    g.only_server = 72;
    assert_false(fm_gauge_clients_seen(&g));
}

static void dns_is_seen_by_its_share(void **state)
{
    struct fm_gauge g = { .outward = 500, .dns = 10 };

    (void)state;
    assert_true(fm_gauge_dns_seen(&g));
    g.dns = 9;
    assert_false(fm_gauge_dns_seen(&g));
}

static void inside_traffic_is_seen_by_its_share(void **state)
{
    struct fm_gauge g = { .outward = 399, .inside = 0 };

    (void)state;
    assert_true(fm_gauge_inside_seen(&g));
    g.outward = 1000;
    assert_false(fm_gauge_inside_seen(&g));
    g.inside = 5;
    assert_true(fm_gauge_inside_seen(&g));
}

static void counts_halve_every_hour(void **state)
{
    struct fm_gauge g = { .only_client = 64 };

    (void)state;
    fm_gauge_tick(&g, DAY0);
    assert_false(fm_gauge_two_way(&g));
    fm_gauge_tick(&g, DAY0 + FM_HOUR - 1);
    assert_true(g.only_client == 64);
    fm_gauge_tick(&g, DAY0 + FM_HOUR);
    assert_true(g.only_client == 32);
    fm_gauge_tick(&g, DAY0 + 3 * FM_HOUR + 5 * FM_MINUTE);
    assert_true(g.only_client == 8);
    g.two_way = 10; /* the port was repaired */
    assert_true(fm_gauge_two_way(&g));
    fm_gauge_tick(&g, DAY0 + 100000 * FM_HOUR); /* a long silence costs no long loop */
    assert_true(g.only_client < 1e-9 && g.two_way < 1e-9);
    fm_gauge_tick(&g, DAY0); /* time that goes back halves nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_little_says_nothing),
        cmocka_unit_test(most_conversations_decide),
        cmocka_unit_test(dns_is_seen_by_its_share),
        cmocka_unit_test(inside_traffic_is_seen_by_its_share),
        cmocka_unit_test(counts_halve_every_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
