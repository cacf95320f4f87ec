/* Family first: something that one host does to another, by name, and whether it ever did so.
 *
 * A state is one (host, target, thing): which steps of the detector's were taken, on which of the
 * last 64 days each, how often, by which account, with what evidence.  So a judgement can ask "is
 * this new, and how long have we been watching?" (learn/ knows the hours watched).
 *
 * What a host does to its first targets may be its work: where the detector asks for it (`wide`),
 * one more state a host adds up all its targets, one a target adds up all that come to it.  Each
 * pair knows on how many earlier days its host took the step to anyone, and how many others come to
 * its target.  A host with more than `wide` targets is judged as a whole from then on.
 *
 * Adds commute but for these two counts, which are as of the pair's last deed.  A pair that was
 * forgotten for want of room counts again as a target.
 *
 * 1.6 KiB a state; a state is made at the first time.  O(1) an observation. */
#ifndef FM_DETECT_FIRST_H
#define FM_DETECT_FIRST_H

#include "detect/family.h"
#include "sketch/bins.h"

#define FM_FIRST_DAYS 64
#define FM_FIRST_STEPS 16 /* kinds of steps that a detector may tell apart */
#define FM_FIRST_PLACES 8

struct fm_deed {
    uint64_t thing;       /* keyed hash of what the steps belong to; 0: one thing */
    unsigned step;        /* below FM_FIRST_STEPS: which of the detector's kinds of operation */
    char label[FM_NAME];  /* what is done, for people; "" leaves the last one */
    char object[FM_NAME]; /* with what: a file, a share; "" leaves the last one */
    char account[FM_NAME];
    bool success;
    bool answer;          /* tells more of earlier deeds; makes no state, is no step */
};

struct fm_first_spec {
    /** Whether the observation is a deed for this detector, and which. */
    bool (*look)(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_deed *out);
    unsigned window; /* parameter: seconds over which `recent` counts */
    unsigned wide;   /* targets of a host beyond which it is judged as a whole; 0: never */
    bool by_thing;   /* the thing is the target: states are kept by it alone */
};

enum fm_first_scope {
    FM_FIRST_PAIR,   /* a host and a target */
    FM_FIRST_HOST,   /* a host and all its targets */
    FM_FIRST_TARGET, /* a target and all that come to it: never judged */
};

struct fm_first_step {
    uint64_t days; /* bit n: taken n days before the state's `day` */
    fm_time first, last;
    uint32_t count;
    uint32_t host_days; /* earlier days on which the host took it to anyone, as of its last time */
};

struct fm_first_place {
    struct fm_addr addr;
    uint16_t port;
    uint8_t proto, pad[5];
    fm_time first, last;
    uint32_t count, steps; /* 1 << step */
};

struct fm_first_state {
    uint8_t scope, pad[3]; /* enum fm_first_scope */
    int32_t day;           /* since 1970 of bit 0 of all `days` */
    fm_time first, last;
    uint32_t count, successes;
    uint32_t steps;        /* 1 << step: ever taken */
    uint32_t others;       /* pair: hosts that come to its target; host: its targets, about */
    struct fm_first_step step[FM_FIRST_STEPS];
    struct fm_bins recent; /* deeds within the window */
    uint32_t places, places_dropped;
    struct fm_first_place place[FM_FIRST_PLACES]; /* targets; a pair has one */
    char label[FM_NAME], object[FM_NAME], account[FM_NAME];
    struct fm_samples samples;
};

/** On how many days before that of the last deed the step was taken. */
unsigned fm_first_days_before(const struct fm_first_state *state, unsigned step);
/** Whether it was taken on the day of the last deed. */
bool fm_first_that_day(const struct fm_first_state *state, unsigned step);

#endif
