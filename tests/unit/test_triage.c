/* Triage: a rule fits what it names and nothing more; the ledger follows it forth and back. */
#include "findings.h"

#include "judge/host.h"
#include "judge/ledger.h"
#include "learn/learn.h"

/* ---- rules ---- */

struct bench {
    struct fm_mem mem;
    struct fm_networks net;
    struct fm_triage triage;
    struct fm_triage_rule rule[4];
    struct fm_entity host;
    struct fm_finding finding;
    struct fm_sample evidence[4];
    unsigned pieces;
};

static struct bench *bench_new(void)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    tuning_straight();
    b->net = networks_new(&b->mem);
    b->triage = (struct fm_triage){ .net = &b->net, .rules = 1, .rule = b->rule };
    for (unsigned i = 0; i < 4; i++)
        b->rule[i] = (struct fm_triage_rule){ .category = -1, .reason = FM_NOISE, .id = 1 + i };
    b->host = (struct fm_entity){ .id = 1, .addresses = 2 };
    b->host.addr[0] = ip("10.0.3.7");
    b->host.addr[1] = ip("fd00::7");
    b->finding = finding_of(detector_index("port_scan"), 1, 60, 90, DAY0);
    b->finding.peer = ip("10.0.0.20");
    return b;
}

static void bench_free(struct bench *b)
{
    for (unsigned i = 0; i < 4; i++) {
        fm_prefixes_free(b->rule[i].host);
        fm_prefixes_free(b->rule[i].peer);
    }
    networks_free(&b->net);
    assert_int_equal(b->mem.used_bytes, 0);
    free(b);
}

static struct fm_triage_rule *find(struct bench *b)
{
    struct fm_triage_case about = { &b->host, &b->finding, { b->evidence, NULL },
        { b->pieces, 0 } };

    return fm_triage_find(&b->triage, &about);
}

static void host_is(struct bench *b, const char *list)
{
    fm_prefixes_free(b->rule[0].host);
    b->rule[0].host = prefixes(&b->mem, list);
}

static void peer_is(struct bench *b, const char *list)
{
    fm_prefixes_free(b->rule[0].peer);
    b->rule[0].peer = prefixes(&b->mem, list);
}

static void a_host_by_any_of_its_addresses(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    host_is(b, "10.0.3.7");
    assert_ptr_equal(find(b), &b->rule[0]);
    host_is(b, "10.0.3.0/29,!10.0.3.7");
    assert_null(find(b));
    host_is(b, "fd00::7");
    assert_non_null(find(b));
    b->host.addresses = 1; /* it had that one once */
    assert_null(find(b));
    b->host.addresses = 0; /* another machine has its last address: it is still told by it */
    host_is(b, "10.0.3.7");
    assert_non_null(find(b));
    bench_free(b);
}

static void a_type_or_a_category(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    snprintf(b->rule[0].type, sizeof b->rule[0].type, "port_scan");
    assert_non_null(find(b));
    snprintf(b->rule[0].type, sizeof b->rule[0].type, "port");
    assert_null(find(b));
    b->rule[0].type[0] = '\0';
    b->rule[0].category = FM_RECON;
    assert_non_null(find(b));
    b->rule[0].category = FM_C2;
    assert_null(find(b));
    bench_free(b);
}

static void all_that_is_named_must_fit_and_the_first_rule_decides(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    host_is(b, "10.0.3.7");
    b->rule[0].category = FM_EXFIL;
    assert_null(find(b));
    b->triage.rules = 3;
    b->rule[1].category = FM_RECON;
    b->rule[2].category = FM_RECON;
    assert_ptr_equal(find(b), &b->rule[1]);
    b->rule[0].category = FM_RECON;
    assert_ptr_equal(find(b), &b->rule[0]);
    bench_free(b);
}

static void add_row(struct bench *b, const char *addr, const char *name)
{
    struct fm_peer *row = fm_finding_row(&b->finding);

    assert_non_null(row);
    row->addr = ip(addr);
    snprintf(row->name, sizeof row->name, "%s", name);
}

/* The scan that goes on to another server is not what was put aside. */
static void a_peer_covers_no_other_peer(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    peer_is(b, "10.0.0.0/24");
    assert_non_null(find(b));
    add_row(b, "10.0.0.20", "");
    add_row(b, "10.0.0.21", "");
    add_row(b, "203.0.113.5", ""); /* on the other side: its own pulls, or its own pushes */
    assert_non_null(find(b));
    add_row(b, "10.0.1.20", "");
    assert_null(find(b));
    b->finding.peers = 2;
    assert_non_null(find(b));
    b->finding.peers_dropped = 1; /* nobody knows which */
    assert_null(find(b));
    b->finding.peers_dropped = 0;
    b->evidence[0].peer = ip("10.0.0.77");
    b->evidence[1].peer = ip("203.0.113.5");
    b->pieces = 2;
    assert_non_null(find(b));
    b->evidence[2].peer = ip("10.0.9.1"); /* a sweep that began at the named one */
    b->pieces = 3;
    assert_null(find(b));
    bench_free(b);
}

static void a_peer_by_name_is_its_subdomains_too(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    b->finding.peer = ip("203.0.113.5");
    snprintf(b->finding.name, sizeof b->finding.name, "eu.backup.example.com");
    snprintf(b->rule[0].peer_name, sizeof b->rule[0].peer_name, "backup.example.com");
    assert_non_null(find(b));
    snprintf(b->finding.name, sizeof b->finding.name, "backup.example.com");
    assert_non_null(find(b));
    snprintf(b->finding.name, sizeof b->finding.name, "evilbackup.example.com");
    assert_null(find(b));
    snprintf(b->finding.name, sizeof b->finding.name, "example.com");
    assert_null(find(b));
    snprintf(b->finding.name, sizeof b->finding.name, "backup.example.com");
    add_row(b, "10.0.0.4", "files");
    add_row(b, "203.0.113.6", "");
    assert_non_null(find(b));
    add_row(b, "203.0.113.7", "drop.example.net");
    assert_null(find(b));
    b->finding.name[0] = '\0';
    b->finding.peers = 0;
    assert_null(find(b));
    bench_free(b);
}

static void hits_stay_with_the_rule(void **state)
{
    struct bench *b = bench_new();
    struct fm_triage_rule other[2] = { { .id = 9 }, { .id = 2 } };
    struct fm_triage to = { .rules = 2, .rule = other };

    (void)state;
    b->triage.rules = 4;
    b->rule[1].hits = 5;
    b->rule[1].last_hit = DAY0;
    fm_triage_keep_hits(&to, &b->triage);
    assert_int_equal(other[0].hits, 0);
    assert_int_equal(other[1].hits, 5);
    assert_true(other[1].last_hit == DAY0);
    bench_free(b);
}

/* ---- the ledger under them ---- */

struct desk {
    struct fm_ledger *ledger;
    unsigned det, count;
    struct fm_detection last; /* report */
};

static void write_down(void *arg, struct fm_detection *d)
{
    struct desk *desk = arg;

    desk->last = *d;
    desk->count++;
}

static const struct fm_entity *same_host(void *arg, fm_entity_id id)
{
    struct bench *b = arg;

    return id == b->host.id ? &b->host : NULL;
}

static void desk_open(struct desk *desk, struct bench *b)
{
    memset(desk, 0, sizeof *desk);
    desk->det = detector_index("port_scan");
    desk->ledger = fm_ledger_new(&b->mem, 16, 1);
    assert_non_null(desk->ledger);
    fm_ledger_on_report(desk->ledger, write_down, desk);
    fm_ledger_tune(desk->ledger, tuning, 30);
}

static void take(struct desk *desk, struct bench *b, fm_time at)
{
    b->finding.first = b->finding.last = at;
    fm_ledger_advance(desk->ledger, at);
    fm_ledger_take(desk->ledger, desk->det, &b->finding, &b->host, at);
}

static double host_threat(const struct desk *desk, const struct bench *b, fm_time at)
{
    struct fm_host host;

    fm_host_judge(desk->ledger, &b->host, at, &host);
    return host.threat;
}

static void a_rule_holds_for_what_is_open_and_is_reversible(void **state)
{
    struct bench *b = bench_new();
    struct desk desk;

    (void)state;
    desk_open(&desk, b);
    take(&desk, b, DAY0);
    assert_true(desk.last.scored && host_threat(&desk, b, DAY0) > 50);
    host_is(b, "10.0.3.7");
    snprintf(b->rule[0].name, sizeof b->rule[0].name, "all of 10.0.3.7: inventory");
    fm_ledger_triage(desk.ledger, &b->triage);
    fm_ledger_rejudge(desk.ledger, DAY0 + FM_SECOND, same_host, b); /* within the minute, too */
    assert_int_equal(desk.count, 2);
    assert_int_equal(desk.last.state, FM_DET_UPDATE);
    assert_int_equal(desk.last.changed, FM_CHANGED_STATUS);
    assert_int_equal(desk.last.status, FM_LIVE);
    assert_false(desk.last.scored);
    assert_string_equal(desk.last.triage, "all of 10.0.3.7: inventory");
    assert_int_equal(desk.last.triage_reason, FM_NOISE);
    assert_true(host_threat(&desk, b, DAY0 + FM_SECOND) == 0);
    fm_ledger_rejudge(desk.ledger, DAY0 + 2 * FM_SECOND, same_host, b); /* nothing new */
    assert_int_equal(desk.count, 2);
    fm_ledger_triage(desk.ledger, NULL);
    fm_ledger_rejudge(desk.ledger, DAY0 + 3 * FM_SECOND, same_host, b);
    assert_int_equal(desk.count, 3);
    assert_int_equal(desk.last.changed, FM_CHANGED_STATUS);
    assert_true(desk.last.scored);
    assert_string_equal(desk.last.triage, "");
    assert_true(host_threat(&desk, b, DAY0 + 3 * FM_SECOND) > 50);
    fm_ledger_free(desk.ledger);
    bench_free(b);
}

static void a_hit_is_a_detection_not_a_report(void **state)
{
    struct bench *b = bench_new();
    struct desk desk;

    (void)state;
    desk_open(&desk, b);
    b->rule[0].category = FM_RECON;
    snprintf(b->rule[0].name, sizeof b->rule[0].name, "recon");
    fm_ledger_triage(desk.ledger, &b->triage);
    for (unsigned i = 0; i < 20; i++) {
        add_row(b, "10.0.0.20", ""); /* each is worth an update */
        take(&desk, b, DAY0 + i * 2 * FM_MINUTE);
    }
    assert_int_equal(desk.count, 20);
    assert_false(desk.last.scored);
    assert_int_equal(b->rule[0].hits, 1);
    assert_true(b->rule[0].last_hit == DAY0 + 38 * FM_MINUTE);
    b->host.id = b->finding.key.entity = 2;
    take(&desk, b, DAY0 + 40 * FM_MINUTE);
    assert_int_equal(b->rule[0].hits, 2);
    fm_ledger_free(desk.ledger);
    bench_free(b);
}

static void another_peer_makes_it_count_again(void **state)
{
    struct bench *b = bench_new();
    struct desk desk;

    (void)state;
    desk_open(&desk, b);
    peer_is(b, "10.0.0.20");
    snprintf(b->rule[0].name, sizeof b->rule[0].name, "to 10.0.0.20");
    fm_ledger_triage(desk.ledger, &b->triage);
    add_row(b, "10.0.0.20", "");
    take(&desk, b, DAY0);
    assert_false(desk.last.scored);
    add_row(b, "10.0.0.30", "");
    take(&desk, b, DAY0 + 2 * FM_MINUTE);
    assert_true(desk.last.scored);
    assert_int_equal(desk.last.changed, FM_CHANGED_PEER | FM_CHANGED_STATUS);
    fm_ledger_free(desk.ledger);
    bench_free(b);
}

static void a_role_named_later_holds_at_once(void **state)
{
    struct bench *b = bench_new();
    struct desk desk;

    (void)state;
    desk_open(&desk, b);
    take(&desk, b, DAY0);
    assert_true(desk.last.scored);
    b->host.roles = 1u << FM_ROLE_SCANNER;
    fm_ledger_rejudge(desk.ledger, DAY0 + FM_SECOND, same_host, b);
    assert_false(desk.last.scored);
    assert_int_equal(desk.last.changed, FM_CHANGED_STATUS);
    fm_ledger_free(desk.ledger);
    bench_free(b);
}

/* ---- other policies, other statuses ---- */

static void other_curves_score_what_is_open_anew(void **state)
{
    struct bench *b = bench_new();
    struct desk desk;

    (void)state;
    desk_open(&desk, b);
    take(&desk, b, DAY0);
    assert_true(fabs(desk.last.scores.threat - 60) < 1e-6);
    for (unsigned i = 0; i < FM_TERMS; i++)
        tuning[desk.det].curve[i] = (struct fm_curve){ { 0, 66, 134, 200 } };
    fm_ledger_rejudge(desk.ledger, DAY0 + FM_SECOND, same_host, b);
    assert_true(fabs(desk.last.scores.threat - 30) < 1);
    assert_int_equal(desk.last.changed, FM_CHANGED_SCORE | FM_CHANGED_QUADRANT);
    fm_ledger_free(desk.ledger);
    bench_free(b);
}

static void a_detector_that_falls_silent_takes_back_what_it_said(void **state)
{
    static const struct {
        enum fm_status status;
        const char *reason;
    } cases[] = { { FM_OFF, "off" }, { FM_LEARNING, "learning" } };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct bench *b = bench_new();
        struct desk desk;
        desk_open(&desk, b);
        take(&desk, b, DAY0);
        tuning[desk.det].status = cases[i].status;
        fm_ledger_rejudge(desk.ledger, DAY0 + FM_SECOND, same_host, b);
        assert_int_equal(desk.count, 2);
        assert_int_equal(desk.last.state, FM_DET_CLOSED);
        assert_string_equal(desk.last.reason, cases[i].reason);
        assert_int_equal(fm_ledger_count(desk.ledger), 0);
        assert_true(host_threat(&desk, b, DAY0 + FM_SECOND) == 0);
        fm_ledger_free(desk.ledger);
        bench_free(b);
    }
}

static void what_was_learned_in_silence_is_told_when_it_goes_live(void **state)
{
    struct bench *b = bench_new();
    struct desk desk;

    (void)state;
    desk_open(&desk, b);
    tuning[desk.det].status = FM_LEARNING;
    take(&desk, b, DAY0);
    fm_ledger_rejudge(desk.ledger, DAY0 + FM_SECOND, same_host, b);
    assert_int_equal(desk.count, 0);
    tuning[desk.det].status = FM_TRIAL;
    fm_ledger_rejudge(desk.ledger, DAY0 + 2 * FM_SECOND, same_host, b);
    assert_int_equal(desk.count, 1);
    assert_int_equal(desk.last.state, FM_DET_NEW);
    assert_int_equal(desk.last.status, FM_TRIAL);
    assert_false(desk.last.scored);
    assert_true(host_threat(&desk, b, DAY0 + 2 * FM_SECOND) == 0);
    fm_ledger_free(desk.ledger);
    bench_free(b);
}

static void learning_ends_by_itself_after_a_week_watched(void **state)
{
    struct bench *b = bench_new();
    struct desk desk;

    (void)state;
    desk_open(&desk, b);
    tuning[desk.det].status = FM_LEARNING;
    fm_ledger_watched(desk.ledger, FM_NOVEL_AFTER_HOURS - 1);
    take(&desk, b, DAY0);
    assert_int_equal(desk.count, 0);
    assert_int_equal(fm_ledger_status(desk.ledger, desk.det), FM_LEARNING);
    fm_ledger_watched(desk.ledger, FM_NOVEL_AFTER_HOURS);
    assert_int_equal(fm_ledger_status(desk.ledger, desk.det), FM_LIVE);
    take(&desk, b, DAY0 + FM_SECOND);
    assert_int_equal(desk.count, 1);
    assert_int_equal(desk.last.status, FM_LIVE);
    assert_true(desk.last.scored);
    fm_ledger_free(desk.ledger);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_by_any_of_its_addresses),
        cmocka_unit_test(a_type_or_a_category),
        cmocka_unit_test(all_that_is_named_must_fit_and_the_first_rule_decides),
        cmocka_unit_test(a_peer_covers_no_other_peer),
        cmocka_unit_test(a_peer_by_name_is_its_subdomains_too),
        cmocka_unit_test(hits_stay_with_the_rule),
        cmocka_unit_test(a_rule_holds_for_what_is_open_and_is_reversible),
        cmocka_unit_test(a_hit_is_a_detection_not_a_report),
        cmocka_unit_test(another_peer_makes_it_count_again),
        cmocka_unit_test(a_role_named_later_holds_at_once),
        cmocka_unit_test(other_curves_score_what_is_open_anew),
        cmocka_unit_test(a_detector_that_falls_silent_takes_back_what_it_said),
        cmocka_unit_test(what_was_learned_in_silence_is_told_when_it_goes_live),
        cmocka_unit_test(learning_ends_by_itself_after_a_week_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
