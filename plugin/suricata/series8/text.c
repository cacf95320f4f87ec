/* All but the frequent protocols: Suricata's own EVE writer tells the transaction, as common/text.c
 * has it.  No structure of these parsers is known here. */
#include "series8.h"

#include "output-eve-bindgen.h"
#include "output-json-email-common.h"
#include "output-json-smtp.h"
#include "rust.h"

#define MQTT_STRING_MAX 256

typedef bool (*writer)(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id);

/* The table that alerts take their application layer from; each writer opens its own object. */
static bool of_alerts(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    const EveJsonSimpleAppLayerLogger *found = SCEveJsonSimpleGetLogger(f->alproto);

    (void)state, (void)id;
    return found != NULL && found->LogTx != NULL && found->LogTx(tx, jb);
}

static bool smb(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)id;
    SCJbOpenObject(jb, "smb");
    return SCSmbLogJsonResponse(jb, state, tx, ~UINT64_C(0)) && SCJbClose(jb);
}

static bool dcerpc(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)id;
    SCJbOpenObject(jb, "dcerpc");
    bool fine = f->proto == IPPROTO_TCP ? SCDcerpcLogJsonRecordTcp(state, tx, jb)
                                        : SCDcerpcLogJsonRecordUdp(state, tx, jb);
    return fine && SCJbClose(jb);
}

static void *dhcp_writer;

/* DHCP's writer leaves out requests unless it is told `extended`, and they hold the machine's
 * name. */
void fm_text_prepare(void)
{
    SCConfNode extended = { .name = (char *)"extended", .val = (char *)"yes" };
    SCConfNode section = { .name = (char *)"dhcp" };

    if (dhcp_writer != NULL)
        return;
    TAILQ_INIT(&section.head);
    TAILQ_INIT(&extended.head);
    TAILQ_INSERT_TAIL(&section.head, &extended, next);
    dhcp_writer = SCDhcpLoggerNew(&section);
}

static bool dhcp(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    return dhcp_writer != NULL && SCDhcpLoggerLog(dhcp_writer, tx, jb);
}

static bool smtp(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)state, (void)tx;
    SCJbOpenObject(jb, "smtp");
    if (!EveSMTPAddMetadata(f, id, jb))
        return false;
    SCJbClose(jb);
    SCJbOpenObject(jb, "email");
    EveEmailAddMetadata(f, id, jb);
    return SCJbClose(jb);
}

/* Without a flag it leaves out passwords; no string gets longer than the bound. */
static bool mqtt(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    (void)f, (void)state, (void)id;
    return SCMqttLoggerLog(tx, 0, MQTT_STRING_MAX, jb);
}

/* What the connection says of itself (settings, its end) is a transaction too, and no request. */
static bool http2(SCJsonBuilder *jb, const Flow *f, void *state, void *tx, uint64_t id)
{
    const uint8_t *text;
    uint32_t len;

    if (!SCHttp2TxGetMethod(tx, &text, &len) && !SCHttp2TxGetStatus(tx, &text, &len))
        return false;
    return of_alerts(jb, f, state, tx, id);
}

/* The presence bits are the reader's: it sees what the text holds. */
static const struct protocol {
    writer write;
    enum fm_kind kind;
} protocols[ALPROTO_MAX_STATIC] = {
    [ALPROTO_SMB] = { smb, FM_SMB },
    [ALPROTO_KRB5] = { of_alerts, FM_KRB5 },
    [ALPROTO_DCERPC] = { dcerpc, FM_DCERPC },
    [ALPROTO_LDAP] = { of_alerts, FM_LDAP },
    [ALPROTO_DHCP] = { dhcp, FM_DHCP },
    [ALPROTO_FTP] = { of_alerts, FM_FTP },
    [ALPROTO_SSH] = { of_alerts, FM_SSH },
    [ALPROTO_RDP] = { of_alerts, FM_RDP },
    [ALPROTO_RFB] = { of_alerts, FM_RFB },
    [ALPROTO_SMTP] = { smtp, FM_SMTP },
    [ALPROTO_HTTP2] = { http2, FM_HTTP },
    [ALPROTO_QUIC] = { of_alerts, FM_QUIC },
    [ALPROTO_MQTT] = { mqtt, FM_MQTT },
    [ALPROTO_MODBUS] = { of_alerts, FM_MODBUS },
    [ALPROTO_DNP3] = { of_alerts, FM_DNP3 },
    [ALPROTO_ENIP] = { of_alerts, FM_ENIP },
};

int fm_text_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id)
{
    struct fm_thread *thread = data;

    (void)tv;
    if (thread == NULL || f->alproto >= ALPROTO_MAX_STATIC || protocols[f->alproto].write == NULL)
        return 0;
    if (protocols[f->alproto].write(fm_text_open(thread), f, state, tx, id))
        fm_text_push(thread, protocols[f->alproto].kind, f, p);
    return 0;
}
