/* Numbers with units, as an operator writes them: 90, "15m", "1.5h", "100MB", "64KiB".  A plain
 * number is in the unit itself (seconds, bytes).  Printed so that reading gives the same value. */
#ifndef FM_POLICY_UNITS_H
#define FM_POLICY_UNITS_H

#include "detect/detector.h"

#define FM_UNIT_TEXT 32 /* bytes of a printed value, its NUL included */

/** Spans: ms s m h d w. Bytes: B KB MB GB TB (powers of 1000), KiB MiB GiB TiB (of 1024). False,
 *  and `out` unchanged, for anything else and for units that have no texts. */
bool fm_unit_read(enum fm_unit unit, const char *text, size_t len, double *out);
/** As Lua source: 20, "15m", "100MB". Returns `out`. */
char *fm_unit_print(enum fm_unit unit, double value, char *out, size_t cap);
/** What to write for this unit: "a number", "seconds, or a text as \"15m\"". */
const char *fm_unit_hint(enum fm_unit unit);

#endif
