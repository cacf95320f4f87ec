/* Triage: what an operator has decided about detections.  A rule names a host, a type, a peer, or
 * several of these; a detection that all of them fit is written, but not scored, for one of three
 * reasons:
 *
 *   misdetection     it is not what the detector took it for
 *   over_detection   it is, and it is this host's work
 *   noise            it is, and nobody will act on it
 *
 * Rules are asked whenever a detection is, so that one holds for what is open already, and what it
 * kept out of a score counts again when it goes.  The first that fits decides.
 *
 * A rule must not hide what its writer did not have in mind: one that names a peer fits only while
 * every peer on that side (inside or outside) that the detection tells of is the named one, its
 * evidence included; the host that goes on to another peer counts again.
 *
 * O(rules) a question, most answered by the first comparison.  Cannot see: more peers than a
 * detection keeps (20 rows, 40 pieces of evidence); the address of a host that took another's. */
#ifndef FM_JUDGE_TRIAGE_H
#define FM_JUDGE_TRIAGE_H

#include "detect/finding.h"
#include "world/entity.h"

#define FM_TRIAGE_RULES 256
#define FM_TRIAGE_NAME 160 /* bytes of a rule in words, its NUL included */

enum fm_triage_reason { FM_MISDETECTION, FM_OVER_DETECTION, FM_NOISE, FM_TRIAGE_REASONS };
extern const char *const fm_triage_reason_name[FM_TRIAGE_REASONS];

/** What a rule names must all fit; what it does not name, fits. */
struct fm_triage_rule {
    struct fm_prefixes *host; /* NULL: any */
    char type[FM_NAME];       /* a detector's name; "": any */
    int category;             /* enum fm_category; -1: any */
    struct fm_prefixes *peer; /* NULL: not by address */
    char peer_name[FM_NAME];  /* itself and its subdomains; "": not by name */
    enum fm_triage_reason reason;
    char name[FM_TRIAGE_NAME]; /* for events: what it names, and its note */
    uint64_t id;               /* of what it names and why: hits are kept by it */
    uint64_t hits;             /* detections that it has kept out of the scores */
    fm_time last_hit;          /* 0: never */
};

struct fm_triage {
    const struct fm_networks *net; /* what is inside; never NULL where there are rules */
    unsigned rules;
    struct fm_triage_rule *rule; /* owned by whoever fills it */
};

/** What triage looks at in a detection. */
struct fm_triage_case {
    const struct fm_entity *entity;
    const struct fm_finding *finding;
    const struct fm_sample *evidence[2]; /* pieces, and how many of them */
    unsigned pieces[2];
};

/** The first rule that fits, or NULL. */
struct fm_triage_rule *fm_triage_find(const struct fm_triage *triage,
        const struct fm_triage_case *about);
/** The rules of `to` that `from` has too take over its hits. */
void fm_triage_keep_hits(struct fm_triage *to, const struct fm_triage *from);

#endif
