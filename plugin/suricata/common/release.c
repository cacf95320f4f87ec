#include "suricata/common/release.h"

#include <stdio.h>
#include <string.h>

enum fm_release fm_release_of(const struct fm_releases *releases, const char *version)
{
    int major, minor, patch, end = 0;

    if (version == NULL || sscanf(version, "%d.%d.%d%n", &major, &minor, &patch, &end) != 3)
        return FM_RELEASE_REFUSED;
    if (major != releases->major || minor != releases->minor || patch < releases->least)
        return FM_RELEASE_REFUSED;
    bool final = version[end] == '\0' || strcmp(version + end, " RELEASE") == 0;
    bool within = patch >= releases->known_least && patch <= releases->known_most;
    return final && within ? FM_RELEASE_KNOWN : FM_RELEASE_UNKNOWN;
}
