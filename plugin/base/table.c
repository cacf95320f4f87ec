/* Rows by key.  Rows lie in chunks that never move, numbered from 1; 16 bytes before each row link
 * it to the next row of its bucket and to its neighbours in age.  Buckets (4 bytes) double when
 * there are more rows than buckets; when there is no memory for that, chains grow instead and
 * nothing is lost.  Freed rows wait in a list and are used first; chunks are kept.
 *
 * find: one hash, one or two rows looked at.  A doubling of buckets costs O(rows), once. */
#include "base/table.h"

#include "base/hash.h"

#include <string.h>

#define CHUNK_BITS 8
#define CHUNK_ROWS (1u << CHUNK_BITS)

struct link {
    uint32_t self, chain; /* own number; next in the bucket, or next free row */
    uint32_t older, newer;
};
_Static_assert(sizeof(struct link) == 16, "rows stay aligned to 8");

struct fm_table {
    struct fm_mem *mem;
    size_t key_bytes, row_bytes, stride_bytes;
    uint64_t seed;
    uint32_t cap, count, made; /* rows allowed, in use, ever taken from chunks */
    uint32_t room;             /* rows that the chunks hold */
    uint32_t free_row, oldest, newest;
    uint32_t buckets; /* a power of two */
    uint32_t *bucket;
    char **chunk;
    uint64_t evicted;
};

static size_t stride_of(size_t row_bytes)
{
    return sizeof(struct link) + ((row_bytes + 7) & ~(size_t)7);
}

static struct link *link_of(const struct fm_table *table, uint32_t number)
{
    uint32_t index = number - 1;
    char *chunk = table->chunk[index >> CHUNK_BITS];
    return (struct link *)(void *)(chunk + (index & (CHUNK_ROWS - 1)) * table->stride_bytes);
}

static void *row_of(const struct fm_table *table, uint32_t number)
{
    return number != 0 ? link_of(table, number) + 1 : NULL;
}

static struct link *row_link(const void *row)
{
    return (struct link *)(uintptr_t)row - 1;
}

static uint64_t hash_of(const struct fm_table *table, const void *key)
{
    return fm_hash(table->seed, key, table->key_bytes);
}

static uint32_t *bucket_at(const struct fm_table *table, uint64_t hash)
{
    return &table->bucket[hash & (table->buckets - 1)];
}

static uint32_t *bucket_of(const struct fm_table *table, const void *key)
{
    return bucket_at(table, hash_of(table, key));
}

static size_t chunks_of(uint32_t cap)
{
    return ((size_t)cap + CHUNK_ROWS - 1) >> CHUNK_BITS;
}

struct fm_table *fm_table_new(struct fm_mem *mem, size_t key_bytes, size_t row_bytes, uint32_t cap,
        uint64_t seed)
{
    struct fm_table *table = fm_alloc(mem, sizeof(*table));
    if (table == NULL)
        return NULL;
    *table = (struct fm_table){
        .mem = mem,
        .key_bytes = key_bytes,
        .row_bytes = row_bytes,
        .stride_bytes = stride_of(row_bytes),
        .seed = seed,
        .cap = cap,
        .buckets = 16,
    };
    table->bucket = fm_alloc(mem, table->buckets * sizeof(*table->bucket));
    table->chunk = fm_alloc(mem, chunks_of(cap) * sizeof(*table->chunk));
    if (table->bucket == NULL || table->chunk == NULL) {
        fm_table_free(table);
        return NULL;
    }
    return table;
}

void fm_table_free(struct fm_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; table->chunk != NULL && i < chunks_of(table->room); i++)
        fm_free(table->mem, table->chunk[i]);
    fm_free(table->mem, table->chunk);
    fm_free(table->mem, table->bucket);
    fm_free(table->mem, table);
}

static void *find(const struct fm_table *table, const void *key, uint64_t hash)
{
    uint32_t number = *bucket_at(table, hash);
    while (number != 0) {
        struct link *link = link_of(table, number);
        if (memcmp(link + 1, key, table->key_bytes) == 0)
            return link + 1;
        number = link->chain;
    }
    return NULL;
}

void *fm_table_find(const struct fm_table *table, const void *key)
{
    return table->count > 0 ? find(table, key, hash_of(table, key)) : NULL;
}

static void grow_buckets(struct fm_table *table)
{
    uint32_t buckets = table->buckets * 2;
    if (buckets == 0)
        return;
    uint32_t *bucket = fm_alloc(table->mem, (size_t)buckets * sizeof(*bucket));
    if (bucket == NULL)
        return;
    fm_free(table->mem, table->bucket);
    table->bucket = bucket;
    table->buckets = buckets;
    for (uint32_t number = table->oldest; number != 0;) {
        struct link *link = link_of(table, number);
        uint32_t *head = bucket_of(table, link + 1);
        link->chain = *head;
        *head = number;
        number = link->newer;
    }
}

static uint32_t take_row(struct fm_table *table)
{
    uint32_t number = table->free_row;
    if (number != 0) {
        table->free_row = link_of(table, number)->chain;
        memset(link_of(table, number), 0, table->stride_bytes);
        return number;
    }
    if (table->made == table->room) {
        uint32_t left = table->cap - table->room;
        uint32_t rows = left < CHUNK_ROWS ? left : CHUNK_ROWS;
        char *chunk = rows > 0 ? fm_alloc(table->mem, rows * table->stride_bytes) : NULL;
        if (chunk == NULL)
            return 0;
        table->chunk[table->room >> CHUNK_BITS] = chunk;
        table->room += rows;
    }
    return ++table->made;
}

static void link_newest(struct fm_table *table, struct link *link)
{
    link->older = table->newest;
    link->newer = 0;
    if (table->newest != 0)
        link_of(table, table->newest)->newer = link->self;
    else
        table->oldest = link->self;
    table->newest = link->self;
}

static void unlink_age(struct fm_table *table, const struct link *link)
{
    if (link->older != 0)
        link_of(table, link->older)->newer = link->newer;
    else
        table->oldest = link->newer;
    if (link->newer != 0)
        link_of(table, link->newer)->older = link->older;
    else
        table->newest = link->older;
}

void *fm_table_add(struct fm_table *table, const void *key, bool *made)
{
    uint64_t hash = hash_of(table, key);
    void *row = find(table, key, hash);
    if (made != NULL)
        *made = false;
    if (row != NULL)
        return row;
    uint32_t number = take_row(table);
    if (number == 0)
        return NULL;
    if (table->count >= table->buckets)
        grow_buckets(table);
    struct link *link = link_of(table, number);
    memcpy(link + 1, key, table->key_bytes);
    uint32_t *head = bucket_at(table, hash);
    link->self = number;
    link->chain = *head;
    *head = number;
    link_newest(table, link);
    table->count++;
    if (made != NULL)
        *made = true;
    return link + 1;
}

void *fm_table_take(struct fm_table *table, const void *key, bool *made)
{
    void *row = fm_table_add(table, key, made);
    if (row == NULL && table->count > 0) {
        fm_table_del(table, fm_table_oldest(table));
        table->evicted++;
        row = fm_table_add(table, key, made);
    }
    if (row != NULL)
        fm_table_touch(table, row);
    return row;
}

void fm_table_touch(struct fm_table *table, void *row)
{
    struct link *link = row_link(row);
    if (table->newest == link->self)
        return;
    unlink_age(table, link);
    link_newest(table, link);
}

void fm_table_del(struct fm_table *table, void *row)
{
    struct link *link = row_link(row);
    uint32_t *at = bucket_of(table, row);
    while (*at != link->self)
        at = &link_of(table, *at)->chain;
    *at = link->chain;
    unlink_age(table, link);
    link->chain = table->free_row;
    table->free_row = link->self;
    table->count--;
}

void *fm_table_oldest(const struct fm_table *table)
{
    return row_of(table, table->oldest);
}

void *fm_table_newer(const struct fm_table *table, const void *row)
{
    return row_of(table, row_link(row)->newer);
}

uint32_t fm_table_count(const struct fm_table *table)
{
    return table->count;
}

uint32_t fm_table_cap(const struct fm_table *table)
{
    return table->cap;
}

size_t fm_table_cost_bytes(size_t row_bytes)
{
    /* Right after a doubling there are two buckets a row. A chunk has a pointer and its header. */
    size_t chunk_share = (sizeof(char *) + 16 + CHUNK_ROWS - 1) / CHUNK_ROWS;
    return stride_of(row_bytes) + 2 * sizeof(uint32_t) + chunk_share;
}

size_t fm_table_row_cost_bytes(const struct fm_table *table)
{
    return fm_table_cost_bytes(table->row_bytes);
}

struct fm_room fm_table_room(const struct fm_table *table)
{
    return (struct fm_room){ .rows = table->count, .cap = table->cap, .evicted = table->evicted,
        .row_bytes = fm_table_row_cost_bytes(table) };
}
