/* All detectors together: an observation goes to the families that count its sort; what became
 * worth judging is judged when time allows.  A detector that does not see what it needs is blind:
 * it says so and judges nothing. */
#ifndef FM_DETECT_RUN_H
#define FM_DETECT_RUN_H

#include "detect/family.h"

struct fm_run;

/** `tuning`: one a detector; what it says of one may be changed in place later.
 *  `state_bytes` is shared out between the slabs by their families' shares. */
struct fm_run *fm_run_new(struct fm_mem *mem, const struct fm_context *ctx,
        const struct fm_tuning *tuning, uint64_t state_bytes, enum fm_source source,
        uint64_t seed);
void fm_run_free(struct fm_run *run);
/** Makes ready for another tuning, in two steps, since what hangs on the states of a detector that
 *  goes must be told before they go.  States stay where the detector counts the same as before.
 *  False: memory is out, nothing has changed. */
bool fm_run_prepare(struct fm_run *run, const struct fm_tuning *tuning);
/** Takes what was prepared.  Until now the old tuning had to stand. */
void fm_run_tune(struct fm_run *run);

void fm_run_see(struct fm_run *run, const struct fm_obs *obs);
/** Judges what has become worth it; every finding goes to `found` with its detector's index. */
void fm_run_judge(struct fm_run *run, fm_time now,
        void (*found)(void *arg, unsigned det, const struct fm_finding *finding), void *arg);
bool fm_run_pending(const struct fm_run *run);
/** An open detection hangs on the state of this key: it is forgotten last. */
void fm_run_pin(struct fm_run *run, unsigned det, const struct fm_key *key, bool pinned);

/** NULL: it sees.  Else why it is blind, and the remedy, as one sentence each. */
struct fm_blindness {
    const char *reason, *remedy;
};
const struct fm_blindness *fm_run_blind(const struct fm_run *run, unsigned det);

struct fm_slab *fm_run_slab(const struct fm_run *run, unsigned det);

#endif
