/* What survives: opaque rows in SQLite (WAL, one writer).  Owners name a table and a version of
 * their bytes; the store knows neither.  Writes gather in a transaction that fm_store_commit ends,
 * so a crash loses at most the last batch and never corrupts.  A damaged file, or one from a newer
 * version, is set aside (NAME.damaged-N or NAME.newer-N), named in one line, and an empty one takes
 * its place.  Knows base/ only. */
#ifndef FM_STORE_STORE_H
#define FM_STORE_STORE_H

#include "furumai.h"

struct fm_store;

/** Opens or makes DIR/furumai.db (0750 and 0640); `dir` NULL: private, in memory.  `say` gets one
 *  line for each thing worth telling.  What cannot be written (rights, a read-only or full file
 *  system, another writer) is told with its remedy and replaced by a store in memory.  A reader
 *  makes and moves nothing: for it, and when memory is out, NULL; the caller then goes on without a
 *  memory of the past. */
struct fm_store *fm_store_open(const char *dir, bool read_only,
        void (*say)(void *arg, const char *line), void *arg);
/** Commits what is pending.  NULL is fine. */
void fm_store_close(struct fm_store *store);

/** Table names are [a-z_]+, at most 40 bytes, at most 64 tables, none beginning with "sqlite_".
 *  0 or -1; errors are counted, the first and then by decade said.  When a write fails its whole
 *  batch is rolled back and further ones are refused up to the commit, which returns -1 too: put
 *  the batch again, or go on without.  Puts in the order of their keys are ten times as fast as
 *  scattered ones. */
int fm_store_put(struct fm_store *store, const char *table, const void *key, size_t key_len,
        const void *value, size_t len, unsigned version);
int fm_store_del(struct fm_store *store, const char *table, const void *key, size_t key_len);
int fm_store_commit(struct fm_store *store);

/** Every row of a table in order of its key (memcmp); 0 also when there is no such table.  `take`
 *  returns false to stop; its pointers are unaligned and end with the call; it may put and del.
 *  A row that does not fit its digest is counted and skipped. */
int fm_store_each(struct fm_store *store, const char *table,
        bool (*take)(void *arg, const void *key, size_t key_len, const void *value, size_t len,
                unsigned version),
        void *arg);
/** One row into `value` (cap bytes): its length, or -1 when there is none or it does not fit. */
long fm_store_get(struct fm_store *store, const char *table, const void *key, size_t key_len,
        void *value, size_t cap, unsigned *version);
uint64_t fm_store_errors(const struct fm_store *store);

#endif
