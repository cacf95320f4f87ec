/* Declared detectors: each group, item, course and kind of try counts what it says and nothing
 * else. */
#include "sight.h"

#include "detect/declared.h"

static struct fm_declared declared;

/* Fifteen different `item` of a `group` within ten minutes, all of the tries counted. */
static struct sight *new_sight(enum fm_thing group, enum fm_thing item, enum fm_counted counts)
{
    memset(&declared, 0, sizeof declared);
    snprintf(declared.name, sizeof declared.name, "walk");
    snprintf(declared.title, sizeof declared.title, "Walk");
    declared.det.category = FM_LATERAL;
    declared.group = group;
    declared.item = item;
    declared.counts = counts;
    declared.least = 15;
    declared.window_s = 600;
    declared.share = counts == FM_COUNT_ALL ? 0 : 0.5;
    fm_declared_make(&declared);
    return sight_new(&declared.det);
}

static uint16_t next_port = 20000;

static void try_flow(struct sight *s, fm_time at, uint8_t proto, struct fm_addr server,
        uint16_t port, enum fm_answer answer)
{
    struct pair p = { .client = inside(1), .server = server, .cport = next_port++, .sport = port,
        .proto = proto };

    sight_take(s, rec_new(&s->scene->space, at, &p));
    if (answer != FM_NO_ANSWER)
        sight_take(s, rec_answer(&s->scene->space, at + 100, at, &p, answer));
}

static bool judge(struct sight *s, fm_time at, struct fm_finding *f)
{
    return sight_judge(s, at + FM_ANSWER_WAIT + FM_SECOND, f);
}

/* So many hosts of one port, a second each. */
static bool walk(struct sight *s, unsigned hosts, enum fm_answer answer, struct fm_finding *f)
{
    fm_time at = DAY0;

    for (unsigned i = 0; i < hosts; i++, at += FM_SECOND)
        try_flow(s, at, TCP, inside(100 + i), 22, answer);
    return judge(s, at, f);
}

static void the_limit_is_the_limit(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned hosts = 14; hosts <= 15; hosts++) {
        struct sight *s = new_sight(FM_THING_ALL, FM_THING_SERVER, FM_COUNT_ANSWERED);
        assert_int_equal(walk(s, hosts, FM_ANSWERED, &f), hosts == 15);
        if (hosts == 15) {
            assert_true(term_of(&f, "items") == 15 && term_of(&f, "share") == 1);
            assert_string_equal(f.summary,
                    "reached 15 hosts within 10 min: 15 of 15 tries were answered");
            assert_int_equal(f.peers, 0);
            assert_true(f.first == DAY0 && f.samples.count == 15);
        }
        sight_free(s);
    }
}

static void only_those_tries_count(void **state)
{
    static const struct {
        enum fm_counted counts;
        bool none, refused, answered;
    } cases[] = {
        { FM_COUNT_ALL, true, true, true },
        { FM_COUNT_FAILED, true, true, false },
        { FM_COUNT_UNANSWERED, true, false, false },
        { FM_COUNT_REFUSED, false, true, false },
        { FM_COUNT_ANSWERED, false, false, true },
    };
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        const enum fm_answer answers[] = { FM_NO_ANSWER, FM_REFUSED, FM_ANSWERED };
        const bool found[] = { cases[i].none, cases[i].refused, cases[i].answered };
        for (unsigned a = 0; a < 3; a++) {
            struct sight *s = new_sight(FM_THING_ALL, FM_THING_SERVER, cases[i].counts);
            assert_int_equal(walk(s, 20, answers[a], &f), found[a]);
            sight_free(s);
        }
    }
}

static void a_share_of_the_tries_must_be_such(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned more = 10; more <= 30; more += 20) {
        struct sight *s = new_sight(FM_THING_ALL, FM_THING_SERVER, FM_COUNT_REFUSED);
        fm_time at = DAY0;
        for (unsigned i = 0; i < 20; i++, at += FM_SECOND)
            try_flow(s, at, TCP, inside(100 + i), 22, FM_REFUSED);
        for (unsigned i = 0; i < more; i++, at += FM_SECOND)
            try_flow(s, at, TCP, inside(300), 22, FM_ANSWERED);
        assert_int_equal(judge(s, at, &f), more == 10);
        sight_free(s);
    }
}

static void the_window_slides(void **state)
{
    struct sight *s = new_sight(FM_THING_ALL, FM_THING_SERVER, FM_COUNT_ALL);
    struct fm_finding f;
    fm_time at = DAY0;

    (void)state;
    for (unsigned i = 0; i < 60; i++, at += 2 * FM_MINUTE) /* five or so within ten minutes */
        try_flow(s, at, TCP, inside(100 + i), 22, FM_ANSWERED);
    assert_false(judge(s, at, &f));
    sight_free(s);
}

static void a_group_is_what_it_is_called(void **state)
{
    struct sight *s = new_sight(FM_THING_SERVER, FM_THING_PORT, FM_COUNT_FAILED);
    struct fm_addr worst = inside(9), net;
    struct fm_finding f;
    fm_time at = DAY0;

    (void)state;
    for (uint16_t i = 0; i < 20; i++, at += FM_SECOND) /* twenty ports, ten of each: none */
        try_flow(s, at, TCP, inside(8 + i % 2), 1 + i, FM_REFUSED);
    assert_false(judge(s, at, &f));
    for (uint16_t i = 0; i < 10; i++, at += FM_SECOND)
        try_flow(s, at, TCP, inside(9), 100 + i, FM_REFUSED);
    assert_true(judge(s, at, &f));
    assert_true(fm_addr_equal(&f.peer, &worst));
    assert_int_equal(f.peers, 1);
    assert_true(term_of(&f, "groups") == 1 && f.row[0].items == 20);
    assert_string_equal(f.summary,
            "tried 20 ports of 10.0.0.9 within 10 min: 20 of 20 tries failed");
    sight_free(s);

    s = new_sight(FM_THING_PORT, FM_THING_SERVER, FM_COUNT_ALL);
    assert_true(walk(s, 20, FM_ANSWERED, &f));
    assert_non_null(strstr(f.summary, "tried 20 hosts on port 22 within"));
    assert_int_equal(f.port, 22);
    assert_true(fm_addr_is_none(&f.row[0].addr));
    sight_free(s);

    s = new_sight(FM_THING_NETWORK, FM_THING_SERVER, FM_COUNT_ALL);
    assert_true(walk(s, 20, FM_ANSWERED, &f));
    net = inside(0);
    assert_true(fm_addr_equal(&f.row[0].addr, &net));
    assert_non_null(strstr(f.summary, "tried 20 hosts in 10.0.0.0/24 within"));
    sight_free(s);

    s = new_sight(FM_THING_ALL, FM_THING_NETWORK, FM_COUNT_ALL);
    at = DAY0;
    assert_false(walk(s, 40, FM_ANSWERED, &f)); /* all in one network */
    for (unsigned i = 0; i < 20; i++, at += FM_SECOND)
        try_flow(s, DAY0 + FM_MINUTE + at - DAY0, TCP, inside(256 * i + 7), 22, FM_ANSWERED);
    assert_true(judge(s, DAY0 + 2 * FM_MINUTE, &f));
    assert_true(term_of(&f, "items") == 20);
    sight_free(s);
}

static void a_service_is_a_port_of_a_server(void **state)
{
    struct sight *s = new_sight(FM_THING_ALL, FM_THING_SERVICE, FM_COUNT_ALL);
    struct fm_finding f;
    fm_time at = DAY0;

    (void)state;
    for (unsigned i = 0; i < 40; i++, at += FM_SECOND) /* each of sixteen services again */
        try_flow(s, at, TCP, inside(100 + i % 4), (uint16_t)(1 + i / 4 % 4), FM_ANSWERED);
    assert_true(judge(s, at, &f));
    assert_true(term_of(&f, "items") == 16);
    sight_free(s);
}

static void ports_carrier_and_course_are_kept(void **state)
{
    static const struct {
        uint8_t proto;
        uint16_t port;
        bool outside;
        enum fm_carrier carrier;
        enum fm_way way;
        bool found;
    } cases[] = {
        { TCP, 5900, false, FM_CARRIER_TCP, FM_WAY_INSIDE, true },
        { TCP, 5910, false, FM_CARRIER_TCP, FM_WAY_BOTH, true },
        { TCP, 5911, false, FM_CARRIER_TCP, FM_WAY_INSIDE, false },
        { TCP, 5899, false, FM_CARRIER_TCP, FM_WAY_INSIDE, false },
        { UDP, 5900, false, FM_CARRIER_TCP, FM_WAY_INSIDE, false },
        { UDP, 5900, false, FM_CARRIER_UDP, FM_WAY_INSIDE, true },
        { TCP, 5900, true, FM_CARRIER_TCP, FM_WAY_INSIDE, false },
        { TCP, 5900, true, FM_CARRIER_TCP, FM_WAY_OUTWARD, true },
        { TCP, 5900, true, FM_CARRIER_TCP, FM_WAY_BOTH, true },
        { TCP, 5900, false, FM_CARRIER_TCP, FM_WAY_OUTWARD, false },
    };
    struct fm_finding f;

    (void)state;
    for (unsigned c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct sight *s = new_sight(FM_THING_ALL, FM_THING_SERVER, FM_COUNT_ALL);
        declared.ports = 1;
        declared.port[0].first = 5900;
        declared.port[0].last = 5910;
        declared.carrier = cases[c].carrier;
        declared.way = cases[c].way;
        fm_time at = DAY0;
        for (unsigned i = 0; i < 20; i++, at += FM_SECOND)
            try_flow(s, at, cases[c].proto, cases[c].outside ? outside(9 + i) : inside(100 + i),
                    cases[c].port, FM_ANSWERED);
        assert_int_equal(judge(s, at, &f), cases[c].found);
        sight_free(s);
    }
}

/* What is found at the limit counts: 30 points, for every shape of declaration. */
static void at_the_limit_it_counts(void **state)
{
    struct fm_finding f;

    (void)state;
    for (int counts = 0; counts < FM_COUNTED; counts++) {
        struct sight *s = new_sight(FM_THING_ALL, FM_THING_SERVER, (enum fm_counted)counts);
        enum fm_answer answer = counts == FM_COUNT_ANSWERED ? FM_ANSWERED
                                : counts == FM_COUNT_REFUSED ? FM_REFUSED
                                                             : FM_NO_ANSWER;
        assert_true(walk(s, 15, answer, &f));
        double certainty = 0, weight = 0;
        for (unsigned i = 0; i < fm_detector_terms(&declared.det); i++) {
            const struct fm_term *t = &declared.det.terms[i];
            assert_true(t->curve.at[0] < t->curve.at[1] && t->curve.at[2] < t->curve.at[3]);
            if (t->score != FM_CERTAINTY)
                continue;
            assert_true(f.term[i] >= t->curve.at[1]); /* 33 points or more */
            certainty += 33 * t->weight;
            weight += t->weight;
        }
        assert_true(certainty / weight >= 30);
        sight_free(s);
    }
}

static void the_identity_is_what_is_counted(void **state)
{
    struct fm_detector one;

    (void)state;
    sight_free(new_sight(FM_THING_ALL, FM_THING_SERVER, FM_COUNT_ALL));
    one = declared.det;
    assert_true(one.identity);
    declared.least = 99; /* a limit is tuned, and changes no meaning */
    fm_declared_make(&declared);
    assert_true(declared.det.identity == one.identity);
    declared.ports = 1;
    fm_declared_make(&declared);
    assert_true(declared.det.identity != one.identity);
    sight_free(new_sight(FM_THING_PORT, FM_THING_SERVER, FM_COUNT_ALL));
    assert_true(declared.det.identity != one.identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_the_limit),
        cmocka_unit_test(only_those_tries_count),
        cmocka_unit_test(a_share_of_the_tries_must_be_such),
        cmocka_unit_test(the_window_slides),
        cmocka_unit_test(a_group_is_what_it_is_called),
        cmocka_unit_test(a_service_is_a_port_of_a_server),
        cmocka_unit_test(ports_carrier_and_course_are_kept),
        cmocka_unit_test(at_the_limit_it_counts),
        cmocka_unit_test(the_identity_is_what_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
