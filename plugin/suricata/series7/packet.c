/* Plain facts and alerts of a packet, read from series 7's structures. */
#include "series7.h"

#include "base/addr.h"
#include "detect-engine-register.h"
#include "detect-metadata.h"
#include "detect-xbits.h"
#include "detect.h"

#define SIGNATURE_MAX 256
#define CATEGORY_MAX 96
#define METADATA_MAX 32

struct fm_addr fm_host_addr(const Address *addr)
{
    return addr->family == AF_INET ? fm_addr_from4(addr->addr_data32)
                                   : fm_addr_from16(addr->addr_data32);
}

bool fm_host_facts(const Packet *p, struct fm_packet *facts)
{
    const Flow *f = p->flow;

    facts->payload = p->payload;
    facts->payload_bytes = p->payload == NULL ? 0 : p->payload_len;
    facts->sport = p->sp;
    facts->dport = p->dp;
    facts->host_idle_s = f->timeout_policy > UINT16_MAX ? UINT16_MAX : (uint16_t)f->timeout_policy;
    if (p->ethh != NULL) {
        facts->src_mac = p->ethh->eth_src;
        facts->dst_mac = p->ethh->eth_dst;
    }
    if (p->tcph != NULL) {
        facts->kind = FM_PACKET_TCP;
        facts->tcp_flags = p->tcph->th_flags;
        facts->seq = TCP_GET_SEQ(p);
        facts->ack = TCP_GET_ACK(p);
    } else if (p->udph != NULL) {
        facts->kind = FM_PACKET_UDP;
    } else if (p->icmpv4h != NULL) {
        facts->kind = f->proto == IPPROTO_ICMP ? FM_PACKET_ICMP : FM_PACKET_UNREACHABLE;
        facts->icmp_type = p->icmpv4h->type;
    } else if (p->icmpv6h != NULL) {
        facts->kind = f->proto == IPPROTO_ICMPV6 ? FM_PACKET_ICMP : FM_PACKET_UNREACHABLE;
        facts->icmp_type = p->icmpv6h->type;
        facts->icmp6 = true;
    } else {
        facts->kind = FM_PACKET_OTHER;
    }
    return true;
}

bool fm_host_bypassed(const Flow *f, uint64_t wire_bytes[2], uint64_t packets[2])
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

/* ---- alerts ---- */

static void put_text(struct fm_rec *rec, struct fm_str *str, const char *text, size_t max)
{
    if (text != NULL)
        fm_rec_put(rec, str, text, strlen(text), max);
}

static const char *metadata(const Signature *s, const char *key)
{
    if (s->metadata == NULL)
        return NULL;
    for (const DetectMetadata *m = s->metadata->list; m != NULL; m = m->next)
        if (strcmp(m->key, key) == 0)
            return m->value;
    return NULL;
}

static bool asks_for_us(const Signature *s)
{
    const SigMatchData *match = s->sm_arrays[DETECT_SM_LIST_MATCH];

    for (; match != NULL; match = match->is_last ? NULL : match + 1)
        if ((match->type == DETECT_HOSTBITS || match->type == DETECT_XBITS)
                && fm_bits_has(((const DetectXbitsData *)match->ctx)->idx))
            return true;
    return false;
}

void fm_host_alerts(struct fm_thread *thread, const Packet *p)
{
    for (uint16_t i = 0; i < p->alerts.cnt; i++) {
        const Signature *s = p->alerts.alerts[i].s;
        struct fm_rec *rec = (struct fm_rec *)thread->rec;
        struct fm_alert *alert = fm_rec_begin(rec, FM_ALERT);

        if (s == NULL || asks_for_us(s))
            continue;
        fm_flows_header(rec, p->flow, p);
        rec->has = FM_HAS_RULE;
        alert->sid = s->id;
        alert->gid = s->gid;
        alert->rev = s->rev;
        alert->severity = (uint32_t)s->prio;
        alert->to_client = p->flow != NULL && (p->flowflags & FLOW_PKT_TOCLIENT) != 0;
        put_text(rec, &alert->signature, s->msg, SIGNATURE_MAX);
        put_text(rec, &alert->category, s->class_msg, CATEGORY_MAX);
        put_text(rec, &alert->technique, metadata(s, "mitre_technique_id"), METADATA_MAX);
        put_text(rec, &alert->confidence, metadata(s, "confidence"), METADATA_MAX);
        fm_thread_push(thread, rec);
    }
}
