/* Which inside hosts take much from many others: what a backup server looks like, and a host on
 * which an intruder gathers what others have.  From whom (flows of 5 MB or more, pulled or
 * received), how much each way, and at which hours of the day.
 *
 * One row of 200 bytes a host that takes or gives so much, 512 rows; the longest untouched leaves,
 * counted.
 * O(1) a report of bytes.  Cannot see: what comes in flows of less each, as increments do; who
 * takes at all hours. */
#ifndef FM_LEARN_TAKERS_H
#define FM_LEARN_TAKERS_H

#include "base/table.h"
#include "world/obs.h"

#define FM_TAKERS 512

struct fm_takers;

struct fm_takings {
    double givers;       /* inside hosts, about */
    double taken, given; /* bytes */
    unsigned hours;      /* of the day, in which anything was taken */
};

struct fm_takers *fm_takers_new(struct fm_mem *mem, uint64_t seed);
void fm_takers_free(struct fm_takers *takers);
/** More bytes of a flow between inside hosts. */
void fm_takers_see(struct fm_takers *takers, const struct fm_obs *obs);
/** False: it took nothing of that size. */
bool fm_takers_of(const struct fm_takers *takers, fm_entity_id entity, struct fm_takings *out);
/** Whether that is how a backup server is at work: from five hosts or more and a tenth of those
 *  that are active, five times what it gives, 200 MB or more, within a third of the day. */
bool fm_takings_like_backup(const struct fm_takings *takings, double active_hosts);
struct fm_room fm_takers_room(const struct fm_takers *takers);

/** Saving: as fm_learn_save has it; `table` is "taker". */
void fm_takers_save(const struct fm_takers *takers, fm_time since,
        void (*put)(void *arg, const char *table, const void *key, size_t key_len,
                const void *value, size_t len),
        void *arg);
void fm_takers_restore(struct fm_takers *takers, const void *key, size_t key_len,
        const void *value, size_t len);
fm_time fm_takers_touched(const void *value, size_t len);

#endif
