/* Addresses and sets of prefixes. IPv4 lives inside IPv6 (RFC 4291 2.5.5.2), so that every table
 * has one key type.  A prefix set answers "is this address inside?" by longest match over sorted
 * prefixes: O(log n), 24 bytes a prefix. */
#ifndef FM_BASE_ADDR_H
#define FM_BASE_ADDR_H

#include "base/mem.h"
#include "furumai.h"

#define FM_ADDR_TEXT 46 /* bytes that the longest printed address needs, with its NUL */
#define FM_MAC_TEXT 18

/** From four or sixteen bytes in network order. */
struct fm_addr fm_addr_from4(const void *bytes4);
struct fm_addr fm_addr_from16(const void *bytes16);
/** Parses "10.0.0.1" or "fe80::1".  False, and `out` unchanged, when it is neither. */
bool fm_addr_parse(const char *text, size_t len, struct fm_addr *out);
/** Prints into `text` (at least FM_ADDR_TEXT bytes) and returns it. */
char *fm_addr_print(const struct fm_addr *addr, char *text);
/** "00:1b:44:11:3a:b7", into at least FM_MAC_TEXT bytes. Parsed with ':' or '-' between. */
char *fm_mac_print(const struct fm_mac *mac, char *text);
bool fm_mac_parse(const char *text, size_t len, struct fm_mac *out);

bool fm_addr_is4(const struct fm_addr *addr);
bool fm_addr_equal(const struct fm_addr *a, const struct fm_addr *b);
int fm_addr_compare(const struct fm_addr *a, const struct fm_addr *b);
/** Unspecified (0.0.0.0, ::). */
bool fm_addr_is_none(const struct fm_addr *addr);
/** Multicast of either family, or 255.255.255.255: nobody's address. */
bool fm_addr_is_group(const struct fm_addr *addr);
bool fm_addr_is_loopback(const struct fm_addr *addr);
/** The first `bits` (of 128; an IPv4 /24 is 120) kept, the rest zero: the subnet's address. */
struct fm_addr fm_addr_mask(const struct fm_addr *addr, unsigned bits);

struct fm_prefixes;

struct fm_prefixes *fm_prefixes_new(struct fm_mem *mem);
void fm_prefixes_free(struct fm_prefixes *set);
/** Adds "10.0.0.0/8", "fe80::/10", "10.1.2.3" or any of them with a leading "!" (an exception:
 *  the longest match decides; no match is outside; of one prefix given twice the last sign holds).
 *  Bits behind the length are ignored.  An IPv4 address is in no IPv6 prefix ("::/0" is IPv6 only).
 *  False when the text is no prefix or memory is out; set unchanged. */
bool fm_prefixes_add(struct fm_prefixes *set, const char *text, size_t len);
bool fm_prefixes_has(const struct fm_prefixes *set, const struct fm_addr *addr);
size_t fm_prefixes_count(const struct fm_prefixes *set);

#endif
