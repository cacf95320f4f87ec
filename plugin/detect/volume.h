/* Family volume: how much went from one host to one outside party, in how short a time, against
 * what is normal for that host, that party and both.
 *
 * A state keeps bytes each way of one (host, party) over a sliding window of 12 bins and in all,
 * the busiest addresses and ports, and evidence.  What is normal stands in learn/ by three keys:
 * the pair's day, the host's day (name 0), and how many hosts use the party.  Adds commute.
 *
 * 0.9 KiB a state; a state is made only when a single report brings 64 KiB or more outward, or the
 * state is there already: browsing costs nothing.  O(1) a report. */
#ifndef FM_DETECT_VOLUME_H
#define FM_DETECT_VOLUME_H

#include "detect/family.h"
#include "sketch/bins.h"

#define FM_VOLUME_PLACES 4
#define FM_VOLUME_WORTH 65536 /* bytes outward in one report that make a state */

struct fm_volume_spec {
    bool (*look)(const struct fm_context *ctx, const struct fm_obs *obs);
    unsigned window; /* parameter that holds the window, in seconds */
};

struct fm_volume_place {
    struct fm_addr addr;
    uint16_t port;
    uint8_t proto, pad[5];
    uint64_t bytes[2];
    fm_time first, last;
};

struct fm_volume_state {
    fm_time first, last;
    fm_time burst; /* when the bytes outward began that the window holds */
    uint64_t bytes[2];
    struct fm_bins out, in;
    char name[FM_NAME];
    uint8_t named, places, pad[6];
    struct fm_volume_place place[FM_VOLUME_PLACES];
    struct fm_samples samples;
};

#endif
