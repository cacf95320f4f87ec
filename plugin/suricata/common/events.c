/* The clerk's way out: events into every EVE output that asked for `behavior`, host bits for rules,
 * lines for Suricata's log.  On the clerk's thread, but fm_say.  An event costs some 3 us an
 * output, most of it the write.
 */
#include "suricata/common/adapter.h"
#include "suricata/common/condition.h"

#include "base/addr.h"
#include "detect/detector.h"

#define DESK_EVES 16
#define BITS_MAX (FM_CATEGORIES + FM_DETECTORS + FM_NAMES_DECLARED)
#define BIT_PREFIX "behavior."

struct fm_desk {
    ThreadVars *tv;
    OutputJsonThreadCtx *eve[DESK_EVES];
    unsigned eves;
    char *text; /* "behavior":{...} */
    size_t text_cap;
};

static struct {
    char name[sizeof(BIT_PREFIX) + FM_NAME];
    uint32_t id;
} bits[BITS_MAX];
static unsigned bits_used;

struct fm_desk *fm_desk_new(ThreadVars *tv)
{
    OutputJsonCtx *const *eves;
    unsigned count = fm_life_eves(&eves);
    struct fm_desk *desk = calloc(1, sizeof(*desk));

    if (desk == NULL)
        return NULL;
    desk->tv = tv;
    for (unsigned i = 0; i < count && i < DESK_EVES; i++) {
        desk->eve[desk->eves] = CreateEveThreadCtx(tv, eves[i]);
        if (desk->eve[desk->eves] != NULL)
            desk->eves++;
        else
            fm_say(FM_SAY_ERROR, "one eve-log cannot be written to; it gets no behavior");
    }
    return desk;
}

void fm_desk_free(struct fm_desk *desk)
{
    if (desk == NULL)
        return;
    for (unsigned i = 0; i < desk->eves; i++)
        FreeEveThreadCtx(desk->eve[i]);
    free(desk->text);
    free(desk);
}

/* ---- lines ---- */

void fm_say(enum fm_level level, const char *line)
{
    switch (level) {
    case FM_SAY_ERROR:
        SCLogError("furumai: %s", line);
        break;
    case FM_SAY_WARNING:
        SCLogWarning("furumai: %s", line);
        break;
    default:
        SCLogNotice("furumai: %s", line);
        break;
    }
}

static void say(void *arg, enum fm_level level, const char *line)
{
    (void)arg;
    fm_say(level, line);
}

/* ---- events ---- */

static const char *proto_name(uint8_t proto, char *number, size_t cap)
{
    switch (proto) {
    case IPPROTO_TCP:
        return "TCP";
    case IPPROTO_UDP:
        return "UDP";
    case IPPROTO_ICMP:
        return "ICMP";
    case IPPROTO_ICMPV6:
        return "IPv6-ICMP";
    case IPPROTO_SCTP:
        return "SCTP";
    default:
        snprintf(number, cap, "%03u", proto);
        return number;
    }
}

static void put_addr(SCJsonBuilder *jb, const char *key, const struct fm_addr *addr)
{
    char text[FM_ADDR_TEXT];

    if (!fm_addr_is_none(addr))
        SCJbSetString(jb, key, fm_addr_print(addr, text));
}

static SCJsonBuilder *event_open(const struct fm_event *event)
{
    SCJsonBuilder *jb = SCJbNewObject();
    char text[64];

    if (jb == NULL)
        return NULL;
    SCTime_t time = { .secs = (uint64_t)(event->time / FM_SECOND),
        .usecs = (uint32_t)(event->time % FM_SECOND) };
    CreateIsoTimeString(time, text, sizeof(text));
    SCJbSetString(jb, "timestamp", text);
    if (event->flow_id != 0)
        SCJbSetUint(jb, "flow_id", event->flow_id);
    SCJbSetString(jb, "event_type", "behavior");
    put_addr(jb, "src_ip", &event->src);
    if (event->sport != 0)
        SCJbSetUint(jb, "src_port", event->sport);
    put_addr(jb, "dest_ip", &event->dest);
    if (event->dport != 0)
        SCJbSetUint(jb, "dest_port", event->dport);
    if (event->proto != 0)
        SCJbSetString(jb, "proto", proto_name(event->proto, text, sizeof(text)));
    if (event->community_id[0] != '\0')
        SCJbSetString(jb, "community_id", event->community_id);
    return jb;
}

static bool event_text(struct fm_desk *desk, const struct fm_event *event)
{
    size_t need = event->len + sizeof("\"behavior\":");

    if (need > desk->text_cap) {
        char *more = realloc(desk->text, need);
        if (more == NULL)
            return false;
        desk->text = more;
        desk->text_cap = need;
    }
    snprintf(desk->text, need, "\"behavior\":%.*s", (int)event->len, event->json);
    return true;
}

/* The writer closes the object, so each output gets one of its own. */
static void emit(void *arg, const struct fm_event *event)
{
    struct fm_desk *desk = *(struct fm_desk **)arg;

    if (desk == NULL || !event_text(desk, event))
        return;
    for (unsigned i = 0; i < desk->eves; i++) {
        SCJsonBuilder *jb = event_open(event);
        if (jb == NULL)
            continue;
        SCJbSetFormatted(jb, desk->text);
        fm_host_write(desk->tv, jb, desk->eve[i]);
        SCJbFree(jb);
    }
}

/* ---- host bits: for rules of any series ---- */

void fm_bits_register(void)
{
    bits_used = fm_names();
    for (unsigned i = 0; i < bits_used; i++) {
        snprintf(bits[i].name, sizeof(bits[0].name), BIT_PREFIX "%s", fm_name_text(i));
        bits[i].id = VarNameStoreRegister(bits[i].name, VAR_TYPE_HOST_BIT);
    }
}

void fm_bits_unregister(void)
{
    for (unsigned i = 0; i < bits_used; i++)
        VarNameStoreUnregister(bits[i].id, VAR_TYPE_HOST_BIT);
    bits_used = 0;
}

bool fm_bits_has(uint32_t id)
{
    for (unsigned i = 0; i < bits_used; i++)
        if (bits[i].id == id)
            return true;
    return false;
}

static Address host_address(const struct fm_addr *addr)
{
    Address out = { 0 };

    if (fm_addr_is4(addr)) {
        out.family = AF_INET;
        memcpy(&out.addr_data32[0], addr->byte + 12, 4);
    } else {
        out.family = AF_INET6;
        memcpy(&out.addr_data32[0], addr->byte, 16);
    }
    return out;
}

static void set_bits(const struct fm_mark *mark, const unsigned name[2])
{
    Address address = host_address(&mark->addr);
    Host *host = HostGetHostFromHash(&address); /* NULL: at host.memcap */

    if (host == NULL)
        return;
    for (unsigned i = 0; i < 2; i++)
        if (name[i] < bits_used)
            fm_host_bit_set(host, bits[name[i]].id, mark->last + FM_MARK_STANDS);
    HostRelease(host);
}

static void forget_bits(const struct fm_mark *mark)
{
    Address address = host_address(&mark->addr);
    Host *host = HostLookupHostFromHash(&address);

    if (host == NULL)
        return;
    for (unsigned i = 0; i < bits_used; i++)
        HostBitUnset(host, bits[i].id);
    HostRelease(host);
}

/* ---- marks: what the keyword asks for ---- */

static void set_mark(struct fm_marks *marks, const struct fm_mark *mark, unsigned name)
{
    struct fm_standing found = { .threat = mark->threat,
        .certainty = mark->certainty,
        .last = mark->last };

    if (mark->what == FM_MARK_SET)
        fm_marks_set(marks, &mark->addr, name, mark->detection, &found);
    else
        fm_marks_withdraw(marks, &mark->addr, name, mark->detection);
}

/* A detector that was declared after the start has the name of its category only.  A host bit that
 * others may share is not withdrawn. */
static void mark(void *arg, const struct fm_mark *mark)
{
    const unsigned name[2] = { (unsigned)mark->category, fm_name_of(mark->type) };
    struct fm_marks *marks = fm_life_marks();

    (void)arg;
    if (mark->what == FM_MARK_FORGET)
        forget_bits(mark);
    else if (mark->what == FM_MARK_SET)
        set_bits(mark, name);
    if (marks == NULL)
        return;
    if (mark->what == FM_MARK_FORGET)
        fm_marks_forget(marks, &mark->addr);
    else
        for (unsigned i = 0; i < 2; i++)
            if (name[i] < fm_names())
                set_mark(marks, mark, name[i]);
}

struct fm_outside fm_desk_outside(struct fm_desk **at)
{
    return (struct fm_outside){ .arg = at, .emit = emit, .mark = mark, .say = say };
}
