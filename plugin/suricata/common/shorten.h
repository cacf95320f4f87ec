/* A JSON text that is too long for a record, made shorter without becoming something else: strings
 * are cut after 256 bytes, arrays after 8 members (after 64 and 2 where that does not do); keys,
 * order and nesting stay.  No allocation, some 2 ns a byte; only the rare long transaction comes
 * here (a published message of many kilobytes, hundreds of measured points). */
#ifndef FM_SURICATA_SHORTEN_H
#define FM_SURICATA_SHORTEN_H

#include <stddef.h>

/** Returns the bytes written to `out`; 0 when even the short text is longer than `cap`, or nested
 *  deeper than 32. */
size_t fm_json_shorten(char *out, size_t cap, const char *json, size_t len);

#endif
