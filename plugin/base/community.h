/* Community ID v1: one name for a flow in every tool that sees it, whichever side it saw first. */
#ifndef FM_BASE_COMMUNITY_H
#define FM_BASE_COMMUNITY_H

#include "furumai.h"

#define FM_COMMUNITY_TEXT 32

/** Prints "1:" and 28 characters into `out` (at least FM_COMMUNITY_TEXT bytes) and returns it.
 *  Ports in host order; of ICMP and ICMPv6 `cport` is the type and `sport` the code, as in a
 *  record, and the client is who sent it.  Protocols without ports ignore both.  The seed is the
 *  operator's (`community-id-seed`), 0 unless set. */
char *fm_community_id(char *out, const struct fm_addr *client, const struct fm_addr *server,
        uint16_t cport, uint16_t sport, uint8_t proto, uint16_t seed);

#endif
