/* What one flow did, told as records at the moment it happens.  Plain packet facts go in, flow
 * records come out; nothing here knows Suricata, so both series and the tests run the same code.
 *
 * The flows are *logical flows of our own*: a silence longer than the protocol allows, or a new SYN
 * with another sequence number, ends one and begins the next, whatever the host's flow manager does
 * on its wall clock.  So the same capture gives the same records, however fast it is read.
 *
 *   first packet             flow_new, with the direction as far as it can be known
 *   the other side speaks    flow_answer: SYN-ACK, RST to the SYN (then `close` is set too and no
 *                            flow_close follows), ICMP error, first data back; inferred when only
 *                            the client is seen and goes on
 *   both FINs, or a RST      flow_close, with the shape where anything was said
 *   10 s or 1 MiB later      flow_update, with the shape
 *   silence, or the end      flow_end, with the shape: one a logical flow, at its last packet
 *
 * Payload bytes of TCP are the advance of the highest sequence number each way: retransmissions and
 * doubled mirror packets add nothing, a gap counts, a jump of more than 1 MiB is no gap but a new
 * beginning.  Counters in a record are what came since the one before.
 *
 * One struct fm_track a flow, some 400 bytes, no allocation; a packet costs some 50 ns, a
 * record some 100 more.  Blind spots: a SYN-ACK that answers nobody and a one-way tap look alike
 * until a second packet; bytes of a gap above 1 MiB are lost.
 */
#ifndef FM_SURICATA_FLOWTRACK_H
#define FM_SURICATA_FLOWTRACK_H

#include "record/record.h"

enum fm_packet_kind {
    FM_PACKET_TCP,
    FM_PACKET_UDP,
    FM_PACKET_ICMP,        /* of an ICMP flow; icmp_type says which */
    FM_PACKET_UNREACHABLE, /* an ICMP error about this flow, sent to the side that is not `low` when
                              from_low is set: "from" the side that cannot be reached */
    FM_PACKET_OTHER,
};

/* The sides of a five-tuple are told apart by their order: `low` is the smaller (address, port). */
struct fm_packet {
    fm_time time;
    const uint8_t *payload;  /* NULL: not at hand */
    const uint8_t *src_mac, *dst_mac; /* NULL: not Ethernet */
    uint32_t payload_bytes;
    uint32_t seq, ack;       /* TCP */
    uint16_t sport, dport;
    uint16_t vlan;
    uint16_t host_idle_s;    /* after such a silence the host may forget the flow; 0: unknown */
    uint8_t kind;            /* enum fm_packet_kind */
    uint8_t tcp_flags;
    uint8_t icmp_type;
    uint8_t app;             /* enum fm_app */
    bool icmp6;
    bool from_low;
};

#define FM_TRACK_DIGESTS 8

/** A flow's state; all zero: nothing seen yet. */
struct fm_track {
    fm_time start, last;  /* of this logical flow */
    fm_time told;         /* when the last record was told */
    fm_time last_payload; /* 0: none yet */
    uint64_t total_bytes[2];
    uint64_t fresh_bytes[2]; /* since the last record */
    uint32_t fresh_packets[2];
    uint32_t slot_bytes[2][FM_SHAPE_SERIES];
    struct fm_shape shape; /* its series is made of slot_bytes when told */
    uint32_t next[2];      /* TCP: the sequence number that comes next */
    uint32_t isn;          /* TCP: of the SYN that opened */
    uint32_t client_ack;   /* TCP: the client's last acknowledgement */
    uint64_t echo_bytes[2];
    uint32_t echo_packets[2];
    uint32_t echo_digest[FM_TRACK_DIGESTS];
    uint32_t echo_payloads;
    uint16_t echo_longest;
    uint8_t echo_digests, echo_next; /* kept in echo_digest; where the next goes */
    uint8_t speaker;                 /* who sent the last payload: as fm_shape.speaker */
    uint8_t lengths;                 /* of shape.first_len in use */
    uint8_t kind; /* enum fm_packet_kind of its packets */
    struct fm_mac mac[2];
    uint16_t vlan;
    uint16_t host_idle_s;
    uint8_t answer, close; /* enum fm_answer, enum fm_close */
    uint8_t app;
    uint8_t flags; /* FM_REC_* of its records */
    uint8_t tcp_flags[2];
    uint8_t head_used[2];
    bool begun;
    bool client_is_low;
    bool opened;       /* TCP: the opening SYN, or its SYN-ACK, was seen */
    bool went_on;      /* TCP: the client sent more than SYN and RST */
    bool next_known[2];
    bool acked;        /* client_ack is set */
    bool mac_known;
};

/** Takes a record: times, counters, flags and body are set, addresses, ports, proto and flow_id are
 *  the caller's to fill; `client_is_low` says which side is the client.  Valid during the call. */
typedef void (*fm_track_tell)(void *arg, struct fm_rec *rec, bool client_is_low);

/** One packet of the flow; may tell up to five records. */
void fm_track_packet(struct fm_track *track, const struct fm_packet *packet, fm_track_tell tell,
        void *arg);
/** The host forgets the flow: tells flow_end if anything was seen; `track` is empty then. */
void fm_track_end(struct fm_track *track, enum fm_app app, fm_track_tell tell, void *arg);

/** Packets that the host counted without showing them (a bypassed flow), by side: [0] from the low
 *  one.  They are told with the next record, and all records bear FM_REC_BYPASSED from now on. */
void fm_track_unseen(struct fm_track *track, const uint64_t payload_bytes[2],
        const uint64_t packets[2], fm_time last);

/** Seconds of silence that end a flow in this state. */
/** The type of the request that an ICMP message of this type answers; itself when it answers none.
 *  A flow whose answers alone are seen so has the key of its requests. */
uint8_t fm_icmp_request_type(uint8_t type, bool icmp6);

unsigned fm_track_idle_s(const struct fm_track *track);

#endif
