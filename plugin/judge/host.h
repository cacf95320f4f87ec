/* A host's scores, from its open detections.
 *
 * One cause (peer or name, stage) counts once: its strongest detection in full, the others stand as
 * support.  A detection's weight halves with each half-life of its category since its last
 * evidence.  Threat and certainty are each 100 * (1 - product of (1 - score * weight / 100)) over
 * the causes: two independent reasons say more than one, none says more than 100. */
#ifndef FM_JUDGE_HOST_H
#define FM_JUDGE_HOST_H

#include "judge/ledger.h"

#define FM_CONTRIBUTIONS 16

struct fm_contribution {
    uint64_t id; /* of the detection */
    const struct fm_detector *det;
    double threat, certainty; /* as they count now */
    bool support;             /* another detection of the same cause counts already */
};

struct fm_stage {
    fm_time first, last; /* 0: none */
    double threat;
};

struct fm_host {
    struct fm_entity entity;
    fm_time at;
    double threat, certainty;
    enum fm_quadrant quadrant;
    const char *profile; /* a literal; NULL: too little to tell */
    bool has_was; /* reported before */
    double was_threat, was_certainty;
    enum fm_quadrant was_quadrant;
    struct fm_stage stage[FM_CATEGORIES];
    unsigned contributions;
    uint32_t contributions_dropped;
    struct fm_contribution contribution[FM_CONTRIBUTIONS];
};

/** From all scored, reported detections of this entity. */
void fm_host_judge(const struct fm_ledger *ledger, const struct fm_entity *entity, fm_time now,
        struct fm_host *out);

/** Another tuning is about to take the place of the one it was judged under. */
void fm_host_retune(struct fm_host *host, const struct fm_tuning *tuning);

#endif
