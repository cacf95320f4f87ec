#include "record/told.h"

#include <string.h>

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
    if (!give(told, FM_FLOW_NEW, body->start, once, made, sink))
        return;
    if (body->answer != FM_NO_ANSWER &&
            !give(told, FM_FLOW_ANSWER, body->start, answered, made, sink))
        return;
    if (body->close != FM_OPEN &&
            !give(told, FM_FLOW_CLOSE, told->end, answered | FM_HAS_CLOSE, made, sink))
        return;
    give(told, FM_FLOW_END, told->end, UINT32_MAX, made, sink);
}
