/* See flowtrack.h for what is promised.  In call order: one packet, then its parts. */
#include "suricata/flowtrack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UPDATE_EVERY (10 * FM_SECOND)
#define UPDATE_BYTES (1u << 20)
#define RESYNC_BYTES (1 << 20) /* a longer jump of the sequence number is a new beginning */
#define SMALL_BYTES 100
#define FULL_BYTES 1000
#define WELL_KNOWN 1024

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

/* Never longer than the host's own defaults, so that the host never forgets a flow that goes on
 * here: how it is split is then decided by packet time alone. */
static const struct {
    uint16_t unanswered_s, answered_s;
} idle[] = {
    [FM_PACKET_TCP] = { 60, 600 },
    [FM_PACKET_UDP] = { 30, 300 },
    [FM_PACKET_ICMP] = { 30, 300 },
    [FM_PACKET_UNREACHABLE] = { 30, 300 },
    [FM_PACKET_OTHER] = { 30, 300 },
};

/* Requests whose answers carry another type: an answer first means that the asker was not seen. */
static const struct {
    uint8_t request, reply;
    bool icmp6;
} icmp_pairs[] = {
    { 8, 0, false }, { 10, 9, false }, { 13, 14, false }, { 15, 16, false }, { 17, 18, false },
    { 128, 129, true }, { 133, 134, true }, { 135, 136, true },
};

uint8_t fm_icmp_request_type(uint8_t type, bool icmp6)
{
    for (size_t i = 0; i < sizeof(icmp_pairs) / sizeof(icmp_pairs[0]); i++)
        if (icmp_pairs[i].icmp6 == icmp6 && icmp_pairs[i].reply == type)
            return icmp_pairs[i].request;
    return type;
}

unsigned fm_track_idle_s(const struct fm_track *track)
{
    bool two_way = track->answer == FM_ANSWERED || track->answer == FM_ANSWER_INFERRED;

    if (track->kind == FM_PACKET_TCP)
        two_way = two_way && track->opened && track->went_on && track->close == FM_OPEN;
    unsigned own_s = two_way ? idle[track->kind].answered_s : idle[track->kind].unanswered_s;
    return track->host_idle_s > 0 && track->host_idle_s < own_s ? track->host_idle_s : own_s;
}

/* ---- telling ---- */

static uint8_t octaves(uint32_t bytes)
{
    if (bytes == 0) /* as in most slots */
        return 0;
    double steps = 6.0 * log2(1.0 + bytes);
    return (uint8_t)(steps + 0.5);
}

static void put_shape(const struct fm_track *track, struct fm_shape *shape)
{
    *shape = track->shape;
    for (int way = 0; way < 2; way++)
        for (int i = 0; i < FM_SHAPE_SERIES; i++)
            shape->series[way][i] = octaves(track->slot_bytes[way][i]);
}

static uint32_t flow_fields(const struct fm_track *track)
{
    uint32_t has = FM_HAS_ANSWER | FM_HAS_BYTES | FM_HAS_PACKETS;

    if (track->kind == FM_PACKET_TCP)
        has |= FM_HAS_CLOSE;
    if (track->mac_known)
        has |= FM_HAS_MAC;
    if (track->vlan != 0)
        has |= FM_HAS_VLAN;
    if (track->app != FM_APP_UNKNOWN)
        has |= FM_HAS_APP;
    return has;
}

static void tell_echo(struct fm_track *track, fm_time time, fm_track_tell tell, void *arg)
{
    _Alignas(8) uint8_t bytes[sizeof(struct fm_rec) + sizeof(struct fm_icmp)];
    struct fm_rec *rec = (struct fm_rec *)bytes;
    struct fm_icmp *icmp = fm_rec_begin(rec, FM_ICMP);

    rec->time = time;
    rec->flags = track->flags;
    rec->has = FM_HAS_BYTES | FM_HAS_PACKETS;
    for (int way = 0; way < 2; way++) {
        icmp->bytes[way] = track->echo_bytes[way];
        icmp->packets[way] = track->echo_packets[way];
        track->echo_bytes[way] = 0;
        track->echo_packets[way] = 0;
    }
    icmp->payloads = track->echo_payloads;
    icmp->longest_bytes = track->echo_longest;
    track->echo_payloads = 0;
    track->echo_longest = 0;
    tell(arg, rec, track->client_is_low);
}

static void tell_flow(struct fm_track *track, enum fm_kind kind, fm_time time, fm_track_tell tell,
        void *arg)
{
    _Alignas(8) uint8_t bytes[sizeof(struct fm_rec) + sizeof(struct fm_flow)];
    struct fm_rec *rec = (struct fm_rec *)bytes;
    struct fm_flow *flow = fm_rec_begin(rec, kind);
    bool spoke = track->total_bytes[0] + track->total_bytes[1] > 0;
    bool whole = kind == FM_FLOW_UPDATE || kind == FM_FLOW_END || (kind == FM_FLOW_CLOSE && spoke);

    rec->time = time;
    rec->flags = track->flags;
    rec->has = flow_fields(track);
    flow->start = track->start;
    for (int way = 0; way < 2; way++) {
        flow->bytes[way] = track->fresh_bytes[way];
        flow->packets[way] = track->fresh_packets[way];
        flow->total_bytes[way] = track->total_bytes[way];
        flow->tcp_flags[way] = track->tcp_flags[way];
        track->fresh_bytes[way] = 0;
        track->fresh_packets[way] = 0;
    }
    flow->client_mac = track->mac[FM_TO_SERVER];
    flow->server_mac = track->mac[FM_TO_CLIENT];
    flow->vlan = track->vlan;
    flow->answer = track->answer;
    flow->close = track->close;
    flow->app = track->app;
    if (whole) {
        rec->has |= FM_HAS_SHAPE;
        put_shape(track, &flow->shape);
    } else {
        fm_rec_brief(rec);
    }
    track->told = time;
    tell(arg, rec, track->client_is_low);
    if (whole && track->echo_packets[0] + track->echo_packets[1] > 0)
        tell_echo(track, time, tell, arg);
}

void fm_track_unseen(struct fm_track *track, const uint64_t payload_bytes[2],
        const uint64_t packets[2], fm_time last)
{
    if (!track->begun)
        return;
    for (int side = 0; side < 2; side++) {
        int way = track->client_is_low == (side == 0) ? FM_TO_SERVER : FM_TO_CLIENT;
        uint64_t all = track->fresh_packets[way] + packets[side];
        track->fresh_packets[way] = all > UINT32_MAX ? UINT32_MAX : (uint32_t)all;
        track->fresh_bytes[way] += payload_bytes[side];
        track->total_bytes[way] += payload_bytes[side];
    }
    track->flags |= FM_REC_BYPASSED;
    if (last > track->last)
        track->last = last;
}

void fm_track_end(struct fm_track *track, enum fm_app app, fm_track_tell tell, void *arg)
{
    if (!track->begun)
        return;
    track->app = (uint8_t)app;
    tell_flow(track, FM_FLOW_END, track->last, tell, arg);
    *track = (struct fm_track){ 0 };
}

/* ---- the first packet: who is the client? ---- */

static bool icmp_is_error(const struct fm_packet *packet)
{
    uint8_t type = packet->icmp_type;

    if (packet->icmp6)
        return type < 128;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static bool icmp_is_reply(const struct fm_packet *packet)
{
    return fm_icmp_request_type(packet->icmp_type, packet->icmp6) != packet->icmp_type;
}

/* Sets the flags and says whether the sender of this first packet is the client. */
static bool judge_first(struct fm_track *track, const struct fm_packet *packet)
{
    unsigned tcp = packet->tcp_flags;

    switch (packet->kind) {
    case FM_PACKET_TCP:
        if ((tcp & (SYN | ACK | RST)) == SYN) {
            track->flags = FM_REC_ORIG_KNOWN;
            return true;
        }
        if ((tcp & (SYN | RST)) == SYN) {
            track->flags = FM_REC_ORIG_KNOWN | FM_REC_BACKSCATTER;
            return false;
        }
        if ((tcp & RST) != 0) {
            track->flags = FM_REC_BACKSCATTER;
            track->close = FM_RESET_BY_SERVER;
            return false;
        }
        if ((tcp & ACK) == 0) { /* no connection has such packets: a question by FIN, or by none */
            track->flags = FM_REC_ORIG_KNOWN;
            return true;
        }
        track->flags = FM_REC_MIDSTREAM;
        return packet->sport >= packet->dport;
    case FM_PACKET_UDP:
        if (packet->sport < WELL_KNOWN && packet->dport >= WELL_KNOWN)
            return false;
        track->flags = FM_REC_ORIG_KNOWN;
        return true;
    case FM_PACKET_ICMP:
        if (icmp_is_error(packet) || icmp_is_reply(packet)) {
            track->flags = FM_REC_BACKSCATTER;
            return false;
        }
        track->flags = FM_REC_ORIG_KNOWN;
        return true;
    case FM_PACKET_UNREACHABLE:
        track->flags = FM_REC_BACKSCATTER;
        return false;
    default:
        track->flags = FM_REC_ORIG_KNOWN;
        return true;
    }
}

static void begin(struct fm_track *track, const struct fm_packet *packet)
{
    unsigned tcp = packet->tcp_flags;

    *track = (struct fm_track){ .begun = true,
        .start = packet->time,
        .last = packet->time,
        .told = packet->time,
        .kind = packet->kind,
        .vlan = packet->vlan };
    track->shape.slot_s = 1;
    bool sender_is_client = judge_first(track, packet);
    track->client_is_low = sender_is_client == packet->from_low;
    if (packet->kind == FM_PACKET_TCP && (tcp & (SYN | RST)) == SYN) {
        track->opened = true;
        track->isn = (tcp & ACK) != 0 ? packet->ack - 1 : packet->seq;
    }
}

/* ---- does this packet begin another logical flow? ---- */

static int64_t whole_seconds(fm_time time)
{
    return time / FM_SECOND;
}

/* A jump back as long as that, where captures were put one behind the other, is a silence too. */
static bool was_silent(const struct fm_track *track, const struct fm_packet *packet)
{
    if (packet->time >= track->last && packet->time - track->last < FM_SECOND)
        return false; /* shorter than any idle time */
    int64_t silence_s = whole_seconds(packet->time) - whole_seconds(track->last);
    return llabs(silence_s) > (int64_t)fm_track_idle_s(track);
}

/* A SYN with another sequence number is another attempt, from whichever side it comes once the
 * flow is over, and from the client while it lasts.  What began with an ICMP error about a flow
 * that was not seen is over when the flow itself is seen. */
static bool opens_anew(const struct fm_track *track, const struct fm_packet *packet, int way)
{
    if (track->kind == FM_PACKET_UNREACHABLE && packet->kind != FM_PACKET_UNREACHABLE)
        return true;
    if (packet->kind != FM_PACKET_TCP || (packet->tcp_flags & (SYN | ACK | RST)) != SYN)
        return false;
    if (way == FM_TO_CLIENT)
        return !track->opened || track->close != FM_OPEN;
    return !track->opened || packet->seq != track->isn;
}

/* ---- measuring ---- */

static void saturate16(uint16_t *count)
{
    if (*count < UINT16_MAX)
        (*count)++;
}

static uint32_t sum32(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* New payload bytes of this segment: how far it moves the highest sequence number. */
static uint32_t advance(struct fm_track *track, const struct fm_packet *packet, int way)
{
    uint32_t seq = packet->seq + ((packet->tcp_flags & SYN) != 0);
    uint32_t end = seq + packet->payload_bytes;

    if (!track->next_known[way]) {
        if ((packet->tcp_flags & RST) != 0)
            return 0;
        track->next_known[way] = true;
        track->next[way] = end;
        return packet->payload_bytes;
    }
    if (packet->payload_bytes == 0)
        return 0;
    int32_t gap = (int32_t)(seq - track->next[way]);
    if (gap > RESYNC_BYTES || gap < -RESYNC_BYTES) {
        track->next[way] = end;
        return packet->payload_bytes;
    }
    int32_t more = (int32_t)(end - track->next[way]);
    if (more <= 0)
        return 0;
    track->next[way] = end;
    return (uint32_t)more;
}

/* The series has twelve slots from the flow's start; when they are used up each stands for twice
 * the time. */
static void add_to_series(struct fm_track *track, fm_time time, uint32_t bytes, int way)
{
    struct fm_shape *shape = &track->shape;
    uint64_t second = time > track->start ? (uint64_t)(time - track->start) / FM_SECOND : 0;

    while (second / shape->slot_s >= FM_SHAPE_SERIES) {
        if (shape->slot_s > UINT16_MAX / 2)
            return;
        for (int w = 0; w < 2; w++) {
            uint32_t *slot = track->slot_bytes[w];
            for (int i = 0; i < FM_SHAPE_SERIES / 2; i++)
                slot[i] = sum32(slot[2 * i], slot[2 * i + 1]);
            memset(slot + FM_SHAPE_SERIES / 2, 0, FM_SHAPE_SERIES / 2 * sizeof(*slot));
        }
        shape->used = (uint8_t)((shape->used + 1) / 2);
        shape->slot_s = (uint16_t)(shape->slot_s * 2);
    }
    int at = (int)(second / shape->slot_s);
    track->slot_bytes[way][at] = sum32(track->slot_bytes[way][at], bytes);
    if (shape->used < at + 1)
        shape->used = (uint8_t)(at + 1);
}

static void measure_silence(struct fm_track *track, fm_time time)
{
    fm_time silence = time - track->last_payload;

    if (track->last_payload == 0 || silence < 0)
        return;
    if (silence > FM_SECOND)
        saturate16(&track->shape.gaps);
    if (silence >= ((fm_time)track->shape.longest_gap_ms + 1) * FM_MS)
        track->shape.longest_gap_ms =
                silence / FM_MS > UINT32_MAX ? UINT32_MAX : (uint32_t)(silence / FM_MS);
}

static void keep_head(struct fm_track *track, const struct fm_packet *packet, int way)
{
    uint32_t used = track->head_used[way], room = FM_SHAPE_HEAD - used;
    uint32_t more = packet->payload_bytes < room ? packet->payload_bytes : room;

    if (packet->payload == NULL || more == 0)
        return;
    memcpy(track->shape.head[way] + used, packet->payload, more);
    track->head_used[way] = (uint8_t)(used + more);
}

static void measure_payload(struct fm_track *track, const struct fm_packet *packet, uint32_t fresh,
        int way)
{
    struct fm_shape *shape = &track->shape;
    uint32_t len = fresh < packet->payload_bytes ? fresh : packet->payload_bytes;
    uint8_t speaker = way == FM_TO_SERVER ? 1 : 2;

    if (len == 0)
        return;
    measure_silence(track, packet->time);
    if (packet->time > track->last_payload)
        track->last_payload = packet->time;
    if (track->lengths < FM_SHAPE_FIRST) {
        int16_t clipped = len > INT16_MAX ? INT16_MAX : (int16_t)len;
        shape->first_len[track->lengths++] = way == FM_TO_SERVER ? clipped : (int16_t)-clipped;
    }
    if (shape->speaker == 0)
        shape->speaker = speaker;
    else if (track->speaker != speaker)
        saturate16(&shape->turns);
    track->speaker = speaker;
    if (len < SMALL_BYTES)
        saturate16(&shape->small[way]);
    if (len >= FULL_BYTES)
        saturate16(&shape->full[way]);
    keep_head(track, packet, way);
    add_to_series(track, packet->time, fresh, way);
}

/* FNV-1a of at most 64 bytes, the first 16 left out where there are more: ping puts the time
 * there. */
static uint32_t digest(const uint8_t *bytes, uint32_t len)
{
    uint32_t hash = 2166136261u;
    uint32_t from = len > 16 ? 16 : 0;

    for (uint32_t i = from; i < len && i < 64; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static bool is_echo(const struct fm_packet *packet)
{
    if (packet->icmp6)
        return packet->icmp_type == 128 || packet->icmp_type == 129;
    return packet->icmp_type == 8 || packet->icmp_type == 0;
}

static void measure_echo(struct fm_track *track, const struct fm_packet *packet, int way)
{
    uint32_t len = packet->payload_bytes;

    if (len == 0 || packet->payload == NULL || !is_echo(packet))
        return;
    track->echo_bytes[way] += len;
    track->echo_packets[way]++;
    if (len > track->echo_longest)
        track->echo_longest = len > UINT16_MAX ? UINT16_MAX : (uint16_t)len;
    uint32_t hash = digest(packet->payload, len);
    for (unsigned i = 0; i < track->echo_digests; i++)
        if (track->echo_digest[i] == hash)
            return;
    track->echo_digest[track->echo_next] = hash;
    track->echo_next = (uint8_t)((track->echo_next + 1) % FM_TRACK_DIGESTS);
    if (track->echo_digests < FM_TRACK_DIGESTS)
        track->echo_digests++;
    track->echo_payloads++;
}

static void keep_macs(struct fm_track *track, const struct fm_packet *packet, int way)
{
    if (track->mac_known || packet->src_mac == NULL || packet->dst_mac == NULL)
        return;
    memcpy(track->mac[way].byte, packet->src_mac, sizeof(track->mac[way].byte));
    memcpy(track->mac[!way].byte, packet->dst_mac, sizeof(track->mac[!way].byte));
    track->mac_known = true;
}

static void measure(struct fm_track *track, const struct fm_packet *packet, int way)
{
    uint32_t fresh = packet->payload_bytes;

    if (packet->kind == FM_PACKET_UNREACHABLE)
        return;
    keep_macs(track, packet, way);
    track->app = packet->app;
    track->fresh_packets[way]++;
    if (packet->kind == FM_PACKET_TCP) {
        track->tcp_flags[way] |= packet->tcp_flags;
        fresh = advance(track, packet, way);
    }
    track->fresh_bytes[way] += fresh;
    track->total_bytes[way] += fresh;
    measure_payload(track, packet, fresh, way);
    if (packet->kind == FM_PACKET_ICMP)
        measure_echo(track, packet, way);
}

/* ---- what this packet means ---- */

/* A client that is alone on the wire proves its server by going on: past its own SYN, or by
 * acknowledging more than before. */
static bool client_goes_on(struct fm_track *track, const struct fm_packet *packet)
{
    bool proof = false;

    if ((packet->tcp_flags & (SYN | RST)) != 0)
        return false;
    if (track->opened)
        proof = true;
    else if ((packet->tcp_flags & ACK) != 0)
        proof = track->acked && packet->ack != track->client_ack;
    if ((packet->tcp_flags & ACK) != 0) {
        track->acked = true;
        track->client_ack = packet->ack;
    }
    track->went_on = true;
    return proof;
}

static enum fm_answer tcp_answer(struct fm_track *track, const struct fm_packet *packet, int way)
{
    bool unasked = (track->flags & FM_REC_BACKSCATTER) != 0;
    unsigned tcp = packet->tcp_flags;

    if (way == FM_TO_SERVER) {
        if (!client_goes_on(track, packet))
            return FM_NO_ANSWER;
        return unasked && track->opened ? FM_ANSWERED : FM_ANSWER_INFERRED;
    }
    if ((tcp & RST) != 0)
        return track->opened && !unasked && !track->went_on ? FM_REFUSED : FM_NO_ANSWER;
    if (unasked && (!track->opened || (tcp & SYN) != 0))
        return FM_NO_ANSWER;
    return FM_ANSWERED;
}

static enum fm_answer what_answer(struct fm_track *track, const struct fm_packet *packet, int way)
{
    switch (packet->kind) {
    case FM_PACKET_TCP:
        return tcp_answer(track, packet, way);
    case FM_PACKET_UNREACHABLE:
        return way == FM_TO_CLIENT ? FM_UNREACHABLE : FM_NO_ANSWER;
    default:
        if (way == FM_TO_SERVER || (track->flags & FM_REC_BACKSCATTER) != 0)
            return FM_NO_ANSWER;
        return FM_ANSWERED;
    }
}

static enum fm_close what_close(const struct fm_track *track, const struct fm_packet *packet,
        int way)
{
    if (packet->kind != FM_PACKET_TCP)
        return FM_OPEN;
    if ((packet->tcp_flags & RST) != 0)
        return way == FM_TO_SERVER ? FM_RESET_BY_CLIENT : FM_RESET_BY_SERVER;
    if ((track->tcp_flags[0] & track->tcp_flags[1] & FIN) != 0)
        return FM_CLOSED;
    return FM_OPEN;
}

static bool update_is_due(const struct fm_track *track, fm_time now)
{
    if (track->fresh_bytes[0] + track->fresh_bytes[1] >= UPDATE_BYTES)
        return true;
    return now - track->told >= UPDATE_EVERY
           && track->fresh_packets[0] + track->fresh_packets[1] > 0;
}

/* As nearly all are: the answer is known, nothing ends, no report is due. */
static bool is_ordinary(const struct fm_track *track, const struct fm_packet *packet)
{
    bool tcp = packet->kind == FM_PACKET_TCP;

    return track->answer != FM_NO_ANSWER && (!tcp || track->went_on) &&
           !(tcp && (packet->tcp_flags & (FIN | RST)) != 0) && !update_is_due(track, packet->time);
}

static void judge_packet(struct fm_track *track, const struct fm_packet *packet, int way,
        fm_track_tell tell, void *arg)
{
    enum fm_answer answer = what_answer(track, packet, way);
    enum fm_close close = track->close == FM_OPEN ? what_close(track, packet, way) : FM_OPEN;
    bool told = false;

    if (track->answer == FM_NO_ANSWER && answer != FM_NO_ANSWER) {
        track->answer = (uint8_t)answer;
        if (answer != FM_UNREACHABLE)
            track->flags &= (uint8_t)~FM_REC_BACKSCATTER;
        if (answer == FM_REFUSED) {
            track->close = (uint8_t)close;
            close = FM_OPEN;
        }
        tell_flow(track, FM_FLOW_ANSWER, packet->time, tell, arg);
        told = true;
    }
    if (close != FM_OPEN) {
        track->close = (uint8_t)close;
        tell_flow(track, FM_FLOW_CLOSE, packet->time, tell, arg);
        told = true;
    }
    if (!told && update_is_due(track, packet->time))
        tell_flow(track, FM_FLOW_UPDATE, packet->time, tell, arg);
}

/* A first packet that is guessed to come from the server is an answer too. */
static void judge_first_packet(struct fm_track *track, const struct fm_packet *packet, int way,
        fm_track_tell tell, void *arg)
{
    if (packet->kind == FM_PACKET_TCP && way == FM_TO_SERVER)
        client_goes_on(track, packet);
    tell_flow(track, FM_FLOW_NEW, packet->time, tell, arg);
    if (way == FM_TO_CLIENT && (track->flags & FM_REC_BACKSCATTER) == 0)
        judge_packet(track, packet, way, tell, arg);
}

void fm_track_packet(struct fm_track *track, const struct fm_packet *packet, fm_track_tell tell,
        void *arg)
{
    int way = track->client_is_low == packet->from_low ? FM_TO_SERVER : FM_TO_CLIENT;

    if (track->begun && (was_silent(track, packet) || opens_anew(track, packet, way)))
        fm_track_end(track, (enum fm_app)track->app, tell, arg);
    bool first = !track->begun;
    if (first) {
        begin(track, packet);
        way = track->client_is_low == packet->from_low ? FM_TO_SERVER : FM_TO_CLIENT;
    }
    if (packet->time > track->last)
        track->last = packet->time;
    track->host_idle_s = packet->host_idle_s;
    measure(track, packet, way);
    if (first)
        judge_first_packet(track, packet, way, tell, arg);
    else if (!is_ordinary(track, packet))
        judge_packet(track, packet, way, tell, arg);
}
