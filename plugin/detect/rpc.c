#include "detect/rpc.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define OPNUM_UNKNOWN 0xffff
#define UUID_LEN 36

enum { EPMAPPER_PORT = 135, NETBIOS_PORT = 139, SMB_PORT = 445 };

/* [MS-SCMR], [MS-TSCH], [MS-DCOM], [MS-OAUT], [MS-WMI], [MS-RRP], [MS-DRSR], [MS-NRPC]: their
 * sections 1.9. */
static const struct {
    char uuid[UUID_LEN + 1];
    enum fm_rpc_interface interface;
} uuids[] = {
    { "367abb81-9844-35f1-ad32-98f038001003", FM_RPC_SERVICES },
    { "86d35949-83c9-4044-b424-db363231fd0c", FM_RPC_TASKS },
    { "1ff70682-0a51-30e8-076d-740be8cee98b", FM_RPC_JOBS },
    { "000001a0-0000-0000-c000-000000000046", FM_RPC_ACTIVATOR },
    { "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", FM_RPC_ACTIVATION },
    { "00000131-0000-0000-c000-000000000046", FM_RPC_OBJECT },
    { "00000143-0000-0000-c000-000000000046", FM_RPC_OBJECT },
    { "00020400-0000-0000-c000-000000000046", FM_RPC_OBJECT },
    { "f309ad18-d86a-11d0-a075-00c04fb68820", FM_RPC_OBJECT },
    { "9556dc99-828c-11cf-a37e-00aa003240c7", FM_RPC_WMI },
    { "338cd001-2244-31f1-aaaa-900038001003", FM_RPC_REGISTRY },
    { "e3514235-4b06-11d1-ab04-00c04fc2dcd2", FM_RPC_REPLICATION },
    { "12345678-1234-abcd-ef00-01234567cffb", FM_RPC_NETLOGON },
};

static enum fm_rpc_interface interface_of(const struct fm_rec *rec, struct fm_str uuid)
{
    size_t len;
    const char *text = fm_rec_str(rec, uuid, &len);

    for (unsigned i = 0; len == UUID_LEN && i < sizeof uuids / sizeof *uuids; i++)
        if (!strncasecmp(uuids[i].uuid, text, UUID_LEN))
            return uuids[i].interface;
    return FM_RPC_OTHER;
}

/** A connection that was seen from its middle may be taken for its own answer. */
static bool is_turned(const struct fm_obs *obs)
{
    return !obs->orig_known && (obs->cport == EPMAPPER_PORT || obs->cport == NETBIOS_PORT ||
                                       obs->cport == SMB_PORT);
}

bool fm_rpc_call_of(const struct fm_obs *obs, struct fm_rpc_call *out)
{
    if (obs->what != FM_OBS_TX || obs->rec->kind != FM_DCERPC || is_turned(obs))
        return false;
    const struct fm_dcerpc *rpc = fm_body(obs->rec);
    if (!rpc->request || rpc->opnum == OPNUM_UNKNOWN)
        return false;
    *out = (struct fm_rpc_call){ .interface = interface_of(obs->rec, rpc->interface),
        .opnum = rpc->opnum,
        .fault = rpc->status != 0,
        .answered = (obs->rec->has & FM_HAS_STATUS) && !rpc->status };
    size_t len;
    const char *account = fm_rec_str(obs->rec, rpc->account, &len);
    fm_text_name(out->account, sizeof out->account, account, len);
    return out->interface != FM_RPC_OTHER;
}
