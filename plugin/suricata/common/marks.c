/* Open addressing, linear, at most a window far.  A slot that was never used ends a search; one
 * that was is never made "never used" again, so that no mark can lie behind such an end.
 *
 * A slot's `turn` is odd while its key is being changed.  The writer makes it odd, then stores key
 * and value (each a release), then makes it even; a reader loads the turn, then key and value (each
 * an acquire), then the turn again: had it seen one word of a new key it would also see the odd
 * turn that came before it.  That is a seqlock without fences (Boehm, "Can seqlocks get along with
 * programming language memory models?", 2012), and no retry is needed.  All else is one word: the
 * value holds both scores and the time, so that those always belong together.
 */
#include "suricata/common/marks.h"

#include "base/hash.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A value: threat, certainty, milliseconds since 1970; 0: withdrawn. */
#define THREAT_SHIFT 56
#define CERTAINTY_SHIFT 48
#define TIME_MASK ((UINT64_C(1) << CERTAINTY_SHIFT) - 1)
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / the golden ratio: spreads the names */

struct slot {
    _Atomic uint32_t turn; /* 0: never used */
    _Atomic uint32_t name;
    _Atomic uint64_t addr[2];
    _Atomic uint64_t value;
};
_Static_assert(sizeof(struct slot) == 32, "two slots a cache line");

struct fm_marks {
    uint64_t seed;
    uint32_t mask;
    unsigned names;
    fm_time stands;
    atomic_bool any;
    struct fm_marks_counters counters;
    uint64_t *owner; /* of each slot: the detection whose scores stand there */
    struct slot slot[];
};

struct fm_marks *fm_marks_new(uint32_t slots, unsigned names, fm_time stands, uint64_t seed)
{
    uint32_t size = FM_MARKS_WINDOW;

    while (size < slots && size < UINT32_C(1) << 31)
        size *= 2;
    struct fm_marks *marks = calloc(1, sizeof(*marks) + size * sizeof(marks->slot[0]));
    uint64_t *owner = calloc(size, sizeof(*owner));
    if (marks == NULL || owner == NULL) {
        free(marks);
        free(owner);
        return NULL;
    }
    marks->owner = owner;
    marks->mask = size - 1;
    marks->names = names;
    marks->stands = stands;
    marks->seed = seed;
    return marks;
}

void fm_marks_free(struct fm_marks *marks)
{
    if (marks == NULL)
        return;
    free(marks->owner);
    free(marks);
}

bool fm_marks_none(const struct fm_marks *marks)
{
    return !atomic_load_explicit(&marks->any, memory_order_relaxed);
}

static uint64_t home(const struct fm_marks *marks, const struct fm_addr *addr, unsigned name)
{
    return fm_hash(marks->seed + name * GOLDEN, addr->byte, sizeof(addr->byte));
}

static void words(const struct fm_addr *addr, uint64_t word[2])
{
    memcpy(word, addr->byte, sizeof(addr->byte));
}

/* ---- values ---- */

static uint64_t pack(const struct fm_standing *standing)
{
    uint64_t ms = standing->last > 0 ? (uint64_t)(standing->last / FM_MS) : 0;

    return (uint64_t)standing->threat << THREAT_SHIFT |
           (uint64_t)standing->certainty << CERTAINTY_SHIFT | (ms & TIME_MASK);
}

static struct fm_standing unpack(uint64_t value)
{
    return (struct fm_standing){ .threat = (uint8_t)(value >> THREAT_SHIFT),
        .certainty = (uint8_t)(value >> CERTAINTY_SHIFT),
        .last = (fm_time)(value & TIME_MASK) * FM_MS };
}

static bool stands(const struct fm_marks *marks, uint64_t value, fm_time now)
{
    return value != 0 && now < (fm_time)(value & TIME_MASK) * FM_MS + marks->stands;
}

/* ---- readers ---- */

static bool has_key(const struct slot *slot, const uint64_t addr[2], unsigned name)
{
    return atomic_load_explicit(&slot->name, memory_order_acquire) == name &&
           atomic_load_explicit(&slot->addr[0], memory_order_acquire) == addr[0] &&
           atomic_load_explicit(&slot->addr[1], memory_order_acquire) == addr[1];
}

bool fm_marks_find(const struct fm_marks *marks, const struct fm_addr *addr, unsigned name,
        fm_time now, struct fm_standing *out)
{
    uint64_t word[2], at = home(marks, addr, name);

    words(addr, word);
    for (unsigned i = 0; i < FM_MARKS_WINDOW; i++) {
        const struct slot *slot = &marks->slot[(at + i) & marks->mask];
        uint32_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);
        if (turn == 0)
            return false;
        if (turn & 1 || !has_key(slot, word, name))
            continue;
        uint64_t value = atomic_load_explicit(&slot->value, memory_order_acquire);
        if (atomic_load_explicit(&slot->turn, memory_order_relaxed) != turn)
            continue;
        if (!stands(marks, value, now))
            return false;
        *out = unpack(value);
        return true;
    }
    return false;
}

/* ---- the writer ---- */

static uint32_t own_turn(const struct slot *slot)
{
    return atomic_load_explicit(&slot->turn, memory_order_relaxed);
}

static uint64_t own_value(const struct slot *slot)
{
    return atomic_load_explicit(&slot->value, memory_order_relaxed);
}

static struct slot *find_own(struct fm_marks *marks, const struct fm_addr *addr, unsigned name)
{
    uint64_t word[2], at = home(marks, addr, name);

    words(addr, word);
    for (unsigned i = 0; i < FM_MARKS_WINDOW; i++) {
        struct slot *slot = &marks->slot[(at + i) & marks->mask];
        if (own_turn(slot) == 0)
            return NULL;
        if (has_key(slot, word, name))
            return slot;
    }
    return NULL;
}

/* A free one or one that has expired, else the least of the window. */
static struct slot *make_room(struct fm_marks *marks, uint64_t at, fm_time now)
{
    struct slot *least = NULL;

    for (unsigned i = 0; i < FM_MARKS_WINDOW; i++) {
        struct slot *slot = &marks->slot[(at + i) & marks->mask];
        if (own_turn(slot) == 0 || !stands(marks, own_value(slot), now))
            return slot;
        if (least == NULL || own_value(slot) < own_value(least))
            least = slot;
    }
    marks->counters.evicted++;
    return least;
}

static void give(struct slot *slot, const struct fm_addr *addr, unsigned name, uint64_t value)
{
    uint64_t word[2];
    uint32_t turn = own_turn(slot);

    words(addr, word);
    atomic_store_explicit(&slot->turn, turn + 1, memory_order_relaxed);
    atomic_store_explicit(&slot->name, name, memory_order_release);
    atomic_store_explicit(&slot->addr[0], word[0], memory_order_release);
    atomic_store_explicit(&slot->addr[1], word[1], memory_order_release);
    atomic_store_explicit(&slot->value, value, memory_order_release);
    atomic_store_explicit(&slot->turn, turn + 2, memory_order_release);
}

static bool is_stronger(const struct fm_standing *a, const struct fm_standing *b)
{
    return a->threat != b->threat ? a->threat > b->threat : a->certainty > b->certainty;
}

/* Another detection's scores stay where they are stronger. */
static void renew(struct fm_marks *marks, struct slot *slot, uint64_t detection,
        const struct fm_standing *found)
{
    struct fm_standing next = *found, old = unpack(own_value(slot));
    uint64_t *owner = &marks->owner[slot - marks->slot];

    if (stands(marks, own_value(slot), found->last)) {
        if (*owner != detection && is_stronger(&old, found)) {
            next = old;
            detection = *owner;
        }
        next.last = old.last > found->last ? old.last : found->last;
    }
    *owner = detection;
    atomic_store_explicit(&slot->value, pack(&next), memory_order_release);
}

void fm_marks_set(struct fm_marks *marks, const struct fm_addr *addr, unsigned name,
        uint64_t detection, const struct fm_standing *found)
{
    struct slot *slot = find_own(marks, addr, name);

    marks->counters.set++;
    if (slot != NULL) {
        renew(marks, slot, detection, found);
        return;
    }
    slot = make_room(marks, home(marks, addr, name), found->last);
    marks->owner[slot - marks->slot] = detection;
    give(slot, addr, name, pack(found));
    atomic_store_explicit(&marks->any, true, memory_order_relaxed);
}

void fm_marks_withdraw(struct fm_marks *marks, const struct fm_addr *addr, unsigned name,
        uint64_t detection)
{
    struct slot *slot = find_own(marks, addr, name);

    if (slot != NULL && marks->owner[slot - marks->slot] == detection)
        atomic_store_explicit(&slot->value, 0, memory_order_release);
}

void fm_marks_forget(struct fm_marks *marks, const struct fm_addr *addr)
{
    for (unsigned name = 0; name < marks->names; name++) {
        struct slot *slot = find_own(marks, addr, name);
        if (slot != NULL)
            atomic_store_explicit(&slot->value, 0, memory_order_release);
    }
}

struct fm_marks_counters fm_marks_counters(const struct fm_marks *marks)
{
    return marks->counters;
}
