/* Beacons: by how many beats which jitter is decided, what chance looks like, and honest timers. */
#include "sight.h"

#include "detect/rhythm.h"

#define SERIES 2000

static struct fm_entity client = { .id = 1 };

static struct sight *new_sight(void)
{
    return sight_new(fm_detector_find("beacon"));
}

struct manner {
    const char *name, *agent;
    bool unnamed;
    uint16_t sport;
    uint64_t out, in;
};
static const struct manner plain = { "c2.example", "", false, 443, 300, 900 };

static const struct fm_state *visit(struct sight *s, const struct manner *how, fm_time at)
{
    struct fm_obs obs = { .what = FM_OBS_VISIT,
        .course = FM_OUTWARD,
        .answer = FM_ANSWERED,
        .time = at,
        .client = &client,
        .server_addr = outside(1),
        .sport = how->sport,
        .proto = TCP,
        .orig_known = true,
        .weight = 1,
        .name = how->name,
        .named = !how->unnamed,
        .agent = how->agent };

    obs.bytes[FM_TO_SERVER] = how->out;
    obs.bytes[FM_TO_CLIENT] = how->in;
    s->ctx.now = at;
    return s->det->family->observe(s->det, s->tuning.param, &s->ctx, s->slab, &obs);
}

static double uniform(uint64_t *seed)
{
    return (double)(seeded(seed) >> 11) * 0x1p-53;
}

static fm_time seconds(double s)
{
    return (fm_time)(s * (double)FM_SECOND);
}

/* Beats with every gap within `jitter` of the period, of which a share is missed; the number of
 * visits by which it was decided, 0: never. */
static unsigned decided_by(struct sight *s, double period_s, double jitter, double missed,
        unsigned visits, uint64_t seed)
{
    struct fm_finding f;
    fm_time at = DAY0;

    for (unsigned i = 1; i <= visits; i++) {
        const struct fm_state *state = visit(s, &plain, at);
        if (state && sight_judge_state(s, state, at, &f))
            return i;
        do
            at += seconds(period_s * (1 + jitter * (2 * uniform(&seed) - 1)));
        while (uniform(&seed) < missed);
    }
    return 0;
}

static void by_so_many_beats_at_so_much_jitter(void **state)
{
    static const struct {
        double jitter, missed;
        unsigned beats;
    } promises[] = { { 0, 0, 10 }, { 0.05, 0, 10 }, { 0.1, 0, 10 }, { 0.3, 0, 30 },
        { 0.5, 0, 50 } };
    static const double periods[] = { 40, 60, 300, 3600, 86400 };

    (void)state;
    for (unsigned p = 0; p < 5; p++)
        for (unsigned k = 0; k < 5; k++)
            for (unsigned round = 0; round < 20; round++) {
                struct sight *s = new_sight();
                unsigned n = decided_by(s, periods[k], promises[p].jitter, promises[p].missed,
                        promises[p].beats, 1 + round);
                assert_in_range(n, 10, promises[p].beats);
                sight_free(s);
            }
}

static void from_seconds_on(void **state)
{
    (void)state;
    for (double period = 1; period < 40; period += 3) {
        struct sight *s = new_sight();
        unsigned least = (unsigned)(300 / period) + 2;
        unsigned n = decided_by(s, period, 0.1, 0, least > 10 ? least + 10 : 20, 3);
        assert_in_range(n, 10, least > 10 ? least + 10 : 20); /* five minutes at least */
        sight_free(s);
    }
}

static void once_a_day_is_seen_in_ten(void **state)
{
    struct sight *s = new_sight();

    (void)state;
    assert_int_equal(decided_by(s, 86400, 0.01, 0, 10, 3), 10);
    sight_free(s);
}

static void beats_are_missed(void **state)
{
    unsigned found = 0;

    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        struct sight *s = new_sight();
        found += decided_by(s, 300, 0.1, 0.3, 20, 1 + round) != 0; /* three in ten */
        sight_free(s);
    }
    assert_in_range(found, 90, 100);
}

/* How many of 2,000 random series are ever taken for a beacon, judged at every visit. */
static unsigned mistaken(double (*gap_s)(uint64_t *seed), const struct manner *how, bool sized,
        unsigned visits)
{
    struct sight *s = new_sight();
    unsigned wrong = 0;

    for (uint64_t n = 1; n <= SERIES; n++) {
        struct manner manner = *how;
        uint64_t seed = n;
        fm_time at = DAY0;
        bool found = false;
        client.id = (fm_entity_id)n; /* a state of its own */
        for (unsigned i = 0; i < visits && !found; i++) {
            struct fm_finding f;
            manner.in = sized ? how->in : (uint64_t)(200 * exp(4 * uniform(&seed)));
            const struct fm_state *state = visit(s, &manner, at);
            found = state && sight_judge_state(s, state, at, &f);
            at += seconds(gap_s(&seed));
        }
        wrong += found;
    }
    client.id = 1;
    sight_free(s);
    return wrong;
}

static double exponential(uint64_t *seed)
{
    return -120 * log(1 - uniform(seed));
}

static double bursty(uint64_t *seed)
{
    return uniform(seed) < 0.7 ? 1 + 10 * uniform(seed) : 60 - 900 * log(1 - uniform(seed));
}

static double heavy_tailed(uint64_t *seed)
{
    double normal = sqrt(-2 * log(1 - uniform(seed))) * cos(2 * M_PI * uniform(seed));

    return 60 * exp(normal); /* log-normal */
}

static void chance_is_no_beacon(void **state)
{
    static double (*const gaps[])(uint64_t * seed) = { exponential, bursty, heavy_tailed };

    (void)state;
    for (unsigned i = 0; i < 3; i++) /* below one in a thousand */
        assert_in_range(mistaken(gaps[i], &plain, false, 60), 0, 1);
}

/* A page that a person opens now and then is always as large. */
static void chance_of_one_size_is_no_beacon(void **state)
{
    (void)state;
    assert_in_range(mistaken(exponential, &plain, true, 60), 0, 1);
    assert_in_range(mistaken(bursty, &plain, true, 60), 0, 1);
}

static void chance_with_odd_signs_is_no_beacon(void **state)
{
    static const struct manner odd = { "203.0.0.1", "curl/8", true, 8443, 300, 900 };

    (void)state;
    assert_in_range(mistaken(exponential, &odd, false, 40), 0, 1);
}

static void several_agents_side_by_side_are_a_crowd(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;
    bool found = false;

    (void)state;
    /* two agents with periods of their own: no beat, but never a pause */
    for (fm_time at = 0; at < 2 * FM_HOUR && !found; at += FM_SECOND)
        if (at % (60 * FM_SECOND) == 0 || at % (71 * FM_SECOND) == 0) {
            const struct fm_state *state_of = visit(s, &plain, DAY0 + at);
            found = state_of && sight_judge_state(s, state_of, DAY0 + at, &f);
        }
    assert_true(found);
    assert_string_equal(f.kind, "crowd");
    sight_free(s);
}

/* ---- honest timers ---- */

static bool is_found(struct sight *s, const struct manner *how, double period_s, unsigned visits,
        struct fm_finding *f)
{
    const struct fm_state *state = NULL;

    for (unsigned i = 0; i < visits; i++)
        state = visit(s, how, DAY0 + seconds(i * period_s));
    return state && sight_judge_state(s, state, DAY0 + seconds(visits * period_s), f);
}

static void what_everybody_uses_is_none(void **state)
{
    struct sight *s = new_sight();
    struct fm_obs obs = { .name = plain.name };
    struct fm_finding f;

    (void)state;
    assert_true(is_found(s, &plain, 60, 20, &f));
    assert_false(fm_known(term_of(&f, "prevalence")));
    uint64_t party = fm_learn_party(s->learn, &obs);
    for (fm_entity_id id = 1; id <= 100; id++) {
        fm_learn_active(s->learn, id);
        if (id <= 5)
            fm_learn_use(s->learn, party, id, DAY0);
    }
    assert_true(is_found(s, &plain, 60, 20, &f));
    assert_true(fabs(term_of(&f, "prevalence") - 0.05) < 0.01);
    for (fm_entity_id id = 1; id <= 40; id++)
        fm_learn_use(s->learn, party, id, DAY0);
    assert_false(is_found(s, &plain, 60, 20, &f));
    sight_free(s);
}

static void what_is_familiar_is_none(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    s->listed = "c2.example";
    assert_false(is_found(s, &plain, 60, 50, &f));
    s->listed = "another.example";
    assert_true(is_found(s, &plain, 60, 50, &f));
    sight_free(s);
}

static void a_minute_of_polling_is_not_coming_back(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    assert_false(is_found(s, &plain, 2, 100, &f));
    sight_free(s);
}

static void timers_that_every_network_has_are_not_looked_at(void **state)
{
    static const uint16_t ports[] = { 22, 25, 53, 123, 587, 993, 8883 };
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++) {
        struct sight *s = new_sight();
        struct manner how = plain;
        how.sport = ports[i];
        assert_false(is_found(s, &how, 60, 50, &f));
        assert_int_equal(fm_slab_count(s->slab), 0);
        sight_free(s);
    }
}

static void a_player_is_none(void **state)
{
    static const struct {
        uint64_t in;
        bool found;
    } rows[] = { { 90000, true }, { 400000, false } };
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct sight *s = new_sight();
        struct manner how = plain;
        how.in = rows[i].in;
        assert_int_equal(is_found(s, &how, 6, 80, &f), rows[i].found);
        sight_free(s);
    }
}

/* A page that somebody left open asks every ten seconds; so does a program, which names no page. */
static void an_open_page_is_none(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned page = 0; page < 2; page++) {
        struct sight *s = new_sight();
        bool found = false;
        for (unsigned i = 0; i < 60; i++) {
            fm_time at = DAY0 + i * 10 * FM_SECOND;
            struct pair p = { .client = inside(9), .server = outside(3), .sport = 80,
                .cport = (uint16_t)(50000 + i) };
            struct space *space = &s->scene->space;
            sight_take(s, rec_new(space, at, &p));
            sight_take(s, rec_answer(space, at + FM_MS, at, &p, FM_ANSWERED));
            struct fm_rec *rec = rec_http(space, at + 2 * FM_MS, &p, "scores.example", "Mozilla",
                    0);
            struct fm_http *http = (struct fm_http *)(void *)(rec + 1);
            if (page)
                fm_rec_put(rec, &http->referrer, "http://scores.example/", 22, FM_HTTP_URI_MAX);
            sight_take(s, rec);
            sight_take(s, rec_bytes(space, FM_FLOW_END, at + 5 * FM_MS, at, &p, 90, 600));
            found |= sight_judge(s, at + FM_SECOND, &f);
        }
        assert_int_equal(found, !page);
        sight_free(s);
    }
}

static void signs_of_the_channel_are_counted(void **state)
{
    static const struct {
        struct manner how;
        double signs;
    } cases[] = {
        { { "c2.example", "", false, 443, 300, 900 }, 0 },
        { { "203.0.0.1", "", true, 443, 300, 900 }, 1 },
        { { "203.0.0.1", "", true, 8443, 300, 900 }, 2 },
    };
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct sight *s = new_sight();
        assert_true(is_found(s, &cases[i].how, 60, 20, &f));
        assert_true(term_of(&f, "channel") == cases[i].signs);
        assert_true(fact_of(&f, "beats")->number == 20);
        assert_true(fact_of(&f, "period")->number == 60);
        assert_string_equal(fact_of(&f, "name")->text, cases[i].how.unnamed ? "" : "c2.example");
        assert_true(f.first == DAY0 && f.last == DAY0 + 19 * FM_MINUTE);
        sight_free(s);
    }
}

/* curl over HTTP, a request a minute, from records to the finding */
static void a_fetched_command_file_is_a_beacon(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        fm_time at = DAY0 + i * FM_MINUTE;
        struct pair p = { .client = inside(9),
            .server = outside(3),
            .sport = 80,
            .cport = (uint16_t)(50000 + i) };
        struct space *space = &s->scene->space;
        sight_take(s, rec_new(space, at, &p));
        sight_take(s, rec_answer(space, at + FM_MS, at, &p, FM_ANSWERED));
        sight_take(s, rec_http(space, at + 2 * FM_MS, &p, "203.0.0.3", "curl/7.88.1", 0));
        sight_take(s, rec_bytes(space, FM_FLOW_END, at + 5 * FM_MS, at, &p, 90, 600));
        assert_int_equal(sight_judge(s, at + FM_SECOND, &f), i == 9);
    }
    assert_true(term_of(&f, "channel") == 2); /* no name, a tool */
    assert_string_equal(fact_of(&f, "agent")->text, "curl/7.88.1");
    assert_true(fact_of(&f, "bytes_out")->number == 900); /* what the flows carried, not the bodies */
    assert_true(fact_of(&f, "bytes_in")->number == 6000);
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_so_many_beats_at_so_much_jitter),
        cmocka_unit_test(from_seconds_on),
        cmocka_unit_test(once_a_day_is_seen_in_ten),
        cmocka_unit_test(beats_are_missed),
        cmocka_unit_test(chance_is_no_beacon),
        cmocka_unit_test(chance_of_one_size_is_no_beacon),
        cmocka_unit_test(chance_with_odd_signs_is_no_beacon),
        cmocka_unit_test(several_agents_side_by_side_are_a_crowd),
        cmocka_unit_test(what_everybody_uses_is_none),
        cmocka_unit_test(what_is_familiar_is_none),
        cmocka_unit_test(a_minute_of_polling_is_not_coming_back),
        cmocka_unit_test(timers_that_every_network_has_are_not_looked_at),
        cmocka_unit_test(a_player_is_none),
        cmocka_unit_test(an_open_page_is_none),
        cmocka_unit_test(signs_of_the_channel_are_counted),
        cmocka_unit_test(a_fetched_command_file_is_a_beacon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
