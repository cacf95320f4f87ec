/* What unit tests share: a seeded generator (SplitMix64: Steele, Lea, Flood 2014), so that a failure
 * can be seen again, and cmocka with what it needs. */
#ifndef FM_TESTS_SEEDED_H
#define FM_TESTS_SEEDED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static inline uint64_t seeded(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 <= result < n */
static inline uint64_t seeded_below(uint64_t *state, uint64_t n)
{
    return seeded(state) % n;
}

#endif
