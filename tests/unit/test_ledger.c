/* The ledger: what is reported, how often, why again, and when it ends. */
#include "findings.h"

#include "judge/ledger.h"

struct report {
    uint64_t id;
    unsigned rev;
    enum fm_detection_state state;
    enum fm_status status;
    bool scored;
    uint32_t changed;
    double threat, certainty;
    char reason[16];
};

struct desk {
    struct fm_mem mem;
    struct fm_ledger *ledger;
    struct fm_entity entity;
    unsigned det, count, pinned, unpinned;
    struct report report[512];
    bool silence; /* the policy's function puts it on trial, with threat 1 */
};

static void write_down(void *arg, struct fm_detection *d)
{
    struct desk *desk = arg;
    struct report *r = &desk->report[desk->count++];

    assert_true(desk->count <= 512);
    if (desk->silence) {
        d->scores.threat = 1;
        d->status = FM_TRIAL;
        d->scored = false;
    }
    *r = (struct report){ .id = d->id,
        .rev = d->rev,
        .state = d->state,
        .status = d->status,
        .scored = d->scored,
        .changed = d->changed,
        .threat = d->scores.threat,
        .certainty = d->scores.certainty };
    snprintf(r->reason, sizeof r->reason, "%s", d->reason ? d->reason : "");
}

static void pin(void *arg, unsigned det, const struct fm_key *key, bool pinned)
{
    struct desk *desk = arg;

    assert_int_equal(det, desk->det);
    assert_true(key->entity);
    desk->pinned += pinned;
    desk->unpinned += !pinned;
}

static struct desk *desk_new(uint32_t cap)
{
    struct desk *desk = calloc(1, sizeof *desk);

    assert_non_null(desk);
    tuning_straight();
    desk->det = detector_index("port_scan"); /* closes after an hour */
    tuning[desk->det].quiet_s = 3600;
    desk->entity = (struct fm_entity){ .id = 1 };
    desk->ledger = fm_ledger_new(&desk->mem, cap, 1);
    assert_non_null(desk->ledger);
    fm_ledger_on_report(desk->ledger, write_down, desk);
    fm_ledger_on_pin(desk->ledger, pin, desk);
    fm_ledger_tune(desk->ledger, tuning, 30);
    return desk;
}

static void desk_free(struct desk *desk)
{
    fm_ledger_free(desk->ledger);
    assert_int_equal(desk->mem.used_bytes, 0);
    free(desk);
}

static void take(struct desk *desk, fm_entity_id id, double threat, double certainty, fm_time at)
{
    struct fm_finding f = finding_of(desk->det, id, threat, certainty, at);

    desk->entity.id = id;
    fm_ledger_advance(desk->ledger, at);
    fm_ledger_take(desk->ledger, desk->det, &f, &desk->entity, at);
}

static void the_same_finding_is_reported_once(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        take(desk, 1, 40, 60, DAY0 + i * FM_SECOND);
    assert_int_equal(desk->count, 1);
    assert_int_equal(desk->report[0].state, FM_DET_NEW);
    assert_int_equal(desk->report[0].rev, 1);
    assert_int_equal(desk->report[0].status, FM_LIVE);
    assert_true(desk->report[0].scored);
    assert_int_equal(desk->pinned, 1);
    assert_int_equal(fm_ledger_count(desk->ledger), 1);
    take(desk, 2, 40, 60, DAY0 + FM_MINUTE);
    assert_int_equal(desk->count, 2);
    assert_true(desk->report[0].id != desk->report[1].id);
    desk_free(desk);
}

static void the_id_is_the_same_in_the_next_life(void **state)
{
    struct desk *a = desk_new(16), *b = desk_new(16);

    (void)state;
    take(a, 1, 40, 60, DAY0);
    take(b, 2, 40, 60, DAY0 + FM_DAY);
    take(b, 1, 80, 90, DAY0 + FM_DAY);
    assert_true(a->report[0].id == b->report[1].id);
    assert_true(a->report[0].id != b->report[0].id);
    desk_free(a);
    desk_free(b);
}

static void below_the_floor_nothing_is_reported(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    take(desk, 1, 90, 29, DAY0);
    assert_int_equal(desk->count, 0);
    take(desk, 1, 90, 31, DAY0 + FM_SECOND);
    assert_int_equal(desk->count, 1);
    take(desk, 2, 90, 20, DAY0 + FM_SECOND);
    fm_ledger_advance(desk->ledger, DAY0 + FM_DAY); /* what was not opened is not closed */
    assert_int_equal(desk->count, 2);
    assert_int_equal(desk->report[1].state, FM_DET_CLOSED);
    assert_int_equal(fm_ledger_count(desk->ledger), 0);
    desk_free(desk);
}

static void ten_points_are_worth_an_update_once_a_minute(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    take(desk, 1, 20, 60, DAY0);
    take(desk, 1, 29, 60, DAY0 + 2 * FM_MINUTE);
    assert_int_equal(desk->count, 1);
    take(desk, 1, 31, 60, DAY0 + 3 * FM_MINUTE);
    assert_int_equal(desk->count, 2);
    assert_int_equal(desk->report[1].state, FM_DET_UPDATE);
    assert_int_equal(desk->report[1].changed, FM_CHANGED_SCORE);
    assert_int_equal(desk->report[1].rev, 2);
    take(desk, 1, 42, 60, DAY0 + 3 * FM_MINUTE + FM_SECOND);
    assert_int_equal(desk->count, 2); /* it waits for the minute */
    fm_ledger_advance(desk->ledger, DAY0 + 4 * FM_MINUTE - FM_SECOND);
    assert_int_equal(desk->count, 2);
    fm_ledger_advance(desk->ledger, DAY0 + 4 * FM_MINUTE);
    assert_int_equal(desk->count, 3);
    assert_true(fabs(desk->report[2].threat - 42) < 1e-6);
    desk_free(desk);
}

static void a_quadrant_or_a_success_does_not_wait(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    take(desk, 1, 48, 60, DAY0);
    take(desk, 1, 51, 60, DAY0 + FM_SECOND);
    assert_int_equal(desk->count, 2);
    assert_int_equal(desk->report[1].changed, FM_CHANGED_QUADRANT);
    struct fm_finding f = finding_of(desk->det, 1, 51, 60, DAY0 + 2 * FM_SECOND);
    f.success = true;
    fm_ledger_take(desk->ledger, desk->det, &f, &desk->entity, DAY0 + 2 * FM_SECOND);
    assert_int_equal(desk->count, 3);
    assert_int_equal(desk->report[2].changed, FM_CHANGED_SUCCESS);
    fm_ledger_take(desk->ledger, desk->det, &f, &desk->entity, DAY0 + 3 * FM_SECOND);
    assert_int_equal(desk->count, 3);
    desk_free(desk);
}

static void a_new_peer_is_worth_an_update(void **state)
{
    struct desk *desk = desk_new(16);
    struct fm_finding f = finding_of(desk->det, 1, 40, 60, DAY0);

    (void)state;
    fm_finding_row(&f);
    fm_ledger_take(desk->ledger, desk->det, &f, &desk->entity, DAY0);
    fm_finding_row(&f);
    f.last = DAY0 + 2 * FM_MINUTE;
    fm_ledger_take(desk->ledger, desk->det, &f, &desk->entity, DAY0 + 2 * FM_MINUTE);
    assert_int_equal(desk->count, 2);
    assert_int_equal(desk->report[1].changed, FM_CHANGED_PEER);
    desk_free(desk);
}

static void what_was_worst_stands(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    take(desk, 1, 70, 90, DAY0);
    take(desk, 1, 10, 35, DAY0 + 2 * FM_MINUTE); /* the window empties */
    take(desk, 1, 70, 75, DAY0 + 4 * FM_MINUTE);
    assert_int_equal(desk->count, 2); /* its last numbers, when it had been quiet */
    assert_int_equal(desk->report[1].changed, FM_CHANGED_FACTS);
    const struct fm_detection *d = fm_ledger_oldest(desk->ledger);
    assert_true(fabs(d->scores.threat - 70) < 1e-6);
    assert_true(d->finding.last == DAY0 + 4 * FM_MINUTE);
    desk_free(desk);
}

static void the_last_numbers_are_told_when_it_falls_quiet(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    take(desk, 1, 40, 60, DAY0);
    take(desk, 1, 41, 60, DAY0 + 10 * FM_SECOND);
    fm_ledger_advance(desk->ledger, DAY0 + 2 * FM_MINUTE);
    assert_int_equal(desk->count, 1);
    fm_ledger_advance(desk->ledger, DAY0 + 2 * FM_MINUTE + 10 * FM_SECOND);
    assert_int_equal(desk->count, 2);
    assert_int_equal(desk->report[1].changed, FM_CHANGED_FACTS);
    fm_ledger_advance(desk->ledger, DAY0 + 50 * FM_MINUTE);
    assert_int_equal(desk->count, 2);
    take(desk, 1, 42, 60, DAY0 + 51 * FM_MINUTE);
    fm_ledger_settle(desk->ledger, DAY0 + 51 * FM_MINUTE); /* the input ends */
    fm_ledger_settle(desk->ledger, DAY0 + 51 * FM_MINUTE);
    assert_int_equal(desk->count, 3);
    assert_int_equal(desk->report[2].changed, FM_CHANGED_FACTS);
    desk_free(desk);
}

/* Evidence that is told long after it happened: neither a loop nor a second report a minute. */
static void belated_evidence_does_not_hang_it(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    fm_ledger_advance(desk->ledger, DAY0);
    for (unsigned i = 0; i < 120; i++) {
        fm_time now = DAY0 + i * FM_SECOND;
        struct fm_finding f = finding_of(desk->det, 1, 40 + (i % 2) * 11, 60, now - 40 * FM_MINUTE);
        fm_ledger_advance(desk->ledger, now);
        fm_ledger_take(desk->ledger, desk->det, &f, &desk->entity, now);
    }
    fm_ledger_advance(desk->ledger, DAY0 + FM_HOUR);
    assert_in_range(desk->count, 3, 6);
    assert_int_equal(desk->report[desk->count - 1].state, FM_DET_CLOSED);
    desk_free(desk);
}

static void it_closes_after_quiet(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    take(desk, 1, 40, 60, DAY0);
    take(desk, 1, 40, 60, DAY0 + FM_HOUR - FM_SECOND);
    fm_ledger_advance(desk->ledger, DAY0 + 2 * FM_HOUR - 2 * FM_SECOND);
    assert_int_equal(fm_ledger_count(desk->ledger), 1);
    fm_ledger_advance(desk->ledger, DAY0 + 2 * FM_HOUR);
    assert_int_equal(fm_ledger_count(desk->ledger), 0);
    const struct report *last = &desk->report[desk->count - 1];
    assert_int_equal(last->state, FM_DET_CLOSED);
    assert_string_equal(last->reason, "quiet");
    assert_int_equal(desk->unpinned, 1);
    unsigned before = desk->count;
    take(desk, 1, 40, 60, DAY0 + FM_DAY); /* again: opened anew, under the same id */
    assert_int_equal(desk->count, before + 1);
    assert_int_equal(desk->report[before].state, FM_DET_NEW);
    assert_int_equal(desk->report[before].rev, 1);
    assert_true(desk->report[before].id == desk->report[0].id);
    desk_free(desk);
}

static void learning_is_silent_and_trial_unscored(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    tuning[desk->det].status = FM_LEARNING;
    take(desk, 1, 80, 90, DAY0);
    fm_ledger_advance(desk->ledger, DAY0 + FM_DAY);
    assert_int_equal(desk->count, 0);
    tuning[desk->det].status = FM_TRIAL;
    take(desk, 1, 80, 90, DAY0 + FM_DAY);
    assert_int_equal(desk->count, 1);
    assert_int_equal(desk->report[0].status, FM_TRIAL);
    assert_false(desk->report[0].scored);
    tuning[desk->det].status = FM_LIVE; /* another policy */
    take(desk, 1, 80, 90, DAY0 + FM_DAY + 2 * FM_MINUTE);
    assert_int_equal(desk->count, 2);
    assert_int_equal(desk->report[1].changed, FM_CHANGED_STATUS);
    assert_true(desk->report[1].scored);
    tuning[desk->det].status = FM_OFF;
    take(desk, 1, 20, 90, DAY0 + FM_DAY + 4 * FM_MINUTE);
    fm_ledger_settle(desk->ledger, DAY0 + FM_DAY + 5 * FM_MINUTE);
    assert_int_equal(desk->count, 2);
    fm_ledger_advance(desk->ledger, DAY0 + 2 * FM_DAY);
    assert_int_equal(desk->count, 3);
    assert_int_equal(desk->report[2].state, FM_DET_CLOSED);
    desk_free(desk);
}

static void an_excused_host_is_not_scored(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    desk->entity.roles = 1u << FM_ROLE_SCANNER;
    take(desk, 1, 80, 90, DAY0);
    assert_int_equal(desk->report[0].status, FM_LIVE);
    assert_false(desk->report[0].scored);
    desk_free(desk);
}

static void what_the_policy_decides_holds_until_the_next_report(void **state)
{
    struct desk *desk = desk_new(16);

    (void)state;
    desk->silence = true;
    take(desk, 1, 80, 90, DAY0);
    take(desk, 1, 81, 90, DAY0 + 2 * FM_SECOND);
    const struct fm_detection *d = fm_ledger_oldest(desk->ledger);
    assert_false(d->scored);
    assert_int_equal(d->status, FM_TRIAL);
    assert_true(d->scores.threat == 1);
    assert_int_equal(desk->count, 1); /* a change by the policy is no news */
    take(desk, 1, 81, 90, DAY0 + 2 * FM_MINUTE);
    assert_int_equal(desk->count, 1);
    desk->silence = false;
    take(desk, 1, 95, 90, DAY0 + 5 * FM_MINUTE);
    assert_true(d->scored && fabs(d->scores.threat - 95) < 1e-6);
    desk_free(desk);
}

static void the_fuse_goes_at_ten_times_the_budget(void **state)
{
    struct desk *desk = desk_new(256);

    (void)state;
    tuning[desk->det].budget = 2;
    for (fm_entity_id id = 1; id <= 20; id++) {
        take(desk, id, 80, 90, DAY0 + id * FM_HOUR);
        assert_null(fm_ledger_fuse(desk->ledger, desk->det));
    }
    take(desk, 21, 80, 90, DAY0 + 21 * FM_HOUR);
    assert_non_null(fm_ledger_fuse(desk->ledger, desk->det));
    assert_true(fm_ledger_fuse(desk->ledger, desk->det)->count == 21);
    assert_true(fm_ledger_fuse(desk->ledger, desk->det)->limit == 20);
    assert_true(fm_ledger_fuse(desk->ledger, desk->det)->at == DAY0 + 21 * FM_HOUR);
    const struct report *last = &desk->report[desk->count - 1];
    assert_int_equal(last->status, FM_TRIAL);
    assert_false(last->scored);
    take(desk, 22, 80, 90, DAY0 + 60 * FM_DAY); /* it does not mend itself */
    assert_int_equal(desk->report[desk->count - 1].status, FM_TRIAL);
    desk_free(desk);
    desk = desk_new(256); /* three thousand hosts may have three times as many */
    tuning[desk->det].budget = 2;
    fm_ledger_hosts(desk->ledger, 3000);
    for (fm_entity_id id = 1; id <= 60; id++)
        take(desk, id, 80, 90, DAY0 + id * FM_HOUR);
    assert_null(fm_ledger_fuse(desk->ledger, desk->det));
    take(desk, 61, 80, 90, DAY0 + 61 * FM_HOUR);
    assert_non_null(fm_ledger_fuse(desk->ledger, desk->det));
    desk_free(desk);
}

static void another_policy_puts_a_new_fuse_in(void **state)
{
    struct desk *desk = desk_new(256);

    (void)state;
    tuning[desk->det].budget = 1;
    for (fm_entity_id id = 1; id <= 11; id++)
        take(desk, id, 80, 90, DAY0 + id * FM_HOUR);
    assert_non_null(fm_ledger_fuse(desk->ledger, desk->det));
    fm_ledger_tune(desk->ledger, tuning, 30);
    assert_null(fm_ledger_fuse(desk->ledger, desk->det));
    for (fm_entity_id id = 12; id <= 21; id++)
        take(desk, id, 80, 90, DAY0 + id * FM_HOUR);
    assert_null(fm_ledger_fuse(desk->ledger, desk->det));
    take(desk, 22, 80, 90, DAY0 + 22 * FM_HOUR);
    assert_non_null(fm_ledger_fuse(desk->ledger, desk->det));
    desk_free(desk);
}

static void what_is_excused_blows_no_fuse(void **state)
{
    struct desk *desk = desk_new(256);

    (void)state;
    tuning[desk->det].budget = 1;
    desk->entity.roles = 1u << FM_ROLE_SCANNER;
    for (fm_entity_id id = 1; id <= 30; id++)
        take(desk, id, 80, 90, DAY0 + id * FM_MINUTE);
    assert_int_equal(desk->count, 30);
    assert_null(fm_ledger_fuse(desk->ledger, desk->det));
    desk_free(desk);
}

static void spread_over_weeks_no_fuse_goes(void **state)
{
    struct desk *desk = desk_new(256);

    (void)state;
    tuning[desk->det].budget = 2;
    for (fm_entity_id id = 1; id <= 100; id++)
        take(desk, id, 80, 90, DAY0 + id * 10 * FM_HOUR);
    assert_null(fm_ledger_fuse(desk->ledger, desk->det));
    desk_free(desk);
}

static void at_the_cap_the_least_threat_leaves(void **state)
{
    struct desk *desk = desk_new(8);

    (void)state;
    tuning[desk->det].budget = 1000;
    for (fm_entity_id id = 1; id <= 8; id++)
        take(desk, id, id == 5 ? 20 : 60 + id, 90, DAY0 + id);
    take(desk, 9, 60, 90, DAY0 + 9);
    assert_int_equal(desk->count, 10);
    assert_int_equal(desk->report[8].state, FM_DET_CLOSED);
    assert_string_equal(desk->report[8].reason, "no_room");
    assert_true(desk->report[8].id == desk->report[4].id);
    assert_int_equal(desk->report[9].state, FM_DET_NEW);
    assert_int_equal(fm_ledger_count(desk->ledger), 8);
    assert_int_equal(fm_ledger_evicted(desk->ledger), 1);
    desk_free(desk);
}

static void evidence_keeps_the_first_and_the_last_twenty(void **state)
{
    struct desk *desk = desk_new(8);
    struct fm_finding f = finding_of(desk->det, 1, 60, 90, DAY0);

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct fm_sample sample = { .time = DAY0 + i, .flow_id = 1 + i };
        fm_samples_add(&f.samples, &sample);
        f.last = DAY0 + i;
        fm_ledger_take(desk->ledger, desk->det, &f, &desk->entity, DAY0 + i);
    }
    const struct fm_detection *d = fm_ledger_oldest(desk->ledger);
    assert_int_equal(d->evidence, 100);
    for (unsigned i = 0; i < FM_EVIDENCE; i++)
        assert_int_equal(d->first_evidence[i].flow_id, 1 + i);
    for (unsigned i = 80; i < 100; i++)
        assert_int_equal(d->last_evidence[(i - FM_EVIDENCE) % FM_EVIDENCE].flow_id, 1 + i);
    f.samples = (struct fm_samples){ 0 }; /* a state begun anew */
    struct fm_sample fresh = { .time = DAY0 + 200, .flow_id = 777 };
    fm_samples_add(&f.samples, &fresh);
    fm_ledger_take(desk->ledger, desk->det, &f, &desk->entity, DAY0 + 200);
    assert_int_equal(d->evidence, 101);
    assert_int_equal(d->last_evidence[(100 - FM_EVIDENCE) % FM_EVIDENCE].flow_id, 777);
    desk_free(desk);
}

static void quadrants_meet_at_fifty(void **state)
{
    (void)state;
    assert_int_equal(fm_quadrant_of(49.9, 49.9), FM_LOW);
    assert_int_equal(fm_quadrant_of(49.9, 50), FM_MEDIUM);
    assert_int_equal(fm_quadrant_of(50, 49.9), FM_HIGH);
    assert_int_equal(fm_quadrant_of(50, 50), FM_CRITICAL);
    assert_string_equal(fm_quadrant_name[FM_CRITICAL], "critical");
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    tuning_straight();
    for (uint64_t n = 1, refused = 1; refused; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct fm_entity entity = { .id = 1 };
        struct fm_ledger *ledger = fm_ledger_new(&mem, 600, 1);
        if (ledger)
            fm_ledger_tune(ledger, tuning, 30);
        for (fm_entity_id id = 1; ledger && id <= 700; id++) {
            struct fm_finding f = finding_of(0, id, 60, 90, DAY0 + id);
            fm_ledger_take(ledger, 0, &f, &entity, DAY0 + id);
        }
        refused = mem.refused;
        fm_ledger_free(ledger);
        assert_int_equal(mem.used_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_finding_is_reported_once),
        cmocka_unit_test(the_id_is_the_same_in_the_next_life),
        cmocka_unit_test(below_the_floor_nothing_is_reported),
        cmocka_unit_test(ten_points_are_worth_an_update_once_a_minute),
        cmocka_unit_test(a_quadrant_or_a_success_does_not_wait),
        cmocka_unit_test(a_new_peer_is_worth_an_update),
        cmocka_unit_test(what_was_worst_stands),
        cmocka_unit_test(the_last_numbers_are_told_when_it_falls_quiet),
        cmocka_unit_test(belated_evidence_does_not_hang_it),
        cmocka_unit_test(it_closes_after_quiet),
        cmocka_unit_test(learning_is_silent_and_trial_unscored),
        cmocka_unit_test(an_excused_host_is_not_scored),
        cmocka_unit_test(what_the_policy_decides_holds_until_the_next_report),
        cmocka_unit_test(the_fuse_goes_at_ten_times_the_budget),
        cmocka_unit_test(another_policy_puts_a_new_fuse_in),
        cmocka_unit_test(what_is_excused_blows_no_fuse),
        cmocka_unit_test(spread_over_weeks_no_fuse_goes),
        cmocka_unit_test(at_the_cap_the_least_threat_leaves),
        cmocka_unit_test(evidence_keeps_the_first_and_the_last_twenty),
        cmocka_unit_test(quadrants_meet_at_fifty),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
