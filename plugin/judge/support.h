/* Alerts beside a detection: which of them belong to it, and by how much they make it surer.
 *
 * A rule that names a behaviour fits a detection of that type or category about the same host, if
 * it fired for a party that the detection tells of (by name or address), on a flow that is
 * evidence, or if the detection names no party at all.  Any other rule must have fired on a flow
 * that is evidence.  A detection lists 8 rules; those that only stand beside it give way to those
 * that support it.
 *
 * Certainty C becomes C + (100 - C) * share: it never falls, and stays below 100.  Cannot see: a
 * flow that is evidence but of which no piece was kept. */
#ifndef FM_JUDGE_SUPPORT_H
#define FM_JUDGE_SUPPORT_H

#include "detect/finding.h"
#include "judge/alerts.h"

#define FM_SUPPORT_RULES 8

/** A rule beside a detection: its first alert there. */
struct fm_support_rule {
    fm_time time;
    uint64_t flow_id;
    uint32_t sid, gid; /* sid 0: no more rules */
    uint8_t claim;     /* percent; 0: it only stands beside */
    char signature[FM_SIGNATURE];
};

struct fm_support {
    struct fm_support_rule rule[FM_SUPPORT_RULES];
};

/** What a detection is about, for asking whether an alert belongs to it. */
struct fm_support_case {
    const struct fm_finding *finding;
    const struct fm_sample *evidence[2]; /* pieces, and how many of them */
    unsigned pieces[2];
};

/** Whether it belongs there. */
bool fm_support_fits(const struct fm_support_case *about, const struct fm_alert_note *note);
/** Lists it; false: it is there already, or there is no room. */
bool fm_support_add(struct fm_support *support, const struct fm_alert_note *note);
/** Of what is doubtful, the share that the rules take away: 0 to FM_CLAIM_MOST / 100. */
double fm_support_share(const struct fm_support *support);

#endif
