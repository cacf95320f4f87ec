/* The line of a key in Lua source.  A Lua table keeps no lines, so the source is read once more:
 * from its own `return {` on, table by table, as far as keys and values stand there literally.
 * Blind spot: what a program computed has no line, and then none is told. */
#ifndef FM_POLICY_LOCATE_H
#define FM_POLICY_LOCATE_H

#include "policy/tree.h"

/** 1 and up; 0 when it is not found.  O(bytes of source x depth). */
unsigned fm_locate(const char *source, size_t len, const struct fm_tree *tree, uint32_t at);

#endif
