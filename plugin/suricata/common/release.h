/* Which releases of a series are known: refused, taken with care, or taken as they are.
 *
 * An adapter is compiled with one release's structures, and patch releases do move them.  In a
 * release that nobody has compared with the headers, older or newer, what reads structures that
 * have moved before is left out, or goes by functions of Suricata's own; nothing is guessed.
 */
#ifndef FM_SURICATA_RELEASE_H
#define FM_SURICATA_RELEASE_H

#include <stdbool.h>

/** Patch numbers of `major`.`minor`: `least` is the first that can be loaded at all, the structures
 *  are those of `known_least` to `known_most`. */
struct fm_releases {
    int major, minor, least, known_least, known_most;
};

enum fm_release { FM_RELEASE_REFUSED, FM_RELEASE_UNKNOWN, FM_RELEASE_KNOWN };

/** `version` is what the host says of itself ("8.0.8 RELEASE").  Another series, or what is no
 *  version, is refused; a development version is unknown whatever its number. */
enum fm_release fm_release_of(const struct fm_releases *releases, const char *version);

#endif
