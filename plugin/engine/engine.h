/* The engine: records in, events out.  One thread owns it: every function here is called on that
 * thread, but those of the clerk and the mailbox, which say so.  It reads no clock and opens no
 * socket; what it wants of the world outside it asks for through `struct fm_outside`.
 *
 *   live      take() each record, watermark() as time goes on; events follow as they ripen
 *   offline   take() everything in any order; finish() sorts it, then the engine runs over it, so
 *             that equal input gives equal events
 *   both      finish() at the end: works off the rest, tells last numbers, saves; then the clerk
 *             drains; then free().  What is open stays open: it goes on with the next start
 */
#ifndef FM_ENGINE_ENGINE_H
#define FM_ENGINE_ENGINE_H

#include "base/text.h"
#include "record/record.h"

/** An event on its way out.  `json` is the value of the key "behavior", a whole object. */
struct fm_event {
    fm_time time;
    uint64_t flow_id; /* 0: none */
    struct fm_addr src, dest; /* unspecified (::): leave the key out */
    uint16_t sport, dport;    /* 0: leave out */
    uint8_t proto;            /* 0: leave out */
    char community_id[32];    /* "": leave out */
    const char *json;
    size_t len;
};

#define FM_MARK_TYPE 64              /* bytes of a type's name, its NUL included */
#define FM_MARK_STANDS (1 * FM_DAY) /* after the last evidence */

enum fm_marking {
    FM_MARK_SET,      /* this detection counts, with these scores */
    FM_MARK_WITHDRAW, /* it counts no more: triaged, or its detector is off or gone */
    FM_MARK_FORGET,   /* nothing is published of this address: it is protected */
};

/** What rules may ask of a host.  Plain bytes, but FORGET fills the address only. */
struct fm_mark {
    enum fm_marking what;
    struct fm_addr addr;
    enum fm_category category;
    char type[FM_MARK_TYPE];
    uint64_t detection;        /* its id */
    uint8_t threat, certainty; /* as the event tells them */
    fm_time last;              /* evidence */
};

enum fm_level { FM_SAY_NOTICE, FM_SAY_WARNING, FM_SAY_ERROR };

/** What the outside does for an engine.  emit, mark and store work happen on the clerk's thread. */
struct fm_outside {
    void *arg;
    void (*emit)(void *arg, const struct fm_event *event);
    /** For rules: stands under the category and under the type. */
    void (*mark)(void *arg, const struct fm_mark *mark);
    /** One line for the log, without a newline. Any thread. */
    void (*say)(void *arg, enum fm_level level, const char *line);
};

/** Its strings must live as long as the engine. */
struct fm_engine_config {
    bool offline;          /* a file: sort first; state-dir is not used unless given */
    enum fm_source source; /* what the records can carry */
    const char *policy;    /* policy.lua or its folder; NULL: built in alone */
    const char *internal;  /* "10.0.0.0/8,fc00::/7"; NULL: the policy's */
    const char *state_dir; /* NULL: nothing is kept */
    const char *tape;      /* path; NULL: none */
    uint64_t tape_bytes;   /* 0: unlimited */
    uint64_t memcap_bytes; /* 0: 256 MiB */
    uint64_t seed;         /* of every hash; 0 offline: fixed */
    const char *sensor;    /* "suricata 7.0.10", for health events */
};

struct fm_engine;

/** NULL on failure; then `error` says in one line what and how to mend it. */
struct fm_engine *fm_engine_new(const struct fm_engine_config *config,
        const struct fm_outside *outside, char *error, size_t error_cap);
/** Takes a copy.  An invalid record is counted and left out. */
void fm_engine_take(struct fm_engine *engine, const struct fm_rec *rec);
/** No source will tell of anything earlier.  Works off what has ripened. */
void fm_engine_watermark(struct fm_engine *engine, fm_time watermark);
/** Records that never reached us, by the producers' counts (since the last call). */
void fm_engine_lost(struct fm_engine *engine, enum fm_kind kind, uint64_t records);
/** Offline: 0 to 100 while finish() runs; called now and then. May be NULL. */
void fm_engine_finish(struct fm_engine *engine, void (*progress)(void *arg, unsigned pct),
        void *arg);
/** After the clerk has drained. */
void fm_engine_free(struct fm_engine *engine);

struct fm_engine_counters {
    uint64_t records[FM_KINDS], lost[FM_KINDS];
    uint64_t late, early, invalid, doubles; /* late: also what is older than the kept state */
    uint64_t events, coalesced;
    uint64_t entities, flows, states, detections;
    uint64_t memory_bytes, memory_peak_bytes;
    fm_time lag; /* newest record taken - engine's time */
};
void fm_engine_counters(const struct fm_engine *engine, struct fm_engine_counters *out);

enum fm_question { FM_ASK_HOSTS, FM_ASK_DETECTIONS, FM_ASK_STATS, FM_ASK_HEALTH, FM_ASK_RELOAD };
/** Writes a JSON object; false: what was asked could not be done (the text says why). */
bool fm_engine_ask(struct fm_engine *engine, enum fm_question question, struct fm_text *answer);

/* ---- the clerk: a bounded queue behind the engine; does what can block ---- */

struct fm_clerk;

struct fm_clerk *fm_engine_clerk(struct fm_engine *engine);
/** Does what is queued, waiting up to `wait_ms` for the first; returns how many things it did.  On
 *  the clerk's thread; where there is none (the command), the engine's thread calls it with 0. */
unsigned fm_clerk_work(struct fm_clerk *clerk, unsigned wait_ms);
/** Any thread: whether nothing is left to do. */
bool fm_clerk_idle(struct fm_clerk *clerk);

/* ---- the mailbox: others ask, the engine answers between two records ---- */

struct fm_mailbox;

struct fm_mailbox *fm_mailbox_new(void);
void fm_mailbox_free(struct fm_mailbox *box);
/** Any thread.  False when no answer came in time or the engine has gone (the text says so). */
bool fm_mailbox_ask(struct fm_mailbox *box, enum fm_question question, struct fm_text *answer,
        unsigned timeout_ms);
/** The engine's thread, once a loop; engine NULL: closes the box, whoever waits is told. */
void fm_mailbox_answer(struct fm_mailbox *box, struct fm_engine *engine);

#endif
