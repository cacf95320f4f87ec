/* Family rhythm: does a host come back to one outside party again and again, on a beat?
 *
 * A state is the last 128 visits of one host to one name (or address, where it has no name), sorted
 * by time; visits within half a second of each other are one.  From them:
 *
 *   period      the median gap: of beats of which less than half are missed, the period
 *   variation   standard deviation over the mean of the gaps as they are: about 1 is chance
 *   range       (longest - shortest) gap over the period once multiples are folded back; from 30
 *               beats on without the twentieth part at either end
 *   boundedness the longest gap over the mean one: several agents that beat side by side have no
 *               period, but never pause as chance does
 *   size        how alike the visits are in bytes each way: 1 - MAD/median, 1 is constant
 *
 * Beside these the state adds up what all flows to the party carried each way (payload, HTTP's
 * headers too); a visit's size is, over HTTP, its bodies.
 *
 * Where visits close together are taken as one, no gap is shorter than that closeness; variation
 * and boundedness are then of what the gaps exceed it by, which for gaps of chance (exponential)
 * changes neither.
 *
 * `range` decides, because it is bounded: at 10 beats and 50 % jitter MAD over median takes one
 * random series in ten for regular; the range of nine exponential gaps stays below a fifth of their
 * median once in ten million series.
 *
 * 2.5 KiB a state.  O(128) a visit, O(1) a report of bytes, O(128 log 128) a judgement. */
#ifndef FM_DETECT_RHYTHM_H
#define FM_DETECT_RHYTHM_H

#include "detect/family.h"

#define FM_BEATS 128

struct fm_rhythm_spec {
    /** Whether the observation is a visit for this detector. */
    bool (*look)(const struct fm_context *ctx, const struct fm_obs *obs);
};

struct fm_beat {
    fm_time at;
    uint32_t bytes[2]; /* saturate */
};

struct fm_rhythm_state {
    uint32_t used, visits, refused; /* visits ever; of these without an answer or refused */
    uint16_t sport, last_cport;
    uint8_t proto, app, named, pad;
    uint16_t requests; /* visits that were HTTP requests (saturates) */
    uint16_t referred; /* of these, requests that named a page (Referer) */
    fm_time first, last;
    uint64_t bytes[2]; /* of all its flows, by what they carried */
    struct fm_addr addr; /* the last */
    char name[FM_NAME], agent[FM_NAME];
    struct fm_beat beat[FM_BEATS];
    struct fm_samples samples;
};

struct fm_rhythm_measure {
    unsigned beats, missed;
    double period_s, variation, range, boundedness;
    double size_likeness; /* 0 to 1: the less alike of the two directions */
    double median_bytes[2];
    double span_s;
};
/** Measures the visits as they are, and with visits closer than an eighth of the long gaps (the
 *  80th percentile) taken as one; gives the more regular of the two.  False below 4 beats. */
bool fm_rhythm_measure(const struct fm_rhythm_state *state, struct fm_rhythm_measure *out);

#endif
