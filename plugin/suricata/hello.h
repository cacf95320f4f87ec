/* Which ClientHello a TLS connection began with, as one number, so that its JA4 need not be
 * reckoned again: Suricata spends 45,000 instructions on each (two SHA-256 and a string for each
 * number in the hello), and a site's clients say the same few hellos all day.
 *
 * The number is a keyed hash of all that JA4 is made of (FoxIO, "JA4: TLS Client Fingerprinting"):
 * versions, ciphers, the kinds of extensions in order of number, ALPN, signature algorithms; GREASE
 * (RFC 8701) left out.  It is not JA4 itself: that comes from Suricata, once a hello, and is kept
 * here with the number.  What is kept is what Suricata says or nothing: of a hello that is split
 * over records, repeated after a HelloRetryRequest (RFC 8446, 4.1.2), cut, malformed or too long,
 * or whose counts are not those in the JA4, nothing is kept, and each is asked of Suricata.
 *
 * Per flow 32 bytes; a hello of several segments is gathered in memory of its own, 4 KiB at most,
 * until it is whole.  Per thread 12 KiB of what is kept.  A hello costs some 2,000 instructions,
 * other connections a look at their first payload.  Two hellos share a number once in 2^64; the key
 * keeps strangers from finding such a pair.  Nothing outside the payload is read. */
#ifndef FM_SURICATA_HELLO_H
#define FM_SURICATA_HELLO_H

#include "furumai.h"

#define FM_JA4_LEN 36
#define FM_HELLO_PRINTS 256 /* JA4s that a thread keeps; a power of two */

enum fm_hello_state {
    FM_HELLO_AWAITED,  /* no payload yet */
    FM_HELLO_GATHERED, /* its first segments were seen */
    FM_HELLO_WATCHED,  /* it is known; what its side says next may be another */
    FM_HELLO_OVER,     /* there is nothing more to see */
};

/** A connection's; all zero: nothing seen yet. */
struct fm_hello {
    uint64_t print; /* 0: not known */
    uint8_t *bytes; /* while it is gathered */
    uint32_t next;  /* its side's sequence number behind what was seen */
    uint16_t have, want;
    uint8_t ciphers, extensions; /* as JA4 counts them */
    uint8_t state;               /* enum fm_hello_state */
    uint8_t side;                /* whose it is */
};

/** A segment's payload; `side` is any two numbers.  Not worth a call once the state is
 *  FM_HELLO_OVER. */
void fm_hello_segment(struct fm_hello *hello, uint64_t seed, uint8_t side, uint32_t seq,
        const uint8_t *payload, size_t len);
void fm_hello_free(struct fm_hello *hello);

/** What a thread keeps; all zero: nothing. */
struct fm_hello_prints {
    struct {
        uint64_t print;
        uint8_t ja4[FM_JA4_LEN];
    } kept[FM_HELLO_PRINTS];
};

/** False: the JA4 of this hello (NULL: none is known) is not kept. */
bool fm_hello_recall(const struct fm_hello_prints *prints, const struct fm_hello *hello,
        uint8_t ja4[FM_JA4_LEN]);
void fm_hello_keep(struct fm_hello_prints *prints, const struct fm_hello *hello,
        const uint8_t ja4[FM_JA4_LEN]);

#endif
