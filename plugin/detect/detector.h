/* A detector is a table and a judgement.  The table says what it is called, what it looks for, what
 * it must be able to see, its parameters and the terms of its scores; from it come the policy's
 * check, the manual and the matrix of sources.  The family does the measuring; `judge` turns what
 * was measured into a finding: no score, no JSON, no clock. */
#ifndef FM_DETECT_DETECTOR_H
#define FM_DETECT_DETECTOR_H

#include "base/addr.h"
#include "record/record.h"
#include "world/networks.h"

#define FM_PARAMS 12    /* parameters of a detector, at most */
#define FM_TERMS 12     /* terms of a detector, at most */
#define FM_FACTS 24     /* facts of a finding, at most */
#define FM_PEERS 20     /* rows of a finding's table, at most */
#define FM_SAMPLES 8    /* pieces of evidence that a state keeps: the first 4, the last 4 */
#define FM_DETECTORS 64 /* built in and declared, at most */
#define FM_NAME 64      /* bytes of a name kept in states and findings, its NUL included */

enum fm_unit { FM_COUNT, FM_SPAN, FM_BYTES, FM_SHARE, FM_RATIO, FM_SCORE_UNIT, FM_UNITS };
/** "count", "s", "bytes", "share" (0 to 1), "ratio", "points". Spans are seconds (double). */
extern const char *const fm_unit_name[FM_UNITS];

struct fm_param {
    const char *name;
    enum fm_unit unit;
    double least, most, preset; /* in the unit; spans in seconds */
    const char *help;
};

enum fm_score { FM_THREAT, FM_CERTAINTY, FM_SCORES };

/** Four anchors worth 0, 33, 67 and 100 points, piecewise linear between, flat outside.  They may
 *  rise or fall, but never turn. */
struct fm_curve {
    double at[4];
};

struct fm_term {
    const char *name;
    enum fm_score score;
    enum fm_unit unit;
    struct fm_curve curve;
    double weight; /* > 0 */
    const char *help;
};

struct fm_detector;

/** A detector and what an operator may change of it; filled by policy/ from the table's presets.
 *  In arrays of FM_DETECTORS: those of fm_detectors[], then the declared ones, up to the first
 *  without. */
struct fm_tuning {
    const struct fm_detector *det;
    enum fm_status status;
    double param[FM_PARAMS];
    struct fm_curve curve[FM_TERMS];
    double weight[FM_TERMS];
    double budget;  /* detections per 1,000 entities and week */
    double quiet_s; /* closes after so long without new evidence */
};

/** Records and fields without which it sees nothing. */
struct fm_need {
    enum fm_kind kind;
    uint32_t fields; /* FM_HAS_* */
};

/** What it assumes of the sensor's place; a gauge of world/ tells whether it holds. */
enum {
    FM_TWO_WAY = 1 << 0,      /* both directions of flows are seen */
    FM_DNS_SEEN = 1 << 1,     /* clients' DNS passes the sensor */
    FM_SAME_SEGMENT = 1 << 2, /* MAC addresses are the hosts' own */
    FM_INSIDE_SEEN = 1 << 3,  /* traffic between inside hosts passes the sensor */
    FM_CLIENTS_SEEN = 1 << 4, /* what clients send is seen, whether or not the answers are */
};

enum fm_by {
    FM_BY_ENTITY,
    FM_BY_PAIR,           /* entity and inside host */
    FM_BY_ENTITY_NAME,    /* entity and outside name, else address */
    FM_BY_ENTITY_SERVICE, /* entity and server port */
    FM_BY_ACCOUNT,
    FM_BY_DESTINATION,
    FM_BY_FLOW,
    FM_BY_SITE,
};

struct fm_family;
struct fm_sight;
struct fm_finding;
struct fm_tally_spec;
struct fm_rhythm_spec;
struct fm_volume_spec;
struct fm_first_spec;
struct fm_sequence_spec;
struct fm_contacts_spec;
struct fm_guess_spec;

struct fm_detector {
    uint64_t identity; /* of a declared one: what it counts, and how; 0: it is built in */
    const char *name;  /* "port_scan": type in events, key in policies */
    const char *title; /* "Port Scan" */
    enum fm_category category;
    const char *tactic[3];    /* ATT&CK: "TA0007" */
    const char *technique[4]; /* "T1046" */
    const char *help;         /* one sentence: what it finds */
    const char *look_alikes;
    const char *next; /* one pivot for the person who reads it */
    const struct fm_family *family;
    enum fm_by key;
    union { /* what the family measures for it */
        const struct fm_tally_spec *tally;
        const struct fm_rhythm_spec *rhythm;
        const struct fm_volume_spec *volume;
        const struct fm_first_spec *first;
        const struct fm_sequence_spec *sequence;
        const struct fm_contacts_spec *contacts;
        const struct fm_guess_spec *guess;
    };
    uint64_t sees; /* FM_SEES(...): narrower than its family's; 0: as that */
    struct fm_need needs[4]; /* unused ones are zero */
    uint32_t assumes;        /* FM_TWO_WAY | ... */
    uint32_t excused;  /* 1 << enum fm_role: hosts whose work this is; written, but not scored */
    enum fm_status starts;
    double budget;  /* detections per 1,000 entities and week */
    double quiet_s;
    const struct fm_param *params; /* up to the first without a name; NULL: none */
    const struct fm_term *terms;   /* up to the first without a name */
    /** Whether what was measured is what it looks for; then fills `out`. */
    bool (*judge)(const struct fm_sight *in, struct fm_finding *out);
};

/** The detectors that are built in, in the order of list.c. */
extern const struct fm_detector *const fm_detectors[];
extern const unsigned fm_detectors_count;
/** NULL when there is none of that name. */
const struct fm_detector *fm_detector_find(const char *name);
unsigned fm_detector_params(const struct fm_detector *det);
unsigned fm_detector_terms(const struct fm_detector *det);
/** The tuning that the table itself gives. */
void fm_tuning_preset(const struct fm_detector *det, struct fm_tuning *out);
unsigned fm_tuning_count(const struct fm_tuning *tuning);
/** Which of them has that name and counts the same; FM_DETECTORS: none. */
unsigned fm_tuning_find(const struct fm_tuning *tuning, const struct fm_detector *det);

#endif
