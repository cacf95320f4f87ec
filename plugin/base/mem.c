/* Counted memory over the system's: 16 bytes before each block hold its size, so that freeing needs
 * no argument and the count is exact.  Invariant: used_bytes is the sum of what is out, headers
 * included; a refused call changes nothing but `calls` and `refused`.  O(1) beside the system's
 * own.  Blind spot: what the system's allocator itself adds is not counted. */
#include "base/mem.h"

#include <stdlib.h>

struct head {
    uint64_t bytes; /* with this header */
    uint64_t pad;
};
_Static_assert(sizeof(struct head) == 16, "what follows the header must stay aligned to 16");
_Static_assert(_Alignof(max_align_t) >= 16, "calloc must align to 16");

void *fm_alloc(struct fm_mem *mem, size_t size)
{
    mem->calls++;
    bool fits = size <= SIZE_MAX - sizeof(struct head);
    uint64_t bytes = (uint64_t)size + sizeof(struct head);
    if (fits && mem->limit_bytes != 0)
        fits = mem->used_bytes <= mem->limit_bytes && bytes <= mem->limit_bytes - mem->used_bytes;
    struct head *head = NULL;
    if (fits && mem->calls != mem->fail_at)
        head = calloc(1, (size_t)bytes);
    if (head == NULL) {
        mem->refused++;
        return NULL;
    }
    head->bytes = bytes;
    mem->used_bytes += bytes;
    if (mem->peak_bytes < mem->used_bytes)
        mem->peak_bytes = mem->used_bytes;
    return head + 1;
}

void fm_free(struct fm_mem *mem, void *at)
{
    if (at == NULL)
        return;
    struct head *head = (struct head *)at - 1;
    mem->used_bytes -= head->bytes;
    free(head);
}
