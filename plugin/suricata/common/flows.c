/* From Suricata's callbacks to flow records: the flow's tracker lies in a flow storage of our own,
 * each packet is told to it as plain facts, and what it has to say is addressed and pushed.
 * Runs on the packet threads and the flow recycler under the flow's lock; allocates once a flow.
 *
 * A bypassed flow (encrypted, too long, taken by the card) shows us no more packets; Suricata goes
 * on counting bytes on the wire.  At its end the payload among them is reckoned with the mean
 * header of the packets that were seen: off by less than 1 % for a bulk transfer.
 */
#include "suricata/common/adapter.h"

#include "base/addr.h"

#define HEADER_BYTES 54 /* Ethernet, IPv4 and TCP: where no packet of a side was seen */

/* By side: [0] from the low one. */
struct watched {
    struct fm_track track;
    struct fm_hello hello;
    uint64_t wire_bytes[2], header_bytes[2], packets[2]; /* of all packets that were shown */
};

static FlowStorageId storage;

static void forget(void *at)
{
    struct watched *watched = at;

    fm_hello_free(&watched->hello);
    free(watched);
}

void fm_flows_register(void)
{
    storage = FlowStorageRegister("furumai", sizeof(void *), NULL, forget);
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
static inline bool is_low(const Flow *f, const void *a, uint16_t ap, const void *b, uint16_t bp)
{
    int order;

    if (FLOW_IS_IPV4(f)) {
        uint32_t low, high;
        memcpy(&low, a, sizeof(low));
        memcpy(&high, b, sizeof(high));
        if (low != high)
            return ntohl(low) < ntohl(high);
    } else if ((order = memcmp(a, b, 16)) != 0) {
        return order < 0;
    }
    return !has_ports(f->proto) || ap <= bp;
}

static bool source_is_low(const Flow *f)
{
    return is_low(f, &f->src, f->sp, &f->dst, f->dp);
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
        rec->cport = fm_icmp_request_type(f->icmp_s.type, f->proto == IPPROTO_ICMPV6);
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

static struct watched *watched_of(Flow *f)
{
    struct watched *watched = FlowGetStorageById(f, storage);

    if (watched == NULL && (watched = calloc(1, sizeof(*watched))) != NULL)
        FlowSetStorageById(f, storage, watched);
    return watched;
}

static void count_shown(struct watched *watched, const Packet *p, bool from_low)
{
    uint32_t bytes = GET_PKT_LEN(p);

    watched->packets[!from_low]++;
    watched->wire_bytes[!from_low] += bytes;
    watched->header_bytes[!from_low] += bytes > p->payload_len ? bytes - p->payload_len : 0;
}

static bool sent_from_low(const Packet *p, const Flow *f)
{
    return is_low(f, &p->src.addr_data32, p->sp, &p->dst.addr_data32, p->dp);
}

/* An ICMP error lies on the flow it is about, but comes from any router on the way: what counts is
 * whom it was sent to. */
static bool error_from_low(const Packet *p, const Flow *f)
{
    bool to_source = memcmp(&p->dst.addr_data32, &f->src, FLOW_IS_IPV4(f) ? 4 : 16) == 0;

    return to_source != source_is_low(f);
}

static void packet_of_flow(struct fm_thread *thread, const Packet *p, fm_time now)
{
    struct fm_packet facts = { 0 };
    struct telling telling = { thread, p->flow };
    struct watched *watched;

    if (!fm_host_facts(p, &facts) || (watched = watched_of(p->flow)) == NULL)
        return;
    facts.time = now;
    bool from_low = sent_from_low(p, p->flow);
    facts.from_low =
            facts.kind == FM_PACKET_UNREACHABLE ? error_from_low(p, p->flow) : from_low;
    facts.app = (uint8_t)fm_apps_of(p->flow);
    facts.vlan = p->vlan_idx > 0 ? p->vlan_id[0] : 0;
    count_shown(watched, p, from_low);
    fm_track_packet(&watched->track, &facts, tell, &telling);
    if (watched->hello.state != FM_HELLO_OVER && facts.kind == FM_PACKET_TCP
            && facts.payload_bytes > 0)
        fm_hello_segment(&watched->hello, thread->hello_seed, from_low, facts.seq, facts.payload,
                facts.payload_bytes);
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
        fm_time now = time_of(p->ts);
        if (p->flow != NULL)
            packet_of_flow(thread, p, now);
        fm_producer_clock(thread->producer, now);
    }
    if (p->alerts.cnt > 0)
        fm_alerts_push(thread, p);
    return TM_ECODE_OK;
}

/* ---- ends ---- */

static uint64_t more(uint64_t all, uint64_t part)
{
    return all > part ? all - part : 0;
}

/* Bytes on the wire and packets of the whole flow as the host counted them, by its own direction;
 * false: the host showed us every packet. */
static bool bypassed(const Flow *f, uint64_t wire_bytes[2], uint64_t packets[2])
{
    const FlowBypassInfo *more = FlowGetStorageById(f, GetFlowBypassInfoID());

    if (more == NULL && f->flow_state != FLOW_STATE_LOCAL_BYPASSED
            && f->flow_state != FLOW_STATE_CAPTURE_BYPASSED)
        return false;
    wire_bytes[FM_TO_SERVER] = f->todstbytecnt + (more ? more->todstbytecnt : 0);
    wire_bytes[FM_TO_CLIENT] = f->tosrcbytecnt + (more ? more->tosrcbytecnt : 0);
    packets[FM_TO_SERVER] = f->todstpktcnt + (more ? more->todstpktcnt : 0);
    packets[FM_TO_CLIENT] = f->tosrcpktcnt + (more ? more->tosrcpktcnt : 0);
    return true;
}

static void add_unseen(struct watched *watched, const Flow *f)
{
    uint64_t wire_bytes[2], all[2], payload_bytes[2], packets[2];

    if (!bypassed(f, wire_bytes, all))
        return;
    for (int side = 0; side < 2; side++) {
        int way = source_is_low(f) == (side == 0) ? FM_TO_SERVER : FM_TO_CLIENT;
        uint64_t seen = watched->packets[side];
        uint64_t unseen_bytes = more(wire_bytes[way], watched->wire_bytes[side]);
        double header = HEADER_BYTES;
        if (seen > 0)
            header = (double)watched->header_bytes[side] / (double)seen;
        packets[side] = more(all[way], seen);
        payload_bytes[side] = more(unseen_bytes, (uint64_t)(header * (double)packets[side]));
    }
    fm_track_unseen(&watched->track, payload_bytes, packets, time_of(f->lastts));
}

int fm_flows_end(ThreadVars *tv, void *data, Flow *f)
{
    struct watched *watched = FlowGetStorageById(f, storage);
    struct telling telling = { data, f };

    (void)tv;
    if (data == NULL || watched == NULL)
        return TM_ECODE_OK;
    add_unseen(watched, f);
    fm_track_end(&watched->track, fm_apps_of(f), tell, &telling);
    return TM_ECODE_OK;
}

/* ---- transactions and alerts ---- */

const struct fm_hello *fm_flows_hello(const Flow *f)
{
    const struct watched *watched = f != NULL ? FlowGetStorageById(f, storage) : NULL;

    return watched != NULL ? &watched->hello : NULL;
}

struct fm_addr fm_flows_addr(const Address *addr)
{
    return addr->family == AF_INET ? fm_addr_from4(addr->addr_data32)
                                   : fm_addr_from16(addr->addr_data32);
}

/* Their time is that of the flow's last packet: pseudo packets that end a flow carry the clock of
 * whichever thread is slowest. */
void fm_flows_header(struct fm_rec *rec, const Flow *f, const Packet *p)
{
    const struct watched *watched = f != NULL ? FlowGetStorageById(f, storage) : NULL;
    const struct fm_track *track = watched != NULL ? &watched->track : NULL;

    rec->time = time_of(p->ts);
    if (f == NULL) {
        rec->client = fm_flows_addr(&p->src);
        rec->server = fm_flows_addr(&p->dst);
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
