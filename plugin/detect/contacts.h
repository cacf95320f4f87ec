/* Family contacts: what one host has with each of a few parties, piece by piece.
 *
 * A party is an address and port, or whatever the detector keys it by (a domain under which names
 * are asked, a place from which files are fetched).  Of each the state keeps who and when,
 * sessions, bytes each way, the signs that were seen (a set of bits), seven sums, a load over a
 * sliding window, and how many different items there were (exact to 30, then within 9 %) with what
 * the different ones are worth together.  So one weak sign decides nothing, and many of one party,
 * or the same with several parties, can.  Adds commute, but for `worth` beyond the exact stage of
 * `items`.
 *
 * A state holds 12 parties.  Where there is no room the one leaves that was seen longest ago,
 * where every different item counts as 10 s more recent, an hour at most: a party that is busy
 * stays.
 *
 * 6 KiB a state, made when an observation `meets` a party.  O(12) an observation. */
#ifndef FM_DETECT_CONTACTS_H
#define FM_DETECT_CONTACTS_H

#include "detect/family.h"
#include "sketch/bins.h"
#include "sketch/distinct.h"

#define FM_CONTACTS 12
#define FM_CONTACT_SUMS 7

struct fm_contact_note {
    bool meets;        /* makes the party a contact if it is none yet */
    uint64_t party;    /* keyed hash of what the party is; 0: the server's address and port */
    uint64_t item;     /* keyed hash of what is counted as different; 0: nothing */
    uint32_t worth;    /* of the item, added when it is new there */
    uint32_t load;     /* added to the window */
    uint32_t signs;    /* 1 << n */
    uint32_t sessions;
    uint32_t sum[FM_CONTACT_SUMS];
    uint64_t bytes[2]; /* beside what spec.follows counts */
    uint64_t tag;      /* keyed hash of what should be one thing everywhere (a fingerprint), or 0 */
    char name[FM_NAME]; /* for people; "": the party's own */
};

struct fm_contacts_spec {
    /** Whether the observation says something about a party, and what. */
    bool (*look)(const struct fm_context *ctx, const struct fm_obs *obs,
            struct fm_contact_note *out);
    unsigned window; /* parameter that holds the window of `load`, in seconds; without load, any */
    bool follows;    /* parties are addresses and ports, and the bytes of all flows to a contact
                        count, from the one on by which it was met; of that one all */
};

struct fm_contact {
    uint64_t party, tag, worth;
    struct fm_addr addr;
    uint16_t port;
    uint8_t proto, used;
    bool tags; /* there were several */
    uint8_t pad[3];
    fm_time first, last;
    uint64_t bytes[2], sum[FM_CONTACT_SUMS];
    uint32_t sessions, signs;
    struct fm_bins load;
    struct fm_distinct items;
    char name[FM_NAME];
};

struct fm_contacts_state {
    fm_time first, last;
    uint32_t dropped; /* parties there was no more room for */
    uint32_t pad;
    struct fm_contact contact[FM_CONTACTS];
    struct fm_samples samples; /* of what met a party */
};

/** Fills a row of a finding from a contact. */
void fm_contact_row(struct fm_finding *out, const struct fm_contact *contact);

#endif
