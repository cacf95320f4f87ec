/* Counted memory: every allocation of an engine is made and freed through one `struct fm_mem`,
 * which knows the cap, the use and the peak, and can be told to fail at the Nth allocation so that
 * running out of memory is a tested path.  Costs 16 bytes an allocation.  Not thread-safe: an
 * engine owns its own. */
#ifndef FM_BASE_MEM_H
#define FM_BASE_MEM_H

#include "furumai.h"

struct fm_mem {
    uint64_t limit_bytes; /* 0: no limit */
    uint64_t used_bytes;
    uint64_t peak_bytes;
    uint64_t calls;
    uint64_t refused; /* by the limit, by fail_at or by the system */
    uint64_t fail_at; /* the Nth call fails (tests); 0: never */
};

/** Zeroed bytes aligned to 16, or NULL at the limit or when the system has none. size > 0. */
void *fm_alloc(struct fm_mem *mem, size_t size);
/** Frees what fm_alloc gave; NULL is fine. */
void fm_free(struct fm_mem *mem, void *at);

#endif
