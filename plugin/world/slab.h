/* Where a detector keeps what it measures: states of one size by key, made at first use, zeroed,
 * with a deadline of their own and a mark "worth judging".  A state is plain relocatable bytes, so
 * the slab can be saved and put back whole.  At the cap, or when memory is out, the longest
 * untouched state leaves that holds no open detection (those that do may hold a quarter of the
 * slab) and in which little was measured: each time it is passed over, what was measured counts
 * half. */
#ifndef FM_WORLD_SLAB_H
#define FM_WORLD_SLAB_H

#include "base/mem.h"
#include "furumai.h"

struct fm_slab;

struct fm_state {
    struct fm_key key;
    fm_time touched;
    uint8_t dirty;  /* waits to be judged */
    uint8_t pinned; /* an open detection hangs on it */
    uint8_t worth;  /* set by the family: how much was measured; halves when passed over */
    uint8_t pad[5];
    struct fm_state *next_dirty;
    uint64_t bytes[]; /* the family's */
};

struct fm_slab *fm_slab_new(struct fm_mem *mem, size_t state_bytes, uint32_t cap, uint64_t seed);
void fm_slab_free(struct fm_slab *slab);

/** The state of the key, made (zeroed) if new; then `*made`.  NULL when memory is out. */
struct fm_state *fm_slab_get(struct fm_slab *slab, const struct fm_key *key, fm_time now,
        bool *made);
struct fm_state *fm_slab_find(const struct fm_slab *slab, const struct fm_key *key);
void fm_slab_pin(struct fm_slab *slab, struct fm_state *state, bool pinned);
/** Marks it worth judging; kept in order of marking. */
void fm_slab_mark(struct fm_slab *slab, struct fm_state *state);
/** Takes the next marked one, unmarked; NULL: none. */
struct fm_state *fm_slab_marked(struct fm_slab *slab);

struct fm_state *fm_slab_oldest(const struct fm_slab *slab);
struct fm_state *fm_slab_newer(const struct fm_slab *slab, const struct fm_state *state);
uint32_t fm_slab_count(const struct fm_slab *slab);
uint32_t fm_slab_cap(const struct fm_slab *slab);
uint64_t fm_slab_evicted(const struct fm_slab *slab);
size_t fm_slab_state_bytes(const struct fm_slab *slab);
size_t fm_slab_cost_bytes(const struct fm_slab *slab);

#endif
