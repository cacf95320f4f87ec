/* Twins: whatever a doubled mirror tells, the sum over what is kept is what one flow told.
 *
 * A small sensor tells flows as the packet path does; two of them see the same packets, or one
 * direction each, and their records come merged by time. */
#include "records.h"

#include "order/doubles.h"

#define START (100000 * FM_SECOND)
#define SYN 0x02
#define RST 0x04
#define ACK 0x10

struct bench {
    struct fm_mem mem;
    struct fm_doubles *doubles;
    struct fm_rec *kept[256];
    size_t count;
};

static struct bench *begin(uint32_t cap)
{
    static struct bench bench;
    bench = (struct bench){ 0 };
    bench.doubles = fm_doubles_new(&bench.mem, cap, 1);
    assert_non_null(bench.doubles);
    return &bench;
}

static void end(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++)
        free(bench->kept[i]);
    fm_doubles_free(bench->doubles);
    assert_int_equal(bench->mem.used_bytes, 0);
}

/* Tells it a copy; the kept copy, or NULL. */
static struct fm_rec *tell(struct bench *bench, const struct fm_rec *rec)
{
    struct fm_rec *copy = rec_copy(rec);
    if (!fm_doubles_keep(bench->doubles, copy)) {
        free(copy);
        return NULL;
    }
    assert_true(fm_rec_valid(copy, copy->size));
    assert_true(bench->count < 256);
    bench->kept[bench->count++] = copy;
    return copy;
}

static struct fm_addr addr4(uint8_t c, uint8_t d)
{
    uint8_t bytes[4] = { 10, 0, c, d };
    return fm_addr_from4(bytes);
}

/* What differs between the views of one flow. */
struct view {
    uint64_t flow_id;
    fm_time start;
    uint8_t flags;
};

static struct fm_rec *flow_rec(struct space *space, enum fm_kind kind, struct view view, fm_time at)
{
    struct fm_rec *rec = space_rec(space);
    struct fm_flow *flow = fm_rec_begin(rec, kind);
    rec->time = at;
    rec->flow_id = view.flow_id;
    rec->client = addr4(1, 50);
    rec->server = addr4(0, 9); /* the lower address: the pair's order is not the flow's */
    rec->cport = 40000;
    rec->sport = 445;
    rec->proto = 6;
    rec->flags = view.flags;
    rec->has = FM_HAS_BYTES | FM_HAS_PACKETS | FM_HAS_ANSWER | FM_HAS_CLOSE;
    flow->start = view.start;
    if (kind == FM_FLOW_UPDATE || kind == FM_FLOW_END)
        rec->has |= FM_HAS_SHAPE;
    else
        fm_rec_brief(rec);
    return rec;
}

static struct fm_flow *flow_of(struct fm_rec *rec)
{
    return (struct fm_flow *)(rec + 1);
}

/* One flow_new, _answer, _update or _end with counts each way. */
static struct fm_rec *counted(struct space *space, enum fm_kind kind, struct view view, fm_time at,
        uint32_t packets_out, uint32_t packets_in)
{
    struct fm_rec *rec = flow_rec(space, kind, view, at);
    struct fm_flow *flow = flow_of(rec);
    flow->packets[0] = packets_out;
    flow->packets[1] = packets_in;
    flow->bytes[0] = packets_out * 100;
    flow->bytes[1] = packets_in * 1000;
    if (packets_in > 0 || kind != FM_FLOW_NEW)
        flow->answer = FM_ANSWERED;
    return rec;
}

struct sums {
    uint64_t bytes[2], packets[2], kinds[FM_KINDS], shapes;
};

static struct sums sum_up(const struct bench *bench)
{
    struct sums sums = { 0 };
    for (size_t i = 0; i < bench->count; i++) {
        struct fm_rec *rec = bench->kept[i];
        sums.kinds[rec->kind]++;
        if (rec->kind > FM_FLOW_END)
            continue;
        for (int way = 0; way < 2; way++) {
            sums.bytes[way] += flow_of(rec)->bytes[way];
            sums.packets[way] += flow_of(rec)->packets[way];
        }
        sums.shapes += (rec->has & FM_HAS_SHAPE) != 0;
    }
    return sums;
}

/* new, answer, three updates, close, end: 1 + 0, 0 + 1, 3 * (10 + 20), 1 + 1, 2 + 3 packets */
static void whole_flow(struct bench *bench, const struct view *views, size_t count, fm_time lag)
{
    struct space space;
    static const struct {
        enum fm_kind kind;
        fm_time at;
        uint32_t out, in;
    } told[] = {
        { FM_FLOW_NEW, 0, 1, 0 },
        { FM_FLOW_ANSWER, FM_MS, 0, 1 },
        { FM_FLOW_UPDATE, 10 * FM_SECOND, 10, 20 },
        { FM_FLOW_UPDATE, 20 * FM_SECOND, 10, 20 },
        { FM_FLOW_UPDATE, 30 * FM_SECOND, 10, 20 },
        { FM_FLOW_CLOSE, 31 * FM_SECOND, 1, 1 },
        { FM_FLOW_END, 32 * FM_SECOND, 2, 3 },
    };
    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
        for (size_t v = 0; v < count; v++) {
            /* On the way back the other tap is passed first. */
            size_t who = told[i].kind == FM_FLOW_ANSWER ? count - 1 - v : v;
            struct fm_rec *rec = counted(&space, told[i].kind, views[who],
                    views[0].start + told[i].at + (fm_time)v * lag, told[i].out, told[i].in);
            if (told[i].kind == FM_FLOW_CLOSE)
                flow_of(rec)->close = FM_CLOSED;
            tell(bench, rec);
        }
}

static void is_one_whole_flow(const struct sums *sums)
{
    assert_int_equal(sums->packets[0], 34);
    assert_int_equal(sums->packets[1], 65);
    assert_int_equal(sums->bytes[0], 3400);
    assert_int_equal(sums->bytes[1], 65000);
    assert_int_equal(sums->kinds[FM_FLOW_NEW], 1);
    assert_int_equal(sums->kinds[FM_FLOW_ANSWER], 1);
    assert_int_equal(sums->kinds[FM_FLOW_CLOSE], 1);
    assert_int_equal(sums->kinds[FM_FLOW_END], 1);
    assert_int_equal(sums->shapes, 4);
}

static void one_flow_is_left_alone(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct view one = { 11, START, FM_REC_ORIG_KNOWN };
    uint64_t dropped, changed;
    whole_flow(bench, &one, 1, 0);
    assert_int_equal(bench->count, 7);
    struct sums sums = sum_up(bench);
    is_one_whole_flow(&sums);
    fm_doubles_counts(bench->doubles, &dropped, &changed);
    assert_int_equal(dropped + changed, 0);
    end(bench);
}

static void a_doubled_mirror_counts_once(void **state)
{
    (void)state;
    for (size_t twins = 2; twins <= 6; twins++) {
        struct bench *bench = begin(100);
        struct view views[6];
        for (size_t i = 0; i < twins; i++)
            views[i] = (struct view){ 100 + i, START + (fm_time)i * 50, FM_REC_ORIG_KNOWN };
        whole_flow(bench, views, twins, 50);
        struct sums sums = sum_up(bench);
        is_one_whole_flow(&sums);
        uint64_t dropped, changed;
        fm_doubles_counts(bench->doubles, &dropped, &changed);
        assert_int_equal(dropped, 7 * twins - bench->count);
        assert_true(changed > 0);
        end(bench);
    }
}

static void the_next_flow_of_the_same_ports_counts_anew(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    for (int round = 0; round < 3; round++) {
        fm_time start = START + round * FM_MINUTE;
        /* the same ids again, as a sensor with a long memory would do, or others */
        uint64_t id = round < 2 ? 100 : 200;
        struct view views[2] = { { id, start, FM_REC_ORIG_KNOWN },
            { id + 1, start + 70, FM_REC_ORIG_KNOWN } };
        whole_flow(bench, views, 2, 70);
    }
    struct sums sums = sum_up(bench);
    assert_int_equal(sums.kinds[FM_FLOW_NEW], 3);
    assert_int_equal(sums.kinds[FM_FLOW_END], 3);
    assert_int_equal(sums.packets[0], 3 * 34);
    assert_int_equal(sums.packets[1], 3 * 65);
    end(bench);
}

static void what_became_of_one_flow_says_nothing_of_the_next(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view views[2] = { { 1, START, FM_REC_ORIG_KNOWN }, { 2, START + 9, FM_REC_ORIG_KNOWN } };
    whole_flow(bench, views, 2, 9);
    for (int i = 0; i < 2; i++) {
        views[i].start += FM_MINUTE;
        tell(bench, counted(&space, FM_FLOW_NEW, views[i], views[i].start, 1, 0));
    }
    struct fm_rec *rec = flow_rec(&space, FM_FLOW_END, views[0], views[0].start);
    flow_of(rec)->total_bytes[0] = 100;
    rec = tell(bench, rec);
    assert_int_equal(flow_of(rec)->answer, FM_NO_ANSWER);
    assert_int_equal(flow_of(rec)->close, FM_OPEN);
    assert_int_equal(flow_of(rec)->total_bytes[0], 100);
    end(bench);
}

static void two_halves_make_one_whole(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view out = { 1, START, FM_REC_ORIG_KNOWN };
    struct view in = { 2, START + FM_MS, FM_REC_ORIG_KNOWN | FM_REC_BACKSCATTER };
    struct fm_rec *rec;

    assert_non_null(tell(bench, counted(&space, FM_FLOW_NEW, out, START, 1, 0)));
    rec = counted(&space, FM_FLOW_NEW, in, in.start, 0, 1);
    flow_of(rec)->tcp_flags[1] = SYN | ACK;
    flow_of(rec)->answer = FM_NO_ANSWER;
    rec = tell(bench, rec);
    assert_int_equal(rec->kind, FM_FLOW_ANSWER); /* not a second flow, and no backscatter */
    assert_int_equal(flow_of(rec)->answer, FM_ANSWERED);
    assert_int_equal(rec->flags & FM_REC_BACKSCATTER, 0);

    rec = tell(bench, counted(&space, FM_FLOW_ANSWER, in, in.start + FM_MS, 0, 0));
    assert_null(rec); /* told just now */

    rec = counted(&space, FM_FLOW_ANSWER, out, START + 2 * FM_MS, 1, 0);
    flow_of(rec)->answer = FM_ANSWER_INFERRED;
    rec = tell(bench, rec);
    assert_int_equal(rec->kind, FM_FLOW_UPDATE);
    assert_int_equal(flow_of(rec)->answer, FM_ANSWERED);

    rec = counted(&space, FM_FLOW_END, out, START + 5 * FM_SECOND, 10, 0);
    flow_of(rec)->total_bytes[0] = 1200;
    assert_non_null(tell(bench, rec));
    rec = counted(&space, FM_FLOW_END, in, START + 5 * FM_SECOND, 0, 20);
    flow_of(rec)->answer = FM_NO_ANSWER;
    flow_of(rec)->total_bytes[1] = 21000;
    rec = tell(bench, rec);
    assert_int_equal(rec->kind, FM_FLOW_UPDATE);
    assert_int_equal(flow_of(rec)->answer, FM_ANSWERED);
    assert_int_equal(flow_of(rec)->total_bytes[0], 1200);

    struct sums sums = sum_up(bench);
    assert_int_equal(sums.kinds[FM_FLOW_NEW], 1);
    assert_int_equal(sums.kinds[FM_FLOW_ANSWER], 1);
    assert_int_equal(sums.kinds[FM_FLOW_END], 1);
    assert_int_equal(sums.packets[0], 12);
    assert_int_equal(sums.packets[1], 21);
    end(bench);
}

static void a_half_tells_of_refusal(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view out = { 1, START, FM_REC_ORIG_KNOWN };
    struct view in = { 2, START + FM_MS, FM_REC_BACKSCATTER };
    tell(bench, counted(&space, FM_FLOW_NEW, out, START, 1, 0));
    struct fm_rec *rec = counted(&space, FM_FLOW_NEW, in, in.start, 0, 1);
    flow_of(rec)->tcp_flags[1] = RST | ACK;
    flow_of(rec)->answer = FM_NO_ANSWER;
    flow_of(rec)->close = FM_RESET_BY_SERVER;
    rec = tell(bench, rec);
    assert_int_equal(rec->kind, FM_FLOW_ANSWER);
    assert_int_equal(flow_of(rec)->answer, FM_REFUSED);
    rec = counted(&space, FM_FLOW_END, out, START, 0, 0);
    flow_of(rec)->answer = FM_NO_ANSWER;
    rec = tell(bench, rec);
    assert_int_equal(flow_of(rec)->answer, FM_REFUSED);
    assert_int_equal(flow_of(rec)->close, FM_RESET_BY_SERVER);
    end(bench);

    /* Nothing but an ICMP error was seen of the other half. */
    bench = begin(100);
    tell(bench, counted(&space, FM_FLOW_NEW, out, START, 1, 0));
    rec = flow_rec(&space, FM_FLOW_NEW, in, in.start);
    rec = tell(bench, rec);
    assert_int_equal(rec->kind, FM_FLOW_ANSWER);
    assert_int_equal(flow_of(rec)->answer, FM_UNREACHABLE);
    end(bench);
}

static void real_backscatter_stays_backscatter(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    for (uint64_t id = 1; id <= 2; id++) {
        struct view view = { id, START + (fm_time)id, FM_REC_ORIG_KNOWN | FM_REC_BACKSCATTER };
        struct fm_rec *rec = counted(&space, FM_FLOW_NEW, view, view.start, 0, 1);
        flow_of(rec)->tcp_flags[1] = SYN | ACK;
        rec = tell(bench, rec);
        assert_int_equal(rec != NULL, id == 1);
        if (rec != NULL)
            assert_true((rec->flags & FM_REC_BACKSCATTER) != 0);
    }
    end(bench);
}

static void the_question_corrects_an_answer_that_came_first(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view in = { 2, START, FM_REC_ORIG_KNOWN | FM_REC_BACKSCATTER };
    struct view out = { 1, START + 5, FM_REC_ORIG_KNOWN };
    assert_non_null(tell(bench, counted(&space, FM_FLOW_NEW, in, in.start, 0, 1)));
    struct fm_rec *rec = tell(bench, counted(&space, FM_FLOW_NEW, out, out.start, 1, 0));
    assert_int_equal(rec->kind, FM_FLOW_NEW);
    end(bench);
}

static void swap_ends(struct fm_rec *rec)
{
    struct fm_addr client = rec->client;
    uint16_t cport = rec->cport;
    rec->client = rec->server;
    rec->server = client;
    rec->cport = rec->sport;
    rec->sport = cport;
}

static void a_half_with_a_wrong_client_is_turned_round(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view out = { 1, START, FM_REC_ORIG_KNOWN }, in = { 2, START + FM_MS, FM_REC_MIDSTREAM };
    struct fm_rec *rec = tell(bench, counted(&space, FM_FLOW_NEW, out, START, 1, 0));
    struct fm_addr client = rec->client;
    rec = counted(&space, FM_FLOW_END, in, START + FM_SECOND, 7, 0);
    swap_ends(rec);
    struct fm_flow *flow = flow_of(rec);
    flow->total_bytes[0] = 7777;
    flow->client_mac.byte[0] = 0xaa;
    flow->server_mac.byte[0] = 0xbb;
    flow->tcp_flags[0] = ACK;
    flow->close = FM_RESET_BY_CLIENT;
    flow->shape.speaker = 1;
    flow->shape.first_len[0] = 500;
    flow->shape.small[0] = 9;
    flow->shape.head[0][0] = 'H';
    flow->shape.series[0][0] = 60;
    rec = tell(bench, rec);
    flow = flow_of(rec);
    assert_true(fm_addr_equal(&rec->client, &client));
    assert_int_equal(rec->cport, 40000);
    assert_int_equal(rec->sport, 445);
    assert_int_equal(flow->packets[0], 0);
    assert_int_equal(flow->packets[1], 7);
    assert_int_equal(flow->bytes[1], 700);
    assert_int_equal(flow->total_bytes[1], 7777);
    assert_int_equal(flow->client_mac.byte[0], 0xbb);
    assert_int_equal(flow->server_mac.byte[0], 0xaa);
    assert_int_equal(flow->tcp_flags[1], ACK);
    assert_int_equal(flow->close, FM_RESET_BY_SERVER);
    assert_int_equal(flow->shape.speaker, 2);
    assert_int_equal(flow->shape.first_len[0], -500);
    assert_int_equal(flow->shape.small[1], 9);
    assert_int_equal(flow->shape.head[1][0], 'H');
    assert_int_equal(flow->shape.series[1][0], 60);
    end(bench);
}

static void who_saw_the_beginning_knows_the_client(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view guess = { 1, START, FM_REC_MIDSTREAM }, sure = { 2, START + 9, FM_REC_ORIG_KNOWN };
    struct fm_rec *rec = counted(&space, FM_FLOW_UPDATE, guess, START, 5, 0);
    swap_ends(rec);
    rec = tell(bench, rec); /* nobody knew better yet */
    assert_int_equal(rec->cport, 445);
    rec = tell(bench, counted(&space, FM_FLOW_UPDATE, sure, START + 9, 3, 5));
    assert_int_equal(flow_of(rec)->packets[0], 3);
    assert_int_equal(flow_of(rec)->packets[1], 0); /* told as the way to the "server" */
    rec = counted(&space, FM_FLOW_UPDATE, guess, START + FM_SECOND, 4, 0);
    swap_ends(rec);
    rec = tell(bench, rec);
    assert_int_equal(rec->cport, 40000);
    assert_int_equal(flow_of(rec)->packets[0], 0);
    assert_int_equal(flow_of(rec)->packets[1], 4);
    end(bench);
}

static struct fm_rec *other_rec(struct space *space, enum fm_kind kind, uint64_t flow_id,
        fm_time at)
{
    struct view view = { flow_id, 0, FM_REC_ORIG_KNOWN };
    struct fm_rec head = *flow_rec(space, FM_FLOW_NEW, view, at), *rec = space_rec(space);
    fm_rec_begin(rec, kind);
    head.size = rec->size;
    head.kind = (uint8_t)kind;
    *rec = head;
    return rec;
}

static void transactions_belong_to_who_told_first(void **state)
{
    (void)state;
    static const enum fm_kind kinds[] = { FM_HTTP, FM_TLS, FM_SMB, FM_ALERT, FM_FILEINFO, FM_SSH };
    struct bench *bench = begin(100);
    struct space space;
    struct view a = { 1, START, FM_REC_ORIG_KNOWN }, b = { 2, START + 40, FM_REC_ORIG_KNOWN };
    tell(bench, counted(&space, FM_FLOW_NEW, a, a.start, 1, 0));
    assert_null(tell(bench, counted(&space, FM_FLOW_NEW, b, b.start, 1, 0)));
    for (fm_time at = START + FM_SECOND; at < START + 400 * FM_SECOND; at += 33 * FM_SECOND)
        for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
            /* every other kind is told by the second flow first */
            assert_non_null(tell(bench, other_rec(&space, kinds[i], 1 + i % 2, at)));
            assert_null(tell(bench, other_rec(&space, kinds[i], 2 - i % 2, at + 40)));
        }
    end(bench);
}

static void transactions_of_both_halves_stay(void **state)
{
    (void)state;
    static const enum fm_kind kinds[] = { FM_DNS, FM_HTTP, FM_TLS, FM_KRB5, FM_ALERT };
    struct bench *bench = begin(100);
    struct space space;
    struct view out = { 1, START, FM_REC_ORIG_KNOWN }, in = { 2, START + FM_MS, 0 };
    struct view twin = { 3, START + 2 * FM_MS, 0 }; /* of the second half */
    tell(bench, counted(&space, FM_FLOW_NEW, out, out.start, 1, 0));
    tell(bench, counted(&space, FM_FLOW_NEW, in, in.start, 0, 1));
    tell(bench, counted(&space, FM_FLOW_NEW, twin, twin.start, 0, 1));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        assert_non_null(tell(bench, other_rec(&space, kinds[i], 2, START + FM_SECOND)));
        assert_non_null(tell(bench, other_rec(&space, kinds[i], 1, START + FM_SECOND)));
        assert_null(tell(bench, other_rec(&space, kinds[i], 3, START + FM_SECOND)));
    }
    end(bench);
}

static void echo_counts_once(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    for (uint64_t id = 1; id <= 2; id++) {
        struct fm_rec *rec = other_rec(&space, FM_ICMP, id, START + (fm_time)id);
        struct fm_icmp *icmp = (struct fm_icmp *)(rec + 1);
        rec->proto = 1;
        rec->cport = 8;
        rec->sport = 0;
        icmp->packets[0] = 5;
        icmp->bytes[0] = 500;
        icmp->packets[1] = id == 1 ? 0 : 5; /* only the second saw the way back */
        icmp->bytes[1] = id == 1 ? 0 : 500;
        rec = tell(bench, rec);
        icmp = (struct fm_icmp *)(rec + 1);
        assert_int_equal(icmp->packets[0], id == 1 ? 5 : 0);
        assert_int_equal(icmp->packets[1], id == 1 ? 0 : 5);
    }
    end(bench);
}

static void what_can_have_no_twin_passes(void **state)
{
    (void)state;
    struct space space;
    for (int which = 0; which < 4; which++) {
        struct bench *bench = begin(100);
        for (uint64_t id = 1; id <= 5; id++) {
            struct view view = { which == 0 ? 0 : id, START, FM_REC_ORIG_KNOWN };
            struct fm_rec *rec = counted(&space, FM_FLOW_NEW, view, START, 1, 0);
            static const uint8_t local[16] = { 0xfe, 0x80, [15] = 1 };
            if (which == 1)
                memset(&rec->client, 0, sizeof(rec->client));
            if (which == 2)
                rec->server = fm_addr_from16(local);
            if (which == 3)
                rec->site = (uint16_t)id; /* another place, another host */
            assert_non_null(tell(bench, rec));
            assert_non_null(tell(bench, other_rec(&space, FM_TICK, id, START)));
            assert_non_null(tell(bench, other_rec(&space, FM_GAP, id, START)));
        }
        end(bench);
    }
}

static void other_ports_are_other_flows(void **state)
{
    (void)state;
    struct bench *bench = begin(1000);
    struct space space;
    for (uint64_t id = 1; id <= 200; id++) {
        struct view view = { id, START, FM_REC_ORIG_KNOWN };
        struct fm_rec *rec = counted(&space, FM_FLOW_NEW, view, START, 1, 0);
        rec->sport = (uint16_t)id;
        assert_non_null(tell(bench, rec));
    }
    end(bench);
}

static void the_first_flow_may_have_been_shed(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view a = { 1, START, FM_REC_ORIG_KNOWN }, b = { 2, START + 40, FM_REC_ORIG_KNOWN };
    /* a's flow_new never came */
    assert_int_equal(tell(bench, counted(&space, FM_FLOW_NEW, b, b.start, 1, 0))->kind,
            FM_FLOW_NEW);
    assert_non_null(tell(bench, counted(&space, FM_FLOW_ANSWER, a, START + FM_MS, 0, 1)));
    assert_null(tell(bench, counted(&space, FM_FLOW_ANSWER, b, START + FM_MS, 0, 1)));
    struct sums sums = sum_up(bench);
    assert_int_equal(sums.packets[0], 1);
    assert_int_equal(sums.packets[1], 1);
    end(bench);
}

static void a_transaction_may_come_first(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view a = { 1, START - FM_HOUR, FM_REC_ORIG_KNOWN };
    struct view b = { 2, START - FM_HOUR, FM_REC_ORIG_KNOWN };
    assert_non_null(tell(bench, other_rec(&space, FM_HTTP, 1, START)));
    assert_non_null(tell(bench, counted(&space, FM_FLOW_UPDATE, a, START + FM_SECOND, 5, 5)));
    assert_null(tell(bench, counted(&space, FM_FLOW_UPDATE, b, START + FM_SECOND, 5, 5)));
    assert_null(tell(bench, other_rec(&space, FM_HTTP, 2, START + FM_SECOND)));
    end(bench);
}

static void what_is_late_for_an_earlier_flow_stays(void **state)
{
    (void)state;
    struct bench *bench = begin(100);
    struct space space;
    struct view first = { 1, START, FM_REC_ORIG_KNOWN };
    struct view second = { 2, START + FM_MINUTE, FM_REC_ORIG_KNOWN };
    tell(bench, counted(&space, FM_FLOW_NEW, first, START, 1, 0));
    tell(bench, counted(&space, FM_FLOW_NEW, second, second.start, 1, 0));
    struct fm_rec *rec = tell(bench, counted(&space, FM_FLOW_END, first, START + FM_SECOND, 4, 4));
    assert_int_equal(rec->kind, FM_FLOW_END);
    rec = tell(bench, counted(&space, FM_FLOW_END, second, second.start + FM_SECOND, 6, 6));
    assert_int_equal(rec->kind, FM_FLOW_END);
    struct sums sums = sum_up(bench);
    assert_int_equal(sums.kinds[FM_FLOW_NEW], 2);
    assert_int_equal(sums.packets[0], 12);
    end(bench);
}

static void the_oldest_row_leaves(void **state)
{
    (void)state;
    struct bench *bench = begin(4);
    struct space space;
    for (int round = 0; round < 2; round++)
        for (uint64_t port = 1; port <= 8; port++)
            for (uint64_t id = 1; id <= 2; id++) {
                struct view view = { port * 10 + id, START, FM_REC_ORIG_KNOWN };
                struct fm_rec *rec = counted(&space, FM_FLOW_UPDATE, view, START, 1, 1);
                rec->cport = (uint16_t)port;
                assert_int_equal(tell(bench, rec) != NULL, id == 1);
            }
    end(bench);
}

static void survives_each_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct fm_mem mem = { .fail_at = n };
        struct fm_doubles *doubles = fm_doubles_new(&mem, 1000, 1);
        struct space space;
        for (uint64_t i = 0; doubles != NULL && i < 600; i++) {
            struct view view = { i + 1, START, FM_REC_ORIG_KNOWN };
            struct fm_rec *rec = counted(&space, FM_FLOW_NEW, view, START, 1, 0);
            rec->cport = (uint16_t)i;
            assert_true(fm_doubles_keep(doubles, rec)); /* never at the cost of a record */
        }
        fm_doubles_free(doubles);
        assert_int_equal(mem.used_bytes, 0);
        if (mem.refused == 0) {
            assert_true(n > 5);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_flow_is_left_alone),
        cmocka_unit_test(a_doubled_mirror_counts_once),
        cmocka_unit_test(the_next_flow_of_the_same_ports_counts_anew),
        cmocka_unit_test(what_became_of_one_flow_says_nothing_of_the_next),
        cmocka_unit_test(two_halves_make_one_whole),
        cmocka_unit_test(a_half_tells_of_refusal),
        cmocka_unit_test(real_backscatter_stays_backscatter),
        cmocka_unit_test(the_question_corrects_an_answer_that_came_first),
        cmocka_unit_test(a_half_with_a_wrong_client_is_turned_round),
        cmocka_unit_test(who_saw_the_beginning_knows_the_client),
        cmocka_unit_test(transactions_belong_to_who_told_first),
        cmocka_unit_test(transactions_of_both_halves_stay),
        cmocka_unit_test(echo_counts_once),
        cmocka_unit_test(what_can_have_no_twin_passes),
        cmocka_unit_test(other_ports_are_other_flows),
        cmocka_unit_test(the_first_flow_may_have_been_shed),
        cmocka_unit_test(a_transaction_may_come_first),
        cmocka_unit_test(what_is_late_for_an_earlier_flow_stays),
        cmocka_unit_test(the_oldest_row_leaves),
        cmocka_unit_test(survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
