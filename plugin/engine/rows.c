/* Kept rows come back from the longest untouched to the last touched, so that tables know again who
 * is to leave first; what a table has no room for is deleted, so that the file stays as large as
 * the tables are.
 *
 * Reads the table twice: once for the times, then row by row in their order.  40 bytes a row while
 * it lasts, some 10 us a row.  Without memory for that the rows come as they lie. */
#include <stdlib.h>
#include <string.h>

#include "engine/inside.h"

enum { KEY_BYTES = 40, VALUE_BYTES = 32768 };

struct row {
    fm_time touched;
    uint8_t key[KEY_BYTES];
    uint8_t key_len;
};

struct roster {
    struct row *row;
    size_t count, room;
    bool failed;
    fm_time (*touched)(const void *value, size_t len);
};

static bool note(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    struct roster *all = arg;

    (void)version;
    if (all->count == all->room) {
        size_t room = all->room ? 2 * all->room : 1024;
        struct row *row = realloc(all->row, room * sizeof *row);
        if (!row) {
            all->failed = true;
            return false;
        }
        all->row = row;
        all->room = room;
    }
    if (key_len > KEY_BYTES)
        return true;
    struct row *row = &all->row[all->count++];
    memset(row, 0, sizeof *row);
    row->touched = all->touched(value, len);
    row->key_len = (uint8_t)key_len;
    memcpy(row->key, key, key_len);
    return true;
}

static int by_age(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->touched != y->touched)
        return x->touched < y->touched ? -1 : 1;
    return memcmp(x->key, y->key, KEY_BYTES);
}

void fm_engine_rows_back(struct fm_store *store, const char *table, uint32_t cap,
        fm_time (*touched)(const void *value, size_t len),
        bool (*take)(void *arg, const void *key, size_t key_len, const void *value, size_t len,
                unsigned version),
        void *arg)
{
    struct roster all = { .touched = touched };
    char *value = malloc(VALUE_BYTES);
    unsigned version;

    fm_store_each(store, table, note, &all);
    if (all.failed || !value) {
        fm_store_each(store, table, take, arg);
        all.count = 0;
    }
    if (all.count)
        qsort(all.row, all.count, sizeof *all.row, by_age);
    size_t spare = all.count > cap ? all.count - cap : 0;
    for (size_t i = 0; i < all.count; i++) {
        const struct row *row = &all.row[i];
        if (i < spare) {
            fm_store_del(store, table, row->key, row->key_len);
            continue;
        }
        long len = fm_store_get(store, table, row->key, row->key_len, value, VALUE_BYTES, &version);
        if (len >= 0)
            take(arg, row->key, row->key_len, value, (size_t)len, version);
    }
    if (spare)
        fm_store_commit(store);
    free(all.row);
    free(value);
}
