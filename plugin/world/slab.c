#include "world/slab.h"

#include <string.h>

#include "base/table.h"

#define LOOK 32        /* states that may be passed for one that leaves */
#define PINNED_SHARE 4 /* pinned states hold at most one in four */

struct fm_slab {
    struct fm_mem *mem;
    struct fm_table *rows;
    size_t state_bytes;
    uint32_t pinned;
    uint64_t evicted;
    struct fm_state *dirty_first, *dirty_last;
};

struct fm_slab *fm_slab_new(struct fm_mem *mem, size_t state_bytes, uint32_t cap, uint64_t seed)
{
    struct fm_slab *slab = fm_alloc(mem, sizeof *slab);

    if (!slab)
        return NULL;
    slab->mem = mem;
    slab->state_bytes = state_bytes;
    slab->rows = fm_table_new(mem, sizeof(struct fm_key), sizeof(struct fm_state) + state_bytes,
            cap, seed);
    if (!slab->rows) {
        fm_free(mem, slab);
        return NULL;
    }
    return slab;
}

void fm_slab_free(struct fm_slab *slab)
{
    if (!slab)
        return;
    fm_table_free(slab->rows);
    fm_free(slab->mem, slab);
}

static void unmark(struct fm_slab *slab, const struct fm_state *state)
{
    struct fm_state **at = &slab->dirty_first, *last = NULL;

    while (*at && *at != state) {
        last = *at;
        at = &(*at)->next_dirty;
    }
    if (!*at)
        return;
    *at = state->next_dirty;
    if (slab->dirty_last == state)
        slab->dirty_last = last;
}

static void drop(struct fm_slab *slab, struct fm_state *state)
{
    if (state->dirty)
        unmark(slab, state);
    slab->pinned -= state->pinned;
    fm_table_del(slab->rows, state);
}

/** The oldest leaves; a pinned one is passed over (and counts as touched) while they hold no more
 *  than their share, so that each is passed over once a turn of the slab. */
/** A clock with second chances (Smith 1978): who is pinned, or worth something, is passed and
 *  ages. */
static void make_room(struct fm_slab *slab)
{
    struct fm_state *least = fm_table_oldest(slab->rows);
    bool spare = slab->pinned <= fm_table_cap(slab->rows) / PINNED_SHARE;
    uint32_t chances = slab->pinned + LOOK;

    while (least && chances-- && ((spare && least->pinned) || least->worth)) {
        least->worth /= 2;
        fm_table_touch(slab->rows, least);
        least = fm_table_oldest(slab->rows);
    }
    if (least) {
        drop(slab, least);
        slab->evicted++;
    }
}

struct fm_state *fm_slab_get(struct fm_slab *slab, const struct fm_key *key, fm_time now,
        bool *made)
{
    struct fm_state *state = fm_table_add(slab->rows, key, made);

    if (!state) {
        make_room(slab);
        state = fm_table_add(slab->rows, key, made);
        if (!state)
            return NULL;
    }
    if (now > state->touched)
        state->touched = now;
    fm_table_touch(slab->rows, state);
    return state;
}

struct fm_state *fm_slab_find(const struct fm_slab *slab, const struct fm_key *key)
{
    return fm_table_find(slab->rows, key);
}

void fm_slab_pin(struct fm_slab *slab, struct fm_state *state, bool pinned)
{
    slab->pinned += pinned;
    slab->pinned -= state->pinned;
    state->pinned = pinned;
}

void fm_slab_mark(struct fm_slab *slab, struct fm_state *state)
{
    if (state->dirty)
        return;
    state->dirty = 1;
    state->next_dirty = NULL;
    if (slab->dirty_last)
        slab->dirty_last->next_dirty = state;
    else
        slab->dirty_first = state;
    slab->dirty_last = state;
}

struct fm_state *fm_slab_marked(struct fm_slab *slab)
{
    struct fm_state *state = slab->dirty_first;

    if (!state)
        return NULL;
    slab->dirty_first = state->next_dirty;
    if (!slab->dirty_first)
        slab->dirty_last = NULL;
    state->dirty = 0;
    state->next_dirty = NULL;
    return state;
}

struct fm_state *fm_slab_oldest(const struct fm_slab *slab)
{
    return fm_table_oldest(slab->rows);
}

struct fm_state *fm_slab_newer(const struct fm_slab *slab, const struct fm_state *state)
{
    return fm_table_newer(slab->rows, state);
}

uint32_t fm_slab_count(const struct fm_slab *slab)
{
    return fm_table_count(slab->rows);
}

uint32_t fm_slab_cap(const struct fm_slab *slab)
{
    return fm_table_cap(slab->rows);
}

uint64_t fm_slab_evicted(const struct fm_slab *slab)
{
    return slab->evicted;
}

size_t fm_slab_state_bytes(const struct fm_slab *slab)
{
    return slab->state_bytes;
}

size_t fm_slab_cost_bytes(const struct fm_slab *slab)
{
    return fm_table_row_cost_bytes(slab->rows);
}
