/* Remote Execution: one inside host makes another run something, by the ways administrators do.
 *
 * A service created or changed and then started, a task registered, a WMI method, a DCOM object's
 * methods, a registry value written or a hive saved, each over DCE/RPC; a program copied to an
 * admin share before makes it surer.  Intruders and administrators use the same calls, so what
 * counts is who does it to whom and whether that is new: a step that this host took on
 * `normal_days` earlier days, to this target or to anyone, is its work and not judged.
 *
 * What separates the look-alikes: who only looks (opens the service manager, lists, queries WMI)
 * runs nothing; a service that is only started was there before; much honest software activates
 * DCOM objects (certificates, say), so their use alone counts only after two calls of operation 6
 * (Invoke; WMI's log-in, then GetObject) by a host that never queries WMI there, at a target to
 * which few others come, by a host that does it to few.  Who does it to many targets is told once.
 *
 * Family first: one state a (host, target), one a host, one a target, 1.6 KiB each.
 *
 * Cannot see: anything within encrypted SMB; WMI's own interfaces behind an altered context
 * (detect/rpc.h: then the operation's number tells); WinRM and SSH, which are HTTP and SSH; an
 * intruder on an administrator's machine who does what was always done there.
 * [MS-SCMR] 3.1.4, [MS-TSCH] 3.2.5, [MS-WMI] 3.1.4.3, [MS-DCOM] 3.1.2.5, [MS-RRP] 3.1.5. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "detect/first.h"
#include "detect/rpc.h"

#define WIDE 3  /* targets of a host beyond which it is told once */
#define CALLS 2 /* of an object, before its use is more than a log-in */

enum { NORMAL_DAYS, WRITE_WINDOW, FEW };

static const struct fm_param params[] = {
    [NORMAL_DAYS] = { "normal_days", FM_COUNT, 1, 60, 3,
            "earlier days with the same step by this host: then it is its work" },
    [WRITE_WINDOW] = { "write_window", FM_SPAN, 60, 7 * 86400, 3600,
            "from a program's copying to an admin share to what runs it" },
    [FEW] = { "few", FM_COUNT, 1, 1000, 3,
            "hosts that activate objects at a target, or targets of a host: more is a service" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "function", FM_THREAT, FM_SHARE, { { 0, 0.35, 0.7, 1 } }, 3,
            "how sure the calls run something new: 1 service created and started, or task" },
    { "write_then_run", FM_THREAT, FM_COUNT, { { 0, 1, 1, 1 } }, 1,
            "a program was copied to an admin share first" },
    { "targets", FM_THREAT, FM_COUNT, { { 0, 3, 10, 30 } }, 1, "of this host" },
    { "function", FM_CERTAINTY, FM_SHARE, { { 0, 0.35, 0.7, 1 } }, 3,
            "how sure the calls run something new" },
    { "novelty", FM_CERTAINTY, FM_COUNT, { { 3, 2, 1, 0 } }, 3,
            "earlier days on which this host did it to this target" },
    { "host_novelty", FM_CERTAINTY, FM_COUNT, { { 3, 2, 1, 0 } }, 2,
            "earlier days on which this host did it to anyone" },
    { "write_then_run", FM_CERTAINTY, FM_COUNT, { { 0, 1, 1, 1 } }, 2,
            "a program was copied to an admin share first" },
    { .name = NULL },
};

/* ---- the steps ---- */

enum step {
    SERVICE_CREATE,
    SERVICE_CHANGE,
    SERVICE_START,
    SERVICE_DELETE,
    TASK_REGISTER,
    TASK_RUN,
    WMI_METHOD,
    WMI_PUT,
    WMI_QUERY,
    OBJECT_ACTIVATE,
    OBJECT_CALL, /* operation 6: Invoke; NTLMLogin, GetObject */
    OBJECT_RELEASE,
    REGISTRY_WRITE,
    HIVE_SAVE,
    SHARE_CONNECT, /* of an admin share */
    PROGRAM_WRITE, /* there */
    STEPS,
};
_Static_assert(STEPS <= FM_FIRST_STEPS, "raise FM_FIRST_STEPS");

#define BIT(step) (1u << (step))

static const struct {
    enum fm_rpc_interface interface;
    uint16_t opnum;
    enum step step;
} calls[] = {
    { FM_RPC_SERVICES, 12, SERVICE_CREATE }, /* CreateServiceW */
    { FM_RPC_SERVICES, 24, SERVICE_CREATE }, /* CreateServiceA */
    { FM_RPC_SERVICES, 44, SERVICE_CREATE }, /* CreateServiceWOW64A */
    { FM_RPC_SERVICES, 45, SERVICE_CREATE }, /* CreateServiceWOW64W */
    { FM_RPC_SERVICES, 60, SERVICE_CREATE }, /* CreateWowService */
    { FM_RPC_SERVICES, 11, SERVICE_CHANGE }, /* ChangeServiceConfigW */
    { FM_RPC_SERVICES, 23, SERVICE_CHANGE }, /* ChangeServiceConfigA */
    { FM_RPC_SERVICES, 19, SERVICE_START }, /* StartServiceW */
    { FM_RPC_SERVICES, 31, SERVICE_START }, /* StartServiceA */
    { FM_RPC_SERVICES, 2, SERVICE_DELETE }, /* DeleteService */
    { FM_RPC_TASKS, 1, TASK_REGISTER }, /* SchRpcRegisterTask */
    { FM_RPC_TASKS, 12, TASK_RUN }, /* SchRpcRun */
    { FM_RPC_JOBS, 0, TASK_REGISTER }, /* NetrJobAdd */
    { FM_RPC_WMI, 24, WMI_METHOD }, /* ExecMethod */
    { FM_RPC_WMI, 25, WMI_METHOD }, /* ExecMethodAsync */
    { FM_RPC_WMI, 8, WMI_PUT }, /* PutClass */
    { FM_RPC_WMI, 14, WMI_PUT }, /* PutInstance */
    { FM_RPC_WMI, 18, WMI_QUERY }, /* CreateInstanceEnum */
    { FM_RPC_WMI, 20, WMI_QUERY }, /* ExecQuery */
    { FM_RPC_WMI, 22, WMI_QUERY }, /* ExecNotificationQuery */
    { FM_RPC_WMI, 6, OBJECT_CALL }, /* GetObject */
    { FM_RPC_OBJECT, 24, WMI_METHOD }, /* WMI's numbers, behind an altered context */
    { FM_RPC_OBJECT, 25, WMI_METHOD },
    { FM_RPC_OBJECT, 18, WMI_QUERY },
    { FM_RPC_OBJECT, 20, WMI_QUERY },
    { FM_RPC_OBJECT, 22, WMI_QUERY },
    { FM_RPC_OBJECT, 6, OBJECT_CALL }, /* Invoke, NTLMLogin */
    { FM_RPC_OBJECT, 5, OBJECT_RELEASE }, /* RemRelease */
    { FM_RPC_ACTIVATOR, 3, OBJECT_ACTIVATE }, /* RemoteGetClassObject */
    { FM_RPC_ACTIVATOR, 4, OBJECT_ACTIVATE }, /* RemoteCreateInstance */
    { FM_RPC_ACTIVATION, 0, OBJECT_ACTIVATE }, /* RemoteActivation */
    { FM_RPC_REGISTRY, 6, REGISTRY_WRITE }, /* BaseRegCreateKey */
    { FM_RPC_REGISTRY, 22, REGISTRY_WRITE }, /* BaseRegSetValue */
    { FM_RPC_REGISTRY, 19, REGISTRY_WRITE }, /* BaseRegRestoreKey */
    { FM_RPC_REGISTRY, 20, HIVE_SAVE }, /* BaseRegSaveKey */
    { FM_RPC_REGISTRY, 31, HIVE_SAVE }, /* BaseRegSaveKeyEx */
};

/* What Windows runs, or reads in order to run. */
static const char *const programs[] = { "bat", "cmd", "com", "cpl", "csproj", "dll", "exe", "hta",
    "inf", "js", "jse", "lnk", "msi", "ocx", "ps1", "psm1", "scr", "sct", "sys", "vbe", "vbs",
    "wsf", "xml", "xsl" };

static bool looks_like_a_program(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (unsigned i = 0; dot && i < sizeof programs / sizeof *programs; i++)
        if (!strcasecmp(dot + 1, programs[i]))
            return true;
    return false;
}

/** "\\server\ADMIN$", "C$" and so on, but not IPC$. */
static bool is_admin_share(const char *share)
{
    const char *last = strrchr(share, '\\');
    const char *name = last ? last + 1 : share;

    return !strcasecmp(name, "admin$") || (name[0] && name[1] == '$' && !name[2]);
}

static void text_of(char *out, const struct fm_rec *rec, struct fm_str str)
{
    size_t len;
    const char *text = fm_rec_str(rec, str, &len);

    fm_text_name(out, FM_NAME, text, len);
}

/** The end of a path, where the name stands. */
static void file_of(char *out, const struct fm_rec *rec, struct fm_str str)
{
    size_t len;
    const char *text = fm_rec_str(rec, str, &len);
    size_t cut = len < FM_NAME ? 0 : len - (FM_NAME - 1);

    fm_text_name(out, FM_NAME, text + cut, len - cut);
}

static bool look_smb(const struct fm_obs *obs, struct fm_deed *out)
{
    const struct fm_smb *smb = fm_body(obs->rec);
    char command[FM_NAME], share[FM_NAME];

    text_of(command, obs->rec, smb->command);
    text_of(out->account, obs->rec, smb->account);
    if ((obs->rec->has & FM_HAS_STATUS) && smb->status)
        return false;
    if (!strcmp(command, "tree_connect")) {
        text_of(share, obs->rec, smb->share);
        out->step = SHARE_CONNECT;
        return is_admin_share(share);
    }
    file_of(out->object, obs->rec, smb->file);
    out->step = PROGRAM_WRITE;
    return !strcmp(command, "write") && looks_like_a_program(out->object);
}

static bool look_rpc(const struct fm_obs *obs, struct fm_deed *out)
{
    struct fm_rpc_call call;

    if (!fm_rpc_call_of(obs, &call) || call.fault)
        return false;
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (calls[i].interface != call.interface || calls[i].opnum != call.opnum)
            continue;
        out->step = calls[i].step;
        out->success = call.answered;
        memcpy(out->account, call.account, sizeof out->account);
        return true;
    }
    return false;
}

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_deed *out)
{
    (void)ctx;
    if (obs->what != FM_OBS_TX || obs->course != FM_INSIDE || obs->client == obs->server)
        return false;
    return obs->rec->kind == FM_SMB ? look_smb(obs, out) : look_rpc(obs, out);
}

/* ---- what they amount to ---- */

/* From the surest: all of `needs` on one day, `lacks` never. */
static const struct function {
    uint32_t needs, lacks;
    double value;
    enum step by; /* whose history decides */
    const char *kind, *operation, *what;
} functions[] = {
    { BIT(SERVICE_CREATE) | BIT(SERVICE_START), 0, 1, SERVICE_CREATE, "service",
            "svcctl CreateService, StartService", "created and started a service on" },
    { BIT(TASK_REGISTER), 0, 1, TASK_REGISTER, "task", "SchRpcRegisterTask or NetrJobAdd",
            "registered a task on" },
    { BIT(SERVICE_CHANGE) | BIT(SERVICE_START), 0, 0.9, SERVICE_CHANGE, "service",
            "svcctl ChangeServiceConfig, StartService", "changed and started a service on" },
    { BIT(SERVICE_START) | BIT(SERVICE_DELETE), 0, 0.9, SERVICE_DELETE, "service",
            "svcctl StartService, DeleteService", "started and deleted a service on" },
    { BIT(WMI_METHOD), 0, 0.9, WMI_METHOD, "wmi", "IWbemServices ExecMethod",
            "called a WMI method on" },
    { BIT(HIVE_SAVE), 0, 0.9, HIVE_SAVE, "registry", "winreg BaseRegSaveKey",
            "saved a registry hive on" },
    { BIT(SERVICE_CREATE), 0, 0.8, SERVICE_CREATE, "service", "svcctl CreateService",
            "created a service on" },
    { BIT(WMI_PUT), 0, 0.7, WMI_PUT, "wmi", "IWbemServices PutInstance", "wrote a WMI object on" },
    { BIT(PROGRAM_WRITE) | BIT(SHARE_CONNECT) | BIT(OBJECT_ACTIVATE), 0, 0.7, OBJECT_ACTIVATE,
            "dcom", "ISystemActivator RemoteCreateInstance",
            "copied a program to an admin share and activated an object on" },
    { BIT(PROGRAM_WRITE) | BIT(SHARE_CONNECT) | BIT(SERVICE_START), 0, 0.7, SERVICE_START,
            "service", "svcctl StartService",
            "copied a program to an admin share and started a service on" },
    { BIT(TASK_RUN), 0, 0.6, TASK_RUN, "task", "SchRpcRun", "ran a task on" },
    { BIT(REGISTRY_WRITE), 0, 0.5, REGISTRY_WRITE, "registry", "winreg BaseRegSetValue",
            "wrote to the registry of" },
    { BIT(OBJECT_ACTIVATE) | BIT(OBJECT_CALL) | BIT(OBJECT_RELEASE), BIT(WMI_QUERY), 0.4,
            OBJECT_ACTIVATE, "dcom", "ISystemActivator RemoteCreateInstance",
            "activated and used an object on" },
};

#define FUNCTIONS (sizeof functions / sizeof *functions)

static uint32_t steps_that_day(const struct fm_first_state *s)
{
    uint32_t steps = 0;

    for (unsigned i = 0; i < STEPS; i++)
        steps |= fm_first_that_day(s, i) ? BIT(i) : 0;
    return steps;
}

/** The use of an object alone is honest wherever many do it, or where it was but one call. */
static bool is_honest(const struct fm_sight *in, const struct fm_first_state *s,
        const struct function *f)
{
    return (f->needs & BIT(OBJECT_CALL)) &&
           (s->others > in->param[FEW] || s->step[OBJECT_CALL].count < CALLS);
}

/** The newest target on which all of these steps were taken; NULL: only on several together. */
static const struct fm_first_place *place_of(const struct fm_first_state *s, uint32_t steps)
{
    const struct fm_first_place *place = NULL;

    for (unsigned i = 0; i < s->places; i++)
        if ((s->place[i].steps & steps) == steps && (!place || s->place[i].last > place->last))
            place = &s->place[i];
    return place;
}

static const struct function *function_of(const struct fm_sight *in,
        const struct fm_first_state *s)
{
    uint32_t steps = steps_that_day(s);

    for (unsigned i = 0; i < FUNCTIONS; i++) {
        const struct function *f = &functions[i];
        if ((steps & f->needs) != f->needs || (s->steps & f->lacks) || is_honest(in, s, f) ||
                !place_of(s, f->needs))
            continue;
        if (fm_first_days_before(s, f->by) < in->param[NORMAL_DAYS] &&
                s->step[f->by].host_days < in->param[NORMAL_DAYS])
            return f;
    }
    return NULL;
}

/** A program was copied, and then something ran. */
static bool was_written_first(const struct fm_sight *in, const struct fm_first_state *s,
        const struct function *f)
{
    fm_time window = (fm_time)(in->param[WRITE_WINDOW] * (double)FM_SECOND);
    fm_time wrote = s->step[PROGRAM_WRITE].first, ran = s->step[f->by].last;

    if (s->step[SERVICE_START].last > ran)
        ran = s->step[SERVICE_START].last;
    return place_of(s, f->needs | BIT(PROGRAM_WRITE) | BIT(SHARE_CONNECT)) && ran >= wrote &&
           ran - s->step[PROGRAM_WRITE].last <= window;
}

/** The targets of the function; their number. */
static unsigned add_rows(struct fm_finding *out, const struct fm_first_state *s, uint32_t steps)
{
    unsigned targets = 0;

    out->peers_dropped += s->places_dropped;
    for (unsigned i = 0; i < s->places; i++) {
        const struct fm_first_place *p = &s->place[i];
        if (!(p->steps & steps))
            continue;
        targets++;
        struct fm_peer *row = fm_finding_row(out);
        if (row)
            *row = (struct fm_peer){ .addr = p->addr, .port = p->port, .proto = p->proto,
                .inside = 1, .tries = p->count, .items = (uint32_t)__builtin_popcount(p->steps),
                .first = p->first, .last = p->last };
    }
    return targets;
}

static void say(struct fm_finding *out, const struct fm_first_state *s, const struct function *f,
        bool written, double days)
{
    char addr[64], since[48] = "", more[48] = "";

    if (fm_known(days))
        snprintf(since, sizeof since, days > 0 ? "; before on %.0f days" : "; never before", days);
    if (out->peers > 1)
        snprintf(more, sizeof more, " and %s%u other hosts", s->places_dropped ? "more than " : "",
                out->peers - 1);
    snprintf(out->summary, sizeof out->summary, "%s %s%s (%s%s%s)%s%s%s", f->what,
            fm_addr_print(&out->peer, addr), more, f->operation, s->account[0] ? ", as " : "",
            s->account, written ? "; copied there first: " : "", written ? s->object : "", since);
}

static void tell(const struct fm_sight *in, const struct fm_first_state *s,
        const struct function *f, double days, struct fm_finding *out)
{
    const struct fm_first_place *place = place_of(s, f->needs);

    out->kind = f->kind;
    out->first = s->first;
    out->last = s->last;
    out->peer = place->addr;
    out->port = place->port;
    out->proto = place->proto;
    out->samples = s->samples;
    fm_fact_text(out, "kind", f->kind);
    fm_fact_text(out, "function", f->what);
    fm_fact_text(out, "operation", f->operation);
    fm_fact_addr(out, "target", &place->addr);
    fm_fact_number(out, "calls", s->count);
    if (s->account[0])
        fm_fact_text(out, "account", s->account);
    if (s->object[0])
        fm_fact_text(out, "file", s->object);
    if (fm_known(days))
        fm_fact_number(out, "days_before", days);
    fm_fact_number(out, "hours_watched", fm_learn_hours(in->ctx->learn));
    fm_fact_number(out, "targets", add_rows(out, s, f->needs));
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    const struct fm_first_state *s = in->state;
    const struct function *f = function_of(in, s);

    if (!f)
        return false;
    bool written = was_written_first(in, s, f);
    bool watched = fm_learn_hours(in->ctx->learn) >= FM_NOVEL_AFTER_HOURS;
    unsigned before = fm_first_days_before(s, f->by), by_host = s->step[f->by].host_days;
    double days = watched || before ? before : FM_UNKNOWN;

    fm_finding_term(out, "function", f->value);
    fm_finding_term(out, "write_then_run", written ? 1 : FM_UNKNOWN);
    fm_finding_term(out, "novelty", days);
    fm_finding_term(out, "host_novelty", watched || by_host ? by_host : FM_UNKNOWN);
    out->success = f->value >= 0.9 && s->successes;
    tell(in, s, f, days, out);
    fm_finding_term(out, "targets", out->peers + out->peers_dropped);
    say(out, s, f, written, days);
    return true;
}

static const struct fm_first_spec spec = { .look = look, .window = WRITE_WINDOW, .wide = WIDE };

const struct fm_detector fm_remote_execution = {
    .name = "remote_execution",
    .title = "Remote Execution",
    .category = FM_LATERAL,
    .tactic = { "TA0008", "TA0002" },
    .technique = { "T1569.002", "T1047", "T1053.005", "T1021.003" },
    .help = "one inside host makes another run something: service, task, WMI, DCOM or registry",
    .look_alikes = "administrator, software distribution, monitoring that writes, remote support",
    .next = "ask whose account it was, and look at the target for what was started then",
    .family = &fm_first,
    .key = FM_BY_PAIR,
    .first = &spec,
    .sees = FM_SEES_TX(SMB) | FM_SEES_TX(DCERPC),
    .needs = { { FM_DCERPC, FM_HAS_NAME | FM_HAS_OPERATION } },
    .assumes = FM_INSIDE_SEEN | FM_TWO_WAY,
    .excused = 1u << FM_ROLE_ADMIN | 1u << FM_ROLE_MONITOR | 1u << FM_ROLE_SCANNER |
               1u << FM_ROLE_BACKUP,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 14400,
    .params = params,
    .terms = terms,
    .judge = judge,
};
