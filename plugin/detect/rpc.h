/* What an observation tells of a DCE/RPC call: at which interface, which operation, how it ended.
 *
 * The header of a call is readable even where its content is sealed.  Suricata 7 does not tell the
 * interface of an altered context, so calls of one connection count for the interface that was
 * bound first: a DCOM object's own methods come under IRemUnknown2, which has none above 6; so the
 * interfaces of such objects are one here, but WMI's where it is told.
 *
 * Constant time, no memory.  Cannot see: calls within encrypted SMB; the interface of a connection
 * whose bind was not seen; with Suricata 7 also no call over TCP of which the beginning or one way
 * is missing (its parser gives up; in named pipes it does not). */
#ifndef FM_DETECT_RPC_H
#define FM_DETECT_RPC_H

#include "detect/family.h"

enum fm_rpc_interface {
    FM_RPC_OTHER,
    FM_RPC_SERVICES,   /* svcctl */
    FM_RPC_TASKS,      /* ITaskSchedulerService */
    FM_RPC_JOBS,       /* atsvc */
    FM_RPC_ACTIVATOR,  /* ISystemActivator, IRemoteSCMActivator */
    FM_RPC_ACTIVATION, /* IActivation, before Windows XP */
    FM_RPC_OBJECT,     /* IRemUnknown, IRemUnknown2; IDispatch, IWbemLevel1Login */
    FM_RPC_WMI,        /* IWbemServices */
    FM_RPC_REGISTRY,   /* winreg */
    FM_RPC_REPLICATION, /* drsuapi */
    FM_RPC_NETLOGON,
};

struct fm_rpc_call {
    enum fm_rpc_interface interface;
    uint16_t opnum;
    bool answered; /* by something that is no fault */
    bool fault;
    char account[FM_NAME]; /* lower case, or "" */
};

/** False: it is no request whose interface and operation are known. */
bool fm_rpc_call_of(const struct fm_obs *obs, struct fm_rpc_call *out);

#endif
