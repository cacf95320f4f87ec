/* Family tally: how many different things were tried, and how many tries failed.
 *
 * A try belongs to a *group* (a target, a service, a port) and is about an *item* (a port, an
 * account, an address).  A state keeps 8 groups, each over two sliding windows (fast and slow), a
 * window being two halves, so that its edge is known to half its length.  Different failed items
 * are exact to 30, then within 9 % (sketch/distinct.h).  Halves are by event time: tries may come
 * in any order.
 *
 * A ninth group takes the place of the one with the fewest failed items of the slow window, but
 * while half of them are fresh (began within the same second) it is not kept: targets that are
 * tried by turns would push one another out before any had a second item.
 *
 * Different items that were answered are counted beside them, over the group's whole life.
 *
 * 7.5 KiB a state, made at the first failed try: who never fails costs nothing.  O(8) a try. */
#ifndef FM_DETECT_TALLY_H
#define FM_DETECT_TALLY_H

#include "detect/family.h"
#include "sketch/distinct.h"

#define FM_TALLY_GROUPS 8

enum { FM_FAST, FM_SLOW, FM_TIERS };

struct fm_try {
    uint64_t group, item; /* keyed hashes */
    struct fm_addr addr;  /* of the group, for people */
    uint16_t port;        /* of the group or item, for people */
    char label[FM_NAME];  /* of the group, for people; "" */
    bool failed; /* only failed tries make a state; where every try counts, all fail */
    bool dark; /* nobody has been seen using the target's address */
    uint32_t amount; /* what the detector adds up beside the tries (bytes carried, ...), or 0 */
};

struct fm_tally_spec {
    /** Whether the observation is a try for this detector, and which.  What `out` holds before:
     *  the server's address and port, nothing else. */
    bool (*look)(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_try *out);
    unsigned window[FM_TIERS]; /* parameters that hold the windows, in seconds */
};

struct fm_tally_half {
    uint32_t tries, fails, dark;
    struct fm_distinct failed; /* items */
};

struct fm_tally_tier {
    fm_time window; /* of which it was made; another one begins it anew */
    int64_t number; /* of the newer half: time / (window / 2) */
    struct fm_tally_half half[2]; /* by number modulo 2 */
};

struct fm_tally_group {
    uint64_t group;
    struct fm_addr addr;
    uint16_t port;
    uint8_t proto, used;
    uint32_t tries, fails; /* ever, while the group is kept */
    uint64_t amount;
    char label[FM_NAME]; /* of the group, for people; "" */
    fm_time first, last;
    struct fm_distinct answered; /* items, while the group is kept */
    struct fm_tally_tier tier[FM_TIERS];
};

struct fm_tally_state {
    fm_time first, last;
    fm_time grouped; /* when the last new group came */
    struct fm_distinct groups; /* with failed tries, since an hour passed without a new one */
    struct fm_tally_group group[FM_TALLY_GROUPS];
    struct fm_samples samples;
};

/** What a group's window holds now. */
struct fm_tally_sum {
    double items; /* different failed items, at most `fails` */
    uint32_t tries, fails, dark;
};
struct fm_tally_sum fm_tally_sum(const struct fm_tally_group *group, unsigned tier, fm_time window,
        fm_time now);
/** The same, and its different failed items join `all`. */
struct fm_tally_sum fm_tally_sum_items(const struct fm_tally_group *group, unsigned tier,
        fm_time window, fm_time now, struct fm_distinct *all);

#endif
