/* The shape of every record, in tables: body size, where its strings stand and which small numbers
 * have a bound.  begin, put and str are O(bytes copied); valid and compare O(size).  Nothing here
 * allocates.  Every string starts at a multiple of 8 and the bytes up to the next one are zero, so
 * that records with equal content have equal bytes.
 * Blind spot: valid judges the form, not the sense (a flow may claim to start after its record).
 */
#include "record/record.h"

#include "record/names.h"

#include <stdio.h>
#include <string.h>

const char *const fm_kind_name[FM_KINDS] = {
#define X(kind, name) [kind] = name,
    FM_KINDS_LIST(X)
#undef X
};

const char *const fm_field_name[FM_FIELDS] = {
#define X(field, name) [field##_bit_] = name,
    FM_FIELDS_LIST(X)
#undef X
};

const char *const fm_app_name[FM_APPS] = {
#define X(app, name) [app] = name,
    FM_APPS_LIST(X)
#undef X
};

const char *const fm_source_name[FM_SOURCES] = {
    [FM_SURICATA7] = "suricata7",
    [FM_SURICATA8] = "suricata8",
    [FM_EVE] = "eve",
    [FM_ZEEK] = "zeek",
};

/* An unsigned number of one byte or four in a body, and the largest value it may have. */
struct bound {
    uint16_t off;
    uint8_t width;
    uint8_t most;
};

#define STRINGS_MAX 9
#define BOUNDS_MAX 6

struct form {
    uint16_t body_bytes;
    uint8_t strings;
    uint8_t bounds;
    uint16_t string[STRINGS_MAX];
    struct bound bound[BOUNDS_MAX];
};

#define S(type, field) offsetof(struct type, field)
#define B(type, field, most)                                                                       \
    {                                                                                              \
        offsetof(struct type, field), sizeof(((struct type *)0)->field), most                      \
    }
#define FLOW_BOUNDS                                                                                \
    B(fm_flow, answer, FM_ANSWER_INFERRED), B(fm_flow, close, FM_RESET_BY_SERVER),                 \
            B(fm_flow, app, FM_APPS - 1)

static const struct form flow_form = {
    .body_bytes = sizeof(struct fm_flow),
    .bounds = 5,
    .bound = { FLOW_BOUNDS, B(fm_flow, shape.speaker, 2), B(fm_flow, shape.used, FM_SHAPE_SERIES) },
};
static const struct form flow_brief_form = {
    .body_bytes = FM_FLOW_BRIEF,
    .bounds = 3,
    .bound = { FLOW_BOUNDS },
};
static const struct form http_form = {
    .body_bytes = sizeof(struct fm_http),
    .strings = 7,
    .string = { S(fm_http, host), S(fm_http, uri), S(fm_http, method), S(fm_http, agent),
            S(fm_http, referrer), S(fm_http, content_type), S(fm_http, headers) },
    .bounds = 1,
    .bound = { B(fm_http, via, FM_HTTP_CONNECT) },
};
static const struct form tls_form = {
    .body_bytes = sizeof(struct fm_tls),
    .strings = 8,
    .string = { S(fm_tls, sni), S(fm_tls, subject), S(fm_tls, issuer), S(fm_tls, fingerprint),
            S(fm_tls, ja3), S(fm_tls, ja4), S(fm_tls, alpn), S(fm_tls, serial) },
};
static const struct form dns_form = {
    .body_bytes = sizeof(struct fm_dns),
    .strings = 2,
    .string = { S(fm_dns, query), S(fm_dns, text) },
    .bounds = 2,
    .bound = { B(fm_dns, response, 1), B(fm_dns, kept, FM_DNS_ANSWERS) },
};
static const struct form smb_form = {
    .body_bytes = sizeof(struct fm_smb),
    .strings = 8,
    .string = { S(fm_smb, account), S(fm_smb, domain), S(fm_smb, host), S(fm_smb, share),
            S(fm_smb, file), S(fm_smb, command), S(fm_smb, pipe), S(fm_smb, dialect) },
};
static const struct form dcerpc_form = {
    .body_bytes = sizeof(struct fm_dcerpc),
    .strings = 2,
    .string = { S(fm_dcerpc, interface), S(fm_dcerpc, account) },
    .bounds = 2,
    .bound = { B(fm_dcerpc, request, 1), B(fm_dcerpc, bind, 1) },
};
static const struct form krb5_form = {
    .body_bytes = sizeof(struct fm_krb5),
    .strings = 3,
    .string = { S(fm_krb5, account), S(fm_krb5, realm), S(fm_krb5, service) },
};
static const struct form session_form = {
    .body_bytes = sizeof(struct fm_session),
    .strings = 8,
    .string = { S(fm_session, account), S(fm_session, domain), S(fm_session, host),
            S(fm_session, agent), S(fm_session, command), S(fm_session, argument),
            S(fm_session, reply), S(fm_session, fingerprint) },
};
static const struct form dhcp_form = {
    .body_bytes = sizeof(struct fm_dhcp),
    .strings = 1,
    .string = { S(fm_dhcp, name) },
};
static const struct form ics_form = { .body_bytes = sizeof(struct fm_ics) };
static const struct form icmp_form = { .body_bytes = sizeof(struct fm_icmp) };
static const struct form fileinfo_form = {
    .body_bytes = sizeof(struct fm_fileinfo),
    .strings = 3,
    .string = { S(fm_fileinfo, name), S(fm_fileinfo, magic), S(fm_fileinfo, hash) },
    .bounds = 2,
    .bound = { B(fm_fileinfo, to_server, 1), B(fm_fileinfo, app, FM_APPS - 1) },
};
static const struct form alert_form = {
    .body_bytes = sizeof(struct fm_alert),
    .strings = 5,
    .string = { S(fm_alert, signature), S(fm_alert, category), S(fm_alert, technique),
            S(fm_alert, confidence), S(fm_alert, behavior) },
    .bounds = 2,
    .bound = { B(fm_alert, to_client, 1), B(fm_alert, claim, 100) },
};
static const struct form tick_form = { .body_bytes = 0 };
static const struct form gap_form = {
    .body_bytes = sizeof(struct fm_gap),
    .bounds = 1,
    .bound = { B(fm_gap, of_kind, FM_KINDS - 1) },
};
static const struct form text_form = {
    .body_bytes = sizeof(struct fm_rec_text),
    .strings = 1,
    .string = { S(fm_rec_text, json) },
};

static const struct form *const forms[FM_KINDS] = {
    [FM_FLOW_NEW] = &flow_form,
    [FM_FLOW_ANSWER] = &flow_form,
    [FM_FLOW_CLOSE] = &flow_form,
    [FM_FLOW_UPDATE] = &flow_form,
    [FM_FLOW_END] = &flow_form,
    [FM_HTTP] = &http_form,
    [FM_TLS] = &tls_form,
    [FM_DNS] = &dns_form,
    [FM_QUIC] = &tls_form,
    [FM_SMB] = &smb_form,
    [FM_DCERPC] = &dcerpc_form,
    [FM_KRB5] = &krb5_form,
    [FM_LDAP] = &session_form,
    [FM_FTP] = &session_form,
    [FM_SSH] = &session_form,
    [FM_RDP] = &session_form,
    [FM_RFB] = &session_form,
    [FM_SMTP] = &session_form,
    [FM_DHCP] = &dhcp_form,
    [FM_MQTT] = &session_form,
    [FM_MODBUS] = &ics_form,
    [FM_DNP3] = &ics_form,
    [FM_ENIP] = &ics_form,
    [FM_ICMP] = &icmp_form,
    [FM_FILEINFO] = &fileinfo_form,
    [FM_ALERT] = &alert_form,
    [FM_TICK] = &tick_form,
    [FM_GAP] = &gap_form,
};

/* What each source can say, by kind. */
#define FLOW_ALL                                                                                   \
    (FM_HAS_ANSWER | FM_HAS_CLOSE | FM_HAS_BYTES | FM_HAS_PACKETS | FM_HAS_MAC | FM_HAS_VLAN |     \
            FM_HAS_APP)
#define HTTP_ALL                                                                                   \
    (FM_HAS_NAME | FM_HAS_AGENT | FM_HAS_URI | FM_HAS_METHOD | FM_HAS_STATUS | FM_HAS_REFERRER |   \
            FM_HAS_TYPE | FM_HAS_BYTES)
#define TLS_ALL (FM_HAS_NAME | FM_HAS_JA3 | FM_HAS_JA4 | FM_HAS_CERT | FM_HAS_VERSION)
#define DNS_ALL (FM_HAS_NAME | FM_HAS_TYPE | FM_HAS_STATUS | FM_HAS_ANSWERS)
#define QUIC_ALL (FM_HAS_NAME | FM_HAS_JA3 | FM_HAS_VERSION | FM_HAS_ALPN)
#define SMB_ALL                                                                                    \
    (FM_HAS_ACCOUNT | FM_HAS_DOMAIN | FM_HAS_HOST | FM_HAS_SHARE | FM_HAS_FILE |                   \
            FM_HAS_OPERATION | FM_HAS_STATUS | FM_HAS_VERSION)
#define KRB5_ALL                                                                                   \
    (FM_HAS_ACCOUNT | FM_HAS_DOMAIN | FM_HAS_NAME | FM_HAS_TYPE | FM_HAS_STATUS | FM_HAS_ENCRYPTION)
#define FTP_ALL (FM_HAS_ACCOUNT | FM_HAS_OPERATION | FM_HAS_STATUS | FM_HAS_FILE)
#define SSH_ALL (FM_HAS_AGENT | FM_HAS_NAME | FM_HAS_HASH | FM_HAS_VERSION)
#define RDP_ALL                                                                                    \
    (FM_HAS_ACCOUNT | FM_HAS_HOST | FM_HAS_AGENT | FM_HAS_STATUS | FM_HAS_OPERATION |              \
            FM_HAS_ENCRYPTION)
#define SMTP_ALL (FM_HAS_ACCOUNT | FM_HAS_HOST | FM_HAS_NAME)
#define DHCP_ALL (FM_HAS_MAC | FM_HAS_NAME | FM_HAS_TYPE | FM_HAS_LEASE)
#define MQTT_ALL                                                                                   \
    (FM_HAS_ACCOUNT | FM_HAS_HOST | FM_HAS_AGENT | FM_HAS_NAME | FM_HAS_OPERATION | FM_HAS_STATUS)
#define LDAP_ALL                                                                                   \
    (FM_HAS_ACCOUNT | FM_HAS_DOMAIN | FM_HAS_AGENT | FM_HAS_NAME | FM_HAS_OPERATION | FM_HAS_STATUS)
#define FILE_ALL (FM_HAS_FILE | FM_HAS_TYPE | FM_HAS_HASH | FM_HAS_APP)

#define FLOW_ONCE (FLOW_ALL & ~(uint32_t)(FM_HAS_BYTES | FM_HAS_PACKETS))
#define ICS_ALL (FM_HAS_OPERATION | FM_HAS_STATUS)

#define SURICATA_FLOWS                                                                             \
    [FM_FLOW_NEW] = FM_HAS_MAC | FM_HAS_VLAN, [FM_FLOW_ANSWER] = FLOW_ALL,                         \
    [FM_FLOW_CLOSE] = FLOW_ALL, [FM_FLOW_UPDATE] = FLOW_ALL | FM_HAS_SHAPE,                        \
    [FM_FLOW_END] = FLOW_ALL | FM_HAS_SHAPE, [FM_ICMP] = FM_HAS_BYTES | FM_HAS_PACKETS
#define SURICATA_FIELDS(alpn)                                                                      \
    [FM_HTTP] = HTTP_ALL | FM_HAS_HEADERS, [FM_TLS] = TLS_ALL | (alpn), [FM_DNS] = DNS_ALL,        \
    [FM_QUIC] = QUIC_ALL | FM_HAS_JA4, [FM_SMB] = SMB_ALL,                                         \
    [FM_DCERPC] = FM_HAS_NAME | FM_HAS_OPERATION | FM_HAS_STATUS | FM_HAS_BYTES,                   \
    [FM_KRB5] = KRB5_ALL, [FM_FTP] = FTP_ALL, [FM_SSH] = SSH_ALL, [FM_RDP] = RDP_ALL,              \
    [FM_RFB] = FM_HAS_STATUS | FM_HAS_NAME | FM_HAS_VERSION, [FM_SMTP] = SMTP_ALL,                 \
    [FM_DHCP] = DHCP_ALL, [FM_MQTT] = MQTT_ALL, [FM_MODBUS] = ICS_ALL,                             \
    [FM_DNP3] = FM_HAS_OPERATION, [FM_FILEINFO] = FILE_ALL, [FM_ALERT] = FM_HAS_RULE

static const uint32_t source_fields[FM_SOURCES][FM_KINDS] = {
    [FM_SURICATA7] = { SURICATA_FLOWS, SURICATA_FIELDS(0) },
    [FM_SURICATA8] = { SURICATA_FLOWS, SURICATA_FIELDS(FM_HAS_ALPN), [FM_LDAP] = LDAP_ALL,
            [FM_ENIP] = ICS_ALL },
    [FM_EVE] = { [FM_FLOW_NEW] = FM_HAS_MAC | FM_HAS_VLAN, [FM_FLOW_ANSWER] = FLOW_ONCE,
            [FM_FLOW_CLOSE] = FLOW_ONCE, [FM_FLOW_END] = FLOW_ALL,
            SURICATA_FIELDS(FM_HAS_ALPN), [FM_LDAP] = LDAP_ALL, [FM_ENIP] = ICS_ALL },
    [FM_ZEEK] = {
            [FM_FLOW_NEW] = FM_HAS_MAC | FM_HAS_VLAN,
            [FM_FLOW_ANSWER] = FLOW_ONCE,
            [FM_FLOW_CLOSE] = FLOW_ONCE,
            [FM_FLOW_END] = FLOW_ALL,
            [FM_HTTP] = HTTP_ALL | FM_HAS_HEADERS,
            [FM_TLS] = TLS_ALL | FM_HAS_ALPN,
            [FM_DNS] = DNS_ALL,
            [FM_SMB] = SMB_ALL,
            [FM_DCERPC] = FM_HAS_NAME | FM_HAS_OPERATION,
            [FM_QUIC] = FM_HAS_NAME | FM_HAS_ALPN | FM_HAS_VERSION,
            [FM_LDAP] = LDAP_ALL,
            [FM_KRB5] = KRB5_ALL,
            [FM_FTP] = FTP_ALL,
            [FM_SSH] = (SSH_ALL & ~(uint32_t)FM_HAS_VERSION) | FM_HAS_STATUS,
            [FM_RDP] = RDP_ALL & ~(uint32_t)(FM_HAS_STATUS | FM_HAS_OPERATION),
            [FM_SMTP] = SMTP_ALL | FM_HAS_AGENT | FM_HAS_STATUS,
            [FM_DHCP] = DHCP_ALL,
            [FM_FILEINFO] = FILE_ALL,
    },
};

static uint16_t round8(size_t n)
{
    return (uint16_t)((n + 7) & ~(size_t)7);
}

static bool is_flow(unsigned kind)
{
    return kind <= FM_FLOW_END;
}

enum fm_app fm_app_of_name(const char *name, size_t len)
{
    for (enum fm_app app = 0; app < FM_APPS; app++) {
        if (strlen(fm_app_name[app]) == len && memcmp(fm_app_name[app], name, len) == 0)
            return app;
    }
    return FM_APP_OTHER;
}

uint32_t fm_source_fields(enum fm_source source, enum fm_kind kind)
{
    return source_fields[source][kind];
}

size_t fm_body_bytes(enum fm_kind kind)
{
    return forms[kind]->body_bytes;
}

static void *begin(struct fm_rec *rec, enum fm_kind kind, size_t body_bytes)
{
    uint16_t size = round8(sizeof(*rec) + body_bytes);
    memset(rec, 0, size);
    rec->kind = (uint8_t)kind;
    rec->size = size;
    rec->weight = 1;
    return rec + 1;
}

void *fm_rec_begin(struct fm_rec *rec, enum fm_kind kind)
{
    return begin(rec, kind, fm_body_bytes(kind));
}

struct fm_rec_text *fm_rec_begin_text(struct fm_rec *rec, enum fm_kind kind)
{
    struct fm_rec_text *text = begin(rec, kind, sizeof(*text));
    rec->flags = FM_REC_TEXT;
    return text;
}

void fm_rec_brief(struct fm_rec *rec)
{
    rec->size = round8(sizeof(*rec) + FM_FLOW_BRIEF);
    memset((char *)(rec + 1) + FM_FLOW_BRIEF, 0, rec->size - sizeof(*rec) - FM_FLOW_BRIEF);
    rec->has &= ~(uint32_t)FM_HAS_SHAPE;
}

void fm_rec_put(struct fm_rec *rec, struct fm_str *str, const void *bytes, size_t len, size_t max)
{
    *str = (struct fm_str){ 0 };
    if (len > max) {
        len = max;
        rec->flags |= FM_REC_CUT;
    }
    if (len == 0)
        return;
    if (len > (size_t)(FM_REC_MAX - rec->size)) {
        rec->flags |= FM_REC_CUT;
        return;
    }
    char *to = (char *)rec + rec->size;
    uint16_t padded = round8(len);
    memcpy(to, bytes, len);
    memset(to + len, 0, padded - len);
    *str = (struct fm_str){ .off = rec->size, .len = (uint16_t)len };
    rec->size = (uint16_t)(rec->size + padded);
}

void fm_rec_put_behavior(struct fm_rec *rec, const char *type, const char *category,
        const char *certainty)
{
    struct fm_alert *alert = (struct fm_alert *)(rec + 1);
    char text[FM_BEHAVIOR_MAX + 1];

    if (!type && !category)
        return;
    snprintf(text, sizeof text, "%s%s", type ? "" : FM_BEHAVIOR_CATEGORY, type ? type : category);
    fm_rec_put(rec, &alert->behavior, text, strlen(text), FM_BEHAVIOR_MAX);
    uint64_t claim = 0;
    if (certainty && fm_number(certainty, strlen(certainty), &claim))
        alert->claim = claim > 100 ? 100 : (uint8_t)claim;
}

const char *fm_rec_str(const struct fm_rec *rec, struct fm_str str, size_t *len)
{
    *len = str.len;
    return str.len ? (const char *)rec + str.off : "";
}

/* ---- what comes from outside ---- */

static bool time_valid(fm_time at)
{
    return at >= 0 && at <= FM_TIME_MAX;
}

static const struct form *form_of(const struct fm_rec *rec)
{
    bool brief = is_flow(rec->kind) && !(rec->has & FM_HAS_SHAPE);
    if (rec->flags & FM_REC_TEXT)
        return &text_form;
    return brief && rec->size == round8(sizeof(*rec) + FM_FLOW_BRIEF) ? &flow_brief_form
                                                                      : forms[rec->kind];
}

static bool header_valid(const struct fm_rec *rec, size_t len)
{
    if (rec->size != len || rec->size % 8 != 0 || rec->size > FM_REC_MAX)
        return false;
    if (rec->kind >= FM_KINDS || rec->weight == 0 || !time_valid(rec->time))
        return false;
    if (rec->flags >= FM_REC_BACKSCATTER << 1)
        return false;
    bool shaped = rec->kind == FM_FLOW_UPDATE || rec->kind == FM_FLOW_CLOSE ||
                  rec->kind == FM_FLOW_END;
    if ((rec->has & FM_HAS_SHAPE) && !shaped)
        return false;
    bool told = !is_flow(rec->kind) && rec->kind != FM_TICK && rec->kind != FM_GAP;
    return told || !(rec->flags & FM_REC_TEXT);
}

static bool strings_valid(const struct fm_rec *rec, const struct form *form)
{
    size_t first = round8(sizeof(*rec) + form->body_bytes);
    for (unsigned i = 0; i < form->strings; i++) {
        struct fm_str str;
        memcpy(&str, (const char *)(rec + 1) + form->string[i], sizeof(str));
        if (str.len != 0 && (str.off < first || (size_t)str.off + str.len > rec->size))
            return false;
    }
    return form->strings > 0 || rec->size == first;
}

static bool bounds_valid(const struct fm_rec *rec, const struct form *form)
{
    for (unsigned i = 0; i < form->bounds; i++) {
        const struct bound *bound = &form->bound[i];
        const uint8_t *at = (const uint8_t *)(rec + 1) + bound->off;
        uint32_t value = *at;
        if (bound->width == sizeof(value))
            memcpy(&value, at, sizeof(value));
        if (value > bound->most)
            return false;
    }
    return true;
}

/* Times, and a slot that readers may divide by. */
static bool times_valid(const struct fm_rec *rec)
{
    if (rec->flags & FM_REC_TEXT)
        return true;
    if (is_flow(rec->kind)) {
        const struct fm_flow *flow = fm_body(rec);
        bool shaped = rec->has & FM_HAS_SHAPE;
        return time_valid(flow->start) &&
               !(shaped && flow->shape.used > 0 && flow->shape.slot_s == 0);
    }
    if (rec->kind == FM_TLS || rec->kind == FM_QUIC) {
        const struct fm_tls *tls = fm_body(rec);
        return time_valid(tls->not_before) && time_valid(tls->not_after);
    }
    return true;
}

bool fm_rec_valid(const void *bytes, size_t len)
{
    const struct fm_rec *rec = bytes;
    if ((uintptr_t)bytes % _Alignof(struct fm_rec) != 0 || len < sizeof(*rec))
        return false;
    if (!header_valid(rec, len))
        return false;
    const struct form *form = form_of(rec);
    if (len < round8(sizeof(*rec) + form->body_bytes))
        return false;
    return strings_valid(rec, form) && bounds_valid(rec, form) && times_valid(rec);
}

/* ---- order ---- */

/* Address and port of both ends, the smaller end first: equal for both directions. */
struct ends {
    uint8_t low[18], high[18];
};

static struct ends ends_of(const struct fm_rec *rec)
{
    struct ends ends;
    uint8_t port[2][2] = { { (uint8_t)(rec->cport >> 8), (uint8_t)rec->cport },
        { (uint8_t)(rec->sport >> 8), (uint8_t)rec->sport } };
    memcpy(ends.low, &rec->client, 16);
    memcpy(ends.low + 16, port[0], 2);
    memcpy(ends.high, &rec->server, 16);
    memcpy(ends.high + 16, port[1], 2);
    if (memcmp(ends.low, ends.high, sizeof(ends.low)) > 0) {
        uint8_t swap[18];
        memcpy(swap, ends.low, sizeof(swap));
        memcpy(ends.low, ends.high, sizeof(swap));
        memcpy(ends.high, swap, sizeof(swap));
    }
    return ends;
}

#define ORDER(x, y)                                                                                \
    do {                                                                                           \
        if ((x) != (y))                                                                            \
            return (x) < (y) ? -1 : 1;                                                             \
    } while (0)

int fm_rec_compare(const struct fm_rec *a, const struct fm_rec *b)
{
    ORDER(a->time, b->time);
    ORDER(a->site, b->site);
    ORDER(a->proto, b->proto);
    struct ends a_ends = ends_of(a), b_ends = ends_of(b);
    int order = memcmp(&a_ends, &b_ends, sizeof(a_ends));
    if (order != 0)
        return order;
    ORDER(a->kind, b->kind);
    ORDER(a->size, b->size);
    size_t from = offsetof(struct fm_rec, client);
    return memcmp((const char *)a + from, (const char *)b + from, a->size - from);
}
