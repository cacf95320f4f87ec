/* The ledger of detections: what was found about whom, from the first report to the closing.
 *
 * A finding opens a detection (its id is the hash of site, entity, type and key, so the same
 * behaviour of the same host keeps its id across restarts, and what was open goes on) or adds to
 * the open one.  It is reported when it opens, and again only when a person would act on the
 * change: a score that moved by ten points, a quadrant, a new peer, a success; at most once a
 * minute but for a quadrant or a success.  When it falls quiet (for half as long as it lasted, two
 * minutes at least) its last numbers are told once.  It closes after `quiet_s` without new
 * evidence.
 *
 * What the operator changes holds for what is open: another policy scores and triages it anew.  A
 * detector that is learning is silent, and live by itself once a week has been watched.
 *
 * 9 KiB a detection; at the cap the open one with the lowest threat among the oldest leaves,
 * counted.  Evidence: the first 20 pieces and the last 20; the rest is counted. */
#ifndef FM_JUDGE_LEDGER_H
#define FM_JUDGE_LEDGER_H

#include "base/wheel.h"
#include "judge/score.h"
#include "judge/support.h"
#include "judge/triage.h"
#include "sketch/bins.h"
#include "world/entity.h"

#define FM_EVIDENCE 20

enum fm_detection_state { FM_DET_NEW, FM_DET_UPDATE, FM_DET_CLOSED };

enum { /* why it is reported again */
    FM_CHANGED_SCORE = 1 << 0,
    FM_CHANGED_QUADRANT = 1 << 1,
    FM_CHANGED_PEER = 1 << 2,
    FM_CHANGED_SUCCESS = 1 << 3,
    FM_CHANGED_STATUS = 1 << 4,
    FM_CHANGED_FACTS = 1 << 5, /* nothing but its numbers, which have come to rest */
};

enum fm_quadrant { FM_LOW, FM_MEDIUM, FM_HIGH, FM_CRITICAL };
extern const char *const fm_quadrant_name[];
enum fm_quadrant fm_quadrant_of(double threat, double certainty);

struct fm_detection {
    uint64_t id;
    struct fm_timer timer; /* closing, or a report that waits */
    unsigned det;          /* index into the tuning */
    unsigned rev;          /* of the last report; 0: not reported yet */
    enum fm_detection_state state;
    enum fm_status status; /* of the last report, as is `scored` */
    bool scored;
    char triage[FM_TRIAGE_NAME]; /* the rule that keeps it out of the scores; "": none */
    enum fm_triage_reason triage_reason;
    uint64_t triage_id;
    bool written; /* for whoever reports: the outside has been told of it */
    uint32_t changed; /* FM_CHANGED_* of the report being made */
    uint32_t waiting; /* changes that wait for the minute to pass */
    const char *reason; /* of the closing; a literal */
    struct fm_scores scores; /* of the last report, as the policy's function left them */
    struct fm_scores found;  /* of what was found at its worst */
    double reported_threat, reported_certainty; /* of what had been found when it was reported */
    unsigned reported_peers;
    bool reported_success, reported_scored;
    enum fm_status reported_status;
    bool unsettled; /* its facts have changed since the last report */
    fm_time opened, last, reported;
    struct fm_entity entity; /* as last seen */
    struct fm_finding finding;
    uint32_t evidence;      /* pieces taken: the first 20, then a ring of the last 20 */
    uint32_t evidence_seen; /* pieces there were */
    struct fm_sample first_evidence[FM_EVIDENCE], last_evidence[FM_EVIDENCE];
    struct fm_support support; /* alerts beside it */
    char note[160]; /* the policy's own */
};

struct fm_ledger;

struct fm_ledger *fm_ledger_new(struct fm_mem *mem, uint32_t cap, uint64_t seed);
void fm_ledger_free(struct fm_ledger *ledger);
/** `report` is called for every report; it may lower, raise or silence the detection it is given
 *  (scores, status, scored), which holds until the next report. */
void fm_ledger_on_report(struct fm_ledger *ledger,
        void (*report)(void *arg, struct fm_detection *detection), void *arg);
/** `pin` is told when a state begins or ends to carry an open detection. */
void fm_ledger_on_pin(struct fm_ledger *ledger,
        void (*pin)(void *arg, unsigned det, const struct fm_key *key, bool pinned), void *arg);
/** Another tuning.  The one before must still stand: what is open stays with its detector, also
 *  where that has another place, and is closed where there is none any more. */
void fm_ledger_tune(struct fm_ledger *ledger, const struct fm_tuning *tuning,
        double report_certainty);
/** Rules of the operator, which count their hits; NULL: none.  They must stay until others come. */
void fm_ledger_triage(struct fm_ledger *ledger, struct fm_triage *triage);
/** Alerts that came before a detection; NULL: none.  They must stay. */
void fm_ledger_alerts(struct fm_ledger *ledger, const struct fm_alerts *alerts);
/** After another policy: what is open is scored and triaged anew, told at once where that changes
 *  it, and closed where its detector has become silent.  `entity_of` gives a host as it is now, or
 *  NULL. */
void fm_ledger_rejudge(struct fm_ledger *ledger, fm_time now,
        const struct fm_entity *(*entity_of)(void *arg, fm_entity_id id), void *arg);

void fm_ledger_take(struct fm_ledger *ledger, unsigned det, const struct fm_finding *finding,
        const struct fm_entity *entity, fm_time now);
/** An alert about this host, which what is open about it may be surer by. */
void fm_ledger_alert(struct fm_ledger *ledger, fm_entity_id entity,
        const struct fm_alert_note *note, fm_time now);
/** Closes what has been quiet, reports what waited. */
void fm_ledger_advance(struct fm_ledger *ledger, fm_time now);
/** The input has ended: tells the last numbers of what is open. */
void fm_ledger_settle(struct fm_ledger *ledger, fm_time now);

/** Goes when more than `limit` (ten times the budget) detections that count were opened within a
 *  week.  Until another policy is taken, which puts a new one in, the detector is on trial. */
struct fm_fuse {
    fm_time at;   /* when it went; 0: it is whole */
    double count; /* in the week before */
    double limit;
};

/** NULL: it is whole. */
const struct fm_fuse *fm_ledger_fuse(const struct fm_ledger *ledger, unsigned det);

/** What was open when the last process ended, as fm_kept_read gives it; before any other.  `until`:
 *  packet time up to which that process had come.  What should have closed since closes as time
 *  goes on.  False: it is not this ledger's, or there is no room. */
bool fm_ledger_restore(struct fm_ledger *ledger, const struct fm_detection *d, fm_time until);

/** The openings that a fuse counts; plain bytes, kept and put back. */
struct fm_openings {
    struct fm_bins opened;
    struct fm_fuse fuse;
};
void fm_ledger_openings(const struct fm_ledger *ledger, unsigned det, struct fm_openings *out);
void fm_ledger_restore_openings(struct fm_ledger *ledger, unsigned det,
        const struct fm_openings *kept);

/** Open detections from the oldest evidence to the newest. */
struct fm_detection *fm_ledger_oldest(const struct fm_ledger *ledger);
struct fm_detection *fm_ledger_newer(const struct fm_ledger *ledger, const struct fm_detection *d);
uint32_t fm_ledger_count(const struct fm_ledger *ledger);
uint32_t fm_ledger_cap(const struct fm_ledger *ledger);
uint64_t fm_ledger_evicted(const struct fm_ledger *ledger);
/** How many inside hosts there are, for the budget. */
void fm_ledger_hosts(struct fm_ledger *ledger, double hosts);
/** Hours really watched: FM_NOVEL_AFTER_HOURS of them end all learning. */
void fm_ledger_watched(struct fm_ledger *ledger, unsigned hours);
/** What the detector's detections are now: as tuned, but no longer learning when enough has been
 *  watched, and on trial when its fuse has gone. */
enum fm_status fm_ledger_status(const struct fm_ledger *ledger, unsigned det);

#endif
