/* Plain facts of a packet, read from series 8's structures. */
#include "series8.h"

bool fm_host_facts(const Packet *p, struct fm_packet *facts)
{
    const Flow *f = p->flow;

    facts->payload = p->payload;
    facts->payload_bytes = p->payload == NULL ? 0 : p->payload_len;
    facts->sport = p->sp;
    facts->dport = p->dp;
    facts->host_idle_s = f->timeout_policy > UINT16_MAX ? UINT16_MAX : (uint16_t)f->timeout_policy;
    if (PacketIsEthernet(p)) {
        facts->src_mac = PacketGetEthernet(p)->eth_src;
        facts->dst_mac = PacketGetEthernet(p)->eth_dst;
    }
    if (PacketIsTCP(p)) {
        const TCPHdr *tcp = PacketGetTCP(p);
        facts->kind = FM_PACKET_TCP;
        facts->tcp_flags = tcp->th_flags;
        facts->seq = TCP_GET_RAW_SEQ(tcp);
        facts->ack = TCP_GET_RAW_ACK(tcp);
    } else if (PacketIsUDP(p)) {
        facts->kind = FM_PACKET_UDP;
    } else if (PacketIsICMPv4(p)) {
        facts->kind = f->proto == IPPROTO_ICMP ? FM_PACKET_ICMP : FM_PACKET_UNREACHABLE;
        facts->icmp_type = PacketGetICMPv4(p)->type;
    } else if (PacketIsICMPv6(p)) {
        facts->kind = f->proto == IPPROTO_ICMPV6 ? FM_PACKET_ICMP : FM_PACKET_UNREACHABLE;
        facts->icmp_type = PacketGetICMPv6(p)->type;
        facts->icmp6 = true;
    } else {
        facts->kind = FM_PACKET_OTHER;
    }
    return true;
}
