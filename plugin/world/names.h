/* What an outside address is called: the last name whose DNS answer gave it, so that flows without
 * SNI or Host still have a name.  One row (113 bytes) an address; the longest unused leaves,
 * counted. */
#ifndef FM_WORLD_NAMES_H
#define FM_WORLD_NAMES_H

#include "base/table.h"
#include "furumai.h"

#define FM_WORLD_NAME 64

struct fm_names;

struct fm_names *fm_names_new(struct fm_mem *mem, uint32_t cap, uint64_t seed);
void fm_names_free(struct fm_names *names);
void fm_names_learn(struct fm_names *names, uint16_t site, const struct fm_addr *addr,
        const char *name, size_t len);
/** NULL when no answer was seen. */
const char *fm_names_of(struct fm_names *names, uint16_t site, const struct fm_addr *addr);
size_t fm_names_cost_bytes(void);
struct fm_room fm_names_room(const struct fm_names *names);

#endif
