#include "judge/ledger.h"

#include <string.h>

#include "base/hash.h"
#include "base/table.h"
#include "learn/learn.h"
#include "sketch/bins.h"

#define REPORT_GAP FM_MINUTE /* between two reports of one detection that nobody must hurry for */
#define SCORE_STEP 10.0
#define SETTLE (2 * FM_MINUTE)
#define FUSE_TIMES 10.0 /* the budget, before the fuse goes */
#define FUSE_WINDOW (7 * FM_DAY)
#define BUDGET_HOSTS 1000.0
#define LOOK 32

const char *const fm_quadrant_name[] = {
    [FM_LOW] = "low",
    [FM_MEDIUM] = "medium",
    [FM_HIGH] = "high",
    [FM_CRITICAL] = "critical",
};

struct fm_ledger {
    struct fm_mem *mem;
    struct fm_table *rows;
    struct fm_wheel wheel;
    bool wheel_runs;
    const struct fm_tuning *tuning;
    struct fm_triage *triage; /* NULL: no rules */
    const struct fm_alerts *alerts; /* NULL: none */
    double report_certainty, hosts;
    unsigned hours_watched;
    uint64_t seed, evicted;
    struct fm_bins opened[FM_DETECTORS];
    struct fm_fuse fuse[FM_DETECTORS];
    void (*report)(void *arg, struct fm_detection *detection);
    void *report_arg;
    void (*pin)(void *arg, unsigned det, const struct fm_key *key, bool pinned);
    void *pin_arg;
};

enum fm_quadrant fm_quadrant_of(double threat, double certainty)
{
    if (threat >= 50)
        return certainty >= 50 ? FM_CRITICAL : FM_HIGH;
    return certainty >= 50 ? FM_MEDIUM : FM_LOW;
}

static void say_nothing(void *arg, struct fm_detection *detection)
{
    (void)arg;
    (void)detection;
}

static void pin_nothing(void *arg, unsigned det, const struct fm_key *key, bool pinned)
{
    (void)arg;
    (void)det;
    (void)key;
    (void)pinned;
}

struct fm_ledger *fm_ledger_new(struct fm_mem *mem, uint32_t cap, uint64_t seed)
{
    struct fm_ledger *ledger = fm_alloc(mem, sizeof *ledger);

    if (!ledger)
        return NULL;
    ledger->mem = mem;
    ledger->seed = seed;
    ledger->report = say_nothing;
    ledger->pin = pin_nothing;
    ledger->rows = fm_table_new(mem, sizeof(uint64_t), sizeof(struct fm_detection), cap, seed);
    if (!ledger->rows) {
        fm_free(mem, ledger);
        return NULL;
    }
    for (unsigned i = 0; i < FM_DETECTORS; i++)
        fm_bins_init(&ledger->opened[i], FUSE_WINDOW / FM_BINS);
    return ledger;
}

void fm_ledger_free(struct fm_ledger *ledger)
{
    if (!ledger)
        return;
    fm_table_free(ledger->rows);
    fm_free(ledger->mem, ledger);
}

void fm_ledger_on_report(struct fm_ledger *ledger,
        void (*report)(void *arg, struct fm_detection *detection), void *arg)
{
    ledger->report = report;
    ledger->report_arg = arg;
}

void fm_ledger_on_pin(struct fm_ledger *ledger,
        void (*pin)(void *arg, unsigned det, const struct fm_key *key, bool pinned), void *arg)
{
    ledger->pin = pin;
    ledger->pin_arg = arg;
}

void fm_ledger_triage(struct fm_ledger *ledger, struct fm_triage *triage)
{
    ledger->triage = triage;
}

void fm_ledger_alerts(struct fm_ledger *ledger, const struct fm_alerts *alerts)
{
    ledger->alerts = alerts;
}

void fm_ledger_hosts(struct fm_ledger *ledger, double hosts)
{
    ledger->hosts = hosts;
}

void fm_ledger_watched(struct fm_ledger *ledger, unsigned hours)
{
    ledger->hours_watched = hours;
}

/* ---- opening and closing ---- */

static uint64_t id_of(const struct fm_ledger *ledger, unsigned det, const struct fm_key *key)
{
    const char *name = ledger->tuning[det].det->name;
    uint64_t type = fm_hash(ledger->seed, name, strlen(name));

    return fm_hash(type, key, sizeof *key);
}

enum fm_status fm_ledger_status(const struct fm_ledger *ledger, unsigned det)
{
    enum fm_status status = ledger->tuning[det].status;

    if (status == FM_LEARNING && ledger->hours_watched >= FM_NOVEL_AFTER_HOURS)
        status = FM_LIVE;
    return status == FM_LIVE && ledger->fuse[det].at ? FM_TRIAL : status;
}

/** Kept pieces: of the first, and of the last. */
static void count_pieces(const struct fm_detection *d, unsigned pieces[2])
{
    uint32_t last = d->evidence > FM_EVIDENCE ? d->evidence - FM_EVIDENCE : 0;

    pieces[0] = d->evidence - last;
    pieces[1] = last < FM_EVIDENCE ? last : FM_EVIDENCE;
}

static struct fm_triage_rule *triage_of(const struct fm_ledger *ledger,
        const struct fm_detection *d)
{
    struct fm_triage_case about = {
        .entity = &d->entity,
        .finding = &d->finding,
        .evidence = { d->first_evidence, d->last_evidence },
    };

    count_pieces(d, about.pieces);
    return fm_triage_find(ledger->triage, &about);
}

/** A host whose declared or learned work this is gets it written, not scored; so does what the
 *  operator has put aside. */
static bool is_scored(const struct fm_ledger *ledger, const struct fm_detection *d)
{
    return fm_ledger_status(ledger, d->det) == FM_LIVE &&
           !(d->entity.roles & d->finding.det->excused) && !triage_of(ledger, d);
}

/** A hit of a rule is a detection that it keeps out of the scores, however often that is told. */
static void take_triage(const struct fm_ledger *ledger, struct fm_detection *d, fm_time now)
{
    struct fm_triage_rule *rule = triage_of(ledger, d);

    if (rule && (!d->triage[0] || d->triage_id != rule->id))
        rule->hits++;
    if (rule)
        rule->last_hit = now;
    d->triage_id = rule ? rule->id : 0;
    d->triage_reason = rule ? rule->reason : FM_MISDETECTION;
    memset(d->triage, 0, sizeof d->triage);
    if (rule)
        memcpy(d->triage, rule->name, sizeof d->triage);
}

static void report(struct fm_ledger *ledger, struct fm_detection *d, enum fm_detection_state state,
        uint32_t changed, fm_time now)
{
    d->state = state;
    d->changed = changed;
    d->rev++;
    d->scores = d->found;
    d->status = d->reported_status = fm_ledger_status(ledger, d->det);
    take_triage(ledger, d, now);
    d->scored = d->reported_scored = is_scored(ledger, d);
    d->reported_threat = d->found.threat;
    d->reported_certainty = d->found.certainty;
    d->reported_peers = d->finding.peers;
    d->reported_success = d->finding.success;
    d->reported = now;
    d->waiting = 0;
    d->unsettled = false;
    ledger->report(ledger->report_arg, d);
}

static void close_detection(struct fm_ledger *ledger, struct fm_detection *d, const char *reason,
        fm_time now)
{
    fm_wheel_cancel(&ledger->wheel, &d->timer);
    ledger->pin(ledger->pin_arg, d->det, &d->finding.key, false);
    d->reason = reason;
    if (d->rev)
        report(ledger, d, FM_DET_CLOSED, 0, now);
    fm_table_del(ledger->rows, d);
}

static void make_room(struct fm_ledger *ledger, fm_time now)
{
    struct fm_detection *least = fm_table_oldest(ledger->rows), *d = least;

    for (unsigned looked = 0; d && looked < LOOK; looked++) {
        if (d->found.threat < least->found.threat)
            least = d;
        d = fm_table_newer(ledger->rows, d);
    }
    if (least) {
        close_detection(ledger, least, "no_room", now);
        ledger->evicted++;
    }
}

static struct fm_detection *open_detection(struct fm_ledger *ledger, unsigned det,
        const struct fm_finding *finding, fm_time now)
{
    uint64_t id = id_of(ledger, det, &finding->key);
    bool made;
    struct fm_detection *d = fm_table_add(ledger->rows, &id, &made);

    if (!d) {
        make_room(ledger, now);
        d = fm_table_add(ledger->rows, &id, &made);
    }
    if (d && made) {
        d->det = det;
        d->opened = now;
        ledger->pin(ledger->pin_arg, det, &finding->key, true);
    }
    return d;
}

/** What is put aside costs nobody's time: it has no part in the budget. */
static void count_opening(struct fm_ledger *ledger, const struct fm_detection *d, fm_time now)
{
    double thousands = fmax(1, ledger->hosts / BUDGET_HOSTS);
    struct fm_fuse *fuse = &ledger->fuse[d->det];

    if (!is_scored(ledger, d))
        return;
    fm_bins_add(&ledger->opened[d->det], now, 1);
    fuse->count = (double)fm_bins_query(&ledger->opened[d->det], now);
    fuse->limit = FUSE_TIMES * ledger->tuning[d->det].budget * thousands;
    if (fuse->count > fuse->limit)
        fuse->at = now;
}

const struct fm_fuse *fm_ledger_fuse(const struct fm_ledger *ledger, unsigned det)
{
    return ledger->fuse[det].at ? &ledger->fuse[det] : NULL;
}

/* ---- evidence ---- */

static void add_evidence(struct fm_detection *d, const struct fm_sample *sample)
{
    if (d->evidence < FM_EVIDENCE)
        d->first_evidence[d->evidence] = *sample;
    else
        d->last_evidence[(d->evidence - FM_EVIDENCE) % FM_EVIDENCE] = *sample;
    d->evidence++;
}

/** Takes the samples that came since the last finding and that the family still keeps. */
static void take_evidence(struct fm_detection *d, const struct fm_samples *samples)
{
    enum { HALF = FM_SAMPLES / 2 };
    uint32_t n = samples->count < d->evidence_seen ? 0 : d->evidence_seen;

    if (n >= HALF && n + HALF < samples->count)
        n = samples->count - HALF;
    for (; n < samples->count; n++) {
        if (n < HALF)
            add_evidence(d, &samples->first[n]);
        else if (n + HALF >= samples->count)
            add_evidence(d, &samples->last[(n - HALF) % HALF]);
    }
    d->evidence_seen = samples->count;
}

/* ---- alerts ---- */

static struct fm_scores score(const struct fm_ledger *ledger, const struct fm_detection *d,
        const struct fm_finding *finding)
{
    struct fm_scores scores = fm_score(finding->det, &ledger->tuning[d->det], finding);

    fm_score_support(&scores, fm_support_share(&d->support));
    return scores;
}

/** True: it was not beside the detection yet. */
static bool add_alert(struct fm_detection *d, const struct fm_alert_note *note)
{
    struct fm_support_case about = {
        .finding = &d->finding,
        .evidence = { d->first_evidence, d->last_evidence },
    };

    count_pieces(d, about.pieces);
    return fm_support_fits(&about, note) && fm_support_add(&d->support, note);
}

struct recollection {
    struct fm_detection *detection;
    bool any;
};

static void recall_alert(void *arg, const struct fm_alert_note *note)
{
    struct recollection *r = arg;

    r->any |= add_alert(r->detection, note);
}

/** Those that came before it was there, or before it told of their party. */
static void recall_alerts(const struct fm_ledger *ledger, struct fm_detection *d, fm_time now)
{
    struct recollection r = { .detection = d };

    if (ledger->alerts)
        fm_alerts_of(ledger->alerts, d->entity.id, now, recall_alert, &r);
    if (r.any)
        d->found = score(ledger, d, &d->finding);
}

/* ---- findings ---- */

/** What was found at its worst stands as long as the detection is open: a window that empties is no
 *  good news. */
static void take_finding(const struct fm_ledger *ledger, struct fm_detection *d,
        const struct fm_finding *finding)
{
    struct fm_scores scores = score(ledger, d, finding);
    bool worse = scores.threat + scores.certainty >= d->found.threat + d->found.certainty;
    bool succeeded = finding->success && !d->finding.success;

    d->unsettled = d->rev != 0;
    if (worse || succeeded || !d->rev) {
        d->finding = *finding;
        d->found = scores;
        return;
    }
    d->finding.last = d->last;
}

/* ---- reporting ---- */

static uint32_t changes_of(const struct fm_ledger *ledger, const struct fm_detection *d)
{
    uint32_t changed = 0;

    if (fabs(d->found.threat - d->reported_threat) >= SCORE_STEP ||
            fabs(d->found.certainty - d->reported_certainty) >= SCORE_STEP)
        changed |= FM_CHANGED_SCORE;
    if (fm_quadrant_of(d->found.threat, d->found.certainty) !=
            fm_quadrant_of(d->reported_threat, d->reported_certainty))
        changed |= FM_CHANGED_QUADRANT;
    if (d->finding.peers > d->reported_peers)
        changed |= FM_CHANGED_PEER;
    if (d->finding.success && !d->reported_success)
        changed |= FM_CHANGED_SUCCESS;
    if (fm_ledger_status(ledger, d->det) != d->reported_status ||
            is_scored(ledger, d) != d->reported_scored)
        changed |= FM_CHANGED_STATUS;
    return changed;
}

static bool is_silent(const struct fm_ledger *ledger, const struct fm_detection *d)
{
    enum fm_status status = fm_ledger_status(ledger, d->det);

    return status == FM_LEARNING || status == FM_OFF;
}

static void report_first(struct fm_ledger *ledger, struct fm_detection *d, fm_time now)
{
    if (d->found.certainty < ledger->report_certainty || is_silent(ledger, d))
        return;
    count_opening(ledger, d, now);
    report(ledger, d, FM_DET_NEW, 0, now);
}

static fm_time settling_time(const struct fm_detection *d)
{
    fm_time half = (d->last - d->finding.first) / 2;

    return d->last + (half > SETTLE ? half : SETTLE);
}

static void report_changes(struct fm_ledger *ledger, struct fm_detection *d, fm_time now)
{
    uint32_t changed = changes_of(ledger, d) | d->waiting;
    bool urgent = changed & (FM_CHANGED_QUADRANT | FM_CHANGED_SUCCESS);

    if (d->unsettled && now >= settling_time(d))
        changed |= FM_CHANGED_FACTS;
    if (!changed || is_silent(ledger, d))
        return;
    if (!urgent && now - d->reported < REPORT_GAP)
        d->waiting = changed;
    else
        report(ledger, d, FM_DET_UPDATE, changed, now);
}

/* ---- deadlines ---- */

static fm_time closing_time(const struct fm_ledger *ledger, const struct fm_detection *d)
{
    return d->last + (fm_time)(ledger->tuning[d->det].quiet_s * (double)FM_SECOND);
}

/** Never before what is due can be done: a timer that finds nothing to do would be set again, and
 *  fire again, at the same moment. */
static void set_deadline(struct fm_ledger *ledger, struct fm_detection *d)
{
    fm_time due = closing_time(ledger, d), settles = settling_time(d);
    fm_time next = d->reported + REPORT_GAP;

    if (!d->waiting && next < settles)
        next = settles;
    if (d->rev && (d->waiting || d->unsettled) && !is_silent(ledger, d) && next < due)
        due = next;
    fm_wheel_add(&ledger->wheel, &d->timer, due);
}

static void deadline(void *arg, struct fm_timer *timer, fm_time due)
{
    struct fm_ledger *ledger = arg;
    struct fm_detection *d =
            (struct fm_detection *)((char *)timer - offsetof(struct fm_detection, timer));

    if (due >= closing_time(ledger, d)) {
        close_detection(ledger, d, "quiet", due);
        return;
    }
    report_changes(ledger, d, due);
    set_deadline(ledger, d);
}

static void run_wheel(struct fm_ledger *ledger, fm_time now)
{
    if (!ledger->wheel_runs) {
        fm_wheel_init(&ledger->wheel, now);
        ledger->wheel_runs = true;
    }
}

/* ---- the ways in ---- */

bool fm_ledger_restore(struct fm_ledger *ledger, const struct fm_detection *d, fm_time until)
{
    bool made;

    if (d->id != id_of(ledger, d->det, &d->finding.key))
        return false;
    run_wheel(ledger, until);
    struct fm_detection *row = fm_table_add(ledger->rows, &d->id, &made);
    if (!row || !made)
        return false;
    *row = *d;
    ledger->pin(ledger->pin_arg, row->det, &row->finding.key, true);
    fm_table_touch(ledger->rows, row);
    set_deadline(ledger, row);
    return true;
}

void fm_ledger_openings(const struct fm_ledger *ledger, unsigned det, struct fm_openings *out)
{
    memset(out, 0, sizeof *out);
    out->opened = ledger->opened[det];
    out->fuse = ledger->fuse[det];
}

void fm_ledger_restore_openings(struct fm_ledger *ledger, unsigned det,
        const struct fm_openings *kept)
{
    ledger->opened[det] = kept->opened;
    ledger->fuse[det] = kept->fuse;
}

void fm_ledger_take(struct fm_ledger *ledger, unsigned det, const struct fm_finding *finding,
        const struct fm_entity *entity, fm_time now)
{
    run_wheel(ledger, now);
    struct fm_detection *d = open_detection(ledger, det, finding, now);
    if (!d)
        return;
    d->entity = *entity;
    d->last = finding->last > d->last ? finding->last : d->last;
    take_finding(ledger, d, finding);
    take_evidence(d, &finding->samples);
    recall_alerts(ledger, d, now);
    fm_table_touch(ledger->rows, d);
    if (!d->rev)
        report_first(ledger, d, now);
    else
        report_changes(ledger, d, now);
    set_deadline(ledger, d);
}

/** Nothing was done that was not known to be done: it does not stay open longer. */
static void support(struct fm_ledger *ledger, struct fm_detection *d, fm_time now)
{
    d->found = score(ledger, d, &d->finding);
    d->unsettled = d->rev != 0;
    if (!d->rev)
        report_first(ledger, d, now);
    else
        report_changes(ledger, d, now);
    set_deadline(ledger, d);
}

void fm_ledger_alert(struct fm_ledger *ledger, fm_entity_id entity,
        const struct fm_alert_note *note, fm_time now)
{
    for (struct fm_detection *d = fm_table_oldest(ledger->rows); d;
            d = fm_table_newer(ledger->rows, d))
        if (d->entity.id == entity && add_alert(d, note))
            support(ledger, d, now);
}

void fm_ledger_advance(struct fm_ledger *ledger, fm_time now)
{
    run_wheel(ledger, now);
    fm_wheel_advance(&ledger->wheel, now, deadline, ledger);
}

void fm_ledger_settle(struct fm_ledger *ledger, fm_time now)
{
    struct fm_detection *next;

    for (struct fm_detection *d = fm_table_oldest(ledger->rows); d; d = next) {
        next = fm_table_newer(ledger->rows, d);
        if (d->rev && d->unsettled && !is_silent(ledger, d))
            report(ledger, d, FM_DET_UPDATE, changes_of(ledger, d) | FM_CHANGED_FACTS, now);
    }
}

/** A detector that has become silent takes back what it said. */
static void fall_silent(struct fm_ledger *ledger, struct fm_detection *d, fm_time now)
{
    bool off = fm_ledger_status(ledger, d->det) == FM_OFF;

    if (d->rev || off)
        close_detection(ledger, d, off ? "off" : "learning", now);
}

static void rejudge(struct fm_ledger *ledger, struct fm_detection *d, fm_time now)
{
    d->found = score(ledger, d, &d->finding);
    if (!d->rev) {
        report_first(ledger, d, now);
    } else {
        uint32_t changed = changes_of(ledger, d) | d->waiting;
        if (changed)
            report(ledger, d, FM_DET_UPDATE, changed, now);
    }
    set_deadline(ledger, d);
}

void fm_ledger_rejudge(struct fm_ledger *ledger, fm_time now,
        const struct fm_entity *(*entity_of)(void *arg, fm_entity_id id), void *arg)
{
    struct fm_detection *next;

    for (struct fm_detection *d = fm_table_oldest(ledger->rows); d; d = next) {
        const struct fm_entity *entity = entity_of(arg, d->entity.id);
        next = fm_table_newer(ledger->rows, d);
        if (entity)
            d->entity = *entity;
        if (is_silent(ledger, d))
            fall_silent(ledger, d, now);
        else
            rejudge(ledger, d, now);
    }
}

/* ---- other detectors ---- */

/** The count of its openings goes with a detector to its new place; where the fuse has gone, both
 *  begin anew. */
static void move_fuses(struct fm_ledger *ledger, const struct fm_tuning *tuning)
{
    struct fm_bins opened[FM_DETECTORS];

    for (unsigned i = 0; i < FM_DETECTORS; i++)
        fm_bins_init(&opened[i], FUSE_WINDOW / FM_BINS);
    for (unsigned i = 0; i < fm_tuning_count(tuning); i++) {
        unsigned from = fm_tuning_find(ledger->tuning, tuning[i].det);
        if (from < FM_DETECTORS && !ledger->fuse[from].at)
            opened[i] = ledger->opened[from];
    }
    memcpy(ledger->opened, opened, sizeof opened);
    memset(ledger->fuse, 0, sizeof ledger->fuse);
}

/** What is open stays with its detector; without one it is closed. */
static void move_detections(struct fm_ledger *ledger, const struct fm_tuning *tuning)
{
    struct fm_detection *next;

    for (struct fm_detection *d = fm_table_oldest(ledger->rows); d; d = next) {
        next = fm_table_newer(ledger->rows, d);
        if (fm_tuning_find(tuning, d->finding.det) == FM_DETECTORS)
            close_detection(ledger, d, "removed", ledger->wheel.now);
    }
    for (struct fm_detection *d = fm_table_oldest(ledger->rows); d;
            d = fm_table_newer(ledger->rows, d)) {
        d->det = fm_tuning_find(tuning, d->finding.det);
        d->finding.det = tuning[d->det].det;
    }
}

void fm_ledger_tune(struct fm_ledger *ledger, const struct fm_tuning *tuning,
        double report_certainty)
{
    if (ledger->tuning) {
        move_fuses(ledger, tuning);
        move_detections(ledger, tuning);
    }
    ledger->tuning = tuning;
    ledger->report_certainty = report_certainty;
}

/* ---- looking ---- */

struct fm_detection *fm_ledger_oldest(const struct fm_ledger *ledger)
{
    return fm_table_oldest(ledger->rows);
}

struct fm_detection *fm_ledger_newer(const struct fm_ledger *ledger, const struct fm_detection *d)
{
    return fm_table_newer(ledger->rows, d);
}

uint32_t fm_ledger_count(const struct fm_ledger *ledger)
{
    return fm_table_count(ledger->rows);
}

uint32_t fm_ledger_cap(const struct fm_ledger *ledger)
{
    return fm_table_cap(ledger->rows);
}

uint64_t fm_ledger_evicted(const struct fm_ledger *ledger)
{
    return ledger->evicted;
}
