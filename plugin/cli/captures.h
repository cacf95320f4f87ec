/* The captures of a run: checked, and given to Suricata.  It reads one file, or a folder of plain
 * files by their time of change; so several are copied into a folder under the output, numbered
 * and dated in the order they were given (a file system that can share blocks does), and removed
 * again.  So is one in which packets tell no length (cli/lengths.h): its copy is mended, and a line
 * says so. */
#ifndef FM_CLI_CAPTURES_H
#define FM_CLI_CAPTURES_H

#include "cli/cli.h"

#include <sys/types.h>

struct fm_captures {
    char path[FM_CLI_PATH];   /* what Suricata is told to read */
    char folder[FM_CLI_PATH]; /* of the copies; "" where there are none */
    int count;
    uint64_t bytes;
    uint64_t *size; /* of each */
};

/** False, with one line said: a capture that cannot be read or is none, no room for the copies. */
bool fm_captures_take(struct fm_captures *captures, int count, char *const file[], const char *out);
/** How far a process has read, 0 to 100. */
unsigned fm_captures_read_pct(const struct fm_captures *captures, pid_t pid);
void fm_captures_clear(struct fm_captures *captures);

#endif
