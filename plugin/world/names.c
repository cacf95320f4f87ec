#include "world/names.h"

#include <string.h>

#include "base/text.h"

struct key {
    struct fm_addr addr;
    uint16_t site;
    uint8_t pad[6];
};

struct row {
    struct key key;
    char name[FM_WORLD_NAME];
};

struct fm_names {
    struct fm_mem *mem;
    struct fm_table *rows;
};

struct fm_names *fm_names_new(struct fm_mem *mem, uint32_t cap, uint64_t seed)
{
    struct fm_names *names = fm_alloc(mem, sizeof *names);

    if (!names)
        return NULL;
    names->mem = mem;
    names->rows = fm_table_new(mem, sizeof(struct key), sizeof(struct row), cap, seed);
    if (!names->rows) {
        fm_free(mem, names);
        return NULL;
    }
    return names;
}

void fm_names_free(struct fm_names *names)
{
    if (!names)
        return;
    fm_table_free(names->rows);
    fm_free(names->mem, names);
}

static struct key key_of(uint16_t site, const struct fm_addr *addr)
{
    struct key key;

    memset(&key, 0, sizeof key);
    key.addr = *addr;
    key.site = site;
    return key;
}

void fm_names_learn(struct fm_names *names, uint16_t site, const struct fm_addr *addr,
        const char *name, size_t len)
{
    struct key key = key_of(site, addr);
    struct row *row = fm_table_take(names->rows, &key, NULL);

    if (!row)
        return;
    fm_text_name(row->name, sizeof row->name, name, len);
}

const char *fm_names_of(struct fm_names *names, uint16_t site, const struct fm_addr *addr)
{
    struct key key = key_of(site, addr);
    struct row *row = fm_table_find(names->rows, &key);

    if (!row)
        return NULL;
    fm_table_touch(names->rows, row);
    return row->name;
}

size_t fm_names_cost_bytes(void)
{
    return fm_table_cost_bytes(sizeof(struct row));
}

struct fm_room fm_names_room(const struct fm_names *names)
{
    return fm_table_room(names->rows);
}
