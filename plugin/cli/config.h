/* The suricata.yaml of `furumai run`: small, the same everywhere, with all that detectors read and
 * that `furumai replay` of its eve.json can use.  With the operator's own configuration only the
 * outputs and the plugin are ours; they are included after it. */
#ifndef FM_CLI_CONFIG_H
#define FM_CLI_CONFIG_H

#include "furumai.h"

struct fm_config {
    const char *plugin;  /* full path of furumai.so */
    const char *rules;   /* a rule file, or NULL */
    bool outputs_only;   /* the rest is the operator's */
};

/** False, with errno. */
bool fm_config_write(const struct fm_config *config, const char *path);

#endif
