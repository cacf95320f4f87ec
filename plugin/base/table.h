/* Rows by key: a hash table of fixed-size rows with a cap.  A row starts with its key, keeps its
 * address for life, and stands in a list from the longest untouched to the last touched, so that an
 * owner who meets the cap can look at the oldest first.  Memory comes in chunks of 256 rows.
 * find, add, take, touch and del are O(1); nothing is evicted unless by take, which counts it. */
#ifndef FM_BASE_TABLE_H
#define FM_BASE_TABLE_H

#include "base/mem.h"
#include "furumai.h"

struct fm_table;

/** `row_bytes` includes the key; cap > 0.  NULL when memory is out. */
struct fm_table *fm_table_new(struct fm_mem *mem, size_t key_bytes, size_t row_bytes, uint32_t cap,
        uint64_t seed);
void fm_table_free(struct fm_table *table);

void *fm_table_find(const struct fm_table *table, const void *key);
/** The row of `key`, made and zeroed (but for its key) when it is new; then `*made` is true.
 *  NULL at the cap or when memory is out.  Does not touch an old row. */
void *fm_table_add(struct fm_table *table, const void *key, bool *made);
/** As fm_table_add, but where there is no room the longest untouched leaves, counted, and the row
 *  is touched.  NULL when memory is out before there was any row. */
void *fm_table_take(struct fm_table *table, const void *key, bool *made);
void fm_table_touch(struct fm_table *table, void *row);
void fm_table_del(struct fm_table *table, void *row);

/** From the longest untouched to the last touched.  NULL after the last. */
void *fm_table_oldest(const struct fm_table *table);
void *fm_table_newer(const struct fm_table *table, const void *row);

uint32_t fm_table_count(const struct fm_table *table);
uint32_t fm_table_cap(const struct fm_table *table);
/** How full a table is, for health. */
struct fm_room {
    uint32_t rows, cap;
    uint64_t evicted; /* by fm_table_take */
    size_t row_bytes; /* with its share of index and links */
};
struct fm_room fm_table_room(const struct fm_table *table);
/** What one more row costs, with its share of index and links: of a table, of rows of that size. */
size_t fm_table_row_cost_bytes(const struct fm_table *table);
size_t fm_table_cost_bytes(size_t row_bytes);

#endif
