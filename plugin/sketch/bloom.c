#include "sketch/bloom.h"

#include <string.h>

enum { PROBES = 4 };

/** Double hashing (Kirsch and Mitzenmacher 2006): the halves of one hash give all probes. */
static uint32_t place(uint64_t hash, unsigned probe)
{
    uint32_t first = (uint32_t)hash, step = (uint32_t)(hash >> 32) | 1;

    return (first + probe * step) & (FM_BLOOM_BITS - 1);
}

static bool has(const struct fm_bloom *set, unsigned which, uint64_t hash)
{
    for (unsigned i = 0; i < PROBES; i++) {
        uint32_t bit = place(hash, i);
        if (!(set->bits[which][bit / 64] >> (bit % 64) & 1))
            return false;
    }
    return true;
}

static void turn_to(struct fm_bloom *set, int64_t turn)
{
    if (turn > set->turn + 1) {
        memset(set->bits, 0, sizeof set->bits);
        memset(set->count, 0, sizeof set->count);
    } else {
        memset(set->bits[turn & 1], 0, sizeof set->bits[0]);
        set->count[turn & 1] = 0;
    }
    set->turn = turn;
}

void fm_bloom_add(struct fm_bloom *set, uint64_t hash, int64_t turn)
{
    unsigned which = turn & 1;

    if (turn > set->turn)
        turn_to(set, turn);
    if (turn < set->turn - 1 || set->count[which] >= FM_BLOOM_MOST || has(set, which, hash))
        return;
    set->count[which]++;
    for (unsigned i = 0; i < PROBES; i++) {
        uint32_t bit = place(hash, i);
        set->bits[which][bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}

bool fm_bloom_has(const struct fm_bloom *set, uint64_t hash, int64_t turn)
{
    for (int64_t kept = set->turn; kept >= set->turn - 1; kept--)
        if (kept >= turn - 1 && has(set, kept & 1, hash))
            return true;
    return false;
}
