/* The total order of a whole file, where it does not fit into memory: runs of at most `memory`
 * bytes, sorted, written to a temporary file without a name in `dir`, merged while read.  Equal
 * records keep no particular order (they are equal).  What fits into memory is never written. */
#ifndef FM_ORDER_SORT_H
#define FM_ORDER_SORT_H

#include "base/mem.h"
#include "record/record.h"

struct fm_sort;

/** `memory_bytes`: at least 64 KiB.  `dir` NULL: $TMPDIR or /tmp.  NULL when memory is out. */
struct fm_sort *fm_sort_new(struct fm_mem *mem, size_t memory_bytes, const char *dir);
void fm_sort_free(struct fm_sort *sort);
/** 0, or an errno (the disk is full, ...): the record was not kept. */
int fm_sort_put(struct fm_sort *sort, const struct fm_rec *rec);
/** Ends putting and starts reading. 0 or an errno. */
int fm_sort_finish(struct fm_sort *sort);
/** The next record in order, or NULL at the end; valid until the next call; may be changed. */
struct fm_rec *fm_sort_next(struct fm_sort *sort);
/** Why fm_sort_next ended: 0 because there was no more, else an errno of reading. */
int fm_sort_error(const struct fm_sort *sort);

#endif
