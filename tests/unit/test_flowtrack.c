/* The flow tracker against hand-made packets: what is told, when, in which direction, and that
 * bytes are those of the sequence numbers.  A capture's worth of random packets checks what must
 * always hold: deltas add up to totals, each logical flow has one beginning and one end. */
#include "suricata/flowtrack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TOLD_MAX 64
#define T0 (INT64_C(1500000000) * FM_SECOND)

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10 };

struct told {
    unsigned count;
    struct {
        struct fm_rec rec;
        union {
            struct fm_flow flow;
            struct fm_icmp icmp;
        };
        bool client_is_low;
    } at[TOLD_MAX];
};

static void tell(void *arg, struct fm_rec *rec, bool client_is_low)
{
    struct told *told = arg;

    assert_true(told->count < TOLD_MAX);
    assert_true(fm_rec_valid(rec, rec->size));
    told->at[told->count].rec = *rec;
    memset(&told->at[told->count].flow, 0, sizeof(told->at[0].flow));
    memcpy(&told->at[told->count].flow, fm_body(rec), rec->size - sizeof(*rec));
    told->at[told->count].client_is_low = client_is_low;
    told->count++;
}

/* A TCP packet from the low side (port 40000) or the high one (port 80). */
static struct fm_packet tcp(fm_time at, bool from_low, unsigned flags, uint32_t seq, uint32_t ack,
        uint32_t bytes)
{
    static const uint8_t payload[65536] = "GET / HTTP/1.1";

    return (struct fm_packet){ .time = T0 + at,
        .kind = FM_PACKET_TCP,
        .from_low = from_low,
        .tcp_flags = (uint8_t)flags,
        .seq = seq,
        .ack = ack,
        .payload_bytes = bytes,
        .payload = payload,
        .sport = from_low ? 40000 : 80,
        .dport = from_low ? 80 : 40000 };
}

static void give(struct fm_track *track, struct told *told, struct fm_packet packet)
{
    fm_track_packet(track, &packet, tell, told);
}

static void expect(const struct told *told, const enum fm_kind *kinds, unsigned count)
{
    assert_int_equal(told->count, count);
    for (unsigned i = 0; i < count; i++)
        assert_string_equal(fm_kind_name[told->at[i].rec.kind], fm_kind_name[kinds[i]]);
}
#define EXPECT(told, ...)                                                                          \
    do {                                                                                           \
        const enum fm_kind kinds_[] = { __VA_ARGS__ };                                             \
        expect(told, kinds_, sizeof(kinds_) / sizeof(kinds_[0]));                                  \
    } while (0)

static void handshake(struct fm_track *track, struct told *told)
{
    give(track, told, tcp(0, true, SYN, 1000, 0, 0));
    give(track, told, tcp(1000, false, SYN | ACK, 5000, 1001, 0));
    give(track, told, tcp(2000, true, ACK, 1001, 5001, 0));
}

static void test_whole_connection(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    handshake(&track, &told);
    give(&track, &told, tcp(3000, true, PSH | ACK, 1001, 5001, 100));
    give(&track, &told, tcp(4000, false, PSH | ACK, 5001, 1101, 1400));
    give(&track, &told, tcp(5000, false, PSH | ACK, 6401, 1101, 600));
    give(&track, &told, tcp(6000, true, FIN | ACK, 1101, 7001, 0));
    give(&track, &told, tcp(7000, false, FIN | ACK, 7001, 1102, 0));
    give(&track, &told, tcp(8000, true, ACK, 1102, 7002, 0));
    fm_track_end(&track, FM_APP_HTTP, tell, &told);
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER, FM_FLOW_CLOSE, FM_FLOW_END);
    assert_true(told.at[0].client_is_low);
    assert_int_equal(told.at[0].rec.flags, FM_REC_ORIG_KNOWN);
    assert_int_equal(told.at[1].flow.answer, FM_ANSWERED);
    assert_int_equal(told.at[1].rec.time, T0 + 1000);
    assert_int_equal(told.at[2].flow.close, FM_CLOSED);
    assert_int_equal(told.at[2].flow.bytes[FM_TO_SERVER], 100);
    assert_int_equal(told.at[2].flow.bytes[FM_TO_CLIENT], 2000);
    assert_true(told.at[2].rec.has & FM_HAS_SHAPE);
    assert_int_equal(told.at[2].flow.shape.first_len[1], -1400);
    assert_int_equal(told.at[3].rec.time, T0 + 8000);
    assert_int_equal(told.at[3].flow.bytes[FM_TO_SERVER], 0);
    assert_int_equal(told.at[3].flow.packets[FM_TO_SERVER], 1);
    assert_int_equal(told.at[3].flow.total_bytes[FM_TO_CLIENT], 2000);
    assert_int_equal(told.at[3].flow.app, FM_APP_HTTP);
    const struct fm_shape *shape = &told.at[3].flow.shape;
    assert_true(told.at[3].rec.has & FM_HAS_SHAPE);
    assert_int_equal(shape->first_len[0], 100);
    assert_int_equal(shape->first_len[1], -1400);
    assert_int_equal(shape->first_len[2], -600);
    assert_int_equal(shape->turns, 1);
    assert_int_equal(shape->speaker, 1);
    assert_int_equal(shape->full[FM_TO_CLIENT], 1);
    assert_memory_equal(shape->head[FM_TO_SERVER], "GET / HT", 8);
    assert_int_equal(shape->slot_s, 1);
    assert_int_equal(shape->used, 1);
    assert_int_equal(shape->series[FM_TO_CLIENT][0], 66); /* 6 * log2(2001) = 65.8 */
    assert_false(track.begun);
}

static void test_refused(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(0, true, SYN, 1000, 0, 0));
    give(&track, &told, tcp(500, false, RST | ACK, 0, 1001, 0));
    fm_track_end(&track, FM_APP_UNKNOWN, tell, &told);
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER, FM_FLOW_END);
    assert_int_equal(told.at[1].flow.answer, FM_REFUSED);
    assert_int_equal(told.at[1].flow.close, FM_RESET_BY_SERVER);
}

/* FIN, nothing, or FIN with PSH and URG: no connection has such a packet, so a scanner sent it. */
static void test_flags_without_ack_are_a_question(void **state)
{
    const unsigned flags[] = { FIN, 0, FIN | PSH | 0x20 };

    (void)state;
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        struct fm_track track = { 0 };
        struct told told = { 0 };
        give(&track, &told, tcp(0, true, flags[i], 1000, 0, 0));
        give(&track, &told, tcp(500, false, RST | ACK, 0, 1000, 0));
        assert_true(told.at[0].client_is_low);
        assert_int_equal(told.at[0].rec.flags, FM_REC_ORIG_KNOWN);
        assert_int_equal(told.at[0].flow.answer, FM_NO_ANSWER);
    }
}

static void test_syn_scan_resets_itself(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(0, true, SYN, 1000, 0, 0));
    give(&track, &told, tcp(500, false, SYN | ACK, 7, 1001, 0));
    give(&track, &told, tcp(600, true, RST, 1001, 0, 0));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER, FM_FLOW_CLOSE);
    assert_false(told.at[2].rec.has & FM_HAS_SHAPE); /* nothing was said */
    assert_int_equal(told.at[1].flow.answer, FM_ANSWERED);
    assert_int_equal(told.at[2].flow.close, FM_RESET_BY_CLIENT);
}

static void test_unreachable(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };
    struct fm_packet error = { .time = T0 + 10, .kind = FM_PACKET_UNREACHABLE, .from_low = false };

    (void)state;
    give(&track, &told, tcp(0, true, SYN, 1000, 0, 0));
    give(&track, &told, error);
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER);
    assert_int_equal(told.at[1].flow.answer, FM_UNREACHABLE);
    assert_int_equal(told.at[1].flow.packets[FM_TO_CLIENT], 0);
}

static void test_one_way_client(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(0, true, SYN, 1000, 0, 0));
    give(&track, &told, tcp(50, true, SYN, 1000, 0, 0)); /* again: nothing new */
    give(&track, &told, tcp(100, true, ACK, 1001, 5001, 0));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER);
    assert_int_equal(told.at[1].flow.answer, FM_ANSWER_INFERRED);
}

static void test_backscatter(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(0, false, SYN | ACK, 5000, 1001, 0));
    give(&track, &told, tcp(1000000, false, SYN | ACK, 5000, 1001, 0));
    give(&track, &told, tcp(1000100, true, RST, 1001, 0, 0));
    fm_track_end(&track, FM_APP_UNKNOWN, tell, &told);
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_CLOSE, FM_FLOW_END);
    assert_int_equal(told.at[0].rec.flags, FM_REC_ORIG_KNOWN | FM_REC_BACKSCATTER);
    assert_true(told.at[0].client_is_low);
    assert_int_equal(told.at[2].flow.answer, FM_NO_ANSWER);
    assert_true(told.at[2].rec.flags & FM_REC_BACKSCATTER);
}

static void test_syn_ack_first_but_alive(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(0, false, SYN | ACK, 5000, 1001, 0));
    give(&track, &told, tcp(10, true, SYN, 1000, 0, 0)); /* came late */
    give(&track, &told, tcp(20, true, ACK, 1001, 5001, 0));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER);
    assert_int_equal(told.at[1].flow.answer, FM_ANSWERED);
    assert_int_equal(told.at[1].rec.flags, FM_REC_ORIG_KNOWN);
}

static void test_lone_reset_is_backscatter(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(0, false, RST | ACK, 0, 1001, 0));
    EXPECT(&told, FM_FLOW_NEW);
    assert_true(told.at[0].rec.flags & FM_REC_BACKSCATTER);
    assert_true(told.at[0].client_is_low);
    assert_int_equal(told.at[0].flow.close, FM_RESET_BY_SERVER);
}

static void test_midstream(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(0, false, ACK, 5000, 1000, 500));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER);
    assert_true(told.at[0].client_is_low); /* 80 is the server's */
    assert_int_equal(told.at[0].rec.flags, FM_REC_MIDSTREAM);
    assert_int_equal(told.at[0].flow.bytes[FM_TO_CLIENT], 500);
}

static void test_midstream_client_alone(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(0, true, ACK, 1000, 5000, 500));
    give(&track, &told, tcp(10, true, ACK, 1500, 5000, 500));
    EXPECT(&told, FM_FLOW_NEW);
    give(&track, &told, tcp(20, true, ACK, 2000, 5400, 0)); /* somebody sent 400 bytes */
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER);
    assert_int_equal(told.at[1].flow.answer, FM_ANSWER_INFERRED);
}

/* Retransmissions, a doubled mirror and keep-alives add nothing, a gap counts, a wild jump only
 * what it carries, and the numbers may wrap. */
static void test_bytes_by_sequence(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };
    const uint32_t isn = UINT32_MAX - 500;

    (void)state;
    give(&track, &told, tcp(0, true, SYN, isn, 0, 0));
    give(&track, &told, tcp(0, true, SYN, isn, 0, 0));
    give(&track, &told, tcp(1, false, SYN | ACK, 9, isn + 1, 0));
    for (int twice = 0; twice < 2; twice++)
        give(&track, &told, tcp(2, true, ACK, isn + 1, 10, 1000));
    give(&track, &told, tcp(3, true, ACK, isn + 501, 10, 1000));  /* half of it is new */
    give(&track, &told, tcp(4, true, ACK, isn + 1500, 10, 1));    /* keep-alive */
    assert_int_equal(track.total_bytes[FM_TO_SERVER], 1500);
    give(&track, &told, tcp(5, true, ACK, isn + 3001, 10, 1000)); /* 1,500 were lost */
    assert_int_equal(track.total_bytes[FM_TO_SERVER], 4000);
    give(&track, &told, tcp(6, true, ACK, isn + 1501, 10, 1000)); /* ... and come late */
    assert_int_equal(track.total_bytes[FM_TO_SERVER], 4000);
    give(&track, &told, tcp(7, true, ACK, isn + 500000000, 10, 100));
    assert_int_equal(track.total_bytes[FM_TO_SERVER], 4100);
    assert_int_equal(track.total_bytes[FM_TO_CLIENT], 0);
}

static void test_updates(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };
    uint32_t seq = 5001;

    (void)state;
    handshake(&track, &told);
    for (int i = 0; i < 1000; i++, seq += 1400)
        give(&track, &told, tcp(3000 + i, false, ACK, seq, 1001, 1400));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER, FM_FLOW_UPDATE); /* 1.4 MB: once 1 MiB is full */
    assert_in_range(told.at[2].flow.bytes[FM_TO_CLIENT], 1 << 20, (1 << 20) + 1400);
    give(&track, &told, tcp(11 * FM_SECOND, false, ACK, seq, 1001, 1));
    assert_int_equal(told.count, 4);
    assert_int_equal(told.at[3].rec.kind, FM_FLOW_UPDATE);
    assert_int_equal(told.at[3].flow.total_bytes[FM_TO_CLIENT], 1400001);
    assert_int_equal(told.at[3].flow.shape.gaps, 1);
    assert_in_range(told.at[3].flow.shape.longest_gap_ms, 10990, 11000);
}

static void test_silence_ends(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    handshake(&track, &told);
    assert_int_equal(fm_track_idle_s(&track), 600);
    give(&track, &told, tcp(600 * FM_SECOND, false, ACK, 5001, 1001, 10));
    assert_int_equal(told.count, 3); /* an update: still the same flow */
    give(&track, &told, tcp(1201 * FM_SECOND, false, ACK, 5011, 1001, 10));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER, FM_FLOW_UPDATE, FM_FLOW_END, FM_FLOW_NEW,
            FM_FLOW_ANSWER);
    assert_int_equal(told.at[3].rec.time, T0 + 600 * FM_SECOND);
    assert_int_equal(told.at[4].flow.start, T0 + 1201 * FM_SECOND);
    assert_int_equal(told.at[4].rec.flags, FM_REC_MIDSTREAM);
    assert_int_equal(told.at[4].flow.total_bytes[FM_TO_CLIENT], 10);
    assert_int_equal(fm_track_idle_s(&track), 60); /* its beginning was not seen */
}

static void test_clock_goes_back(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, tcp(1000 * FM_SECOND, true, SYN, 1000, 0, 0));
    give(&track, &told, tcp(950 * FM_SECOND, true, SYN, 1000, 0, 0)); /* out of order */
    give(&track, &told, tcp(0, true, SYN, 1000, 0, 0));               /* another capture */
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_END, FM_FLOW_NEW);
    assert_int_equal(told.at[1].rec.time, T0 + 1000 * FM_SECOND);
    assert_int_equal(told.at[2].flow.start, T0);
}

static void test_host_forgets_sooner(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };
    struct fm_packet syn = tcp(0, true, SYN, 1000, 0, 0);

    (void)state;
    syn.host_idle_s = 10;
    give(&track, &told, syn);
    give(&track, &told, tcp(12 * FM_SECOND, true, SYN, 1000, 0, 0));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_END, FM_FLOW_NEW);
}

static void test_port_used_again(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    handshake(&track, &told);
    give(&track, &told, tcp(3000, false, RST, 5001, 0, 0));
    give(&track, &told, tcp(4000, true, SYN, 99000, 0, 0));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER, FM_FLOW_CLOSE, FM_FLOW_END, FM_FLOW_NEW);
    assert_int_equal(told.at[4].flow.packets[FM_TO_SERVER], 1);
}

static struct fm_packet udp(fm_time at, bool from_low, uint16_t sport, uint16_t dport,
        uint32_t bytes)
{
    return (struct fm_packet){ .time = T0 + at,
        .kind = FM_PACKET_UDP,
        .from_low = from_low,
        .sport = sport,
        .dport = dport,
        .payload_bytes = bytes };
}

static void test_udp(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, udp(0, true, 5353, 53, 40));
    give(&track, &told, udp(1, false, 53, 5353, 400));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER);
    assert_int_equal(told.at[1].flow.bytes[FM_TO_CLIENT], 400);
    assert_false(told.at[1].rec.has & FM_HAS_CLOSE);
    assert_int_equal(fm_track_idle_s(&track), 300);
}

static void test_udp_answer_alone(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, udp(0, false, 53, 5353, 400));
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER);
    assert_true(told.at[0].client_is_low);
    assert_int_equal(told.at[0].rec.flags, 0); /* who opened is not known */
}

static struct fm_packet ping(fm_time at, bool from_low, uint8_t type, const uint8_t *payload,
        uint32_t bytes)
{
    return (struct fm_packet){ .time = T0 + at,
        .kind = FM_PACKET_ICMP,
        .from_low = from_low,
        .icmp_type = type,
        .payload = payload,
        .payload_bytes = bytes };
}

static void test_ping(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };
    uint8_t payload[64] = { 0 };

    (void)state;
    for (uint8_t i = 0; i < 4; i++) {
        payload[2] = i; /* the time, in the first 16 bytes, makes no difference */
        payload[40] = i / 2;
        give(&track, &told, ping(i, true, 8, payload, sizeof(payload)));
        give(&track, &told, ping(i, false, 0, payload, sizeof(payload)));
    }
    fm_track_end(&track, FM_APP_UNKNOWN, tell, &told);
    EXPECT(&told, FM_FLOW_NEW, FM_FLOW_ANSWER, FM_FLOW_END, FM_ICMP);
    assert_int_equal(told.at[3].icmp.payloads, 2);
    assert_int_equal(told.at[3].icmp.packets[FM_TO_SERVER], 4);
    assert_int_equal(told.at[3].icmp.bytes[FM_TO_CLIENT], 256);
    assert_int_equal(told.at[3].icmp.longest_bytes, 64);
}

static void test_icmp_answers_nobody_asked(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    give(&track, &told, ping(0, false, 0, NULL, 0));
    EXPECT(&told, FM_FLOW_NEW);
    assert_true(told.at[0].rec.flags & FM_REC_BACKSCATTER);
    assert_true(told.at[0].client_is_low);
}

static void test_series_halves(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    for (int i = 0; i < 40; i++)
        give(&track, &told, udp(i * FM_SECOND, true, 4000, 4000, 100));
    fm_track_end(&track, FM_APP_UNKNOWN, tell, &told);
    const struct fm_shape *shape = &told.at[told.count - 1].flow.shape;
    assert_int_equal(shape->slot_s, 4);
    assert_int_equal(shape->used, 10);
    assert_int_equal(shape->series[FM_TO_SERVER][0], 52); /* 6 * log2(401) = 51.9 */
    assert_int_equal(shape->series[FM_TO_SERVER][9], 52);
}

/* ---- what must hold for any packets ---- */

struct sums {
    uint64_t bytes[2], packets;
    unsigned begun, ended;
    uint64_t seen;
};

static void sum(void *arg, struct fm_rec *rec, bool client_is_low)
{
    struct sums *sums = arg;
    const struct fm_flow *flow = fm_body(rec);

    (void)client_is_low;
    assert_true(fm_rec_valid(rec, rec->size));
    if (rec->kind == FM_ICMP)
        return;
    if (rec->kind == FM_FLOW_NEW) {
        assert_int_equal(sums->begun, sums->ended);
        sums->begun++;
        sums->bytes[0] = sums->bytes[1] = 0;
    }
    assert_int_equal(sums->begun, sums->ended + 1);
    for (int way = 0; way < 2; way++) {
        sums->bytes[way] += flow->bytes[way];
        sums->packets += flow->packets[way];
        assert_int_equal(sums->bytes[way], flow->total_bytes[way]);
    }
    if (rec->kind == FM_FLOW_END)
        sums->ended++;
}

/* What the host counted of a bypassed flow adds to the right way, and marks all records after it. */
static void test_bypassed(void **state)
{
    struct fm_track track = { 0 };
    struct told told = { 0 };

    (void)state;
    fm_track_unseen(&track, (const uint64_t[2]){ 1, 1 }, (const uint64_t[2]){ 1, 1 }, T0);
    assert_false(track.begun); /* nothing to add it to */
    handshake(&track, &told);
    told.count = 0;
    fm_track_unseen(&track, (const uint64_t[2]){ 5000000, 70 }, (const uint64_t[2]){ 3500, 900 },
            T0 + 90 * FM_SECOND);
    fm_track_end(&track, FM_APP_TLS, tell, &told);
    EXPECT(&told, FM_FLOW_END);
    assert_int_equal(told.at[0].rec.time, T0 + 90 * FM_SECOND);
    assert_true(told.at[0].rec.flags & FM_REC_BYPASSED);
    assert_int_equal(told.at[0].flow.total_bytes[FM_TO_SERVER], 5000000);
    assert_int_equal(told.at[0].flow.total_bytes[FM_TO_CLIENT], 70);
    assert_in_range(told.at[0].flow.packets[FM_TO_SERVER], 3500, 3501);
    assert_in_range(told.at[0].flow.packets[FM_TO_CLIENT], 900, 901);
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

static void test_any_packets(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (int run = 0; run < 400; run++) {
        struct fm_track track = { 0 };
        struct sums sums = { 0 };
        fm_time now = 0;
        for (int i = 0; i < 200; i++) {
            struct fm_packet packet = tcp(now, draw(&seed, 2), draw(&seed, 32),
                    draw(&seed, 1u << 30), draw(&seed, 1u << 30), draw(&seed, 1500));
            packet.kind = (uint8_t)draw(&seed, 40) == 0 ? FM_PACKET_UNREACHABLE : FM_PACKET_TCP;
            sums.seen += packet.kind == FM_PACKET_TCP;
            fm_track_packet(&track, &packet, sum, &sums);
            now += draw(&seed, 30) == 0 ? draw(&seed, 700) * FM_SECOND : draw(&seed, 100000);
            now -= draw(&seed, 20) == 0 ? 50000 : 0;
        }
        fm_track_end(&track, FM_APP_UNKNOWN, sum, &sums);
        assert_int_equal(sums.begun, sums.ended);
        assert_int_equal(sums.packets, sums.seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_connection),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_flags_without_ack_are_a_question),
        cmocka_unit_test(test_syn_scan_resets_itself),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_one_way_client),
        cmocka_unit_test(test_backscatter),
        cmocka_unit_test(test_syn_ack_first_but_alive),
        cmocka_unit_test(test_lone_reset_is_backscatter),
        cmocka_unit_test(test_midstream),
        cmocka_unit_test(test_midstream_client_alone),
        cmocka_unit_test(test_bytes_by_sequence),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_silence_ends),
        cmocka_unit_test(test_clock_goes_back),
        cmocka_unit_test(test_host_forgets_sooner),
        cmocka_unit_test(test_port_used_again),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_udp_answer_alone),
        cmocka_unit_test(test_ping),
        cmocka_unit_test(test_icmp_answers_nobody_asked),
        cmocka_unit_test(test_series_halves),
        cmocka_unit_test(test_bypassed),
        cmocka_unit_test(test_any_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
