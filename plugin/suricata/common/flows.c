/* From Suricata's callbacks to flow records: the flow's tracker lies in a flow storage of our own,
 * each packet is told to it as plain facts, and what it has to say is addressed and pushed.
 * Runs on the packet threads and the flow recycler under the flow's lock; allocates once a flow.
 */
#include "suricata/common/adapter.h"

#include "base/addr.h"

static FlowStorageId storage;

void fm_flows_register(void)
{
    storage = FlowStorageRegister("furumai", sizeof(void *), NULL, free);
}

static fm_time time_of(SCTime_t ts)
{
    return (fm_time)SCTIME_SECS(ts) * FM_SECOND + (fm_time)SCTIME_USECS(ts);
}

/* ---- the two sides ---- */

static bool has_ports(uint8_t proto)
{
    return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

/* Is (a, ap) the smaller side?  Of two equal sides the first counts as low. */
static bool is_low(const void *a, uint16_t ap, const void *b, uint16_t bp, size_t bytes, bool ports)
{
    int order = memcmp(a, b, bytes);

    if (order != 0 || !ports)
        return order <= 0;
    return ap <= bp;
}

static size_t addr_bytes(const Flow *f)
{
    return FLOW_IS_IPV4(f) ? 4 : 16;
}

static bool source_is_low(const Flow *f)
{
    return is_low(&f->src, f->sp, &f->dst, f->dp, addr_bytes(f), has_ports(f->proto));
}

static struct fm_addr flow_addr(const Flow *f, const FlowAddress *addr)
{
    return FLOW_IS_IPV4(f) ? fm_addr_from4(addr) : fm_addr_from16(addr);
}

static void put_sides(struct fm_rec *rec, const Flow *f, bool client_is_source)
{
    rec->flow_id = (uint64_t)FlowGetId(f);
    rec->proto = f->proto;
    rec->client = flow_addr(f, client_is_source ? &f->src : &f->dst);
    rec->server = flow_addr(f, client_is_source ? &f->dst : &f->src);
    if (has_ports(f->proto)) {
        rec->cport = client_is_source ? f->sp : f->dp;
        rec->sport = client_is_source ? f->dp : f->sp;
    } else if (f->proto == IPPROTO_ICMP || f->proto == IPPROTO_ICMPV6) {
        rec->cport = f->icmp_s.type;
        rec->sport = f->icmp_s.code;
    }
}

/* ---- packets ---- */

struct telling {
    struct fm_thread *thread;
    const Flow *f;
};

static void tell(void *arg, struct fm_rec *rec, bool client_is_low)
{
    const struct telling *telling = arg;

    put_sides(rec, telling->f, client_is_low == source_is_low(telling->f));
    fm_thread_push(telling->thread, rec);
}

static struct fm_track *track_of(Flow *f)
{
    struct fm_track *track = FlowGetStorageById(f, storage);

    if (track == NULL && (track = calloc(1, sizeof(*track))) != NULL)
        FlowSetStorageById(f, storage, track);
    return track;
}

/* An ICMP error lies on the flow it is about, but comes from any router on the way: what counts is
 * whom it was sent to. */
static bool sent_from_low(const Packet *p, const Flow *f, enum fm_packet_kind kind)
{
    if (kind == FM_PACKET_UNREACHABLE) {
        bool to_source = memcmp(&p->dst.addr_data32, &f->src, addr_bytes(f)) == 0;
        return to_source != source_is_low(f);
    }
    return is_low(&p->src.addr_data32, p->sp, &p->dst.addr_data32, p->dp, addr_bytes(f),
            has_ports(f->proto));
}

static void packet_of_flow(struct fm_thread *thread, const Packet *p)
{
    struct fm_packet facts = { 0 };
    struct telling telling = { thread, p->flow };
    struct fm_track *track;

    if (!fm_host_facts(p, &facts) || (track = track_of(p->flow)) == NULL)
        return;
    facts.time = time_of(p->ts);
    facts.from_low = sent_from_low(p, p->flow, (enum fm_packet_kind)facts.kind);
    facts.app = (uint8_t)fm_host_app(p->flow);
    facts.vlan = p->vlan_idx > 0 ? p->vlan_id[0] : 0;
    fm_track_packet(track, &facts, tell, &telling);
}

int fm_flows_wanted(ThreadVars *tv, void *data, const Packet *p)
{
    (void)tv;
    return data != NULL && (p->alerts.cnt > 0 || !PKT_IS_PSEUDOPKT(p));
}

int fm_flows_packet(ThreadVars *tv, void *data, const Packet *p)
{
    struct fm_thread *thread = data;

    (void)tv;
    if (!PKT_IS_PSEUDOPKT(p)) {
        if (p->flow != NULL)
            packet_of_flow(thread, p);
        fm_producer_clock(thread->producer, time_of(p->ts));
    }
    if (p->alerts.cnt > 0)
        fm_host_alerts(thread, p);
    return TM_ECODE_OK;
}

/* ---- ends ---- */

int fm_flows_end(ThreadVars *tv, void *data, Flow *f)
{
    struct fm_track *track = FlowGetStorageById(f, storage);
    struct telling telling = { data, f };

    (void)tv;
    if (data != NULL && track != NULL)
        fm_track_end(track, fm_host_app(f), tell, &telling);
    return TM_ECODE_OK;
}

/* ---- transactions and alerts ---- */

/* Their time is that of the flow's last packet: pseudo packets that end a flow carry the clock of
 * whichever thread is slowest. */
void fm_flows_header(struct fm_rec *rec, const Flow *f, const Packet *p)
{
    const struct fm_track *track = f != NULL ? FlowGetStorageById(f, storage) : NULL;

    rec->time = time_of(p->ts);
    if (f == NULL) {
        rec->client = fm_host_addr(&p->src);
        rec->server = fm_host_addr(&p->dst);
        rec->proto = p->proto;
        if (has_ports(p->proto)) {
            rec->cport = p->sp;
            rec->sport = p->dp;
        }
        return;
    }
    if (track == NULL || !track->begun) {
        put_sides(rec, f, true);
        return;
    }
    if (PKT_IS_PSEUDOPKT(p))
        rec->time = track->last;
    rec->flags |= track->flags;
    put_sides(rec, f, track->client_is_low == source_is_low(f));
}
