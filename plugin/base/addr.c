/* Addresses as 16 bytes; sets of prefixes as one sorted array.
 *
 * Invariant of a set: prefixes stand in order of (address, length), each once, and `within` is the
 * index plus one of the longest prefix that contains this one.  What contains a prefix sorts before
 * it, so the longest match of an address is the last prefix not after it, or an ancestor of that:
 * one binary search and at most one step a level of nesting.  Adding moves what stands behind:
 * O(1) for sorted input, O(n) at worst.
 *
 * An IPv4 address matches no prefix shorter than ::ffff:0:0/96: who writes "::/0" means IPv6. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#define BITS4 96 /* what IPv4 prefixes have before their own bits */

/* An address as two numbers, whose order is that of its bytes: sides are asked of every record. */
struct halves {
    uint64_t high, low;
};

struct prefix {
    struct halves addr;
    uint32_t within; /* index + 1 of the longest prefix around this one; 0: none */
    uint8_t bits;
    bool inside; /* false: an exception */
};
_Static_assert(sizeof(struct prefix) == 24, "the header says 24 bytes a prefix");

struct fm_prefixes {
    struct fm_mem *mem;
    struct prefix *at;
    size_t count, room;
};

static struct halves halves_of(const struct fm_addr *addr)
{
    struct halves halves;
    memcpy(&halves, addr->byte, sizeof(halves));
    halves.high = be64toh(halves.high);
    halves.low = be64toh(halves.low);
    return halves;
}

static bool is4(struct halves halves)
{
    return halves.high == 0 && halves.low >> 32 == 0xffff;
}

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

struct fm_addr fm_addr_from4(const void *bytes4)
{
    struct fm_addr addr;
    memcpy(addr.byte, mapped, sizeof(mapped));
    memcpy(addr.byte + 12, bytes4, 4);
    return addr;
}

struct fm_addr fm_addr_from16(const void *bytes16)
{
    struct fm_addr addr;
    memcpy(addr.byte, bytes16, 16);
    return addr;
}

bool fm_addr_parse(const char *text, size_t len, struct fm_addr *out)
{
    char copy[FM_ADDR_TEXT];
    if (len == 0 || len >= sizeof(copy) || memchr(text, 0, len) != NULL)
        return false;
    memcpy(copy, text, len);
    copy[len] = 0;
    uint8_t bytes[16];
    if (inet_pton(AF_INET, copy, bytes) == 1)
        *out = fm_addr_from4(bytes);
    else if (inet_pton(AF_INET6, copy, bytes) == 1)
        *out = fm_addr_from16(bytes);
    else
        return false;
    return true;
}

/* inet_ntop would go through printf, and destinations without a name are printed often. */
static void print4(const uint8_t *octet, char *text)
{
    for (int i = 0; i < 4; i++) {
        if (octet[i] >= 100)
            *text++ = (char)('0' + octet[i] / 100);
        if (octet[i] >= 10)
            *text++ = (char)('0' + octet[i] / 10 % 10);
        *text++ = (char)('0' + octet[i] % 10);
        *text++ = i < 3 ? '.' : 0;
    }
}

char *fm_addr_print(const struct fm_addr *addr, char *text)
{
    text[0] = 0;
    if (fm_addr_is4(addr))
        print4(addr->byte + 12, text);
    else
        inet_ntop(AF_INET6, addr->byte, text, FM_ADDR_TEXT);
    return text;
}

char *fm_mac_print(const struct fm_mac *mac, char *text)
{
    const uint8_t *b = mac->byte;
    snprintf(text, FM_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
            b[5]);
    return text;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool fm_mac_parse(const char *text, size_t len, struct fm_mac *out)
{
    struct fm_mac mac;
    if (len != FM_MAC_TEXT - 1)
        return false;
    for (int i = 0; i < 6; i++) {
        const char *at = text + 3 * i;
        int high = hex_digit(at[0]), low = hex_digit(at[1]);
        if (high < 0 || low < 0 || (i < 5 && at[2] != ':' && at[2] != '-'))
            return false;
        mac.byte[i] = (uint8_t)(high * 16 + low);
    }
    *out = mac;
    return true;
}

bool fm_addr_is4(const struct fm_addr *addr)
{
    return is4(halves_of(addr));
}

bool fm_addr_equal(const struct fm_addr *a, const struct fm_addr *b)
{
    return memcmp(a->byte, b->byte, 16) == 0;
}

int fm_addr_compare(const struct fm_addr *a, const struct fm_addr *b)
{
    struct halves x = halves_of(a), y = halves_of(b);
    if (x.high != y.high)
        return x.high < y.high ? -1 : 1;
    return (x.low > y.low) - (x.low < y.low);
}

bool fm_addr_is_none(const struct fm_addr *addr)
{
    struct halves halves = halves_of(addr);
    return is4(halves) ? (uint32_t)halves.low == 0 : (halves.high | halves.low) == 0;
}

bool fm_addr_is_group(const struct fm_addr *addr)
{
    struct halves halves = halves_of(addr);
    if (!is4(halves))
        return addr->byte[0] == 0xff;
    return (addr->byte[12] & 0xf0) == 0xe0 || (uint32_t)halves.low == UINT32_MAX;
}

bool fm_addr_is_loopback(const struct fm_addr *addr)
{
    struct halves halves = halves_of(addr);
    return is4(halves) ? addr->byte[12] == 127 : halves.high == 0 && halves.low == 1;
}

struct fm_addr fm_addr_mask(const struct fm_addr *addr, unsigned bits)
{
    struct fm_addr out = *addr;
    for (unsigned i = bits / 8; i < 16; i++) {
        unsigned kept = i == bits / 8 ? bits % 8 : 0;
        out.byte[i] &= (uint8_t)(0xff00u >> kept);
    }
    return out;
}

struct fm_prefixes *fm_prefixes_new(struct fm_mem *mem)
{
    struct fm_prefixes *set = fm_alloc(mem, sizeof(*set));
    if (set != NULL)
        set->mem = mem;
    return set;
}

void fm_prefixes_free(struct fm_prefixes *set)
{
    if (set == NULL)
        return;
    fm_free(set->mem, set->at);
    fm_free(set->mem, set);
}

static bool prefix_parse(const char *text, size_t len, struct prefix *out)
{
    *out = (struct prefix){ .inside = len == 0 || text[0] != '!' };
    if (!out->inside)
        text++, len--;
    const char *slash = len > 0 ? memchr(text, '/', len) : NULL;
    size_t addr_len = slash != NULL ? (size_t)(slash - text) : len;
    struct fm_addr addr;
    if (!fm_addr_parse(text, addr_len, &addr))
        return false;
    bool dotted = memchr(text, ':', addr_len) == NULL;
    unsigned bits = 128;
    if (slash != NULL) {
        size_t digits = len - addr_len - 1;
        if (digits < 1 || digits > 3)
            return false;
        bits = 0;
        for (size_t i = 1; i <= digits; i++) {
            if (slash[i] < '0' || slash[i] > '9')
                return false;
            bits = bits * 10 + (unsigned)(slash[i] - '0');
        }
        bits += dotted ? BITS4 : 0;
    }
    if (bits > 128)
        return false;
    out->bits = (uint8_t)bits;
    addr = fm_addr_mask(&addr, bits);
    out->addr = halves_of(&addr);
    return true;
}

static bool prefix_covers(const struct prefix *prefix, struct halves addr)
{
    uint64_t high = prefix->addr.high ^ addr.high, low = prefix->addr.low ^ addr.low;
    if (prefix->bits <= 64)
        return prefix->bits == 0 || high >> (64 - prefix->bits) == 0;
    return high == 0 && low >> (128 - prefix->bits) == 0;
}

static bool stands_after(const struct prefix *prefix, struct halves addr, unsigned bits)
{
    if (prefix->addr.high != addr.high)
        return prefix->addr.high > addr.high;
    if (prefix->addr.low != addr.low)
        return prefix->addr.low > addr.low;
    return prefix->bits > bits;
}

/* How many prefixes stand at or before (addr, bits). */
static size_t rank_of(const struct fm_prefixes *set, struct halves addr, unsigned bits)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (stands_after(&set->at[mid], addr, bits))
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static bool prefixes_grow(struct fm_prefixes *set)
{
    size_t room = set->room != 0 ? set->room * 2 : 8;
    struct prefix *at = fm_alloc(set->mem, room * sizeof(*at));
    if (at == NULL)
        return false;
    if (set->count > 0)
        memcpy(at, set->at, set->count * sizeof(*at));
    fm_free(set->mem, set->at);
    set->at = at;
    set->room = room;
    return true;
}

/* Puts the prefix at `rank` and mends `within` of all that stand behind it. */
static void prefixes_insert(struct fm_prefixes *set, size_t rank, struct prefix prefix)
{
    uint32_t around = (uint32_t)rank;
    while (around != 0 && !prefix_covers(&set->at[around - 1], prefix.addr))
        around = set->at[around - 1].within;
    prefix.within = around;
    memmove(set->at + rank + 1, set->at + rank, (set->count - rank) * sizeof(prefix));
    set->at[rank] = prefix;
    set->count++;
    for (size_t i = rank + 1; i < set->count; i++) {
        struct prefix *behind = &set->at[i];
        if (behind->within > rank)
            behind->within++;
        else if (behind->within == around && prefix_covers(&prefix, behind->addr))
            behind->within = (uint32_t)rank + 1;
    }
}

bool fm_prefixes_add(struct fm_prefixes *set, const char *text, size_t len)
{
    struct prefix prefix;
    if (!prefix_parse(text, len, &prefix))
        return false;
    size_t rank = rank_of(set, prefix.addr, prefix.bits);
    if (rank > 0 && set->at[rank - 1].bits == prefix.bits &&
            prefix_covers(&set->at[rank - 1], prefix.addr)) {
        set->at[rank - 1].inside = prefix.inside;
        return true;
    }
    if (set->count == UINT32_MAX || (set->count == set->room && !prefixes_grow(set)))
        return false;
    prefixes_insert(set, rank, prefix);
    return true;
}

bool fm_prefixes_has(const struct fm_prefixes *set, const struct fm_addr *addr)
{
    struct halves halves = halves_of(addr);
    unsigned least = is4(halves) ? BITS4 : 0;
    size_t at = rank_of(set, halves, 128);
    while (at != 0) {
        const struct prefix *prefix = &set->at[at - 1];
        if (prefix->bits >= least && prefix_covers(prefix, halves))
            return prefix->inside;
        at = prefix->within;
    }
    return false;
}

size_t fm_prefixes_count(const struct fm_prefixes *set)
{
    return set->count;
}
