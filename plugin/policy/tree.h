/* A plain tree of values: what a Lua table said, or a JSON object, copied.  Values stand in one
 * array in preorder, ready to be handed to Lua; their texts stand in blocks that never move.  After
 * `link` the items of a table are in order (numbers first, then names by the alphabet), so that a
 * check meets the same error first, however Lua happened to walk its table.
 *
 * 88 bytes a value and its texts; both capped. */
#ifndef FM_POLICY_TREE_H
#define FM_POLICY_TREE_H

#include "base/mem.h"
#include "policy/lua_module.h"

#define FM_TREE_VALUES 65536      /* values of one tree, at most */
#define FM_TREE_TEXT_BYTES 4194304 /* texts of one tree, at most */
#define FM_TREE_PATH 256          /* bytes of a printed path that are enough */

enum fm_tree_trouble { FM_TREE_FINE, FM_TREE_FULL, FM_TREE_NO_MEMORY };

struct fm_tree_block;

struct fm_tree {
    struct fm_mem *mem;
    struct fm_value *value;
    uint32_t count, cap;
    struct fm_tree_block *blocks;
    size_t text_bytes;
    enum fm_tree_trouble trouble;
    /* after link: */
    uint32_t *parent, *order, *first, *items;
};

void fm_tree_init(struct fm_tree *tree, struct fm_mem *mem);
/** Frees what it holds; may be filled again. */
void fm_tree_reset(struct fm_tree *tree);
/** Appends a copy, in preorder; a sink's `take`.  False when full or memory is out (`trouble`). */
bool fm_tree_take(void *tree, const struct fm_value *value);
/** False when memory is out. */
bool fm_tree_link(struct fm_tree *tree);

/** The nth item (from 0) of a table, in order.  n < tree->items[table]. */
uint32_t fm_tree_item(const struct fm_tree *tree, uint32_t table, uint32_t n);
/** The item of that name, or 0 (the root, which is nobody's item). */
uint32_t fm_tree_find(const struct fm_tree *tree, uint32_t table, const char *key);
/** "detectors.port_scan.threat[2].weight"; "" for the root. Returns `out`. */
char *fm_tree_path(const struct fm_tree *tree, uint32_t at, char *out, size_t cap);

#endif
