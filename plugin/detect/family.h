/* A family measures: it knows by what key an observation is counted, counts it into a state of
 * plain bytes, and says when the state has become worth judging.  Counting commutes; nothing is
 * allocated; no family knows what a detector concludes. */
#ifndef FM_DETECT_FAMILY_H
#define FM_DETECT_FAMILY_H

#include "detect/finding.h"
#include "learn/learn.h"
#include "world/slab.h"
#include "world/world.h"

/** What observing and judging may look at. */
struct fm_context {
    struct fm_world *world;
    struct fm_learn *learn;
    uint64_t seed;
    fm_time now;
    const struct fm_detector *det; /* whose turn it is to observe */
    /** Whether the policy's list of that name has this name or address (port 0: any).  False when
     *  there is no such list. */
    bool (*listed)(void *arg, const char *list, const char *name, const struct fm_addr *addr,
            uint16_t port);
    void *listed_arg;
};

/** What a judgement sees. */
struct fm_sight {
    const struct fm_context *ctx;
    const struct fm_detector *det;
    const double *param; /* as the detector's table of parameters */
    const struct fm_key *key;
    const void *state; /* the family's */
    const struct fm_entity *entity; /* the suspect; never NULL */
};

struct fm_family {
    const char *name;
    size_t state_bytes;
    unsigned layout; /* raised when a state means something else and is still as large */
    /** How much of the memory for states a detector of this family gets, against the shares of all
     *  others. */
    unsigned share;
    uint64_t sees; /* FM_SEES(...) of the observations that are worth calling it for */
    /** Counts one observation, in a state of the slab that it makes only for what is worth one.
     *  Returns the state when it has become worth judging. */
    struct fm_state *(*observe)(const struct fm_detector *det, const double *param,
            const struct fm_context *ctx, struct fm_slab *slab, const struct fm_obs *obs);
};

extern const struct fm_family fm_tally, fm_rhythm, fm_volume, fm_first, fm_sequence, fm_contacts,
        fm_guess;

/** An outside party that many here use: a share of the hosts of `popular` or more, where the share
 *  is known, or a name or address of the policy's list `familiar`. */
bool fm_is_everybodys(const struct fm_context *ctx, uint64_t party, const char *name,
        const struct fm_addr *addr, uint16_t port, double popular);
struct fm_sample fm_sample_of(const struct fm_obs *obs);

#endif
