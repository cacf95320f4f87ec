/* Port scans and what looks like them, record by record. */
#include "sight.h"

#include "detect/tally.h"

static struct sight *new_sight(void)
{
    return sight_new(fm_detector_find("port_scan"));
}

static uint16_t next_port = 20000;

/* One try of that port; FM_NO_ANSWER: silence. */
static void try_port(struct sight *s, fm_time at, struct fm_addr client, struct fm_addr server,
        uint16_t port, enum fm_answer answer)
{
    struct pair p = { .client = client, .server = server, .cport = next_port++, .sport = port };

    sight_take(s, rec_new(&s->scene->space, at, &p));
    if (answer != FM_NO_ANSWER)
        sight_take(s, rec_answer(&s->scene->space, at + 100, at, &p, answer));
}

/* The server is known to be used. */
static void use(struct sight *s, fm_time at, struct fm_addr server)
{
    try_port(s, at, inside(200), server, 443, FM_ANSWERED);
}

static bool judge(struct sight *s, fm_time at, struct fm_finding *f)
{
    return sight_judge(s, at + FM_ANSWER_WAIT + FM_SECOND, f);
}

static void twenty_failed_ports_are_a_scan(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned ports = 19; ports <= 20; ports++) {
        struct sight *s = new_sight();
        use(s, DAY0, inside(2));
        for (unsigned i = 0; i < ports; i++)
            try_port(s, DAY0 + FM_SECOND + i * FM_MS, inside(1), inside(2), (uint16_t)(1 + i),
                    FM_REFUSED);
        assert_int_equal(judge(s, DAY0 + 2 * FM_SECOND, &f), ports == 20);
        if (ports == 20) {
            struct fm_addr target = inside(2);
            assert_string_equal(f.kind, "fast");
            assert_true(term_of(&f, "ports") == 20);
            assert_true(term_of(&f, "fail_share") == 1);
            assert_true(fm_addr_equal(&f.peer, &target));
            assert_int_equal(f.peers, 1);
            assert_int_equal(f.row[0].items, 20);
            assert_true(f.row[0].inside);
            assert_true(fact_of(&f, "failures")->number == 20);
            assert_true(fact_of(&f, "successes")->number == 0);
            assert_true(f.first == DAY0 + FM_SECOND);
            assert_int_equal(f.samples.count, 20);
        }
        sight_free(s);
    }
}

static void of_a_dark_address_half_as_many_do(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned ports = 9; ports <= 10; ports++) {
        struct sight *s = new_sight();
        for (unsigned i = 0; i < ports; i++)
            try_port(s, DAY0 + i * FM_MS, inside(1), inside(2), (uint16_t)(1 + i), FM_NO_ANSWER);
        assert_int_equal(judge(s, DAY0 + FM_SECOND, &f), ports == 10);
        sight_free(s);
    }
}

static void a_slow_scan_is_seen_over_a_day(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;
    bool found = false;

    (void)state;
    for (unsigned i = 0; i < 48; i++) {
        fm_time at = DAY0 + i * 14 * FM_MINUTE;
        use(s, at, inside(2));
        try_port(s, at + 1, inside(1), inside(2), (uint16_t)(1 + i), FM_REFUSED);
        bool now = judge(s, at, &f);
        assert_true(i >= 39 || !now);
        found |= now;
    }
    assert_true(found);
    assert_string_equal(f.kind, "slow");
    sight_free(s);
}

static void what_was_answered_is_told(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 60; i++)
        try_port(s, DAY0 + i * FM_MS, inside(1), inside(2), (uint16_t)(1 + i),
                i % 10 == 9 ? FM_ANSWERED : FM_REFUSED);
    assert_true(judge(s, DAY0 + FM_SECOND, &f));
    assert_true(term_of(&f, "successes") == 6);
    assert_true(fabs(term_of(&f, "fail_share") - 0.9) < 1e-9);
    assert_true(fact_of(&f, "tries")->number == 60);
    assert_true(fact_of(&f, "ports")->number == 60);
    assert_true(fact_of(&f, "ports_failed")->number == 54);
    assert_non_null(strstr(f.summary, "tried 60 ports of 1 host"));
    assert_non_null(strstr(f.summary, "54 of 60 tries failed, 6 answered"));
    sight_free(s);
}

/* More than are counted exactly: each tried once is so many; each tried twice is about half. */
static void many_ports_are_as_many_as_tries_or_estimated(void **state)
{
    (void)state;
    for (unsigned times = 1; times <= 2; times++) {
        struct sight *s = new_sight();
        struct fm_finding f;
        for (unsigned i = 0; i < 500 * times; i++)
            try_port(s, DAY0 + i * FM_MS, inside(1), inside(2), (uint16_t)(1 + i % 500),
                    FM_REFUSED);
        assert_true(judge(s, DAY0 + FM_SECOND, &f));
        double ports = fact_of(&f, "ports")->number;
        assert_true(times == 1 ? ports == 500 : fabs(ports - 500) < 3 * 0.09 * 500);
        assert_true(ports == round(ports));
        sight_free(s);
    }
}

static void ipv6_is_scanned_too(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        try_port(s, DAY0 + i * FM_MS, ip("fd00::1"), ip("fd00::2"), (uint16_t)(1 + i), FM_REFUSED);
    assert_true(judge(s, DAY0 + FM_SECOND, &f));
    assert_true(term_of(&f, "ports") == 30);
    sight_free(s);
}

static void three_targets_in_a_breath_are_a_survey(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned targets = 2; targets <= 3; targets++) {
        struct sight *s = new_sight();
        for (unsigned i = 0; i < targets; i++) {
            use(s, DAY0, inside(10 + i));
            for (unsigned port = 0; port < 4; port++)
                try_port(s, DAY0 + FM_SECOND + i * 50, inside(1), inside(10 + i),
                        (uint16_t)(21 + port), FM_REFUSED);
        }
        assert_int_equal(judge(s, DAY0 + FM_SECOND, &f), targets == 3);
        if (targets == 3) {
            assert_string_equal(f.kind, "survey");
            assert_true(term_of(&f, "ports") == 12);
            assert_int_equal(f.peers, 3);
        }
        sight_free(s);
    }
}

/* A machine whose six servers have moved tries two ports of each, and waits for every answer. */
static void one_that_waits_is_no_survey(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        fm_time at = DAY0 + i / 2 * 9 * FM_SECOND;
        use(s, DAY0, inside(10 + i / 2));
        try_port(s, at, inside(1), inside(10 + i / 2), i % 2 ? 139 : 445, FM_NO_ANSWER);
        assert_false(judge(s, at + FM_SECOND, &f));
    }
    sight_free(s);
}

/* What the host failed at long ago does not hide a survey, nor does it date a scan back. */
static void old_failures_are_no_part_of_it(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        try_port(s, DAY0 + i * FM_HOUR, inside(1), inside(90 + i % 2), 9100, FM_NO_ANSWER);
    fm_time at = DAY0 + 3 * FM_DAY;
    for (unsigned i = 0; i < 3; i++) {
        use(s, at, inside(10 + i));
        for (unsigned port = 0; port < 4; port++)
            try_port(s, at + FM_SECOND + i * 50, inside(1), inside(10 + i), (uint16_t)(21 + port),
                    FM_REFUSED);
    }
    assert_true(judge(s, at + FM_SECOND, &f));
    assert_string_equal(f.kind, "survey");
    assert_int_equal(f.peers, 3);
    assert_true(f.first >= at);
    assert_true(f.last - f.first < FM_SECOND);
    for (unsigned i = 0; i < 100; i++)
        try_port(s, at + FM_HOUR + i * FM_MS, inside(1), inside(30), (uint16_t)(1 + i), FM_REFUSED);
    assert_true(judge(s, at + FM_HOUR + FM_SECOND, &f));
    assert_true(f.first == at + FM_HOUR);
    assert_true(fact_of(&f, "failures")->number == 100);
    sight_free(s);
}

static void later_failures_elsewhere_do_not_prolong_it(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        try_port(s, DAY0 + i * FM_MS, inside(1), inside(30), (uint16_t)(1 + i), FM_REFUSED);
    try_port(s, DAY0 + 5 * FM_HOUR, inside(1), inside(31), 9100, FM_REFUSED);
    assert_true(judge(s, DAY0 + 5 * FM_HOUR, &f)); /* the slow window still holds it */
    assert_true(f.last < DAY0 + FM_SECOND);
    sight_free(s);
}

/* ---- what looks like it ---- */

static void a_dead_server_has_one_port(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 500; i++)
        try_port(s, DAY0 + i * FM_SECOND, inside(1), inside(2), 445, FM_NO_ANSWER);
    assert_false(judge(s, DAY0 + 500 * FM_SECOND, &f));
    sight_free(s);
}

/* Three controllers are down: members try all that they know of them. */
static void old_acquaintances_that_are_away_are_no_survey(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned met = 0; met < 2; met++) {
        struct sight *s = new_sight();
        for (unsigned round = 0; round < 2; round++)
            for (unsigned i = 0; i < 12; i++) {
                use(s, DAY0, inside(10 + i % 3));
                if (met || round)
                    try_port(s, DAY0 + round * FM_HOUR + i * FM_SECOND, inside(1),
                            inside(10 + i % 3), (uint16_t)(88 + i / 3),
                            round ? FM_NO_ANSWER : FM_ANSWERED);
            }
        try_port(s, DAY0 + FM_HOUR, inside(1), inside(20), 9100, FM_NO_ANSWER);
        assert_int_equal(judge(s, DAY0 + FM_HOUR + 12 * FM_SECOND, &f), !met);
        sight_free(s);
    }
}

static void many_ports_that_answer_are_a_protocol(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    try_port(s, DAY0, inside(1), inside(2), 1, FM_REFUSED); /* so that there is a state */
    for (unsigned i = 0; i < 300; i++) /* FTP data, RPC; now and then one fails */
        try_port(s, DAY0 + FM_SECOND + i * FM_MS, inside(1), inside(2), (uint16_t)(50000 + i),
                i % 10 ? FM_ANSWERED : FM_REFUSED);
    assert_false(judge(s, DAY0 + 2 * FM_SECOND, &f));
    sight_free(s);
}

static void a_peer_to_peer_start_has_a_port_a_host(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 400; i++)
        try_port(s, DAY0 + i * 50 * FM_MS, inside(1), outside(1 + i), (uint16_t)(1024 + i * 37),
                i % 3 ? FM_NO_ANSWER : FM_ANSWERED);
    assert_false(judge(s, DAY0 + 20 * FM_SECOND, &f));
    sight_free(s);
}

static void traceroute_counts_up_ports(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 90; i++) {
        struct pair p = { .client = inside(1),
            .server = outside(2),
            .cport = 40000,
            .sport = (uint16_t)(33434 + i),
            .proto = UDP };
        sight_take(s, rec_new(&s->scene->space, DAY0 + i * FM_MS, &p));
    }
    assert_false(judge(s, DAY0 + FM_SECOND, &f));
    sight_free(s);
}

static void echoes_and_guesses_prove_nothing(void **state)
{
    static const uint8_t flags[] = { FM_REC_BACKSCATTER | FM_REC_ORIG_KNOWN, FM_REC_MIDSTREAM };
    struct fm_finding f;

    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        struct sight *s = new_sight();
        for (unsigned i = 0; i < 100; i++) {
            struct pair p = { .client = inside(1),
                .server = inside(2),
                .cport = 40000,
                .sport = (uint16_t)(1 + i) };
            struct fm_rec *rec = rec_new(&s->scene->space, DAY0 + i * FM_MS, &p);
            rec->flags = flags[k];
            sight_take(s, rec);
        }
        assert_false(judge(s, DAY0 + FM_SECOND, &f));
        assert_int_equal(fm_slab_count(s->slab), 0);
        sight_free(s);
    }
}

static void a_scan_from_outside_is_not_this_detectors(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        try_port(s, DAY0 + i * FM_MS, outside(1), inside(2), (uint16_t)(1 + i), FM_REFUSED);
    assert_false(judge(s, DAY0 + FM_SECOND, &f));
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_failed_ports_are_a_scan),
        cmocka_unit_test(of_a_dark_address_half_as_many_do),
        cmocka_unit_test(a_slow_scan_is_seen_over_a_day),
        cmocka_unit_test(what_was_answered_is_told),
        cmocka_unit_test(many_ports_are_as_many_as_tries_or_estimated),
        cmocka_unit_test(ipv6_is_scanned_too),
        cmocka_unit_test(three_targets_in_a_breath_are_a_survey),
        cmocka_unit_test(one_that_waits_is_no_survey),
        cmocka_unit_test(old_failures_are_no_part_of_it),
        cmocka_unit_test(later_failures_elsewhere_do_not_prolong_it),
        cmocka_unit_test(a_dead_server_has_one_port),
        cmocka_unit_test(old_acquaintances_that_are_away_are_no_survey),
        cmocka_unit_test(many_ports_that_answer_are_a_protocol),
        cmocka_unit_test(a_peer_to_peer_start_has_a_port_a_host),
        cmocka_unit_test(traceroute_counts_up_ports),
        cmocka_unit_test(echoes_and_guesses_prove_nothing),
        cmocka_unit_test(a_scan_from_outside_is_not_this_detectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
