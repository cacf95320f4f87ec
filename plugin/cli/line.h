/* A behavior event as a line of eve.json: the same keys, in the same order, as the plugin writes
 * through Suricata. */
#ifndef FM_CLI_LINE_H
#define FM_CLI_LINE_H

#include "engine/engine.h"

#include <stdio.h>

void fm_line_write(const struct fm_event *event, FILE *out);

#endif
