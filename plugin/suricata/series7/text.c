/* The rare protocols: Suricata's own EVE writer tells the transaction into the thread's builder,
 * and the text crosses the ring; the reader of eve.json turns it into the kind's body on the other
 * side.  So no structure of these parsers is known here (but FTP's and DNP3's, which have no other
 * way).  Some 2 to 10 us a transaction. */
#include "series7.h"

#include "app-layer-dnp3.h"
#include "app-layer-ftp.h"
#include "output-json-dnp3.h"
#include "output-json-email-common.h"
#include "output-json-smtp.h"
#include "rust.h"

#define FTP_REPLY_MAX 256

typedef bool (*writer)(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id);

static bool smb(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)id;
    SCJbOpenObject(jb, "smb");
    return rs_smb_log_json_response(jb, state, tx) && SCJbClose(jb);
}

static bool krb5(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    SCJbOpenObject(jb, "krb5");
    return rs_krb5_log_json_response(jb, tx) && SCJbClose(jb);
}

static bool dcerpc(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)id;
    SCJbOpenObject(jb, "dcerpc");
    bool fine = f->proto == IPPROTO_TCP ? rs_dcerpc_log_json_record_tcp(state, tx, jb)
                                        : rs_dcerpc_log_json_record_udp(state, tx, jb);
    return fine && SCJbClose(jb);
}

static void *dhcp_writer;

/* DHCP's writer leaves out requests unless it is told `extended`, and they hold the machine's
 * name. */
void fm_text_prepare(void)
{
    ConfNode extended = { .name = (char *)"extended", .val = (char *)"yes" };
    ConfNode section = { .name = (char *)"dhcp" };

    if (dhcp_writer != NULL)
        return;
    TAILQ_INIT(&section.head);
    TAILQ_INIT(&extended.head);
    TAILQ_INSERT_TAIL(&section.head, &extended, next);
    dhcp_writer = rs_dhcp_logger_new(&section);
}

static bool dhcp(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    return dhcp_writer != NULL && rs_dhcp_logger_log(dhcp_writer, tx, jb);
}

/* ---- FTP: the same keys as eve-log's writer, which is not exported ---- */

static bool three_digits(const uint8_t *text, size_t len)
{
    return len >= 3 && isdigit(text[0]) && isdigit(text[1]) && isdigit(text[2]);
}

/* The last line that has a code is the reply; lines before it are a banner or a listing. */
static void ftp_reply(SCJsonBuilder *jb, const FTPTransaction *tx)
{
    const FTPString *response, *last = NULL;

    TAILQ_FOREACH (response, &tx->response_list, next)
        if (three_digits(response->str, response->len))
            last = response;
    if (last == NULL)
        return;
    size_t len = last->len > FTP_REPLY_MAX ? FTP_REPLY_MAX : last->len;
    while (len > 3 && (last->str[len - 1] == '\r' || last->str[len - 1] == '\n'
                              || last->str[len - 1] == '\0'))
        len--;
    jb_open_array(jb, "completion_code");
    jb_append_string_from_bytes(jb, last->str, 3);
    jb_close(jb);
    jb_open_array(jb, "reply");
    if (len > 4)
        jb_append_string_from_bytes(jb, last->str + 4, (uint32_t)(len - 4));
    jb_close(jb);
}

static bool ftp(SCJsonBuilder *jb, const Flow *f, void *state, void *tx_data, uint64_t id)
{
    const FTPTransaction *tx = tx_data;

    (void)f, (void)state, (void)id;
    if (!fm_host_layouts_known())
        return false;
    jb_open_object(jb, "ftp");
    if (tx->command_descriptor != NULL) {
        uint32_t skip = tx->command_descriptor->command_length + 1u;
        jb_set_string(jb, "command", tx->command_descriptor->command_name);
        if (tx->request != NULL && tx->request_length > skip)
            jb_set_string_from_bytes(jb, "command_data", tx->request + skip,
                    tx->request_length - skip - 1);
    }
    ftp_reply(jb, tx);
    if (tx->dyn_port != 0)
        jb_set_uint(jb, "dynamic_port", tx->dyn_port);
    return jb_close(jb);
}

static bool ssh(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    SCJbOpenObject(jb, "ssh");
    return rs_ssh_log_json(tx, jb) && SCJbClose(jb);
}

static bool rdp(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    return rs_rdp_to_json(tx, jb);
}

static bool rfb(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    return rs_rfb_logger_log(tx, jb);
}

static bool smtp(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)state, (void)tx;
    SCJbOpenObject(jb, "smtp");
    if (!EveSMTPAddMetadata(f, id, jb))
        return false;
    SCJbClose(jb);
    SCJbOpenObject(jb, "email");
    EveEmailAddMetadata(f, (uint32_t)id, jb);
    return SCJbClose(jb);
}

static bool quic(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    return rs_quic_to_json(tx, true, jb);
}

static bool mqtt(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    return rs_mqtt_logger_log(tx, 0, jb);
}

/* What the connection says of itself (settings, its end) is a transaction too, and no request. */
static bool http2(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    const uint8_t *text;
    uint32_t len;

    (void)f, (void)state, (void)id;
    if (!rs_http2_tx_get_method(tx, &text, &len) && !rs_http2_tx_get_status(tx, &text, &len))
        return false;
    SCJbOpenObject(jb, "http");
    return rs_http2_log_json(tx, jb) && SCJbClose(jb);
}

static bool modbus(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    return rs_modbus_to_json(tx, jb);
}

static bool dnp3(SCJsonBuilder *jb, const Flow *f, void *state, void *tx_data, uint64_t id)
{
    DNP3Transaction *tx = tx_data;

    (void)f, (void)state, (void)id;
    if (!fm_host_layouts_known() || !tx->done)
        return false;
    SCJbOpenObject(jb, "dnp3");
    SCJbOpenObject(jb, tx->is_request ? "request" : "response");
    if (tx->is_request)
        JsonDNP3LogRequest(jb, tx);
    else
        JsonDNP3LogResponse(jb, tx);
    return SCJbClose(jb) && SCJbClose(jb);
}

/* The presence bits are the reader's: it sees what the text holds. */
static const struct protocol {
    writer write;
    enum fm_kind kind;
} protocols[ALPROTO_MAX] = {
    [ALPROTO_SMB] = { smb, FM_SMB },
    [ALPROTO_KRB5] = { krb5, FM_KRB5 },
    [ALPROTO_DCERPC] = { dcerpc, FM_DCERPC },
    [ALPROTO_DHCP] = { dhcp, FM_DHCP },
    [ALPROTO_FTP] = { ftp, FM_FTP },
    [ALPROTO_SSH] = { ssh, FM_SSH },
    [ALPROTO_RDP] = { rdp, FM_RDP },
    [ALPROTO_RFB] = { rfb, FM_RFB },
    [ALPROTO_SMTP] = { smtp, FM_SMTP },
    [ALPROTO_HTTP2] = { http2, FM_HTTP },
    [ALPROTO_QUIC] = { quic, FM_QUIC },
    [ALPROTO_MQTT] = { mqtt, FM_MQTT },
    [ALPROTO_MODBUS] = { modbus, FM_MODBUS },
    [ALPROTO_DNP3] = { dnp3, FM_DNP3 },
};

int fm_text_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id)
{
    struct fm_thread *thread = data;

    (void)tv;
    if (thread == NULL || f->alproto >= ALPROTO_MAX || protocols[f->alproto].write == NULL)
        return 0;
    SCJsonBuilder *jb = fm_text_open(thread);
    if (protocols[f->alproto].write(jb, f, state, tx, id))
        fm_text_push(thread, protocols[f->alproto].kind, f, p);
    return 0;
}
