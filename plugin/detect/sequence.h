/* Family sequence: two things that one host does, the second of which belongs to the first: it
 * collected much inside, then sent much outside.
 *
 * A state keeps both legs of a host: up to 8 places each (who, which port, how many bytes each way,
 * when), with a sliding sum of each leg over the detector's window, so that the judgement can
 * compare amounts, order and delay.  A place, and a leg's beginning, that rested for a window begin
 * anew.  Adds commute.
 *
 * 2.6 KiB a state; made when one report brings 64 KiB to a leg.  O(8) a report. */
#ifndef FM_DETECT_SEQUENCE_H
#define FM_DETECT_SEQUENCE_H

#include "detect/family.h"
#include "sketch/bins.h"

#define FM_LEG_PLACES 8
#define FM_LEG_WORTH 65536 /* bytes of a leg in one report that make a state */

enum { FM_LEG_FIRST, FM_LEG_SECOND, FM_LEGS };

struct fm_sequence_spec {
    /** Which leg the observation belongs to, and how many bytes it carries there; -1: neither. */
    int (*look)(const struct fm_context *ctx, const struct fm_obs *obs, uint64_t *bytes);
    unsigned window; /* parameter that holds the window, in seconds */
};

struct fm_leg_place {
    struct fm_addr addr;
    uint16_t port;
    uint8_t proto, pad[5];
    uint64_t party; /* as fm_learn_party */
    uint64_t bytes;
    fm_time first, last;
    char name[FM_NAME];
};

struct fm_leg {
    fm_time first, last;
    struct fm_bins sum;
    uint32_t places, places_dropped;
    struct fm_leg_place place[FM_LEG_PLACES];
};

struct fm_sequence_state {
    struct fm_leg leg[FM_LEGS];
    struct fm_samples samples; /* of the second leg */
};

#endif
