/* Plain facts of a packet, read from series 7's structures. */
#include "series7.h"

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
