/* A whole engine under a policy that changes: what is open follows at once, a status does what it
 * says in every place where a detection shows, and the first day is told of once. */
#include "brain.h"
#include "policy_fixture.h"

#include "engine/engine.h"

#include <jansson.h>

/* ---- a live engine whose events are kept ---- */

struct life {
    struct site site;
    struct fm_engine *engine;
    struct space space;
    json_t *events; /* array of behavior objects */
    unsigned marks, withdrawn, forgotten;
    struct fm_mark mark; /* the last one */
    uint16_t next_port; /* of clients: each flow another */
    fm_time now;
};

static void keep_event(void *arg, const struct fm_event *event)
{
    struct life *life = arg;
    json_t *json = json_loadb(event->json, event->len, 0, NULL);

    assert_non_null(json);
    json_array_append_new(life->events, json);
}

static void keep_mark(void *arg, const struct fm_mark *mark)
{
    struct life *life = arg;

    life->marks += mark->what == FM_MARK_SET;
    life->withdrawn += mark->what == FM_MARK_WITHDRAW;
    life->forgotten += mark->what == FM_MARK_FORGET;
    life->mark = *mark;
}

static void keep_line(void *arg, enum fm_level level, const char *line)
{
    (void)arg;
    if (level == FM_SAY_ERROR)
        fail_msg("%s", line);
}

static void life_begin(struct life *life, const char *state_dir)
{
    struct fm_outside outside = { life, keep_event, keep_mark, keep_line };
    struct fm_engine_config config = { .source = FM_SURICATA8, .policy = life->site.folder,
        .internal = "10.0.0.0/8", .state_dir = state_dir, .memcap_bytes = 64 << 20, .seed = 7 };

    life->engine = fm_engine_new(&config, &outside, life->site.error, sizeof life->site.error);
    if (!life->engine)
        fail_msg("%s", life->site.error);
}

static struct life *life_new(const char *policy)
{
    struct life *life = calloc(1, sizeof *life);

    assert_non_null(life);
    site_open(&life->site);
    site_write(&life->site, "policy.lua", policy);
    life->events = json_array();
    life->now = DAY0;
    life->next_port = 1024;
    life_begin(life, NULL);
    return life;
}

static void life_end(struct life *life)
{
    fm_engine_finish(life->engine, NULL, NULL);
    fm_clerk_work(fm_engine_clerk(life->engine), 0);
    fm_engine_free(life->engine);
}

static void life_free(struct life *life)
{
    life_end(life);
    json_decref(life->events);
    site_close(&life->site);
    free(life);
}

/* A folder for state, which the next lives share. */
static void state_open(struct life *life, char *dir, size_t cap)
{
    life_end(life);
    snprintf(dir, cap, "%s/state", life->site.folder);
    site_folder(&life->site, "state");
}

static void state_close(struct life *life, const char *dir)
{
    static const char *const made[] = { "furumai.db", "furumai.db-wal", "furumai.db-shm" };
    char file[192];

    for (unsigned i = 0; i < sizeof made / sizeof *made; i++) {
        snprintf(file, sizeof file, "%s/%s", dir, made[i]);
        unlink(file);
    }
    life_begin(life, NULL);
}

static void pass(struct life *life, fm_time span)
{
    life->now += span;
    fm_engine_watermark(life->engine, life->now);
    while (fm_clerk_work(fm_engine_clerk(life->engine), 0))
        ;
}

static void reload(struct life *life, const char *policy)
{
    char bytes[512];
    struct fm_text answer;

    fm_text_init(&answer, bytes, sizeof bytes);
    site_write(&life->site, "policy.lua", policy);
    if (!fm_engine_ask(life->engine, FM_ASK_RELOAD, &answer))
        fail_msg("%s", bytes);
    while (fm_clerk_work(fm_engine_clerk(life->engine), 0))
        ;
}

static void try_port(struct life *life, struct fm_addr client, struct fm_addr server,
        uint16_t port, enum fm_answer answer)
{
    struct pair pair = { client, server, life->next_port++, port, TCP };

    fm_engine_take(life->engine, rec_new(&life->space, life->now, &pair));
    fm_engine_take(life->engine,
            rec_answer(&life->space, life->now + FM_MS, life->now, &pair, answer));
}

static void scan(struct life *life, unsigned host, unsigned ports)
{
    for (uint16_t i = 0; i < ports; i++) {
        try_port(life, inside(host), inside(20), 1 + i, i % 10 ? FM_REFUSED : FM_ANSWERED);
        pass(life, 100 * FM_MS);
    }
    pass(life, 20 * FM_SECOND);
}

/* ---- what was told ---- */

static const char *word(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text ? text : "";
}

static unsigned count_of(const struct life *life, const char *record)
{
    unsigned count = 0;
    size_t i;
    json_t *event;

    json_array_foreach (life->events, i, event)
        count += !strcmp(word(event, "record"), record);
    return count;
}

static const json_t *last_of(const struct life *life, const char *record)
{
    for (size_t i = json_array_size(life->events); i-- > 0;) {
        const json_t *event = json_array_get(life->events, i);
        if (!strcmp(word(event, "record"), record))
            return event;
    }
    fail_msg("no %s was told", record);
    return NULL;
}

static bool is_true(const json_t *json, const char *key)
{
    return json_is_true(json_object_get(json, key));
}

static int number(const json_t *json, const char *key)
{
    return (int)json_integer_value(json_object_get(json, key));
}

/* The health as whoever asks is told it. */
static json_t *health_of(struct life *life)
{
    char *bytes = calloc(1, 65536);
    struct fm_text answer;

    fm_text_init(&answer, bytes, 65536);
    assert_true(fm_engine_ask(life->engine, FM_ASK_HEALTH, &answer));
    json_t *json = json_loadb(answer.at, answer.len, 0, NULL);
    assert_non_null(json);
    free(bytes);
    return json;
}

/* ---- triage ---- */

static void a_rule_written_later_puts_aside_what_is_open(void **state)
{
    static const char rule[] =
            "return { triage = { { host = '10.0.0.5', type = 'port_scan', peer = '10.0.0.20',\n"
            "  reason = 'over_detection', note = 'inventory' } } }";
    struct life *life = life_new("return {}");

    (void)state;
    scan(life, 5, 100);
    const json_t *d = last_of(life, "detection"), *host = last_of(life, "host");
    assert_string_equal(word(d, "type"), "port_scan");
    assert_true(is_true(d, "scored") && number(host, "threat") > 20);
    unsigned marks = life->marks;
    assert_true(marks > 0);
    int rev = number(d, "rev");

    reload(life, rule);
    d = last_of(life, "detection");
    host = last_of(life, "host");
    assert_int_equal(number(d, "rev"), rev + 1);
    assert_string_equal(word(d, "state"), "update");
    assert_string_equal(
            json_string_value(json_array_get(json_object_get(d, "changed"), 0)), "status");
    assert_string_equal(word(d, "status"), "live");
    assert_false(is_true(d, "scored"));
    const json_t *triage = json_object_get(d, "triage");
    assert_string_equal(word(triage, "rule"), "port_scan of 10.0.0.5 to 10.0.0.20: inventory");
    assert_string_equal(word(triage, "reason"), "over_detection");
    assert_int_equal(number(host, "threat"), 0);
    assert_true(is_true(host, "score_decreases"));
    assert_int_equal(life->marks, marks);
    assert_int_equal(life->withdrawn, 1);
    assert_string_equal(life->mark.type, "port_scan");

    reload(life, "return {}");
    d = last_of(life, "detection");
    assert_int_equal(number(d, "rev"), rev + 2);
    assert_true(is_true(d, "scored"));
    assert_null(json_object_get(d, "triage"));
    assert_true(number(last_of(life, "host"), "threat") > 20);
    life_free(life);
}

static void hits_outlive_a_reload(void **state)
{
    static const char rule[] =
            "return { triage = { { host = '10.0.0.5', reason = 'noise' } } }";
    static const char rules[] =
            "return { triage = { { host = '10.0.0.9', reason = 'noise' },\n"
            "                    { host = '10.0.0.5', reason = 'noise' } } }";
    struct life *life = life_new(rule);

    (void)state;
    scan(life, 5, 60);
    scan(life, 6, 60);
    reload(life, rules);
    json_t *health = health_of(life), *hits = json_object_get(health, "triage");
    assert_int_equal(json_array_size(hits), 1);
    assert_string_equal(word(json_array_get(hits, 0), "rule"), "all of 10.0.0.5");
    assert_int_equal(number(json_array_get(hits, 0), "hits"), 1);
    json_decref(health);
    life_free(life);
}

static void a_bad_policy_changes_nothing(void **state)
{
    char bytes[512];
    struct fm_text answer;
    struct life *life = life_new("return { triage = { { host = '10.0.0.5', reason = 'noise' } } }");

    (void)state;
    scan(life, 5, 60);
    unsigned told = count_of(life, "detection");
    site_write(&life->site, "policy.lua", "return { triage = { { host = '10.0.0.5' } } }");
    fm_text_init(&answer, bytes, sizeof bytes);
    assert_false(fm_engine_ask(life->engine, FM_ASK_RELOAD, &answer));
    assert_non_null(strstr(bytes, "the old policy stays in force"));
    assert_non_null(strstr(bytes, "triage[1]: has no reason"));
    scan(life, 5, 200);
    assert_true(count_of(life, "detection") > told);
    assert_false(is_true(last_of(life, "detection"), "scored"));
    life_free(life);
}

/* ---- statuses ---- */

static void learning_is_silent_and_says_until_when(void **state)
{
    struct life *life =
            life_new("return { detectors = { port_scan = { status = 'learning' } } }");

    (void)state;
    scan(life, 5, 100);
    assert_int_equal(count_of(life, "detection"), 0);
    assert_int_equal(count_of(life, "host"), 0);
    assert_int_equal(life->marks, 0);
    json_t *health = health_of(life), *learning = json_object_get(health, "learning");
    assert_int_equal(json_array_size(learning), 1);
    assert_string_equal(word(json_array_get(learning, 0), "detector"), "port_scan");
    assert_string_equal(word(json_array_get(learning, 0), "until"),
            "2023-11-21T23:00:29.000000+0000"); /* one of 168 hours is being watched */
    json_decref(health);
    life_free(life);
}

static void trial_is_written_and_does_nothing_else(void **state)
{
    struct life *life = life_new("return { detectors = { port_scan = { status = 'trial' } } }");

    (void)state;
    scan(life, 5, 100);
    const json_t *d = last_of(life, "detection");
    assert_string_equal(word(d, "status"), "trial");
    assert_false(is_true(d, "scored"));
    assert_int_equal(count_of(life, "host"), 0);
    assert_int_equal(life->marks, 0);
    reload(life, "return {}");
    d = last_of(life, "detection");
    assert_string_equal(word(d, "status"), "live");
    assert_true(is_true(d, "scored"));
    assert_true(life->marks > 0);
    assert_true(number(last_of(life, "host"), "threat") > 20);
    reload(life, "return { detectors = { port_scan = { status = 'off' } } }");
    d = last_of(life, "detection");
    assert_string_equal(word(d, "state"), "closed");
    assert_string_equal(word(d, "reason"), "off");
    assert_int_equal(number(last_of(life, "host"), "threat"), 0);
    assert_int_equal(life->mark.what, FM_MARK_WITHDRAW);
    life_free(life);
}

/* ---- what rules may ask ---- */

static void a_mark_tells_what_the_event_tells(void **state)
{
    struct life *life = life_new("return {}");
    struct fm_addr host = inside(5);

    (void)state;
    scan(life, 5, 100);
    const json_t *d = last_of(life, "detection");
    assert_true(life->marks > 0);
    assert_int_equal(life->withdrawn + life->forgotten, 0);
    assert_true(fm_addr_equal(&life->mark.addr, &host));
    assert_string_equal(life->mark.type, word(d, "type"));
    assert_string_equal(fm_category_name[life->mark.category], word(d, "category"));
    assert_int_equal(life->mark.threat, number(d, "threat"));
    assert_int_equal(life->mark.certainty, number(d, "certainty"));
    life_free(life);
}

static void of_a_protected_host_nothing_is_published(void **state)
{
    struct fm_addr host = inside(6);
    struct life *life = life_new("return { networks = { protect = { '10.0.0.5' } } }");

    (void)state;
    scan(life, 5, 100);
    assert_true(count_of(life, "detection") > 0);
    assert_int_equal(life->marks, 0);
    reload(life, "return {}");
    scan(life, 6, 100);
    assert_true(life->marks > 0);
    assert_int_equal(life->forgotten, 0);
    unsigned marks = life->marks;
    reload(life, "return { networks = { protect = { '10.0.0.0/24' } } }");
    assert_int_equal(life->forgotten, 2);
    for (uint16_t i = 0; i < 100; i++) /* a further target is worth an update */
        try_port(life, host, inside(21), 1 + i, FM_REFUSED);
    pass(life, 2 * FM_MINUTE);
    assert_true(number(last_of(life, "detection"), "rev") > 1);
    assert_int_equal(life->marks, marks);
    life_free(life);
}

/* ---- declared detectors ---- */

#define WALK(name, counts)                                                                         \
    name " = { family = 'tally', title = '" name "', help = 'many', category = 'lateral_movement',"\
         " item = 'server', counts = '" counts "', least = 10, window = '1h' }, "
#define DECLARE(what) "return { declare = { " what " } }"

static void walk(struct life *life, unsigned host, unsigned hosts)
{
    for (unsigned i = 0; i < hosts; i++) {
        try_port(life, inside(host), inside(100 + i), 3389, FM_ANSWERED);
        pass(life, FM_SECOND);
    }
    pass(life, 20 * FM_SECOND);
}

static unsigned count_type(const struct life *life, const char *type)
{
    unsigned count = 0;
    size_t i;
    json_t *event;

    json_array_foreach (life->events, i, event)
        count += !strcmp(word(event, "type"), type);
    return count;
}

static void what_is_declared_survives_a_reload(void **state)
{
    struct life *life = life_new(DECLARE(WALK("walk", "answered")));

    (void)state;
    walk(life, 5, 6);
    assert_int_equal(count_type(life, "walk"), 0);
    reload(life, DECLARE(WALK("another", "failed") WALK("walk", "answered"))); /* another place */
    for (unsigned i = 6; i < 11; i++)
        try_port(life, inside(5), inside(100 + i), 3389, FM_ANSWERED);
    pass(life, 20 * FM_SECOND);
    const json_t *d = last_of(life, "detection"); /* six before, five since */
    assert_string_equal(word(d, "type"), "walk");
    assert_int_equal(number(json_object_get(d, "facts"), "items"), 11);
    int rev = number(d, "rev");
    reload(life, DECLARE(WALK("walk", "answered"))); /* back to its first place */
    walk(life, 5, 60);
    d = last_of(life, "detection");
    assert_string_equal(word(d, "type"), "walk");
    assert_true(number(d, "rev") > rev);
    assert_true(count_type(life, "another") == 0);
    life_free(life);
}

static void what_is_removed_is_closed_and_forgotten(void **state)
{
    struct life *life = life_new(DECLARE(WALK("walk", "answered")));

    (void)state;
    walk(life, 5, 20);
    scan(life, 5, 60);
    const json_t *host = last_of(life, "host");
    assert_non_null(strstr(word(host, "summary"), "walk"));
    unsigned told = count_type(life, "walk");
    reload(life, "return {}");
    assert_int_equal(count_type(life, "walk"), told + 1);
    const json_t *d = NULL;
    for (size_t i = 0; i < json_array_size(life->events); i++)
        if (!strcmp(word(json_array_get(life->events, i), "type"), "walk"))
            d = json_array_get(life->events, i);
    assert_string_equal(word(d, "state"), "closed");
    assert_string_equal(word(d, "reason"), "removed");
    assert_int_equal(life->withdrawn, 1);
    char *bytes = calloc(1, 65536); /* those who ask are told of nothing that has gone */
    struct fm_text answer;
    fm_text_init(&answer, bytes, 65536);
    assert_true(fm_engine_ask(life->engine, FM_ASK_HOSTS, &answer));
    assert_non_null(strstr(bytes, "Port Scan"));
    assert_null(strstr(bytes, "walk"));
    free(bytes);
    reload(life, DECLARE(WALK("walk", "answered"))); /* begins anew */
    walk(life, 5, 5);
    assert_int_equal(count_type(life, "walk"), told + 1);
    life_free(life);
}

static void another_meaning_begins_anew(void **state)
{
    struct life *life = life_new(DECLARE(WALK("walk", "answered")));

    (void)state;
    walk(life, 5, 20);
    reload(life, DECLARE(WALK("walk", "all")));
    const json_t *d = last_of(life, "detection");
    assert_string_equal(word(d, "state"), "closed");
    unsigned told = count_type(life, "walk");
    walk(life, 5, 5);
    assert_int_equal(count_type(life, "walk"), told);
    walk(life, 5, 20);
    assert_true(count_type(life, "walk") > told);
    life_free(life);
}

static void states_of_a_declared_one_are_kept(void **state)
{
    struct life *life = life_new(DECLARE(WALK("walk", "answered")));
    char dir[128];

    (void)state;
    state_open(life, dir, sizeof dir);
    for (unsigned n = 0; n < 2; n++) {
        life_begin(life, dir);
        for (unsigned i = n * 6; i < n * 6 + 6; i++)
            try_port(life, inside(5), inside(100 + i), 3389, FM_ANSWERED);
        pass(life, 20 * FM_SECOND);
        assert_int_equal(count_type(life, "walk") > 0, n == 1);
        life_end(life);
        life->now += 2 * FM_MINUTE; /* older packets than it knows were counted already */
    }
    state_close(life, dir);
    life_free(life);
}

/* ---- the first day ---- */

static void ask_name(struct life *life, unsigned client)
{
    struct pair pair = { inside(client), inside(53), life->next_port++, 53, UDP };
    struct fm_addr answer = outside(client);

    fm_engine_take(life->engine, rec_new(&life->space, life->now, &pair));
    fm_engine_take(life->engine,
            rec_answer(&life->space, life->now + FM_MS, life->now, &pair, FM_ANSWERED));
    fm_engine_take(life->engine,
            rec_dns(&life->space, life->now + FM_MS, &pair, "www.example.com", &answer));
}

static void watch_hours(struct life *life, unsigned hours)
{
    for (unsigned i = 0; i < hours; i++) {
        ask_name(life, 5 + i % 3);
        pass(life, FM_HOUR);
    }
}

static const json_t *role_row(const json_t *intro, const char *role)
{
    size_t i;
    json_t *row, *found = NULL;

    json_array_foreach (json_object_get(intro, "roles"), i, row)
        if (!strcmp(word(row, "role"), role)) {
            assert_null(found);
            found = row;
        }
    assert_non_null(found);
    return found;
}

static void the_first_day_is_told_of_once(void **state)
{
    struct life *life = life_new("return { networks = { roles = { backup = { '10.0.0.6' } } } }");

    (void)state;
    watch_hours(life, 24);
    assert_int_equal(count_of(life, "introduction"), 0);
    watch_hours(life, 30);
    assert_int_equal(count_of(life, "introduction"), 1);
    const json_t *intro = last_of(life, "introduction");
    const json_t *resolver = role_row(intro, "resolver"), *backup = role_row(intro, "backup");
    assert_string_equal(word(json_object_get(resolver, "entity"), "ip"), "10.0.0.53");
    assert_string_equal(word(resolver, "reason"), "answers questions for names");
    assert_string_equal(word(json_object_get(backup, "entity"), "ip"), "10.0.0.6");
    assert_string_equal(word(backup, "reason"), "declared");
    assert_int_equal(json_array_size(json_object_get(intro, "triage")), 0);
    assert_int_equal(json_array_size(json_object_get(intro, "roles")), 2);
    assert_non_null(strstr(word(intro, "summary"), "24 hours watched, 3 hosts: 2 with work"));
    life_free(life);
}

static void what_a_scanner_does_is_proposed_as_its_role(void **state)
{
    struct life *life = life_new("return { detectors = { port_scan = { quiet = '3d' },\n"
                                 "  port_sweep = { quiet = '3d' } } }");

    (void)state;
    scan(life, 5, 60);
    for (unsigned i = 0; i < 60; i++) {
        try_port(life, inside(5), inside(300 + i), 445, i % 20 ? FM_REFUSED : FM_ANSWERED);
        pass(life, FM_SECOND);
    }
    watch_hours(life, 25);
    const json_t *triage = json_object_get(last_of(life, "introduction"), "triage");
    assert_true(json_array_size(triage) >= 1);
    assert_string_equal(word(json_array_get(triage, 0), "rule"),
            "networks = { roles = { scanner = { \"10.0.0.5\" } } }");
    life_free(life);
}

static void backed_up(struct life *life, unsigned client, uint64_t bytes)
{
    struct pair pair = { inside(client), inside(77), life->next_port++, 8400, TCP };
    fm_time start = life->now;

    fm_engine_take(life->engine, rec_new(&life->space, start, &pair));
    fm_engine_take(life->engine,
            rec_answer(&life->space, start + FM_MS, start, &pair, FM_ANSWERED));
    fm_engine_take(life->engine, rec_bytes(&life->space, FM_FLOW_END, start + 90 * FM_SECOND, start,
                                         &pair, bytes, 4000));
    pass(life, 2 * FM_MINUTE);
}

static void a_backup_server_is_told_by_what_it_takes(void **state)
{
    struct life *life = life_new("return {}");
    char dir[128];

    (void)state;
    state_open(life, dir, sizeof dir);
    life_begin(life, dir);
    for (unsigned i = 0; i < 8; i++)
        backed_up(life, 20 + i, 60000000);
    life_end(life); /* what it took is kept */
    life->now += FM_MINUTE;
    life_begin(life, dir);
    watch_hours(life, 26);
    const json_t *intro = last_of(life, "introduction"), *backup = role_row(intro, "backup");
    const json_t *rule = json_array_get(json_object_get(intro, "triage"), 0);
    assert_string_equal(word(json_object_get(backup, "entity"), "ip"), "10.0.0.77");
    assert_string_equal(word(rule, "rule"), "networks = { roles = { backup = { \"10.0.0.77\" } } }");
    assert_non_null(strstr(word(rule, "reason"), "took 480.0 MB from 8 hosts within"));
    /* it has no role by that */
    assert_null(json_object_get(json_object_get(backup, "entity"), "role"));
    life_end(life);
    state_close(life, dir);
    life_free(life);
}

static void another_life_does_not_introduce_itself_again(void **state)
{
    struct life *life = life_new("return {}");
    char dir[128];

    (void)state;
    state_open(life, dir, sizeof dir);
    life_begin(life, dir);
    watch_hours(life, 26);
    assert_int_equal(count_of(life, "introduction"), 1);
    life_end(life);
    life_begin(life, dir);
    watch_hours(life, 26);
    assert_int_equal(count_of(life, "introduction"), 1);
    life_end(life);
    state_close(life, dir);
    life_free(life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_written_later_puts_aside_what_is_open),
        cmocka_unit_test(hits_outlive_a_reload),
        cmocka_unit_test(a_bad_policy_changes_nothing),
        cmocka_unit_test(learning_is_silent_and_says_until_when),
        cmocka_unit_test(trial_is_written_and_does_nothing_else),
        cmocka_unit_test(a_mark_tells_what_the_event_tells),
        cmocka_unit_test(of_a_protected_host_nothing_is_published),
        cmocka_unit_test(what_is_declared_survives_a_reload),
        cmocka_unit_test(what_is_removed_is_closed_and_forgotten),
        cmocka_unit_test(another_meaning_begins_anew),
        cmocka_unit_test(states_of_a_declared_one_are_kept),
        cmocka_unit_test(the_first_day_is_told_of_once),
        cmocka_unit_test(what_a_scanner_does_is_proposed_as_its_role),
        cmocka_unit_test(a_backup_server_is_told_by_what_it_takes),
        cmocka_unit_test(another_life_does_not_introduce_itself_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
