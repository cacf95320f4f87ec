/* What a detector concluded: who, since when, how much (terms: a number or unknown), the facts a
 * person needs, and the sentence.  Plain bytes of fixed size; a judgement fills it on the stack. */
#ifndef FM_DETECT_FINDING_H
#define FM_DETECT_FINDING_H

#include "detect/detector.h"

/** A piece of evidence: enough to find the packets again. */
struct fm_sample {
    fm_time time;
    uint64_t flow_id;
    struct fm_addr peer;
    uint16_t port;
    uint8_t proto;
    uint8_t outcome; /* enum fm_answer where it has one */
    uint16_t cport;
    uint8_t pad[2];
};

struct fm_samples {
    uint32_t count; /* ever added */
    uint32_t pad;
    struct fm_sample first[FM_SAMPLES / 2], last[FM_SAMPLES / 2];
};

void fm_samples_add(struct fm_samples *samples, const struct fm_sample *sample);

enum fm_fact_kind { FM_FACT_NUMBER, FM_FACT_BYTES, FM_FACT_SPAN, FM_FACT_TIME, FM_FACT_TEXT,
    FM_FACT_ADDR, FM_FACT_BOOL };

struct fm_fact {
    const char *name; /* a literal */
    enum fm_fact_kind kind;
    union {
        double number; /* bytes; seconds of a span; 0 or 1 */
        fm_time time;
        struct fm_addr addr;
        char text[FM_NAME];
    };
};

/** A row of the finding's table: a target, a relay, a destination, an internal source. */
struct fm_peer {
    struct fm_addr addr;
    uint16_t port;
    uint8_t proto;
    uint8_t inside; /* 1: an inside host */
    uint32_t tries, fails, successes;
    uint32_t items; /* distinct ports, addresses, accounts, ... tried there */
    uint64_t bytes[2];
    fm_time first, last;
    char name[FM_NAME];
};

struct fm_finding {
    const struct fm_detector *det;
    struct fm_key key;
    fm_time first, last;
    struct fm_addr peer; /* the worst; unspecified (::) when there is none */
    uint16_t port; /* of the peer; 0: several or none */
    uint8_t proto;
    bool success; /* the intruder got what was tried: an update that a person acts on */
    char name[FM_NAME]; /* the outside name, or "" */
    const char *kind;   /* variant ("fast", "slow", ...), a literal, or NULL */
    double term[FM_TERMS];
    double normal[FM_TERMS]; /* what is normal here for that term, or FM_UNKNOWN */
    unsigned facts;
    struct fm_fact fact[FM_FACTS];
    unsigned peers;
    uint32_t peers_dropped; /* rows there was no room for */
    struct fm_peer row[FM_PEERS];
    struct fm_samples samples;
    char summary[320];
};

/** Starts a finding: everything zero, every term and normal unknown. */
void fm_finding_init(struct fm_finding *f, const struct fm_detector *det, const struct fm_key *key);
/** By the term's name; one that the table does not have is ignored.  Sets every term of that name
 *  (threat and certainty may share one). */
void fm_finding_term(struct fm_finding *f, const char *name, double value);
void fm_finding_normal(struct fm_finding *f, const char *name, double value);
/** Beyond FM_FACTS the last one is overwritten: a detector knows how many it tells. */
void fm_fact_number(struct fm_finding *f, const char *name, double value);
void fm_fact_bytes(struct fm_finding *f, const char *name, double bytes);
void fm_fact_span(struct fm_finding *f, const char *name, double seconds);
void fm_fact_time(struct fm_finding *f, const char *name, fm_time at);
void fm_fact_text(struct fm_finding *f, const char *name, const char *text);
void fm_fact_addr(struct fm_finding *f, const char *name, const struct fm_addr *addr);
void fm_fact_bool(struct fm_finding *f, const char *name, bool value);
/** A new row, zeroed, or NULL when there is no room (then counted). */
struct fm_peer *fm_finding_row(struct fm_finding *f);

#endif
