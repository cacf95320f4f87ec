#include "learn/takers.h"

#include <string.h>

#include "base/hash.h"
#include "sketch/distinct.h"

#define LEAST_FLOW 5000000u
#define LEAST_TAKEN 2e8
#define LEAST_GIVERS 5.0
#define LEAST_SHARE 0.1
#define LEAST_RATIO 5.0
#define MOST_HOURS 8u

struct taker {
    fm_entity_id entity;
    uint32_t hours; /* a bit an hour of the day */
    fm_time last;
    double taken, given;
    struct fm_distinct givers;
    uint32_t pad;
};

struct fm_takers {
    struct fm_mem *mem;
    struct fm_table *rows;
    uint64_t seed;
};

struct fm_takers *fm_takers_new(struct fm_mem *mem, uint64_t seed)
{
    struct fm_takers *takers = fm_alloc(mem, sizeof *takers);

    if (!takers)
        return NULL;
    takers->mem = mem;
    takers->seed = seed;
    takers->rows =
            fm_table_new(mem, sizeof(fm_entity_id), sizeof(struct taker), FM_TAKERS, seed);
    if (!takers->rows) {
        fm_free(mem, takers);
        return NULL;
    }
    return takers;
}

void fm_takers_free(struct fm_takers *takers)
{
    if (!takers)
        return;
    fm_table_free(takers->rows);
    fm_free(takers->mem, takers);
}

/* ---- taking in ---- */

/** NULL when memory is out. */
static struct taker *row_of(struct fm_takers *takers, fm_entity_id entity, fm_time at)
{
    bool made;
    struct taker *row = fm_table_take(takers->rows, &entity, &made);

    if (!row)
        return NULL;
    if (made)
        fm_distinct_init(&row->givers);
    if (at > row->last)
        row->last = at;
    return row;
}

static void take(struct fm_takers *takers, fm_entity_id taker, fm_entity_id giver, double bytes,
        fm_time at)
{
    struct taker *row = row_of(takers, taker, at);

    if (row) {
        row->taken += bytes;
        row->hours |= 1u << at / FM_HOUR % 24;
        fm_distinct_add(&row->givers, fm_hash(takers->seed, &giver, sizeof giver));
    }
    row = row_of(takers, giver, at);
    if (row)
        row->given += bytes;
}

void fm_takers_see(struct fm_takers *takers, const struct fm_obs *obs)
{
    if (!obs->flow || !obs->client || !obs->server || !obs->orig_known)
        return;
    if (obs->flow->bytes[FM_TO_SERVER] >= LEAST_FLOW && obs->bytes[FM_TO_SERVER])
        take(takers, obs->server->id, obs->client->id, (double)obs->bytes[FM_TO_SERVER],
                obs->time);
    if (obs->flow->bytes[FM_TO_CLIENT] >= LEAST_FLOW && obs->bytes[FM_TO_CLIENT])
        take(takers, obs->client->id, obs->server->id, (double)obs->bytes[FM_TO_CLIENT],
                obs->time);
}

/* ---- answering ---- */

bool fm_takers_of(const struct fm_takers *takers, fm_entity_id entity, struct fm_takings *out)
{
    const struct taker *row = fm_table_find(takers->rows, &entity);

    if (!row || !row->hours)
        return false;
    *out = (struct fm_takings){ .givers = fm_distinct_query(&row->givers),
        .taken = row->taken,
        .given = row->given,
        .hours = (unsigned)__builtin_popcount(row->hours) };
    return true;
}

bool fm_takings_like_backup(const struct fm_takings *takings, double active_hosts)
{
    return takings->givers >= fmax(LEAST_GIVERS, LEAST_SHARE * active_hosts) &&
           takings->taken >= LEAST_TAKEN && takings->taken >= LEAST_RATIO * takings->given &&
           takings->hours <= MOST_HOURS;
}

struct fm_room fm_takers_room(const struct fm_takers *takers)
{
    return fm_table_room(takers->rows);
}

/* ---- surviving ---- */

void fm_takers_save(const struct fm_takers *takers, fm_time since,
        void (*put)(void *arg, const char *table, const void *key, size_t key_len,
                const void *value, size_t len),
        void *arg)
{
    for (const struct taker *row = fm_table_oldest(takers->rows); row;
            row = fm_table_newer(takers->rows, row))
        if (row->last >= since)
            put(arg, "taker", &row->entity, sizeof row->entity, row, sizeof *row);
}

fm_time fm_takers_touched(const void *value, size_t len)
{
    struct taker row;

    if (len != sizeof row)
        return 0;
    memcpy(&row, value, sizeof row);
    return row.last;
}

void fm_takers_restore(struct fm_takers *takers, const void *key, size_t key_len,
        const void *value, size_t len)
{
    struct taker kept;

    if (key_len != sizeof kept.entity || len != sizeof kept)
        return;
    memcpy(&kept, value, sizeof kept);
    if (!kept.entity || memcmp(key, &kept.entity, key_len) != 0)
        return;
    struct taker *row = row_of(takers, kept.entity, kept.last);
    if (row)
        *row = kept;
}
