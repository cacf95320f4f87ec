/* Suricata 7.0 under the names of series 8, so that common/ is written once: common/ includes only
 * this file, and each adapter is compiled with its own series' folder on the include path.
 * Names map one to one; where a signature or a behaviour differs there is a function fm_host_*.
 * Layouts are those of 7.0.10 (Debian 12 and 13).
 */
#ifndef FM_SERIES7_HOST_H
#define FM_SERIES7_HOST_H

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

#define FM_HOST_SERIES 7

/** Protocols that Suricata itself brings. */
#define FM_HOST_PROTOS ALPROTO_MAX

typedef ConfNode SCConfNode;
#define SCConfGet ConfGet
#define SCConfGetNode ConfGetNode
#define SCConfNodeLookupChild ConfNodeLookupChild
#define SCConfNodeLookupChildValue ConfNodeLookupChildValue
#define SCConfValIsTrue ConfValIsTrue
#define SCConfValIsFalse ConfValIsFalse

typedef JsonBuilder SCJsonBuilder;
#define SCJbNewObject jb_new_object
#define SCJbFree jb_free
#define SCJbReset jb_reset
#define SCJbSetString jb_set_string
#define SCJbSetUint jb_set_uint
#define SCJbSetFormatted jb_set_formatted
#define SCJbOpenObject jb_open_object
#define SCJbClose jb_close
#define SCJbPtr jb_ptr
#define SCJbLen jb_len

#define SCAppLayerParserRegisterLogger AppLayerParserRegisterLogger

/** The bit of our transaction loggers among a protocol's (series 8 calls it LOGGER_USER). */
#define FM_HOST_LOGGER_ID ((LoggerId)31)

static inline bool fm_host_is_offline(void)
{
    return IsRunModeOffline((enum RunModes)RunmodeGetCurrent());
}

/** Finishes the object and writes it to one EVE output. */
static inline void fm_host_write(ThreadVars *tv, SCJsonBuilder *jb, OutputJsonThreadCtx *eve)
{
    (void)tv;
    OutputJsonBuilderBuffer(jb, eve);
}

/** Waits out a pause of this thread. */
static inline void fm_host_pause(ThreadVars *tv)
{
    TmThreadsSetFlag(tv, THV_PAUSED);
    TmThreadTestThreadUnPaused(tv);
    TmThreadsUnsetFlag(tv, THV_PAUSED);
}

static inline void fm_host_bit_set(Host *host, uint32_t id, fm_time until)
{
    int64_t second = until / FM_SECOND;
    HostBitUnset(host, id); /* setting an existing bit would not renew it */
    HostBitSet(host, id, second > UINT32_MAX ? UINT32_MAX : (uint32_t)second);
}

#endif
