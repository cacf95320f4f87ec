/* What is written: the value of the key "behavior" of an EVE record, as one JSON object.  Times are
 * packet times; scores are whole numbers; an unknown value is null.  At most FM_EVENT_MAX bytes:
 * rows that do not fit are dropped and counted in `facts.peers_dropped`, then evidence. */
#ifndef FM_ENGINE_EVENT_H
#define FM_ENGINE_EVENT_H

#include "base/text.h"
#include "detect/run.h"
#include "judge/host.h"

#define FM_EVENT_MAX 8192

struct fm_versions {
    uint64_t policy; /* hash */
    const char *model;
};

/** Health of one engine, for the event, the socket and `furumai doctor`. */
struct fm_health {
    fm_time at;
    const char *sensor, *when; /* "start", "hourly", "fuse", "end", "asked" */
    uint64_t records[FM_KINDS], lost[FM_KINDS];
    uint64_t late, early, invalid, doubles, events, coalesced;
    double lag_s;
    unsigned hours_watched;
    double active_hosts;
    uint64_t memory_bytes, memory_peak_bytes, memcap_bytes;
    struct {
        const char *name;
        uint64_t rows, cap, evicted;
        size_t row_bytes;
    } table[FM_DETECTORS + 9]; /* up to the first without a name */
    struct {
        const struct fm_detector *det; /* NULL: there are no more */
        enum fm_status status;
        fm_time until; /* while it is learning: at the earliest */
        const struct fm_fuse *fuse; /* NULL: it is whole */
        const char *proposal;       /* with a fuse: a row to paste, or "" */
        const struct fm_blindness *blind; /* NULL: it sees */
    } detector[FM_DETECTORS];
    const struct fm_triage *triage; /* rules and their hits; NULL: none */
    double two_way_share, midstream_share; /* FM_UNKNOWN: too little seen */
    char policy_version[24];
    const char *lua; /* _VERSION, or NULL without Lua */
};

#define FM_INTRODUCED_ROLES 24
#define FM_INTRODUCED_PROPOSALS 16

/** What an operator may want to write, as data to paste, and when. */
struct fm_proposal {
    unsigned weight; /* more first */
    char rule[224], reason[160];
};

/** What was found in the first day. */
struct fm_introduction {
    unsigned hours;
    double hosts;
    unsigned roles;
    uint32_t roles_dropped, proposals_dropped;
    struct {
        enum fm_role role;
        const char *reason;
        struct fm_entity entity;
    } role[FM_INTRODUCED_ROLES];
    unsigned proposals;
    struct fm_proposal proposal[FM_INTRODUCED_PROPOSALS];
    unsigned detectors;
    const struct fm_tuning *tuning;
    const struct fm_blindness *blind[FM_DETECTORS]; /* NULL: it sees */
};

/** Each writes into `out` (its cap bounds the event) and returns false when even the shortest form
 *  did not fit. */
bool fm_event_detection(struct fm_text *out, const struct fm_detection *detection,
        const struct fm_blindness *blind, const struct fm_versions *versions);
bool fm_event_host(struct fm_text *out, const struct fm_host *host,
        const struct fm_versions *versions);
bool fm_event_health(struct fm_text *out, const struct fm_health *health,
        const struct fm_versions *versions);
bool fm_event_introduction(struct fm_text *out, const struct fm_introduction *intro);
/** A short object for the socket's lists: id, type, host, scores, summary. */
bool fm_event_detection_brief(struct fm_text *out, const struct fm_detection *detection);
bool fm_event_host_brief(struct fm_text *out, const struct fm_host *host);
/** An IP protocol as EVE names it; one without a name as three digits, in `text` of 4 bytes. */
const char *fm_event_proto(uint8_t proto, char *text);

#endif
