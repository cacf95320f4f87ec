/* The whole engine over made-up traffic: the order of records does not matter, what is kept
 * survives restarts, and running out of memory anywhere ends nothing. */
#include "engines.h"

#include "engine/inside.h"
#include "record/tape.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- memory that runs out: the linker sends every calloc of ours here ---- */

static uint64_t calls, fail_from, fail_to;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
    calls++;
    return calls >= fail_from && calls < fail_to ? NULL : __real_calloc(n, size);
}

/* ---- traffic ---- */

struct traffic {
    unsigned count, room;
    struct fm_rec **rec;
};

static void add(struct traffic *t, const struct fm_rec *rec)
{
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 1024;
        t->rec = realloc(t->rec, t->room * sizeof *t->rec);
        assert_non_null(t->rec);
    }
    assert_true(fm_rec_valid(rec, rec->size));
    t->rec[t->count] = malloc(rec->size);
    memcpy(t->rec[t->count++], rec, rec->size);
}

static void traffic_free(struct traffic *t)
{
    for (unsigned i = 0; i < t->count; i++)
        free(t->rec[i]);
    free(t->rec);
    *t = (struct traffic){ 0 };
}

static uint64_t next_flow = 1;

static const struct fm_rec *of_flow(struct fm_rec *rec, uint64_t id)
{
    rec->flow_id = id;
    return rec;
}

/* A TLS flow to a name, with so many bytes each way. */
static void visit(struct traffic *t, fm_time at, unsigned client, unsigned server, const char *sni,
        uint64_t out, uint64_t in)
{
    struct space s;
    uint64_t id = next_flow++;
    struct pair p = { .client = inside(client),
        .server = outside(server),
        .sport = 443,
        .cport = (uint16_t)(20000 + id % 40000) };

    add(t, of_flow(rec_new(&s, at, &p), id));
    add(t, of_flow(rec_answer(&s, at + 20 * FM_MS, at, &p, FM_ANSWERED), id));
    add(t, of_flow(rec_tls(&s, at + 40 * FM_MS, &p, sni), id));
    add(t, of_flow(rec_bytes(&s, FM_FLOW_END, at + 900 * FM_MS, at, &p, out, in), id));
}

static void office_hours(struct traffic *t, fm_time from, unsigned minutes, uint64_t *seed)
{
    char name[32];

    for (unsigned i = 0; i < minutes * 6; i++) {
        unsigned site = (unsigned)seeded_below(seed, 30);
        snprintf(name, sizeof name, "site%u.example", site);
        fm_time at = from + i * 10 * FM_SECOND + (fm_time)seeded_below(seed, 9000000);
        visit(t, at, 1 + (unsigned)seeded_below(seed, 12), 100 + site, name,
                200 + seeded_below(seed, 2000), seeded_below(seed, 90000));
    }
}

static void scan(struct traffic *t, fm_time at, unsigned client, unsigned server, unsigned ports)
{
    struct space s;

    for (unsigned i = 0; i < ports; i++, at += 3 * FM_MS) {
        uint64_t id = next_flow++;
        struct pair p = { .client = inside(client),
            .server = inside(server),
            .cport = 45000,
            .sport = (uint16_t)(1 + i) };
        add(t, of_flow(rec_new(&s, at, &p), id));
        add(t, of_flow(rec_answer(&s, at + 200, at, &p, i % 40 ? FM_REFUSED : FM_ANSWERED), id));
    }
}

static void beacon(struct traffic *t, fm_time at, unsigned client, fm_time period, unsigned beats)
{
    for (unsigned i = 0; i < beats; i++)
        visit(t, at + i * period + (i % 3) * 100 * FM_MS, client, 9, "c2.example", 500, 900);
}

static void theft(struct traffic *t, fm_time at, unsigned client, unsigned megabytes)
{
    struct space s;
    uint64_t id = next_flow++;
    struct pair p = { .client = inside(client),
        .server = outside(8),
        .cport = 50505,
        .sport = 443 };

    add(t, of_flow(rec_new(&s, at, &p), id));
    add(t, of_flow(rec_answer(&s, at + 20 * FM_MS, at, &p, FM_ANSWERED), id));
    for (unsigned i = 1; i <= megabytes; i++)
        add(t, of_flow(rec_bytes(&s, i < megabytes ? FM_FLOW_UPDATE : FM_FLOW_END,
                               at + i * 300 * FM_MS, at, &p, 1000000, 2000),
                       id));
}

/* A scan, a beacon and a theft in an office. */
static struct traffic a_bad_hour(void)
{
    struct traffic t = { 0 };
    uint64_t seed = 11;

    next_flow = 1;
    office_hours(&t, DAY0 + 7 * FM_SECOND, 60, &seed);
    scan(&t, DAY0 + 10 * FM_MINUTE, 66, 2, 150);
    beacon(&t, DAY0 + 45 * FM_MINUTE, 67, FM_MINUTE, 14);
    theft(&t, DAY0 + 40 * FM_MINUTE, 68, 300);
    return t;
}

static int by_time(const void *a, const void *b)
{
    return fm_rec_compare(*(struct fm_rec *const *)a, *(struct fm_rec *const *)b);
}

static void shuffle(struct traffic *t, uint64_t *seed)
{
    for (unsigned i = t->count; i > 1; i--) {
        unsigned k = (unsigned)seeded_below(seed, i);
        struct fm_rec *other = t->rec[i - 1];
        t->rec[i - 1] = t->rec[k];
        t->rec[k] = other;
    }
}

/* ---- running ---- */

static struct office *run_offline(const struct traffic *t)
{
    struct fm_engine_config config = office_config(true);
    struct office *office = office_new(&config);

    assert_non_null(office);
    for (unsigned i = 0; i < t->count; i++)
        fm_engine_take(office->engine, t->rec[i]);
    office_finish(office);
    return office;
}

struct arrival {
    fm_time at;
    const struct fm_rec *rec;
};

static int by_arrival(const void *a, const void *b)
{
    const struct arrival *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

/* Each record arrives up to `late` after its time; the watermark follows the arrivals. */
static struct office *run_live(const struct traffic *t, fm_time late, uint64_t *seed)
{
    struct fm_engine_config config = office_config(false);
    struct office *office = office_new(&config);
    struct arrival *arrival = calloc(t->count, sizeof *arrival);

    assert_non_null(office);
    for (unsigned i = 0; i < t->count; i++)
        arrival[i] =
                (struct arrival){ t->rec[i]->time + (fm_time)seeded_below(seed, (uint64_t)late + 1),
                    t->rec[i] };
    qsort(arrival, t->count, sizeof *arrival, by_arrival);
    for (unsigned i = 0; i < t->count; i++) {
        fm_engine_watermark(office->engine, arrival[i].at);
        fm_engine_take(office->engine, arrival[i].rec);
        office_work(office);
    }
    office_finish(office);
    free(arrival);
    return office;
}

/* All events but those of health, which tell how full it is. */
static void same_events(const struct office *a, const struct office *b)
{
    unsigned i = 0, k = 0, compared = 0;

    for (;; i++, k++) {
        while (i < a->events && !strcmp(text_of(a->event[i], "record"), "health"))
            i++;
        while (k < b->events && !strcmp(text_of(b->event[k], "record"), "health"))
            k++;
        if (i == a->events || k == b->events)
            break;
        if (!json_equal(a->event[i], b->event[k])) {
            char *x = json_dumps(a->event[i], 0), *y = json_dumps(b->event[k], 0);
            print_message("%s\n%s\n", x, y);
            free(x);
            free(y);
            fail_msg("event %u differs", compared);
        }
        compared++;
    }
    assert_int_equal(a->events - i, b->events - k);
    assert_true(compared > 3);
}

static void found_in_that_hour(const struct office *office)
{
    static const struct {
        const char *type, *host;
    } expected[] = { { "port_scan", "10.0.0.66" }, { "beacon", "10.0.0.67" },
        { "smash_and_grab", "10.0.0.68" } };

    for (unsigned i = 0; i < 3; i++) {
        const json_t *event = told(office, "detection", expected[i].type, 0);
        assert_non_null(event);
        assert_string_equal(text_of(event, "state"), "new");
        assert_string_equal(host_of(event), expected[i].host);
        assert_true(json_is_true(json_object_get(event, "scored")));
    }
    for (unsigned i = 0; i < office->events; i++) /* and nobody else */
        if (!strcmp(text_of(office->event[i], "record"), "detection"))
            assert_non_null(strstr("10.0.0.66 10.0.0.67 10.0.0.68", host_of(office->event[i])));
    assert_non_null(told(office, "host", NULL, 2));
    assert_true(office->marks >= 3);
}

/* ---- the tests ---- */

static void what_happens_is_found(void **state)
{
    struct traffic t = a_bad_hour();
    struct office *office = run_offline(&t);
    struct fm_engine_counters c;

    (void)state;
    found_in_that_hour(office);
    const json_t *facts = json_object_get(told(office, "detection", "smash_and_grab", 0), "facts");
    assert_non_null(facts);
    double sent = 0;
    const json_t *event;
    for (unsigned i = 0; (event = told(office, "detection", "smash_and_grab", i)); i++)
        sent = json_number_value(json_object_get(json_object_get(event, "facts"), "bytes_out"));
    assert_true(fabs(sent / 300e6 - 1) < 0.01);
    fm_engine_counters(office->engine, &c);
    assert_int_equal(c.records[FM_TLS] + c.records[FM_FLOW_NEW] + c.records[FM_FLOW_ANSWER] +
                             c.records[FM_FLOW_END] + c.records[FM_FLOW_UPDATE],
            t.count);
    assert_int_equal(c.invalid + c.late + c.early + c.doubles + c.coalesced, 0);
    assert_int_equal(c.events, office->events);
    assert_true(c.memory_bytes <= 32u << 20 && c.memory_peak_bytes <= 32u << 20);
    office_free(office);
    traffic_free(&t);
}

static void offline_no_order_matters(void **state)
{
    struct traffic t = a_bad_hour();
    uint64_t seed = 21;

    (void)state;
    struct office *first = run_offline(&t);
    for (unsigned round = 0; round < 4; round++) {
        shuffle(&t, &seed);
        struct office *other = run_offline(&t);
        same_events(first, other);
        office_free(other);
    }
    office_free(first);
    traffic_free(&t);
}

static void live_a_second_of_disorder_does_not_matter(void **state)
{
    struct traffic t = a_bad_hour();
    uint64_t seed = 31;

    (void)state;
    qsort(t.rec, t.count, sizeof *t.rec, by_time);
    struct office *first = run_live(&t, 0, &seed);
    found_in_that_hour(first);
    for (unsigned round = 0; round < 4; round++) {
        shuffle(&t, &seed);
        struct office *other = run_live(&t, FM_SECOND - 1, &seed);
        struct fm_engine_counters c;
        fm_engine_counters(other->engine, &c);
        assert_int_equal(c.late, 0);
        same_events(first, other);
        office_free(other);
    }
    office_free(first);
    traffic_free(&t);
}

static void beyond_the_bound_detections_stay(void **state)
{
    struct traffic t = a_bad_hour();
    uint64_t seed = 41;
    struct fm_engine_counters c;

    (void)state;
    struct office *office = run_live(&t, 3 * FM_SECOND, &seed);
    fm_engine_counters(office->engine, &c);
    assert_true(c.late > 0);
    found_in_that_hour(office);
    office_free(office);
    traffic_free(&t);
}

static void live_and_offline_find_the_same(void **state)
{
    struct traffic t = a_bad_hour();
    uint64_t seed = 51;

    (void)state;
    struct office *live = run_live(&t, FM_SECOND / 2, &seed), *offline = run_offline(&t);
    const json_t *event;
    for (unsigned i = 0; (event = told(live, "detection", NULL, i)); i++) {
        bool same = false;
        const json_t *other;
        for (unsigned k = 0; (other = told(offline, "detection", NULL, k)); k++)
            same |= !strcmp(text_of(event, "type"), text_of(other, "type")) &&
                    !strcmp(host_of(event), host_of(other));
        assert_true(same);
    }
    office_free(live);
    office_free(offline);
    traffic_free(&t);
}

static void a_tape_repeats_the_run(void **state)
{
    char path[] = "/tmp/furumai-tape-XXXXXX";
    int file = mkstemp(path), problem = 0;
    struct traffic t = a_bad_hour();
    struct fm_engine_config config = office_config(false);
    struct fm_mem mem = { 0 };
    struct fm_rec *rec;

    (void)state;
    close(file);
    config.tape = path;
    struct office *office = office_new(&config), *again;
    qsort(t.rec, t.count, sizeof *t.rec, by_time);
    for (unsigned i = 0; i < t.count; i++) {
        fm_engine_watermark(office->engine, t.rec[i]->time);
        fm_engine_take(office->engine, t.rec[i]);
    }
    office_finish(office);
    fm_engine_free(office->engine); /* the tape is whole */
    office->engine = NULL;
    config.tape = NULL;
    again = office_new(&config);
    struct fm_tape *tape = fm_tape_open(&mem, path, &problem);
    assert_non_null(tape);
    unsigned replayed = 0;
    for (; fm_tape_next(tape, &rec) == FM_TAPE_RECORD; replayed++) {
        fm_engine_watermark(again->engine, rec->time);
        fm_engine_take(again->engine, rec);
    }
    fm_tape_end(tape);
    assert_int_equal(replayed, t.count);
    office_finish(again);
    same_events(office, again);
    office_free(office);
    office_free(again);
    traffic_free(&t);
    unlink(path);
}

static const json_t *last_told(const struct office *office, const char *type)
{
    const json_t *event = NULL, *next;

    for (unsigned i = 0; (next = told(office, "detection", type, i)); i++)
        event = next;
    assert_non_null(event);
    return event;
}

/* The health event that tells of it, which comes within the second; NULL: there is none. */
static const json_t *fuse_told(const struct office *office)
{
    for (unsigned i = 0; i < office->events; i++)
        if (!strcmp(text_of(office->event[i], "when"), "fuse"))
            return json_array_get(json_object_get(office->event[i], "fuses"), 0);
    return NULL;
}

static struct office *scans_of(unsigned hosts, unsigned servers)
{
    struct traffic t = { 0 };
    uint64_t seed = 5;

    next_flow = 1;
    office_hours(&t, DAY0 + 7 * FM_SECOND, 30, &seed);
    for (unsigned i = 0; i < hosts; i++)
        scan(&t, DAY0 + (5 + i) * FM_MINUTE, 100 + i, 2 + i % servers, 150);
    struct office *office = run_offline(&t);
    traffic_free(&t);
    return office;
}

static void a_fuse_that_goes_is_told_at_once_and_once(void **state)
{
    struct office *office = scans_of(14, 1), *spread = scans_of(14, 14), *few = scans_of(8, 1);
    const json_t *fuse = fuse_told(office);
    unsigned told_of = 0;

    (void)state;
    assert_non_null(fuse);
    assert_string_equal(text_of(fuse, "detector"), "port_scan");
    assert_int_equal(json_integer_value(json_object_get(fuse, "count")), 11);
    assert_int_equal(json_integer_value(json_object_get(fuse, "limit")), 10);
    assert_string_equal(text_of(fuse, "triage"),
            "triage = { { type = \"port_scan\", peer = \"10.0.0.2\", reason = \"over_detection\" } "
            "}");
    for (unsigned i = 0; i < office->events; i++)
        told_of += !strcmp(text_of(office->event[i], "when"), "fuse");
    assert_int_equal(told_of, 1);
    assert_string_equal(text_of(last_told(office, "port_scan"), "status"), "trial");
    assert_non_null(fuse_told(spread)); /* no host and no party stands out */
    assert_string_equal(text_of(fuse_told(spread), "triage"), "");
    assert_null(fuse_told(few));
    office_free(office);
    office_free(spread);
    office_free(few);
}

/* ---- alerts ---- */

static void alert(struct traffic *t, fm_time at, const struct pair *p, uint32_t sid,
        const char *type, const char *certainty)
{
    static const char said[] = "a rule";
    struct space s;
    struct fm_rec *rec = rec_of(&s, FM_ALERT, at, p);
    struct fm_alert *body = (struct fm_alert *)(void *)(rec + 1);

    body->sid = sid;
    body->gid = 1;
    rec->has = FM_HAS_RULE;
    fm_rec_put(rec, &body->signature, said, strlen(said), 256);
    fm_rec_put_behavior(rec, type, NULL, certainty);
    add(t, of_flow(rec, 900 + sid));
}

static double certainty_of(const json_t *event)
{
    return json_number_value(json_object_get(event, "certainty"));
}

/* The row of `terms` that alerts have; NULL: none. */
static const json_t *alerts_term(const json_t *event)
{
    const json_t *terms = json_object_get(event, "terms"), *row = NULL;
    size_t i;

    json_array_foreach (terms, i, row)
        if (!strcmp(text_of(row, "name"), "alerts"))
            return row;
    return NULL;
}

static const json_t *alerts_listed(const json_t *event)
{
    return json_object_get(json_object_get(event, "evidence"), "alerts");
}

static struct office *beacon_with(fm_time at, unsigned client, unsigned server, const char *type,
        const char *certainty)
{
    struct traffic t = { 0 };
    struct pair p = { .client = inside(client), .server = outside(server), .cport = 5, .sport = 443 };
    uint64_t seed = 3;

    next_flow = 1;
    office_hours(&t, DAY0 + 7 * FM_SECOND, 60, &seed);
    beacon(&t, DAY0 + 5 * FM_MINUTE, 67, FM_MINUTE, 30);
    if (at)
        alert(&t, at, &p, 4, type, certainty);
    struct office *office = run_offline(&t);
    traffic_free(&t);
    return office;
}

static void an_alert_supports_what_its_rule_names(void **state)
{
    static const fm_time when[] = { DAY0 + 6 * FM_MINUTE, DAY0 + 30 * FM_MINUTE };
    struct office *plain = beacon_with(0, 0, 0, NULL, NULL);
    double without = certainty_of(last_told(plain, "beacon"));

    (void)state;
    assert_null(alerts_term(last_told(plain, "beacon")));
    assert_int_equal(json_array_size(alerts_listed(last_told(plain, "beacon"))), 0);
    for (unsigned i = 0; i < 2; i++) { /* before it was found, and after */
        struct office *office = beacon_with(when[i], 67, 9, "beacon", "30");
        const json_t *event = last_told(office, "beacon"), *row = alerts_term(event);
        const json_t *rule = json_array_get(alerts_listed(event), 0);
        assert_non_null(row);
        assert_true(fabs(json_number_value(json_object_get(row, "value")) - 0.3) < 1e-9);
        assert_true(fabs(certainty_of(event) - (without + (100 - without) * 0.3)) <= 1);
        assert_int_equal(json_integer_value(json_object_get(rule, "signature_id")), 4);
        assert_int_equal(json_integer_value(json_object_get(rule, "flow_id")), 904);
        assert_string_equal(text_of(rule, "signature"), "a rule");
        office_free(office);
    }
    office_free(plain);
}

static void an_alert_of_others_supports_nothing(void **state)
{
    static const struct {
        unsigned client, server;
        const char *type;
        unsigned lines;
    } all[] = {
        { 66, 9, "beacon", 1 },    /* another host */
        { 67, 10, "beacon", 1 },   /* another party */
        { 67, 9, "port_scan", 1 }, /* another behaviour */
        { 67, 9, "becon", 2 },     /* none: said once, with the nearest name */
        { 67, 9, NULL, 1 },        /* names none, and is on no flow that is evidence */
    };

    (void)state;
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        struct office *office =
                beacon_with(DAY0 + 30 * FM_MINUTE, all[i].client, all[i].server, all[i].type, "40");
        const json_t *event = last_told(office, "beacon");
        assert_null(alerts_term(event));
        assert_int_equal(json_array_size(alerts_listed(event)), 0);
        assert_int_equal(office->lines, all[i].lines);
        if (all[i].lines > 1)
            assert_non_null(strstr(office->line, "did you mean \"beacon\"?"));
        office_free(office);
    }
}

static void an_alert_on_a_flow_that_is_evidence_stands_beside(void **state)
{
    struct traffic t = { 0 };
    uint64_t seed = 3;

    (void)state;
    next_flow = 1;
    office_hours(&t, DAY0 + 7 * FM_SECOND, 60, &seed);
    unsigned first = t.count;
    beacon(&t, DAY0 + 5 * FM_MINUTE, 67, FM_MINUTE, 30);
    struct pair p = { .client = inside(67), .server = outside(9), .cport = t.rec[first]->cport,
        .sport = 443 };
    alert(&t, DAY0 + 5 * FM_MINUTE + FM_SECOND, &p, 4, NULL, NULL);
    struct office *office = run_offline(&t), *plain = beacon_with(0, 0, 0, NULL, NULL);
    const json_t *event = last_told(office, "beacon");
    const json_t *rule = json_array_get(alerts_listed(event), 0);
    assert_null(alerts_term(event));
    assert_int_equal(json_array_size(alerts_listed(event)), 1);
    assert_null(json_object_get(rule, "certainty"));
    assert_true(certainty_of(event) == certainty_of(last_told(plain, "beacon")));
    office_free(office);
    office_free(plain);
    traffic_free(&t);
}

static void what_is_invalid_is_counted(void **state)
{
    struct fm_engine_config config = office_config(false);
    struct office *office = office_new(&config);
    struct fm_engine_counters c;
    struct pair p = { .client = inside(1), .server = inside(2), .cport = 1, .sport = 2 };

    (void)state;
    struct fm_rec *rec = rec_new(&office->space, DAY0, &p);
    rec->kind = 200;
    fm_engine_take(office->engine, rec);
    rec->kind = FM_HTTP; /* of another size */
    fm_engine_take(office->engine, rec);
    fm_engine_lost(office->engine, FM_TLS, 17);
    fm_engine_counters(office->engine, &c);
    assert_int_equal(c.invalid, 2);
    assert_int_equal(c.lost[FM_TLS], 17);
    office_finish(office);
    office_free(office);
}

/* Each table with a cap is told of by its name. */
static void tells_of_table(const json_t *health, const char *name)
{
    const json_t *row = NULL;
    size_t i;

    json_array_foreach (json_object_get(health, "tables"), i, row)
        if (!strcmp(json_string_value(json_object_get(row, "name")), name))
            break;
    assert_non_null(row);
    assert_string_equal(json_string_value(json_object_get(row, "name")), name);
    assert_true(json_integer_value(json_object_get(row, "cap")) > 0);
}

static void time_closes_and_tells_health(void **state)
{
    struct fm_engine_config config = office_config(false);
    struct office *office = office_new(&config);
    struct traffic t = { 0 };
    unsigned health = 0;

    (void)state;
    scan(&t, DAY0, 66, 2, 100);
    for (unsigned i = 0; i < t.count; i++)
        fm_engine_take(office->engine, t.rec[i]);
    fm_engine_watermark(office->engine, DAY0 + FM_MINUTE);
    office_work(office);
    const json_t *event = told(office, "detection", "port_scan", 0);
    assert_non_null(event); /* within a minute, long before anything ends */
    for (unsigned i = 1; i <= 3 * 60; i++)
        fm_engine_watermark(office->engine, DAY0 + i * FM_MINUTE);
    office_work(office);
    while (told(office, "health", NULL, health))
        health++;
    assert_in_range(health, 2, 4);
    static const char *const tables[] = { "entities", "flows", "detections", "alerts", "names",
        "audiences", "baselines", "takers", "beacon" };
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++)
        tells_of_table(told(office, "health", NULL, 0), tables[i]);
    bool closed = false;
    for (unsigned i = 0; (event = told(office, "detection", "port_scan", i)); i++)
        closed |= !strcmp(text_of(event, "state"), "closed");
    assert_true(closed);
    struct fm_engine_counters c;
    fm_engine_counters(office->engine, &c);
    assert_int_equal(c.detections, 0);
    office_finish(office);
    office_free(office);
    traffic_free(&t);
}

static void a_reload_changes_nothing_but_the_policy(void **state)
{
    struct traffic t = a_bad_hour();
    struct fm_engine_config config = office_config(false);
    struct office *office = office_new(&config);
    char bytes[1024];
    struct fm_text text;

    (void)state;
    qsort(t.rec, t.count, sizeof *t.rec, by_time);
    for (unsigned i = 0; i < t.count; i++) {
        fm_engine_watermark(office->engine, t.rec[i]->time);
        fm_engine_take(office->engine, t.rec[i]);
        if (i % 100)
            continue;
        fm_text_init(&text, bytes, sizeof bytes);
        assert_true(fm_engine_ask(office->engine, FM_ASK_RELOAD, &text));
    }
    office_finish(office);
    found_in_that_hour(office);
    office_free(office);
    traffic_free(&t);
}

static void a_policy_that_is_missing_is_an_error(void **state)
{
    struct fm_engine_config config = office_config(true);

    (void)state;
    config.policy = "/nonexistent/policy.lua";
    assert_null(office_new(&config));
    config = office_config(true);
    config.internal = "10.0.0.0/99";
    assert_null(office_new(&config));
    config = office_config(true);
    config.tape = "/nonexistent/x.tape";
    assert_null(office_new(&config));
    config = office_config(true);
    config.memcap_bytes = 64 * 1024;
    assert_null(office_new(&config));
}

/* ---- what is kept ---- */

static void remove_all(const char *dir)
{
    static const char *const files[] = { "furumai.db", "furumai.db-wal", "furumai.db-shm" };
    char path[128];

    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
}

static struct office *run_kept(const char *dir, const struct traffic *t, uint64_t seed)
{
    struct fm_engine_config config = office_config(true);

    config.state_dir = dir;
    config.seed = seed; /* the kept one is used from the second run on */
    struct office *office = office_new(&config);
    assert_non_null(office);
    for (unsigned i = 0; i < t->count; i++)
        fm_engine_take(office->engine, t->rec[i]);
    office_finish(office);
    return office;
}

static void a_daily_beacon_is_found_across_ten_restarts(void **state)
{
    char dir[] = "/tmp/furumai-kept-XXXXXX";
    unsigned found_on = 0;

    (void)state;
    assert_non_null(mkdtemp(dir));
    for (unsigned day = 0; day < 12; day++) {
        struct traffic t = { 0 };
        uint64_t seed = 100 + day;
        next_flow = 1;
        office_hours(&t, DAY0 + day * FM_DAY + 8 * FM_HOUR, 5, &seed);
        beacon(&t, DAY0 + day * FM_DAY + 10 * FM_HOUR, 67, FM_DAY, 1);
        struct office *office = run_kept(dir, &t, 1000 + day);
        const json_t *event = told(office, "detection", "beacon", 0);
        if (event && !found_on) {
            found_on = day + 1;
            assert_string_equal(host_of(event), "10.0.0.67");
        }
        office_free(office);
        traffic_free(&t);
    }
    assert_int_equal(found_on, 10);
    remove_all(dir);
}

static void the_same_states_come_back(void **state)
{
    char dir[] = "/tmp/furumai-kept-XXXXXX";
    struct fm_engine_counters before, after;
    struct traffic t = a_bad_hour(), none = { 0 };

    (void)state;
    assert_non_null(mkdtemp(dir));
    struct office *office = run_kept(dir, &t, 5);
    fm_engine_counters(office->engine, &before);
    json_t *event = json_deep_copy(told(office, "detection", "beacon", 0));
    office_free(office);
    office = run_kept(dir, &none, 6);
    fm_engine_counters(office->engine, &after);
    assert_true(before.entities > 10 && before.states > 10);
    assert_int_equal(after.entities, before.entities);
    assert_int_equal(after.states, before.states);
    office_free(office);
    /* the beacon goes on: the same host, the same id */
    next_flow = 100000;
    traffic_free(&t);
    beacon(&t, DAY0 + 61 * FM_MINUTE, 67, FM_MINUTE, 3);
    office = run_kept(dir, &t, 7);
    const json_t *again = told(office, "detection", "beacon", 0);
    assert_non_null(again);
    assert_string_equal(text_of(again, "id"), text_of(event, "id"));
    assert_true(json_equal(json_object_get(json_object_get(again, "entity"), "id"),
            json_object_get(json_object_get(event, "entity"), "id")));
    office_free(office);
    json_decref(event);
    traffic_free(&t);
    remove_all(dir);
}

/* As it was before families had layouts: the size alone. */
static unsigned aged;

static bool age_row(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    const unsigned bytes = (unsigned)(len - sizeof(fm_time));

    assert_int_not_equal(version, bytes);
    assert_int_equal(fm_store_put(arg, "state_beacon", key, key_len, value, len, bytes), 0);
    aged++;
    return true;
}

static void states_of_another_layout_are_left_out(void **state)
{
    char dir[] = "/tmp/furumai-kept-XXXXXX";
    struct fm_engine_counters before, after;
    struct traffic t = a_bad_hour(), none = { 0 };

    (void)state;
    assert_non_null(mkdtemp(dir));
    struct office *office = run_kept(dir, &t, 5);
    fm_engine_counters(office->engine, &before);
    office_free(office);
    struct fm_store *store = fm_store_open(dir, false, NULL, NULL);
    assert_non_null(store);
    aged = 0;
    assert_int_equal(fm_store_each(store, "state_beacon", age_row, store), 0);
    assert_true(aged > 0 && aged < before.states);
    fm_store_close(store);
    office = run_kept(dir, &none, 6);
    fm_engine_counters(office->engine, &after);
    assert_int_equal(after.entities, before.entities);
    assert_int_equal(after.states, before.states - aged);
    office_free(office);
    traffic_free(&t);
    remove_all(dir);
}

static void a_crash_loses_the_last_hour_at_most(void **state)
{
    char dir[] = "/tmp/furumai-kept-XXXXXX";
    struct fm_engine_config config = office_config(false);
    struct fm_engine_counters before, after;
    struct traffic t = { 0 };
    uint64_t seed = 81;

    (void)state;
    assert_non_null(mkdtemp(dir));
    config.state_dir = dir;
    next_flow = 1;
    office_hours(&t, DAY0, 30, &seed); /* hosts that are silent since the first save */
    beacon(&t, DAY0, 67, FM_MINUTE, 150);
    qsort(t.rec, t.count, sizeof *t.rec, by_time);
    struct office *office = office_new(&config);
    for (unsigned i = 0; i < t.count; i++) {
        fm_engine_watermark(office->engine, t.rec[i]->time);
        fm_engine_take(office->engine, t.rec[i]);
        office_work(office);
    }
    fm_engine_counters(office->engine, &before);
    office_free(office); /* without an end */
    traffic_free(&t);
    office = office_new(&config);
    fm_engine_counters(office->engine, &after);
    assert_int_equal(after.entities, before.entities);
    assert_int_equal(after.states, before.states);
    /* the hourly rows hold 120 beats: the next few are on the beat or the first after a pause */
    beacon(&t, DAY0 + 150 * FM_MINUTE, 67, FM_MINUTE, 3);
    for (unsigned i = 0; i < t.count; i++)
        fm_engine_take(office->engine, t.rec[i]);
    office_finish(office);
    assert_non_null(told(office, "detection", "beacon", 0));
    office_free(office);
    traffic_free(&t);
    remove_all(dir);
}

/* The port scan's reports in order: `rev` of each, and its state's first letter. */
static unsigned reports_of(const struct office *office, const char *type, char *states,
        json_int_t *last)
{
    const json_t *event;
    unsigned n = 0;

    *last = 0;
    for (; (event = told(office, "detection", type, n)); n++) {
        json_int_t rev = json_integer_value(json_object_get(event, "rev"));
        assert_true(!*last || rev == *last + 1);
        *last = rev;
        states[n] = text_of(event, "state")[0];
    }
    states[n] = '\0';
    return n;
}

static void what_is_open_goes_on_after_a_restart(void **state)
{
    char dir[] = "/tmp/furumai-kept-XXXXXX", states[64];
    struct traffic t = { 0 };
    json_int_t first, last;
    uint64_t seed = 9;

    (void)state;
    assert_non_null(mkdtemp(dir));
    next_flow = 1;
    office_hours(&t, DAY0, 40, &seed);
    beacon(&t, DAY0, 67, FM_MINUTE, 30);
    struct office *office = run_kept(dir, &t, 5);
    assert_true(reports_of(office, "beacon", states, &first) >= 1);
    assert_int_equal(states[0], 'n');
    json_t *before = json_deep_copy(last_told(office, "beacon"));
    assert_true(office->marks > 0);
    office_free(office);
    traffic_free(&t);
    /* it goes on: no second "new", and the beginning is the one of the first life */
    beacon(&t, DAY0 + 41 * FM_MINUTE, 67, FM_MINUTE, 40);
    office = run_kept(dir, &t, 6);
    assert_int_equal(told(office, "detection", "beacon", 0) == NULL, 0);
    const json_t *event = told(office, "detection", "beacon", 0);
    assert_int_equal(json_integer_value(json_object_get(event, "rev")), first + 1);
    reports_of(office, "beacon", states, &last);
    assert_null(strchr(states, 'n'));
    event = last_told(office, "beacon");
    assert_string_equal(text_of(event, "id"), text_of(before, "id"));
    assert_string_equal(text_of(event, "first_seen"), text_of(before, "first_seen"));
    assert_true(json_object_size(json_object_get(event, "facts")) >=
                json_object_size(json_object_get(before, "facts")));
    assert_true(office->marks > 0); /* rules know of it again before it beacons again */
    const json_t *host = told(office, "host", NULL, 0);
    assert_true(!host || !json_is_null(json_object_get(host, "was")));
    office_free(office);
    traffic_free(&t);
    /* days later it has long been quiet: that is told first */
    office_hours(&t, DAY0 + 9 * FM_DAY, 1, &seed);
    office = run_kept(dir, &t, 7);
    reports_of(office, "beacon", states, &first);
    assert_string_equal(states, "c");
    assert_int_equal(first, last + 1);
    assert_string_equal(text_of(told(office, "detection", "beacon", 0), "reason"), "quiet");
    office_free(office);
    office = run_kept(dir, &t, 8); /* and only once */
    assert_null(told(office, "detection", "beacon", 0));
    office_free(office);
    traffic_free(&t);
    json_decref(before);
    remove_all(dir);
}

/* Works the records off live; then the process is gone, as by SIGKILL, without an end. */
static unsigned killed_after(const char *dir, const struct traffic *t)
{
    int pipes[2], status;
    unsigned rev = 0;

    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        struct fm_engine_config config = office_config(false);
        json_int_t last;
        char states[64];
        config.state_dir = dir;
        struct office *office = office_new(&config);
        for (unsigned i = 0; i < t->count; i++) {
            fm_engine_watermark(office->engine, t->rec[i]->time);
            fm_engine_take(office->engine, t->rec[i]);
            office_work(office);
        }
        reports_of(office, "beacon", states, &last);
        rev = (unsigned)last;
        if (write(pipes[1], &rev, sizeof rev) == sizeof rev)
            raise(SIGKILL);
        _exit(1);
    }
    close(pipes[1]);
    assert_int_equal(read(pipes[0], &rev, sizeof rev), sizeof rev);
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return rev;
}

static void a_killed_process_tells_no_revision_twice(void **state)
{
    char dir[] = "/tmp/furumai-kept-XXXXXX", states[64];
    struct fm_engine_config config = office_config(false);
    struct traffic t = { 0 };
    json_int_t last;
    uint64_t seed = 9;

    (void)state;
    assert_non_null(mkdtemp(dir));
    next_flow = 1;
    office_hours(&t, DAY0, 90, &seed);
    beacon(&t, DAY0, 67, FM_MINUTE, 80);
    qsort(t.rec, t.count, sizeof *t.rec, by_time);
    unsigned rev = killed_after(dir, &t);
    assert_true(rev >= 1);
    traffic_free(&t);
    beacon(&t, DAY0 + 91 * FM_MINUTE, 67, FM_MINUTE, 60);
    config.state_dir = dir;
    struct office *office = office_new(&config);
    for (unsigned i = 0; i < t.count; i++)
        fm_engine_take(office->engine, t.rec[i]);
    office_finish(office);
    assert_true(reports_of(office, "beacon", states, &last) >= 1);
    assert_null(strchr(states, 'n'));
    const json_t *event = told(office, "detection", "beacon", 0);
    assert_int_equal(json_integer_value(json_object_get(event, "rev")), rev + 1);
    office_free(office);
    traffic_free(&t);
    remove_all(dir);
}

static void a_fuse_outlives_the_process(void **state)
{
    char dir[] = "/tmp/furumai-kept-XXXXXX";
    struct traffic t = { 0 };
    uint64_t seed = 5;

    (void)state;
    assert_non_null(mkdtemp(dir));
    next_flow = 1;
    office_hours(&t, DAY0 + 7 * FM_SECOND, 30, &seed);
    for (unsigned i = 0; i < 14; i++)
        scan(&t, DAY0 + (5 + i) * FM_MINUTE, 100 + i, 2, 150);
    struct office *office = run_kept(dir, &t, 5);
    assert_non_null(fuse_told(office));
    office_free(office);
    traffic_free(&t);
    scan(&t, DAY0 + 31 * FM_MINUTE, 150, 2, 150);
    office = run_kept(dir, &t, 6);
    assert_null(fuse_told(office)); /* it was told */
    assert_string_equal(text_of(last_told(office, "port_scan"), "status"), "trial");
    const json_t *health = told(office, "health", NULL, 0);
    const json_t *fuse = json_array_get(json_object_get(health, "fuses"), 0);
    assert_non_null(strstr(text_of(fuse, "triage"), "10.0.0.2"));
    office_free(office);
    traffic_free(&t);
    remove_all(dir);
}

static void what_was_counted_is_not_counted_twice(void **state)
{
    char dir[] = "/tmp/furumai-kept-XXXXXX";
    struct traffic t = { 0 };

    (void)state;
    assert_non_null(mkdtemp(dir));
    next_flow = 1;
    theft(&t, DAY0, 68, 60);
    for (unsigned i = 0; i < 3; i++) { /* the same file three times: never 180 MB */
        struct office *office = run_kept(dir, &t, 5);
        assert_null(told(office, "detection", "smash_and_grab", 0));
        office_free(office);
    }
    traffic_free(&t);
    remove_all(dir);
}

/* Rows of 40 hosts for a table that has room for 30. */
static fm_entity_id left[64];
static unsigned lefts;

static fm_time touched_of(const void *value, size_t len)
{
    fm_time touched = 0;

    memcpy(&touched, value, len < sizeof touched ? len : sizeof touched);
    return touched;
}

static bool take_left(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    (void)arg;
    (void)value;
    assert_int_equal(key_len + len + version, sizeof left[0] + sizeof(fm_time) + 3);
    memcpy(&left[lefts++], key, key_len);
    return true;
}

static void rows_come_back_by_age_and_the_oldest_are_deleted(void **state)
{
    struct fm_store *store = fm_store_open(NULL, false, NULL, NULL);
    uint64_t seed = 71;
    fm_time at[41];

    (void)state;
    for (fm_entity_id id = 1; id <= 40; id++) {
        at[id] = DAY0 + (fm_time)seeded_below(&seed, 1000000);
        assert_int_equal(fm_store_put(store, "entity", &id, sizeof id, &at[id], sizeof at[id], 3),
                0);
    }
    for (unsigned round = 0; round < 2; round++) {
        lefts = 0;
        fm_engine_rows_back(store, "entity", 30, touched_of, take_left, NULL);
        assert_int_equal(lefts, 30);
        for (unsigned i = 1; i < lefts; i++)
            assert_true(at[left[i - 1]] <= at[left[i]]);
        for (fm_entity_id id = 1; id <= 40; id++)
            if (at[id] > at[left[0]]) {
                bool there = false;
                for (unsigned i = 0; i < lefts; i++)
                    there |= left[i] == id;
                assert_true(there);
            }
    }
    lefts = 0;
    fm_engine_rows_back(store, "entity", 1000, touched_of, take_left, NULL);
    assert_int_equal(lefts, 30); /* the others are gone from the file */
    fm_engine_rows_back(store, "none", 5, touched_of, take_left, NULL);
    fm_store_close(store);
}

/* ---- memory ---- */

static void run_short_of_memory(const struct traffic *t, bool offline, uint64_t from, uint64_t to)
{
    struct fm_engine_config config = office_config(offline);

    config.memcap_bytes = 16u << 20;
    calls = 0;
    fail_from = from + 1; /* after the office's own */
    fail_to = to;
    struct office *office = office_new(&config);
    for (unsigned i = 0; office && i < t->count; i++) {
        fm_engine_watermark(office->engine, t->rec[i]->time);
        fm_engine_take(office->engine, t->rec[i]);
    }
    if (office)
        office_finish(office);
    fail_from = fail_to = 0;
    if (office)
        office_free(office);
}

static void survives_each_failed_allocation(void **state)
{
    struct traffic t = { 0 };
    uint64_t seed = 61;

    (void)state;
    next_flow = 1;
    office_hours(&t, DAY0, 3, &seed);
    scan(&t, DAY0 + FM_MINUTE, 66, 2, 60);
    qsort(t.rec, t.count, sizeof *t.rec, by_time);
    for (unsigned offline = 0; offline < 2; offline++) {
        run_short_of_memory(&t, offline, UINT64_MAX - 1, UINT64_MAX);
        uint64_t all = calls;
        assert_true(all > 100);
        for (uint64_t n = 1; n < all; n++)
            run_short_of_memory(&t, offline, n, n + 2);
        for (uint64_t n = 1; n < all; n += 7) /* and never more */
            run_short_of_memory(&t, offline, n, UINT64_MAX);
    }
    traffic_free(&t);
}

static void a_small_memcap_holds(void **state)
{
    struct traffic t = { 0 };
    struct fm_engine_config config = office_config(false);
    struct fm_engine_counters c;

    (void)state;
    config.memcap_bytes = 16u << 20;
    struct office *office = office_new(&config);
    assert_non_null(office);
    for (unsigned round = 0; round < 4; round++) {
        fm_time at = DAY0 + round * FM_HOUR;
        for (unsigned i = 0; i < 4000; i++) { /* every host of a large network, and many parties */
            char name[32];
            snprintf(name, sizeof name, "n%u.example", i);
            visit(&t, at + i * 200 * FM_MS, 1000 + i, i, name, 200000, 10);
        }
        for (unsigned i = 0; i < t.count; i++) {
            fm_engine_watermark(office->engine, t.rec[i]->time - FM_SECOND);
            fm_engine_take(office->engine, t.rec[i]);
        }
        traffic_free(&t);
    }
    scan(&t, DAY0 + 5 * FM_HOUR, 66, 2, 150);
    for (unsigned i = 0; i < t.count; i++)
        fm_engine_take(office->engine, t.rec[i]);
    office_finish(office);
    fm_engine_counters(office->engine, &c);
    assert_true(c.memory_peak_bytes <= 16u << 20);
    assert_int_equal(c.lost[FM_FLOW_NEW], 0);
    const json_t *event = told(office, "detection", "port_scan", 0);
    assert_non_null(event); /* and it still sees */
    assert_string_equal(host_of(event), "10.0.0.66");
    office_free(office);
    traffic_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_happens_is_found),
        cmocka_unit_test(offline_no_order_matters),
        cmocka_unit_test(live_a_second_of_disorder_does_not_matter),
        cmocka_unit_test(beyond_the_bound_detections_stay),
        cmocka_unit_test(live_and_offline_find_the_same),
        cmocka_unit_test(a_tape_repeats_the_run),
        cmocka_unit_test(a_fuse_that_goes_is_told_at_once_and_once),
        cmocka_unit_test(an_alert_supports_what_its_rule_names),
        cmocka_unit_test(an_alert_of_others_supports_nothing),
        cmocka_unit_test(an_alert_on_a_flow_that_is_evidence_stands_beside),
        cmocka_unit_test(what_is_invalid_is_counted),
        cmocka_unit_test(time_closes_and_tells_health),
        cmocka_unit_test(a_reload_changes_nothing_but_the_policy),
        cmocka_unit_test(a_policy_that_is_missing_is_an_error),
        cmocka_unit_test(a_daily_beacon_is_found_across_ten_restarts),
        cmocka_unit_test(the_same_states_come_back),
        cmocka_unit_test(states_of_another_layout_are_left_out),
        cmocka_unit_test(a_crash_loses_the_last_hour_at_most),
        cmocka_unit_test(what_is_open_goes_on_after_a_restart),
        cmocka_unit_test(a_killed_process_tells_no_revision_twice),
        cmocka_unit_test(a_fuse_outlives_the_process),
        cmocka_unit_test(what_was_counted_is_not_counted_twice),
        cmocka_unit_test(rows_come_back_by_age_and_the_oldest_are_deleted),
        cmocka_unit_test(survives_each_failed_allocation),
        cmocka_unit_test(a_small_memcap_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
