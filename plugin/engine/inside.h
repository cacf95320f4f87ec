/* What an engine is made of; for the files of engine/ only. */
#ifndef FM_ENGINE_INSIDE_H
#define FM_ENGINE_INSIDE_H

#include "base/table.h"
#include "detect/run.h"
#include "engine/clerk.h"
#include "engine/engine.h"
#include "engine/event.h"
#include "judge/host.h"
#include "judge/kept.h"
#include "order/doubles.h"
#include "order/order.h"
#include "order/sort.h"
#include "policy/policy.h"
#include "record/recall.h"
#include "record/tape.h"

#define FM_PROPOSAL 224 /* bytes of a proposed row */

struct fm_engine {
    struct fm_mem mem;
    struct fm_engine_config config;
    struct fm_outside outside;
    uint64_t seed;

    struct fm_policy *policy;
    struct fm_order *order; /* live */
    struct fm_sort *sort;   /* offline */
    struct fm_tape_writer *tape;
    struct fm_doubles *doubles;
    struct fm_recall *recall;
    struct fm_world *world;
    struct fm_learn *learn;
    struct fm_run *run;
    struct fm_alerts *alerts;
    struct fm_ledger *ledger;
    struct fm_words *words; /* that restored detections point to */
    struct fm_table *hosts; /* what was last reported of each entity */
    struct fm_clerk *clerk;
    struct {
        fm_time at; /* as told; 0: it was whole */
        char proposal[FM_PROPOSAL];
    } fuse[FM_DETECTORS];

    fm_time now;    /* the last whole second that was judged; 0: nothing seen yet */
    fm_time newest; /* record taken */
    fm_time next_health, next_save;
    fm_time saved; /* what was touched since then is not kept yet; 0: nothing is */
    bool resumed; /* what was open in an earlier life is judged once as of now */
    bool introduced; /* the first day has been told of, in this life or an earlier one */
    fm_time floor; /* what was kept reaches so far: older packets were counted already */
    uint64_t taken, records[FM_KINDS], lost[FM_KINDS]; /* records: that were worked off */
    uint64_t invalid, doubled, stale, events, unknown_behaviors;
    int sort_error;
};

/* report.c: what the ledger reports becomes events, marks for rules and kept rows */
void fm_engine_reports(struct fm_engine *engine);
/** What is open, by the policy that stands now. */
void fm_engine_rejudge(struct fm_engine *engine);
/** What was told of it in an earlier life stands: for rules, and for what is told of its host. */
void fm_engine_resume(struct fm_engine *engine, const struct fm_detection *d);
/** After another policy: what rules know of addresses that are protected now is forgotten. */
void fm_engine_protect(struct fm_engine *engine);

/* proposal.c: rows of the policy to paste */
const char *fm_engine_party(const struct fm_detection *d, char *text); /* "": none */
bool fm_engine_propose_party(const struct fm_detection *d, char *rule, size_t cap);
void fm_engine_propose_host(const struct fm_detection *d, char *rule, size_t cap);
/** "": no host and no party has a third of its detections. */
void fm_engine_propose_for_fuse(const struct fm_ledger *ledger, unsigned det,
        const struct fm_fuse *fuse, char *rule, size_t cap);

/* alert.c: what signatures say of a host */
void fm_engine_alert(struct fm_engine *engine, const struct fm_obs *obs);

/* user.c: who logs in from where */
void fm_engine_user(const struct fm_obs *obs);

/* health.c: what is seen, what is not, how full it is */
void fm_engine_health(struct fm_engine *engine, const char *when, struct fm_health *out);
void fm_engine_tell_health(struct fm_engine *engine, const char *when);
/** At once where one has gone. */
void fm_engine_tell_fuses(struct fm_engine *engine);

/* introduction.c: what the first day showed, once */
void fm_engine_introduce(struct fm_engine *engine);

/* keep.c: what survives */
void fm_engine_restore(struct fm_engine *engine, struct fm_store *store);
/** `whole`: not only what was touched since the last time. */
void fm_engine_save(struct fm_engine *engine, bool whole);

/* rows.c: a table's rows, the longest untouched first; at most `cap`, the older ones are deleted */
void fm_engine_rows_back(struct fm_store *store, const char *table, uint32_t cap,
        fm_time (*touched)(const void *value, size_t len),
        bool (*take)(void *arg, const void *key, size_t key_len, const void *value, size_t len,
                unsigned version),
        void *arg);
void fm_engine_keep_introduced(struct fm_engine *engine);
/** At once, so that no revision is told twice: what is open, or that it is so no more. */
void fm_engine_keep_detection(struct fm_engine *engine, const struct fm_detection *d);
/** How far in packet time the kept rows reach; 0: nothing was kept. */
fm_time fm_engine_kept_until(struct fm_store *store);
/** The seed that the kept rows were hashed with; `otherwise` when there is none (then kept). */
uint64_t fm_engine_kept_seed(struct fm_store *store, uint64_t otherwise);

struct fm_versions fm_engine_versions(const struct fm_engine *engine);

#endif
