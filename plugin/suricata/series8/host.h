/* Suricata 8.0 for common/, which is written in its names; where a signature or a behaviour differs
 * from series 7 there is a function fm_host_*.
 * Layouts are those of 8.0.7, and proved the same in 8.0.8 (Debian 13's backports).
 */
#ifndef FM_SERIES8_HOST_H
#define FM_SERIES8_HOST_H

#include "suricata-common.h"
#include "suricata.h"

#include "app-layer-parser.h"
#include "app-layer-protos.h"
#include "conf.h"
#include "counters.h"
#include "decode.h"
#include "flow-storage.h"
#include "flow.h"
#include "host-bit.h"
#include "host.h"
#include "output-json.h"
#include "output.h"
#include "runmodes.h"
#include "suricata-plugin.h"
#include "tm-modules.h"
#include "tm-threads.h"
#include "unix-manager.h"
#include "util-misc.h"
#include "util-privs.h"
#include "util-time.h"
#include "util-var-name.h"

#include "furumai.h"

#define FM_HOST_SERIES 8

/** Protocols that Suricata itself brings. */
#define FM_HOST_PROTOS ALPROTO_MAX_STATIC

/** The bit of our transaction loggers among a protocol's. */
#define FM_HOST_LOGGER_ID LOGGER_USER

static inline bool fm_host_is_offline(void)
{
    return IsRunModeOffline(SCRunmodeGet());
}

/** Finishes the object and writes it to one EVE output. */
static inline void fm_host_write(ThreadVars *tv, SCJsonBuilder *jb, OutputJsonThreadCtx *eve)
{
    OutputJsonBuilderBuffer(tv, NULL, NULL, jb, eve);
}

/** Waits out a pause of this thread. */
static inline void fm_host_pause(ThreadVars *tv)
{
    TmThreadsWaitForUnpause(tv);
}

static inline void fm_host_bit_set(Host *host, uint32_t id, fm_time until)
{
    HostBitUnset(host, id); /* setting an existing bit would not renew it */
    HostBitSet(host, id, SCTIME_FROM_SECS(until / FM_SECOND));
}

#endif
