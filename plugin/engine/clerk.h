/* The clerk's side of an engine: a bounded queue of things that can block.  Behind a slow output
 * the queue fills: updates are then left out (the next one supersedes them) and counted, while what
 * opens or closes a detection, and what is to be kept, still goes in.  Offline nothing is left
 * out. */
#ifndef FM_ENGINE_CLERK_H
#define FM_ENGINE_CLERK_H

#include "engine/engine.h"
#include "store/store.h"

#define FM_CLERK_QUEUE 4096 /* things waiting, beyond which updates are left out */

/** `store` may be NULL; it is closed with the clerk.  `patient`: nothing is ever left out. */
struct fm_clerk *fm_clerk_new(const struct fm_outside *outside, struct fm_store *store,
        bool patient);
void fm_clerk_free(struct fm_clerk *clerk);

/** The event is copied.  `can_wait`: an update that a later one supersedes.  False: left out. */
bool fm_clerk_emit(struct fm_clerk *clerk, const struct fm_event *event, bool can_wait);
void fm_clerk_mark(struct fm_clerk *clerk, const struct fm_mark *mark);
/** A row for the store; bytes are copied.  Without a store it does nothing. */
void fm_clerk_put(struct fm_clerk *clerk, const char *table, const void *key, size_t key_len,
        const void *value, size_t len, unsigned version);
void fm_clerk_del(struct fm_clerk *clerk, const char *table, const void *key, size_t key_len);
void fm_clerk_commit(struct fm_clerk *clerk);
uint64_t fm_clerk_coalesced(const struct fm_clerk *clerk);

#endif
