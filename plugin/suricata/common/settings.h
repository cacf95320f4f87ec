/* The operator's `behavior:` section, all of it optional:
 *
 *   enabled: yes            no: Suricata runs as if furumai were not there
 *   policy: PATH            policy.lua or its folder
 *   state-dir: DIR          live: /var/lib/suricata/furumai; files: nothing is kept
 *   tape: PATH              records as they come, for `furumai replay`
 *   tape-size: 256mb        live: the last so much; files: no limit
 *   memcap: 256mb           of the engine
 *   ring-size: 4mb          of each packet thread
 *   internal: [ CIDR, ... ] what is inside; else the policy's, else HOME_NET and private networks
 *
 * A bad value is one line with key, value and remedy; the default stands in.
 */
#ifndef FM_SURICATA_SETTINGS_H
#define FM_SURICATA_SETTINGS_H

#include "furumai.h"

struct fm_settings {
    bool enabled;
    bool offline;
    uint64_t tape_bytes, memcap_bytes, ring_bytes;
    char policy[4096], state_dir[4096], tape[4096]; /* "": none */
    char internal[16384];                           /* "": the policy's own */
    char sensor[64];
};

/** Reads Suricata's configuration. */
void fm_settings_read(struct fm_settings *settings, bool offline);

#endif
