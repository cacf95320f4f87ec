/* Alerts beside detections: which belong to one, how much they are worth, which are remembered. */
#include "findings.h"

#include "judge/score.h"
#include "judge/support.h"

static struct fm_alert_note note_of(uint32_t sid, unsigned claim, const char *type,
        const struct fm_addr *peer)
{
    struct fm_alert_note note = { .time = DAY0,
        .last = DAY0,
        .flow_id = sid,
        .peer = *peer,
        .sid = sid,
        .gid = 1,
        .port = 443,
        .cport = 40000,
        .proto = 6,
        .claim = (uint8_t)claim,
        .category = -1 };

    snprintf(note.type, sizeof note.type, "%s", type);
    snprintf(note.signature, sizeof note.signature, "rule %u", sid);
    return note;
}

static void a_named_behaviour_fits_its_type_category_and_party(void **state)
{
    struct fm_addr c2 = outside(9), other = outside(10);
    struct fm_finding f = finding_of(detector_index("beacon"), 1, 40, 40, DAY0);
    struct fm_support_case about = { .finding = &f };
    struct fm_alert_note note = note_of(1, 20, "beacon", &c2);

    (void)state;
    tuning_straight();
    assert_true(fm_support_fits(&about, &note)); /* it names no party */
    f.peer = c2;
    assert_true(fm_support_fits(&about, &note));
    note.peer = other;
    assert_false(fm_support_fits(&about, &note));
    snprintf(f.name, sizeof f.name, "c2.example");
    snprintf(note.name, sizeof note.name, "c2.example"); /* another address of the same name */
    assert_true(fm_support_fits(&about, &note));
    note.name[0] = 0;
    fm_finding_row(&f)->addr = other;
    assert_true(fm_support_fits(&about, &note));
    snprintf(note.type, sizeof note.type, "port_scan");
    assert_false(fm_support_fits(&about, &note));
    note.category = FM_C2;
    assert_true(fm_support_fits(&about, &note));
    note.category = FM_RECON;
    assert_false(fm_support_fits(&about, &note));
}

static void any_other_rule_must_have_fired_on_a_flow_that_is_evidence(void **state)
{
    struct fm_addr c2 = outside(9);
    struct fm_finding f = finding_of(detector_index("beacon"), 1, 40, 40, DAY0);
    struct fm_sample sample = { .time = DAY0, .peer = c2, .port = 443, .cport = 40000, .proto = 6 };
    struct fm_support_case about = { .finding = &f, .evidence = { NULL, &sample },
        .pieces = { 0, 1 } };
    struct fm_alert_note note = note_of(1, 0, "", &c2);

    (void)state;
    f.peer = c2;
    assert_true(fm_support_fits(&about, &note));
    note.cport++;
    assert_false(fm_support_fits(&about, &note));
    note = note_of(1, 0, "", &c2);
    about.pieces[1] = 0;
    assert_false(fm_support_fits(&about, &note));
}

static void rules_take_away_half_of_the_doubt_at_most(void **state)
{
    struct fm_support support = { 0 };
    struct fm_addr peer = outside(9);
    struct fm_scores scores = { .certainty = 60 };
    double last = 0;

    (void)state;
    assert_true(fm_support_share(&support) == 0);
    for (uint32_t sid = 1; sid <= FM_SUPPORT_RULES; sid++) {
        struct fm_alert_note note = note_of(sid, 20, "beacon", &peer);
        assert_true(fm_support_add(&support, &note));
        assert_false(fm_support_add(&support, &note)); /* once a rule */
        assert_true(fm_support_share(&support) >= last);
        last = fm_support_share(&support);
        if (sid == 2)
            assert_true(fabs(last - 0.36) < 1e-9);
    }
    assert_true(last == 0.5);
    fm_score_support(&scores, last);
    assert_true(fabs(scores.certainty - 80) < 1e-9 && fabs(scores.support_points - 20) < 1e-9);
}

static void what_supports_takes_the_place_of_what_stands_beside(void **state)
{
    struct fm_support support = { 0 };
    struct fm_addr peer = outside(9);

    (void)state;
    for (uint32_t sid = 1; sid <= FM_SUPPORT_RULES + 2; sid++) {
        struct fm_alert_note note = note_of(sid, 0, "", &peer);
        assert_int_equal(fm_support_add(&support, &note), sid <= FM_SUPPORT_RULES);
    }
    struct fm_alert_note note = note_of(99, 30, "beacon", &peer);
    assert_true(fm_support_add(&support, &note));
    assert_int_equal(support.rule[FM_SUPPORT_RULES - 1].sid, 99);
    assert_true(fabs(fm_support_share(&support) - 0.3) < 1e-9);
}

static void count(void *arg, const struct fm_alert_note *note)
{
    unsigned *seen = arg;

    seen[note->claim != 0]++;
}

static void a_noisy_rule_pushes_none_out_that_counts(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_alerts *all = fm_alerts_new(&mem, 2, 1);
    struct fm_addr peer = outside(9);
    unsigned seen[2] = { 0 };

    (void)state;
    assert_non_null(all);
    for (uint32_t sid = 1; sid <= 3; sid++) {
        struct fm_alert_note note = note_of(sid, 20, "beacon", &peer);
        fm_alerts_add(all, 7, &note);
        fm_alerts_add(all, 7, &note);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        struct fm_alert_note note = note_of(500, 0, "", &peer);
        note.cport = (uint16_t)i;
        fm_alerts_add(all, 7, &note);
    }
    fm_alerts_of(all, 7, DAY0 + FM_HOUR, count, seen);
    assert_int_equal(seen[1], 3);
    assert_int_equal(seen[0], FM_ALERTS_OTHER);
    memset(seen, 0, sizeof seen);
    fm_alerts_of(all, 7, DAY0 + FM_ALERT_STANDS, count, seen);
    fm_alerts_of(all, 8, DAY0, count, seen);
    assert_int_equal(seen[0] + seen[1], 0);
    struct fm_alert_note note = note_of(1, 20, "beacon", &peer);
    fm_alerts_add(all, 8, &note);
    fm_alerts_add(all, 9, &note);
    assert_int_equal(fm_alerts_room(all).evicted, 1);
    fm_alerts_of(all, 7, DAY0, count, seen);
    assert_int_equal(seen[0] + seen[1], 0);
    fm_alerts_free(all);
    assert_int_equal(mem.used_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_named_behaviour_fits_its_type_category_and_party),
        cmocka_unit_test(any_other_rule_must_have_fired_on_a_flow_that_is_evidence),
        cmocka_unit_test(rules_take_away_half_of_the_doubt_at_most),
        cmocka_unit_test(what_supports_takes_the_place_of_what_stands_beside),
        cmocka_unit_test(a_noisy_rule_pushes_none_out_that_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
