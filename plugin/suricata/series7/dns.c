/* DNS messages: series 7 has one transaction for the query and one for the answer.  A query has
 * getters; an answer's data has none.  It is read from the datagram where that is at hand and
 * plain, else it goes as the text that EVE would write. */
#include "series7.h"

#include "rust.h"

#include "suricata/common/dnswire.h"

/* rs_dns_log_json_answer takes the flags of eve-log's dns section (rust/src/dns/log.rs): a bit a
 * record type, and how answers are laid out.  Types without a bit, which a tunnel may well use, are
 * told only when all flags are set; answers are then laid out twice. */
#define ANSWER_GROUPED (UINT64_C(1) << 60)
#define ANSWER_USUAL (~ANSWER_GROUPED)
#define ANSWER_ANY (~UINT64_C(0))

static void query(struct fm_thread *thread, const Packet *p, const Flow *f,
        struct RSDNSTransaction *tx)
{
    struct fm_rec *rec = (struct fm_rec *)thread->rec;
    struct fm_dns *dns = fm_rec_begin(rec, FM_DNS);
    const uint8_t *name;
    uint32_t len;
    uint16_t type;

    fm_flows_header(rec, f, p);
    if (!rs_dns_tx_get_query_name(tx, 0, &name, &len))
        return;
    rec->has = FM_HAS_NAME;
    fm_rec_put(rec, &dns->query, name, len, FM_DNS_NAME_MAX);
    if (rs_dns_tx_get_query_rrtype(tx, 0, &type)) {
        dns->type = type;
        rec->has |= FM_HAS_TYPE;
    }
    fm_thread_push(thread, rec);
}

/* The packet in hand must be the very message of the transaction. */
static bool answer_of_datagram(struct fm_thread *thread, const Packet *p, const Flow *f,
        struct RSDNSTransaction *tx)
{
    struct fm_rec *rec = (struct fm_rec *)thread->rec;

    if (p->udph == NULL || PKT_IS_PSEUDOPKT(p) || p->payload_len < FM_DNS_WIRE_HEADER
            || fm_dns_wire_u16(p->payload) != rs_dns_tx_get_tx_id(tx)
            || (p->payload[3] & 0x0f) != rs_dns_tx_get_response_flags(tx)) /* the code alone */
        return false;
    fm_rec_begin(rec, FM_DNS);
    fm_flows_header(rec, f, p);
    if (!fm_dns_wire(rec, p->payload, p->payload_len))
        return false;
    fm_thread_push(thread, rec);
    return true;
}

static void answer(struct fm_thread *thread, const Packet *p, const Flow *f,
        struct RSDNSTransaction *tx)
{
    SCJsonBuilder *jb = fm_text_open(thread);

    SCJbOpenObject(jb, "dns");
    bool fine = rs_dns_log_json_answer(tx, ANSWER_USUAL, jb)
                || rs_dns_log_json_answer(tx, ANSWER_ANY, jb);
    SCJbClose(jb);
    if (fine)
        fm_text_push(thread, FM_DNS, f, p);
}

int fm_dns_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id)
{
    (void)tv, (void)state, (void)id;
    if (data == NULL)
        return 0;
    if (rs_dns_tx_is_request(tx))
        query(data, p, f, tx);
    else if (rs_dns_tx_is_response(tx) && !answer_of_datagram(data, p, f, tx))
        answer(data, p, f, tx);
    return 0;
}
