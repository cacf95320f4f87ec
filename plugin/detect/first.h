/* Family first: something that one host does to another, by name, and whether it ever did it before.
 *
 * A state is one (host, target, thing): what the thing is called, on which of the last 64 days it was
 * done, how often, by which account, with what evidence.  So a judgement can ask "is this new, and
 * how long have we been watching?" (learn/ knows the hours watched).  Adds commute.
 *
 * 0.8 KiB a state; a state is made at the first time.  O(1) an observation. */
#ifndef FM_DETECT_FIRST_H
#define FM_DETECT_FIRST_H

#include "detect/family.h"

#define FM_FIRST_DAYS 64
#define FM_FIRST_STEPS 32 /* kinds of steps that a detector may tell apart within a thing */

struct fm_deed {
    uint64_t thing;       /* keyed hash of what is done: an interface, a port, ...; 0: one thing */
    unsigned step;        /* below FM_FIRST_STEPS: which of the detector's kinds of operation */
    char label[FM_NAME];  /* what is done, for people */
    char account[FM_NAME];
    bool success;
    bool answer;          /* tells how an earlier deed ended; makes no state */
};

struct fm_first_spec {
    /** Whether the observation is a deed for this detector, and which. */
    bool (*look)(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_deed *out);
};

struct fm_first_state {
    fm_time first, last;
    int32_t day;   /* since 1970 of bit 0 of `days` */
    uint32_t steps; /* 1 << step */
    uint64_t days; /* bit n: done n days before `day` */
    uint32_t count, successes;
    uint32_t step_count[FM_FIRST_STEPS];
    struct fm_addr target;
    uint16_t port;
    uint8_t proto, pad[5];
    uint64_t bytes[2];
    char label[FM_NAME], account[FM_NAME];
    struct fm_samples samples;
};

/** On how many earlier days it was done. */
unsigned fm_first_days_before(const struct fm_first_state *state, fm_time now);

#endif
