/* Keyed hashing (XXH3, 64 bit): tables must not be steered by who sends the packets, so the seed
 * is drawn per engine where it is live, and fixed where equal input must give equal output. */
#ifndef FM_BASE_HASH_H
#define FM_BASE_HASH_H

#include "furumai.h"

uint64_t fm_hash(uint64_t seed, const void *bytes, size_t len);
/** Without regard to the case of ASCII letters, and without a trailing dot: for DNS names. */
uint64_t fm_hash_name(uint64_t seed, const char *name, size_t len);

#endif
