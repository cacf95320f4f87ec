#include "record/told.h"

#include <string.h>

#define ICMP 1
#define ICMP6 58

uint8_t fm_icmp_asked(uint8_t proto, uint8_t type)
{
    static const uint8_t pairs[][3] = { { ICMP, 0, 8 }, { ICMP, 9, 10 }, { ICMP, 14, 13 },
        { ICMP, 16, 15 }, { ICMP, 18, 17 }, { ICMP6, 129, 128 }, { ICMP6, 134, 133 },
        { ICMP6, 136, 135 } };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i][0] == proto && pairs[i][1] == type)
            return pairs[i][2];
    }
    return type;
}

bool fm_icmp_is_error(uint8_t proto, uint8_t type)
{
    if (proto == ICMP6)
        return type < 128;
    return proto == ICMP && (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
}

#define SWAP(type, a, b)                                                                           \
    do {                                                                                           \
        type swapped = (a);                                                                        \
        (a) = (b);                                                                                 \
        (b) = swapped;                                                                             \
    } while (0)

void fm_told_reverse(struct fm_told *told)
{
    struct fm_rec *head = &told->head;
    struct fm_flow *body = &told->body;
    SWAP(struct fm_addr, head->client, head->server);
    if (head->proto != ICMP && head->proto != ICMP6)
        SWAP(uint16_t, head->cport, head->sport);
    SWAP(struct fm_mac, body->client_mac, body->server_mac);
    SWAP(uint64_t, body->total_bytes[0], body->total_bytes[1]);
    SWAP(uint32_t, body->packets[0], body->packets[1]);
    SWAP(uint8_t, body->tcp_flags[0], body->tcp_flags[1]);
}

/* One of the records; of the fields that the log knows it tells those in `keep`. */
static bool give(const struct fm_told *told, enum fm_kind kind, fm_time time, uint32_t keep,
        struct fm_rec *made, struct fm_sink *sink)
{
    struct fm_flow *body = fm_rec_begin(made, kind);
    uint16_t size = made->size;
    *made = told->head;
    made->time = time;
    made->size = size;
    made->kind = (uint8_t)kind;
    made->weight = 1;
    made->has &= keep;
    body->start = told->body.start;
    body->client_mac = told->body.client_mac;
    body->server_mac = told->body.server_mac;
    body->vlan = told->body.vlan;
    if (made->has & FM_HAS_ANSWER)
        body->answer = told->body.answer;
    if (made->has & FM_HAS_CLOSE)
        body->close = told->body.close;
    if (made->has & FM_HAS_APP)
        body->app = told->body.app;
    if (kind == FM_FLOW_END) {
        memcpy(body->bytes, told->body.total_bytes, sizeof(body->bytes));
        memcpy(body->total_bytes, told->body.total_bytes, sizeof(body->total_bytes));
        memcpy(body->packets, told->body.packets, sizeof(body->packets));
        memcpy(body->tcp_flags, told->body.tcp_flags, sizeof(body->tcp_flags));
    }
    fm_rec_brief(made);
    return fm_sink_take(sink, made);
}

void fm_told_give(const struct fm_told *told, struct fm_rec *made, struct fm_sink *sink)
{
    const uint32_t once = FM_HAS_MAC | FM_HAS_VLAN, answered = once | FM_HAS_ANSWER | FM_HAS_APP;
    const struct fm_flow *body = &told->body;
    bool refused = body->answer == FM_REFUSED;
    if (!give(told, FM_FLOW_NEW, body->start, once, made, sink))
        return;
    if (body->answer != FM_NO_ANSWER &&
            !give(told, FM_FLOW_ANSWER, body->start, refused ? answered | FM_HAS_CLOSE : answered,
                    made, sink))
        return;
    if (body->close != FM_OPEN && !refused &&
            !give(told, FM_FLOW_CLOSE, told->end, answered | FM_HAS_CLOSE, made, sink))
        return;
    give(told, FM_FLOW_END, told->end, UINT32_MAX, made, sink);
}
