/* Furumai (振る舞い): the words that every room shares.
 *
 * What a sensor says is a *record*; who is meant is an *entity*; where a detector keeps what it
 * measured is a *key*; what a detector concludes is a *finding*; what an operator sees is a
 * *detection*.  Records stand in record/record.h, findings and detections in detect/ and judge/;
 * here are only the small types that all of them are made of.  Includes nothing but libc.
 */
#ifndef FURUMAI_H
#define FURUMAI_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FM_VERSION "0.1.0"

/** Microseconds of packet time since 1970-01-01 UTC.  No room below the adapters asks a clock. */
typedef int64_t fm_time;

#define FM_MS INT64_C(1000)
#define FM_SECOND INT64_C(1000000)
#define FM_MINUTE (60 * FM_SECOND)
#define FM_HOUR (60 * FM_MINUTE)
#define FM_DAY (24 * FM_HOUR)
#define FM_NEVER INT64_MAX

/** IPv6 in network order; IPv4 as ::ffff:a.b.c.d, so that one type serves both. */
struct fm_addr {
    uint8_t byte[16];
};

struct fm_mac {
    uint8_t byte[6];
};

/** Direction indices of every pair of counters: from the client to the server, and back. */
enum { FM_TO_SERVER = 0, FM_TO_CLIENT = 1 };

/** A measured value that is not known.  Every term and every "normal" may be unknown. */
#define FM_UNKNOWN ((double)NAN)
static inline bool fm_known(double value)
{
    return !isnan(value);
}

/** An entity's persisted number.  0 is nobody. */
typedef uint32_t fm_entity_id;

/** What a state, a baseline or a detection is kept by.  Plain bytes: hashed, compared and stored
 *  whole, so unused fields must be zero (start from `struct fm_key k = {0}`). */
struct fm_key {
    fm_entity_id entity; /* the suspect */
    fm_entity_id other;  /* a second inside host, or 0 */
    uint64_t name;       /* keyed hash of an outside name or address, an account, ...; or 0 */
    uint16_t port;       /* server port, or 0 */
    uint16_t site;
    uint8_t proto; /* IP protocol, or 0 */
    uint8_t pad[3];
};
_Static_assert(sizeof(struct fm_key) == 24, "keys are stored: their layout is a file format");

enum fm_category {
    FM_C2,
    FM_BOTNET,
    FM_RECON,
    FM_LATERAL,
    FM_EXFIL,
    FM_INFO,
    FM_CATEGORIES,
};

enum fm_status {
    FM_LEARNING, /* silent, says until when */
    FM_TRIAL,    /* written, unscored */
    FM_LIVE,     /* written, scored */
    FM_OFF,
    FM_STATUSES,
};

/** Names of the enums as they appear in events and policies ("command_and_control", "live"). */
extern const char *const fm_category_name[FM_CATEGORIES];
extern const char *const fm_status_name[FM_STATUSES];

#endif
