/* Events: the keys that a reader relies on, what unknown and wild values become, what is left out
 * when there is no room, and what bytes from the wire cannot do.  tests/schema/check judges the
 * form of whole events; here are the values. */
#include "seeded.h"

#include "engine/event.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ENVELOPE 512 /* what an event leaves to the line around it */

static const struct fm_versions versions = { .policy = 0x1234, .model = "sum-1" };

struct scene {
    struct fm_detection detection;
    struct fm_host host;
    struct fm_health health;
    char bytes[FM_EVENT_MAX];
    struct fm_text text;
};

static struct fm_addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    uint8_t bytes[4] = { a, b, c, d };

    return fm_addr_from4(bytes);
}

static struct fm_entity entity_of(uint8_t last)
{
    return (struct fm_entity){ .id = last, .addresses = 1, .addr = { v4(10, 0, 0, last) },
        .since = 1700000000 * FM_SECOND };
}

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct fm_detection *d;
    struct fm_key key = { .entity = 9 };

    if (scene == NULL)
        return -1;
    d = &scene->detection;
    d->id = 0xabc;
    d->rev = 1;
    d->status = FM_LIVE;
    d->scored = true;
    d->entity = entity_of(9);
    fm_finding_init(&d->finding, fm_detectors[0], &key);
    for (unsigned i = 0; i < FM_TERMS; i++)
        d->scores.points[i] = FM_UNKNOWN;
    snprintf(d->finding.summary, sizeof(d->finding.summary), "came back");
    scene->host.entity = entity_of(9);
    scene->health.when = "asked";
    fm_text_init(&scene->text, scene->bytes, sizeof(scene->bytes));
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* The written event, read back; it must be whole and within its bytes. */
static json_t *read_back(struct scene *scene, bool written)
{
    assert_true(written);
    assert_false(scene->text.cut);
    assert_int_equal(strlen(scene->bytes), scene->text.len);
    assert_true(scene->text.len <= FM_EVENT_MAX - ENVELOPE);
    json_t *json = json_loadb(scene->bytes, scene->text.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    return json;
}

static json_t *detection_of(struct scene *scene)
{
    fm_text_init(&scene->text, scene->bytes, sizeof(scene->bytes));
    return read_back(scene,
            fm_event_detection(&scene->text, &scene->detection, NULL, &versions));
}

static const char *word(const json_t *json, const char *key)
{
    const char *found = json_string_value(json_object_get(json, key));

    assert_non_null(found);
    return found;
}

/* ---- detection ---- */

static void a_new_detection_says_who_and_what(void **state)
{
    struct scene *scene = *state;
    json_t *json = detection_of(scene), *entity = json_object_get(json, "entity");

    assert_string_equal(word(json, "record"), "detection");
    assert_string_equal(word(json, "id"), "0000000000000abc");
    assert_string_equal(word(json, "state"), "new");
    assert_true(json_is_null(json_object_get(json, "changed")));
    assert_null(json_object_get(json, "reason"));
    assert_string_equal(word(json, "type"), fm_detectors[0]->name);
    assert_string_equal(word(json, "summary"), "10.0.0.9 came back");
    assert_string_equal(word(entity, "ip"), "10.0.0.9");
    assert_int_equal(json_array_size(json_object_get(entity, "addresses")), 1);
    assert_null(json_object_get(entity, "mac"));
    assert_null(json_object_get(entity, "name"));
    assert_null(json_object_get(entity, "role"));
    assert_string_equal(word(json_object_get(json, "versions"), "policy"), "0000000000001234");
    assert_null(json_object_get(json, "visibility"));
    json_decref(json);
}

static void a_named_host_is_called_by_its_name(void **state)
{
    struct scene *scene = *state;
    struct fm_entity *e = &scene->detection.entity;

    snprintf(e->name, sizeof(e->name), "pc9");
    e->name_source = FM_NAMED_BY_DHCP;
    e->mac = (struct fm_mac){ { 2, 0x4d, 0, 0, 2, 9 } };
    e->roles = 1u << FM_ROLE_BACKUP;
    e->addresses = 2;
    e->addr[1] = v4(10, 0, 0, 10);
    json_t *json = detection_of(scene), *entity = json_object_get(json, "entity");
    assert_string_equal(word(json, "summary"), "pc9 (10.0.0.9) came back");
    assert_string_equal(word(entity, "name_source"), "dhcp");
    assert_string_equal(word(entity, "mac"), "02:4d:00:00:02:09");
    assert_string_equal(word(entity, "role"), "backup");
    assert_int_equal(json_array_size(json_object_get(entity, "addresses")), 2);
    json_decref(json);
}

static void changes_are_named_and_a_closing_has_its_reason(void **state)
{
    struct scene *scene = *state;
    struct fm_detection *d = &scene->detection;

    d->state = FM_DET_UPDATE;
    d->changed = FM_CHANGED_QUADRANT | FM_CHANGED_SUCCESS;
    json_t *json = detection_of(scene), *changed = json_object_get(json, "changed");
    assert_int_equal(json_array_size(changed), 2);
    assert_string_equal(json_string_value(json_array_get(changed, 0)), "quadrant");
    assert_string_equal(json_string_value(json_array_get(changed, 1)), "success");
    json_decref(json);
    d->state = FM_DET_CLOSED;
    d->changed = 0;
    d->reason = "quiet";
    json = detection_of(scene);
    assert_string_equal(word(json, "reason"), "quiet");
    assert_int_equal(json_array_size(json_object_get(json, "changed")), 0);
    json_decref(json);
}

static void a_trial_is_never_scored(void **state)
{
    struct scene *scene = *state;

    scene->detection.status = FM_TRIAL;
    json_t *json = detection_of(scene);
    assert_string_equal(word(json, "status"), "trial");
    assert_true(json_is_false(json_object_get(json, "scored")));
    json_decref(json);
}

static void blindness_is_told_with_its_remedy(void **state)
{
    struct scene *scene = *state;
    struct fm_blindness blind = { "one-way traffic", "mirror both directions" };
    json_t *json = read_back(scene,
            fm_event_detection(&scene->text, &scene->detection, &blind, &versions));

    assert_string_equal(word(json_object_get(json, "visibility"), "reason"), "one-way traffic");
    assert_string_equal(word(json_object_get(json, "visibility"), "remedy"),
            "mirror both directions");
    json_decref(json);
}

/* ---- numbers ---- */

static void unknown_terms_are_null_and_known_ones_without_noise(void **state)
{
    static const struct {
        double value;
        const char *written;
    } cases[] = {
        { 0.1 + 0.2, "0.3" },
        { 1.0 / 3, "0.33333" },
        { 0.00012345678, "0.00012346" },
        { 99999.7, "100000" },
        { 123456.789, "123457" },
        { 599200000, "599200000" },
        { 9007199254740991.0, "9000000000000000" },
        { 1e300, "9000000000000000" },
        { -0.25, "-0.25" },
        { 0, "0" },
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char wanted[64];
        scene->detection.finding.term[0] = cases[i].value;
        json_t *json = detection_of(scene);
        snprintf(wanted, sizeof(wanted), "\"value\":%s,", cases[i].written);
        assert_non_null(strstr(scene->bytes, wanted));
        json_decref(json);
    }
    scene->detection.finding.term[0] = FM_UNKNOWN;
    json_t *json = detection_of(scene);
    const json_t *term = json_array_get(json_object_get(json, "terms"), 0);
    assert_true(json_is_null(json_object_get(term, "value")));
    assert_true(json_is_null(json_object_get(term, "points")));
    assert_true(json_is_null(json_object_get(term, "normal")));
    json_decref(json);
}

static void scores_are_whole_and_within_bounds(void **state)
{
    static const double given[] = { 41.5, 41.49, -3, 140 };
    static const int told[] = { 42, 41, 0, 100 };
    struct scene *scene = *state;

    for (unsigned i = 0; i < 4; i++) {
        scene->detection.scores.threat = given[i];
        json_t *json = detection_of(scene), *threat = json_object_get(json, "threat");
        assert_true(json_is_integer(threat));
        assert_int_equal(json_integer_value(threat), told[i]);
        json_decref(json);
    }
}

/* ---- facts and rows ---- */

static void facts_come_in_their_kind(void **state)
{
    struct scene *scene = *state;
    struct fm_finding *f = &scene->detection.finding;
    struct fm_addr relay = v4(192, 0, 2, 1);

    fm_fact_number(f, "beats", 10);
    fm_fact_text(f, "agent", "curl");
    fm_fact_text(f, "empty", "");
    fm_fact_time(f, "first", 1700000000 * FM_SECOND);
    fm_fact_addr(f, "relay", &relay);
    fm_fact_bool(f, "refused", true);
    f->success = true;
    json_t *json = detection_of(scene), *facts = json_object_get(json, "facts");
    assert_int_equal(json_integer_value(json_object_get(facts, "beats")), 10);
    assert_string_equal(word(facts, "agent"), "curl");
    assert_null(json_object_get(facts, "empty"));
    assert_string_equal(word(facts, "first"), "2023-11-14T22:13:20.000000+0000");
    assert_string_equal(word(facts, "relay"), "192.0.2.1");
    assert_true(json_is_true(json_object_get(facts, "refused")));
    assert_true(json_is_true(json_object_get(facts, "success")));
    json_decref(json);
}

static void a_row_leaves_out_what_is_nothing(void **state)
{
    struct scene *scene = *state;
    struct fm_peer *row = fm_finding_row(&scene->detection.finding);

    row->addr = v4(192, 0, 2, 7);
    row->proto = 6;
    row->fails = 33;
    row->bytes[FM_TO_CLIENT] = 5;
    json_t *json = detection_of(scene);
    json_t *peers = json_object_get(json_object_get(json, "facts"), "peers");
    json_t *peer = json_array_get(peers, 0);
    assert_int_equal(json_object_size(peer), 4);
    assert_string_equal(word(peer, "ip"), "192.0.2.7");
    assert_string_equal(word(peer, "proto"), "TCP");
    assert_int_equal(json_integer_value(json_object_get(peer, "failures")), 33);
    assert_int_equal(json_integer_value(json_object_get(peer, "bytes_in")), 5);
    json_decref(json);
}

/* Everything at its longest: characters that JSON writes as six bytes each. */
static void fill_up(struct fm_detection *d)
{
    struct fm_finding *f = &d->finding;

    memset(f->summary, 1, sizeof(f->summary) - 1);
    memset(f->name, 2, sizeof(f->name) - 1);
    memset(d->note, 3, sizeof(d->note) - 1);
    for (unsigned i = 0; i < FM_FACTS; i++)
        fm_fact_number(f, i % 2 ? "a_number" : "another", 123456789.0 + i);
    for (unsigned i = 0; i < FM_PEERS; i++) {
        struct fm_peer *row = fm_finding_row(f);
        memset(row, 0, sizeof(*row));
        row->addr = v4(192, 0, 2, (uint8_t)i);
        row->tries = row->fails = row->successes = row->items = UINT32_MAX;
        row->bytes[0] = row->bytes[1] = INT64_MAX;
        row->first = row->last = 1700000000 * FM_SECOND;
        memset(row->name, 4, sizeof(row->name) - 1);
    }
    d->evidence = 3 * FM_EVIDENCE;
    for (unsigned i = 0; i < FM_EVIDENCE; i++) {
        d->first_evidence[i].flow_id = INT64_MAX - i;
        d->last_evidence[i].flow_id = INT64_MAX - 1000 - i;
    }
}

static void what_does_not_fit_is_dropped_and_counted(void **state)
{
    struct scene *scene = *state;
    struct fm_detection *d = &scene->detection;

    fill_up(d);
    d->finding.peers_dropped = 7;
    json_t *json = detection_of(scene), *facts = json_object_get(json, "facts");
    size_t rows = json_array_size(json_object_get(facts, "peers"));
    size_t ids = json_array_size(
            json_object_get(json_object_get(json, "evidence"), "flow_ids"));
    assert_true(rows < FM_PEERS);
    assert_int_equal(json_integer_value(json_object_get(facts, "peers_dropped")),
            7 + FM_PEERS - rows);
    assert_true(rows == 0 || ids == 2 * FM_EVIDENCE); /* peers first, evidence only then */
    assert_int_equal(json_integer_value(
                             json_object_get(json_object_get(json, "evidence"), "count")),
            3 * FM_EVIDENCE);
    json_decref(json);
}

/* For every room from nothing up: whole and within it, or refused and marked as cut. */
static void no_room_is_ever_overrun(void **state)
{
    struct scene *scene = *state;
    unsigned written = 0, refused = 0;

    fill_up(&scene->detection);
    for (size_t cap = 1; cap < sizeof(scene->bytes); cap += 61) {
        memset(scene->bytes, '#', sizeof(scene->bytes));
        fm_text_init(&scene->text, scene->bytes, cap);
        if (fm_event_detection(&scene->text, &scene->detection, NULL, &versions)) {
            json_t *json = json_loadb(scene->bytes, scene->text.len, 0, NULL);
            assert_non_null(json);
            json_decref(json);
            written++;
        } else {
            assert_true(scene->text.cut);
            assert_int_equal(scene->text.len, 0);
            refused++;
        }
        for (size_t i = cap; i < sizeof(scene->bytes); i++)
            assert_int_equal(scene->bytes[i], '#');
    }
    assert_true(written > 10 && refused > 10);
}

static void evidence_names_each_flow_once_and_the_last_in_order(void **state)
{
    struct scene *scene = *state;
    struct fm_detection *d = &scene->detection;
    json_t *json, *ids;

    d->evidence = FM_EVIDENCE + 3;
    for (unsigned i = 0; i < FM_EVIDENCE; i++)
        d->first_evidence[i].flow_id = i / 2 + 1;
    for (unsigned i = 0; i < 3; i++)
        d->last_evidence[i].flow_id = 100 + i;
    json = detection_of(scene);
    ids = json_object_get(json_object_get(json, "evidence"), "flow_ids");
    assert_int_equal(json_array_size(ids), FM_EVIDENCE / 2 + 3);
    assert_int_equal(json_integer_value(json_array_get(ids, FM_EVIDENCE / 2)), 100);
    json_decref(json);
    d->evidence = 2 * FM_EVIDENCE + 5; /* the ring has turned: the oldest is at 5 */
    for (unsigned i = 0; i < FM_EVIDENCE; i++)
        d->last_evidence[i].flow_id = 100 + i;
    json = detection_of(scene);
    ids = json_object_get(json_object_get(json, "evidence"), "flow_ids");
    assert_int_equal(json_integer_value(json_array_get(ids, FM_EVIDENCE / 2)), 105);
    assert_int_equal(json_integer_value(json_array_get(ids, FM_EVIDENCE / 2 + 19)), 104);
    json_decref(json);
}

/* ---- bytes from the wire ---- */

static void wild_bytes_become_valid_utf8(void **state)
{
    static const struct {
        const char *given, *told;
    } cases[] = {
        { "plain", "plain" },
        { "\xe6\x8c\xaf\xe3\x82\x8b", "\xe6\x8c\xaf\xe3\x82\x8b" },
        { "a\xff\xfe" "b", "a??b" },
        { "\xc0\xaf", "??" },             /* overlong */
        { "\xe0\x80\xaf", "???" },
        { "\xed\xa0\x80", "???" },        /* a surrogate */
        { "\xf4\x90\x80\x80", "????" },   /* above U+10FFFF */
        { "\xf0\x9f\x92\xa9", "\xf0\x9f\x92\xa9" },
        { "cut\xe6\x8c", "cut??" },
        { "quote\"back\\slash", "quote\"back\\slash" },
        { "line\nend", "line\nend" },
    };
    struct scene *scene = *state;
    struct fm_finding *f = &scene->detection.finding;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        snprintf(f->name, sizeof(f->name), "%s", cases[i].given);
        json_t *json = detection_of(scene);
        assert_string_equal(word(json_object_get(json, "facts"), "name"), cases[i].told);
        json_decref(json);
    }
}

static void any_bytes_at_all_make_an_event(void **state)
{
    struct scene *scene = *state;
    struct fm_finding *f = &scene->detection.finding;
    uint64_t seed = 7;

    for (unsigned round = 0; round < 2000; round++) {
        for (size_t i = 0; i + 1 < sizeof(f->name); i++)
            f->name[i] = (char)(1 + seeded_below(&seed, 255));
        for (size_t i = 0; i + 1 < sizeof(f->summary); i++)
            f->summary[i] = (char)(1 + seeded_below(&seed, 255));
        json_decref(detection_of(scene));
    }
}

/* ---- host, health, lists ---- */

static void a_hosts_quadrant_is_that_of_the_scores_told(void **state)
{
    struct scene *scene = *state;
    struct fm_host *host = &scene->host;

    host->threat = 49.6; /* told as 50 */
    host->certainty = 49.4;
    host->quadrant = FM_LOW;
    host->contributions = 2;
    host->contribution[0].det = host->contribution[1].det = fm_detectors[0];
    host->contributions_dropped = 3;
    host->contribution[1].support = true;
    host->stage[FM_RECON] = (struct fm_stage){ .first = FM_SECOND, .last = 2 * FM_SECOND };
    json_t *json = read_back(scene, fm_event_host(&scene->text, host, &versions));
    assert_int_equal(json_integer_value(json_object_get(json, "threat")), 50);
    assert_string_equal(word(json, "quadrant"), "high");
    assert_true(json_is_null(json_object_get(json, "was")));
    assert_true(json_is_false(json_object_get(json, "score_decreases")));
    assert_int_equal(json_array_size(json_object_get(json, "stages")), 1);
    assert_int_equal(json_array_size(json_object_get(json, "contributions")), 2);
    assert_string_equal(
            word(json_array_get(json_object_get(json, "contributions"), 1), "part"), "support");
    assert_int_equal(json_integer_value(json_object_get(json, "dropped_rows")), 3);
    json_decref(json);
}

static void a_host_that_calms_down_says_so(void **state)
{
    struct scene *scene = *state;
    struct fm_host *host = &scene->host;

    host->has_was = true;
    host->was_threat = 60;
    host->was_certainty = 70;
    json_t *json = read_back(scene, fm_event_host(&scene->text, host, &versions));
    assert_true(json_is_true(json_object_get(json, "score_decreases")));
    assert_string_equal(word(json_object_get(json, "was"), "quadrant"), "critical");
    assert_string_equal(word(json, "summary"), "10.0.0.9 shows nothing any more");
    json_decref(json);
}

static void health_names_what_is_blind_and_what_is_unknown(void **state)
{
    static const struct fm_blindness blind = { "one-way traffic", NULL };
    static struct fm_triage_rule rules[2] = { { .name = "never met" },
        { .name = "beacon of any host", .reason = FM_NOISE, .hits = 3 } };
    static const struct fm_triage triage = { .rules = 2, .rule = rules };
    struct scene *scene = *state;
    const struct fm_fuse fuse = { .at = 1700604800 * FM_SECOND, .count = 21, .limit = 20 };
    struct fm_health *health = &scene->health;

    for (unsigned i = 0; i < 3; i++) {
        health->detector[i].det = fm_detectors[i];
        health->detector[i].status = FM_LIVE;
    }
    health->records[FM_DNS] = 12;
    health->lag_s = 0.25;
    health->two_way_share = FM_UNKNOWN;
    health->detector[0].blind = &blind;
    health->detector[1].status = FM_LEARNING;
    health->detector[1].until = 1700604800 * FM_SECOND;
    health->detector[2].fuse = &fuse;
    health->detector[2].proposal = "triage = { }";
    health->table[0].name = "entities";
    health->table[0].rows = 4;
    health->triage = &triage;
    json_t *json = read_back(scene, fm_event_health(&scene->text, health, &versions));
    json_t *row = json_array_get(json_object_get(json, "blind"), 0);
    assert_int_equal(json_object_size(json_object_get(json, "records")), 1);
    assert_int_equal(
            json_integer_value(json_object_get(json_object_get(json, "records"), "dns")), 12);
    assert_true(json_is_null(json_object_get(json, "two_way_share")));
    assert_string_equal(word(row, "detector"), fm_detectors[0]->name);
    assert_string_equal(word(row, "remedy"), "none");
    assert_int_equal(json_array_size(json_object_get(json, "learning")), 1);
    row = json_array_get(json_object_get(json, "learning"), 0);
    assert_string_equal(word(row, "until"), "2023-11-21T22:13:20.000000+0000");
    assert_int_equal(json_array_size(json_object_get(json, "triage")), 1);
    row = json_array_get(json_object_get(json, "triage"), 0);
    assert_string_equal(word(row, "rule"), "beacon of any host");
    assert_int_equal(json_integer_value(json_object_get(row, "hits")), 3);
    assert_int_equal(json_array_size(json_object_get(json, "fuses")), 1);
    row = json_array_get(json_object_get(json, "fuses"), 0);
    assert_string_equal(word(row, "since"), "2023-11-21T22:13:20.000000+0000");
    assert_int_equal(json_integer_value(json_object_get(row, "count")), 21);
    assert_int_equal(json_integer_value(json_object_get(row, "limit")), 20);
    assert_string_equal(word(row, "triage"), "triage = { }");
    assert_int_equal(json_array_size(json_object_get(json, "tables")), 1);
    json_decref(json);
}

static void a_rule_of_the_operators_is_told(void **state)
{
    struct scene *scene = *state;
    struct fm_detection *d = &scene->detection;

    snprintf(d->triage, sizeof(d->triage), "beacon of 10.0.0.9: updater");
    d->triage_reason = FM_MISDETECTION;
    d->entity.roles = fm_detectors[0]->excused; /* the operator's word goes before the role */
    json_t *json = detection_of(scene);
    assert_null(json_object_get(json, "triage")); /* nothing keeps it out */
    json_decref(json);
    d->scored = false;
    json = detection_of(scene);
    json_t *triage = json_object_get(json, "triage");
    assert_string_equal(word(triage, "rule"), "beacon of 10.0.0.9: updater");
    assert_string_equal(word(triage, "reason"), "misdetection");
    json_decref(json);
    d->triage[0] = '\0';
    json = detection_of(scene);
    triage = json_object_get(json, "triage");
    assert_string_equal(word(triage, "reason"), "over_detection");
    assert_non_null(strstr(word(triage, "rule"), "role "));
    json_decref(json);
}

static void the_brief_forms_are_brief(void **state)
{
    struct scene *scene = *state;
    json_t *json =
            read_back(scene, fm_event_detection_brief(&scene->text, &scene->detection));

    assert_string_equal(word(json, "id"), "0000000000000abc");
    assert_true(scene->text.len < 400);
    json_decref(json);
    fm_text_init(&scene->text, scene->bytes, sizeof(scene->bytes));
    json = read_back(scene, fm_event_host_brief(&scene->text, &scene->host));
    assert_string_equal(word(json, "host"), "10.0.0.9");
    json_decref(json);
}

static void protocols_are_named_as_in_eve(void **state)
{
    char text[4];

    (void)state;
    assert_string_equal(fm_event_proto(6, text), "TCP");
    assert_string_equal(fm_event_proto(58, text), "IPv6-ICMP");
    assert_string_equal(fm_event_proto(47, text), "047");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_detection_says_who_and_what),
        TEST(a_named_host_is_called_by_its_name),
        TEST(changes_are_named_and_a_closing_has_its_reason),
        TEST(a_trial_is_never_scored),
        TEST(a_rule_of_the_operators_is_told),
        TEST(blindness_is_told_with_its_remedy),
        TEST(unknown_terms_are_null_and_known_ones_without_noise),
        TEST(scores_are_whole_and_within_bounds),
        TEST(facts_come_in_their_kind),
        TEST(a_row_leaves_out_what_is_nothing),
        TEST(what_does_not_fit_is_dropped_and_counted),
        TEST(no_room_is_ever_overrun),
        TEST(evidence_names_each_flow_once_and_the_last_in_order),
        TEST(wild_bytes_become_valid_utf8),
        TEST(any_bytes_at_all_make_an_event),
        TEST(a_hosts_quadrant_is_that_of_the_scores_told),
        TEST(a_host_that_calms_down_says_so),
        TEST(health_names_what_is_blind_and_what_is_unknown),
        TEST(the_brief_forms_are_brief),
        TEST(protocols_are_named_as_in_eve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
