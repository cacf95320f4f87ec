/* From terms to scores.  A curve turns a term's value into 0 to 100 points; Threat and Certainty
 * are the weighted means of the points over the terms that are known.  What is not known lowers how
 * sure one can be: certainty is capped at 40 + 60 * (known weight / whole weight).  What alerts add
 * comes on top of that: they are no part of what a detector measures. */
#ifndef FM_JUDGE_SCORE_H
#define FM_JUDGE_SCORE_H

#include "detect/finding.h"

struct fm_scores {
    double threat, certainty;  /* 0 to 100 */
    double points[FM_TERMS];   /* of each term, FM_UNKNOWN where the term is */
    double known_share;        /* of the certainty's weight */
    double support;            /* share of the doubt that alerts took away; 0: none did */
    double support_points;     /* of certainty, that this came to */
};

/** Points of a value on a curve: anchors are worth 0, 33, 67, 100; unknown stays unknown. */
double fm_curve_points(const struct fm_curve *curve, double value);
struct fm_scores fm_score(const struct fm_detector *det, const struct fm_tuning *tuning,
        const struct fm_finding *finding);
/** Alerts take this share of the doubt away. */
void fm_score_support(struct fm_scores *scores, double share);

#endif
