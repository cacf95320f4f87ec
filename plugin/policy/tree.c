/* Values appended in preorder; links by one sort over (parent, number, name): O(n log n). */
#include "policy/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define TREE_FIRST_CAP 64
#define BLOCK_BYTES 4096
#define NAME_SHOWN 64 /* bytes of a name in a path */

struct fm_tree_block {
    struct fm_tree_block *next;
    size_t used, cap;
    char bytes[];
};

void fm_tree_init(struct fm_tree *tree, struct fm_mem *mem)
{
    *tree = (struct fm_tree){ .mem = mem };
}

void fm_tree_reset(struct fm_tree *tree)
{
    while (tree->blocks) {
        struct fm_tree_block *next = tree->blocks->next;
        fm_free(tree->mem, tree->blocks);
        tree->blocks = next;
    }
    fm_free(tree->mem, tree->value);
    fm_free(tree->mem, tree->parent); /* the links are one allocation */
    fm_tree_init(tree, tree->mem);
}

static bool trouble(struct fm_tree *tree, enum fm_tree_trouble what)
{
    tree->trouble = what;
    return false;
}

/* A copy with a NUL behind it. */
static const char *keep_text(struct fm_tree *tree, const char *text, size_t len)
{
    struct fm_tree_block *block = tree->blocks;
    if (len >= FM_TREE_TEXT_BYTES - tree->text_bytes) {
        trouble(tree, FM_TREE_FULL);
        return NULL;
    }
    if (!block || block->cap - block->used < len + 1) {
        size_t cap = len + 1 > BLOCK_BYTES ? len + 1 : BLOCK_BYTES;
        block = fm_alloc(tree->mem, sizeof *block + cap);
        if (!block) {
            trouble(tree, FM_TREE_NO_MEMORY);
            return NULL;
        }
        block->cap = cap;
        block->next = tree->blocks;
        tree->blocks = block;
    }
    char *copy = block->bytes + block->used;
    memcpy(copy, text, len);
    copy[len] = '\0';
    block->used += len + 1;
    tree->text_bytes += len + 1;
    return copy;
}

static bool grow(struct fm_tree *tree)
{
    uint32_t cap = tree->cap ? tree->cap * 2 : TREE_FIRST_CAP;
    if (tree->count < tree->cap)
        return true;
    if (tree->count == FM_TREE_VALUES)
        return trouble(tree, FM_TREE_FULL);
    struct fm_value *value = fm_alloc(tree->mem, cap * sizeof *value);
    if (!value)
        return trouble(tree, FM_TREE_NO_MEMORY);
    if (tree->count)
        memcpy(value, tree->value, tree->count * sizeof *value);
    fm_free(tree->mem, tree->value);
    tree->value = value;
    tree->cap = cap;
    return true;
}

bool fm_tree_take(void *arg, const struct fm_value *value)
{
    struct fm_tree *tree = arg;
    struct fm_value copy = *value;
    if (!grow(tree))
        return false;
    if (copy.key) {
        copy.key = keep_text(tree, copy.key, strlen(copy.key));
        if (!copy.key)
            return false;
    }
    if (copy.type == FM_VALUE_TEXT) {
        copy.text = keep_text(tree, copy.text, copy.text_len);
        if (!copy.text)
            return false;
    }
    tree->value[tree->count++] = copy;
    return true;
}

/* ---- links ----------------------------------------------------------------------------------- */

static int in_order(const void *a, const void *b, void *arg)
{
    const struct fm_tree *tree = arg;
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    const struct fm_value *v = &tree->value[i], *w = &tree->value[j];
    if (tree->parent[i] != tree->parent[j])
        return tree->parent[i] < tree->parent[j] ? -1 : 1;
    if (!v->key != !w->key)
        return v->key ? 1 : -1;
    if (v->key)
        return strcmp(v->key, w->key);
    return v->index < w->index ? -1 : v->index > w->index;
}

bool fm_tree_link(struct fm_tree *tree)
{
    uint32_t above[FM_VALUE_DEPTH + 1] = { 0 };
    uint32_t *links = fm_alloc(tree->mem, 4 * (size_t)tree->count * sizeof *links);
    if (!links)
        return trouble(tree, FM_TREE_NO_MEMORY);
    tree->parent = links;
    tree->order = links + tree->count;
    tree->first = tree->order + tree->count;
    tree->items = tree->first + tree->count;
    for (uint32_t i = 0; i < tree->count; i++) {
        unsigned depth = tree->value[i].depth;
        above[depth] = i;
        tree->parent[i] = depth ? above[depth - 1] : 0;
        tree->order[i] = i;
    }
    /* the root is its own parent: sort only what follows it */
    qsort_r(tree->order + 1, tree->count - 1, sizeof *tree->order, in_order, tree);
    for (uint32_t n = tree->count - 1; n > 0; n--) {
        uint32_t parent = tree->parent[tree->order[n]];
        tree->first[parent] = n;
        tree->items[parent]++;
    }
    return true;
}

uint32_t fm_tree_item(const struct fm_tree *tree, uint32_t table, uint32_t n)
{
    return tree->order[tree->first[table] + n];
}

uint32_t fm_tree_find(const struct fm_tree *tree, uint32_t table, const char *key)
{
    for (uint32_t n = 0; n < tree->items[table]; n++) {
        uint32_t at = fm_tree_item(tree, table, n);
        if (tree->value[at].key && strcmp(tree->value[at].key, key) == 0)
            return at;
    }
    return 0;
}

/* A name may hold anything; a path is one line. */
static void add_name(struct fm_text *text, const char *name)
{
    for (size_t i = 0; name[i] && i < NAME_SHOWN; i++)
        fm_text_add(text, name[i] >= ' ' && name[i] != 0x7f ? &name[i] : "?", 1);
}

char *fm_tree_path(const struct fm_tree *tree, uint32_t at, char *out, size_t cap)
{
    uint32_t way[FM_VALUE_DEPTH + 1];
    unsigned steps = 0;
    struct fm_text text;
    fm_text_init(&text, out, cap);
    for (; at; at = tree->parent[at])
        way[steps++] = at;
    while (steps--) {
        const struct fm_value *value = &tree->value[way[steps]];
        if (!value->key) {
            fm_text_addf(&text, "[%u]", value->index);
        } else {
            fm_text_adds(&text, text.len && value->key[0] != '[' ? "." : "");
            add_name(&text, value->key);
        }
    }
    return out;
}
