/* An answer of DNS read from its datagram (RFC 1035): some 500 instructions, where the sensor's
 * JSON of the same costs 14,000 and reading that back as much again.  Only what is plain is taken:
 * any name or text with a byte that is not printable ASCII, any length that does not fit, more than
 * 16 pointers in a name, and the message is left to the slow way.  Nothing outside the message is
 * read.
 */
#ifndef FM_SURICATA_DNSWIRE_H
#define FM_SURICATA_DNSWIRE_H

#include "record/record.h"

enum { FM_DNS_WIRE_HEADER = 12 };

static inline uint16_t fm_dns_wire_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/** Fills the body of a record begun as FM_DNS from an answer's message; false: not plain, and the
 *  record must be begun again. */
bool fm_dns_wire(struct fm_rec *rec, const uint8_t *message, size_t len);

#endif
