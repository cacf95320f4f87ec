#include "record/show.h"

#include "base/addr.h"

#include <inttypes.h>
#include <string.h>

enum shape { U8, U16, U32, I32, U64, TIME, STR, ADDR, MAC, ANSWER, CLOSE, APP };

struct member {
    const char *name;
    uint16_t off;
    uint8_t shape;
    uint8_t count; /* of an array; 0: no array */
};

#define M(type, field, shape)                                                                      \
    {                                                                                              \
#field, offsetof(struct type, field), shape, 0                                             \
    }
#define A(type, field, shape, count)                                                               \
    {                                                                                              \
#field, offsetof(struct type, field), shape, count                                         \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, 0, 0, 0                                                                              \
    }

static const struct member flow[] = { M(fm_flow, start, TIME), A(fm_flow, bytes, U64, 2),
    A(fm_flow, total_bytes, U64, 2), A(fm_flow, packets, U32, 2), M(fm_flow, client_mac, MAC),
    M(fm_flow, server_mac, MAC), M(fm_flow, vlan, U16), M(fm_flow, answer, ANSWER),
    M(fm_flow, close, CLOSE), M(fm_flow, app, APP), A(fm_flow, tcp_flags, U8, 2), END };
static const struct member shape[] = { M(fm_flow, shape.turns, U16), M(fm_flow, shape.gaps, U16),
    M(fm_flow, shape.longest_gap_ms, U32), A(fm_flow, shape.small, U16, 2),
    A(fm_flow, shape.full, U16, 2), M(fm_flow, shape.slot_s, U16), M(fm_flow, shape.speaker, U8),
    M(fm_flow, shape.used, U8), A(fm_flow, shape.series[0], U8, FM_SHAPE_SERIES),
    A(fm_flow, shape.series[1], U8, FM_SHAPE_SERIES), A(fm_flow, shape.head[0], U8, FM_SHAPE_HEAD),
    A(fm_flow, shape.head[1], U8, FM_SHAPE_HEAD), END };
static const struct member http[] = { M(fm_http, host, STR), M(fm_http, uri, STR),
    M(fm_http, method, STR), M(fm_http, agent, STR), M(fm_http, referrer, STR),
    M(fm_http, content_type, STR), M(fm_http, headers, STR), A(fm_http, bytes, U64, 2),
    M(fm_http, status, U16), M(fm_http, port, U16), M(fm_http, via, U8), END };
static const struct member tls[] = { M(fm_tls, sni, STR), M(fm_tls, subject, STR),
    M(fm_tls, issuer, STR), M(fm_tls, fingerprint, STR), M(fm_tls, ja3, STR), M(fm_tls, ja4, STR),
    M(fm_tls, alpn, STR), M(fm_tls, serial, STR), M(fm_tls, version, U16),
    M(fm_tls, not_before, TIME), M(fm_tls, not_after, TIME), END };
static const struct member dns[] = { M(fm_dns, query, STR), M(fm_dns, text, STR),
    M(fm_dns, type, U16), M(fm_dns, rcode, U16), M(fm_dns, answers, U16),
    M(fm_dns, answer_bytes, U16), M(fm_dns, ttl_s, U32), M(fm_dns, response, U8),
    M(fm_dns, kept, U8), A(fm_dns, addr, ADDR, FM_DNS_ANSWERS), END };
static const struct member smb[] = { M(fm_smb, account, STR), M(fm_smb, domain, STR),
    M(fm_smb, host, STR), M(fm_smb, share, STR), M(fm_smb, file, STR), M(fm_smb, command, STR),
    M(fm_smb, pipe, STR), M(fm_smb, dialect, STR), M(fm_smb, status, U32),
    M(fm_smb, file_bytes, U64), END };
static const struct member dcerpc[] = { M(fm_dcerpc, interface, STR), M(fm_dcerpc, account, STR),
    M(fm_dcerpc, opnum, U16), M(fm_dcerpc, request, U8), M(fm_dcerpc, bind, U8),
    M(fm_dcerpc, status, U32), M(fm_dcerpc, stub_bytes, U32), END };
static const struct member krb5[] = { M(fm_krb5, account, STR), M(fm_krb5, realm, STR),
    M(fm_krb5, service, STR), M(fm_krb5, type, U32), M(fm_krb5, error, U32),
    M(fm_krb5, encryption, I32), M(fm_krb5, ticket_encryption, I32), END };
static const struct member session[] = { M(fm_session, account, STR), M(fm_session, domain, STR),
    M(fm_session, host, STR), M(fm_session, agent, STR), M(fm_session, command, STR),
    M(fm_session, argument, STR), M(fm_session, reply, STR), M(fm_session, fingerprint, STR),
    M(fm_session, status, U32), M(fm_session, count, U32), END };
static const struct member dhcp[] = { M(fm_dhcp, name, STR), M(fm_dhcp, mac, MAC),
    M(fm_dhcp, type, U8), M(fm_dhcp, lease_s, U32), M(fm_dhcp, given, ADDR), END };
static const struct member ics[] = { M(fm_ics, function, U16), M(fm_ics, exception, U16),
    M(fm_ics, unit, U16), M(fm_ics, address, U32), M(fm_ics, quantity, U32), END };
static const struct member icmp[] = { A(fm_icmp, bytes, U64, 2), A(fm_icmp, packets, U32, 2),
    M(fm_icmp, payloads, U32), M(fm_icmp, longest_bytes, U16), END };
static const struct member fileinfo[] = { M(fm_fileinfo, name, STR), M(fm_fileinfo, magic, STR),
    M(fm_fileinfo, hash, STR), M(fm_fileinfo, bytes, U64), M(fm_fileinfo, to_server, U8),
    M(fm_fileinfo, app, APP), END };
static const struct member alert[] = { M(fm_alert, sid, U32), M(fm_alert, gid, U32),
    M(fm_alert, rev, U32), M(fm_alert, severity, U32), M(fm_alert, signature, STR),
    M(fm_alert, category, STR), M(fm_alert, technique, STR), M(fm_alert, confidence, STR),
    M(fm_alert, to_client, U8), M(fm_alert, behavior, STR), M(fm_alert, claim, U8), END };
static const struct member gap[] = { M(fm_gap, lost, U32), M(fm_gap, of_kind, U32), END };
static const struct member json[] = { M(fm_rec_text, json, STR), END };
static const struct member none[] = { END };

static const struct member *const members[FM_KINDS] = {
    [FM_FLOW_NEW] = flow,
    [FM_FLOW_ANSWER] = flow,
    [FM_FLOW_CLOSE] = flow,
    [FM_FLOW_UPDATE] = flow,
    [FM_FLOW_END] = flow,
    [FM_HTTP] = http,
    [FM_TLS] = tls,
    [FM_DNS] = dns,
    [FM_QUIC] = tls,
    [FM_SMB] = smb,
    [FM_DCERPC] = dcerpc,
    [FM_KRB5] = krb5,
    [FM_LDAP] = session,
    [FM_FTP] = session,
    [FM_SSH] = session,
    [FM_RDP] = session,
    [FM_RFB] = session,
    [FM_SMTP] = session,
    [FM_DHCP] = dhcp,
    [FM_MQTT] = session,
    [FM_MODBUS] = ics,
    [FM_DNP3] = ics,
    [FM_ENIP] = ics,
    [FM_ICMP] = icmp,
    [FM_FILEINFO] = fileinfo,
    [FM_ALERT] = alert,
    [FM_TICK] = none,
    [FM_GAP] = gap,
};

static const char *const flag_names[] = { "orig_known", "midstream", "bypassed", "cut", "text",
    "late", "backscatter" };

static const char *const answer_names[] = { "none", "answered", "refused", "unreachable",
    "inferred" };
static const char *const close_names[] = { "open", "closed", "reset_by_client", "reset_by_server" };

#define MEMBER_MAX 16 /* bytes of the widest single value */

static const uint8_t widths[] = { [U8] = 1,
    [U16] = 2,
    [U32] = 4,
    [I32] = 4,
    [U64] = 8,
    [TIME] = 8,
    [STR] = sizeof(struct fm_str),
    [ADDR] = sizeof(struct fm_addr),
    [MAC] = sizeof(struct fm_mac),
    [ANSWER] = 1,
    [CLOSE] = 1,
    [APP] = 1 };

/* As a JSON string; bytes that are not ASCII as \u00NN, one each. */
static void quoted(struct fm_text *text, const char *bytes, size_t len)
{
    fm_text_adds(text, "\"");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\')
            fm_text_addf(text, "\\%c", c);
        else if (c < ' ' || c > '~')
            fm_text_addf(text, "\\u%04x", c);
        else
            fm_text_add(text, bytes + i, 1);
    }
    fm_text_adds(text, "\"");
}

static void number(struct fm_text *text, enum shape is, const uint8_t *at)
{
    uint64_t wide = 0;
    int32_t small;
    if (is == I32) {
        memcpy(&small, at, sizeof(small));
        fm_text_addf(text, "%" PRId32, small);
        return;
    }
    memcpy(&wide, at, widths[is]); /* little end first: what machines here are */
    fm_text_addf(text, "%" PRIu64, wide);
}

static void value(struct fm_text *text, const struct fm_rec *rec, enum shape is, const uint8_t *at)
{
    char bytes[64];
    struct fm_str str;
    struct fm_addr addr;
    struct fm_mac mac;
    fm_time time;
    size_t len;
    if (is == STR) {
        memcpy(&str, at, sizeof(str));
        const char *found = fm_rec_str(rec, str, &len);
        quoted(text, found, len);
    } else if (is == ADDR) {
        memcpy(&addr, at, sizeof(addr));
        fm_text_addf(text, "\"%s\"", fm_addr_print(&addr, bytes));
    } else if (is == MAC) {
        memcpy(&mac, at, sizeof(mac));
        fm_text_addf(text, "\"%s\"", fm_mac_print(&mac, bytes));
    } else if (is == TIME) {
        memcpy(&time, at, sizeof(time));
        fm_text_addf(text, "\"%s\"", fm_text_time(bytes, sizeof(bytes), time));
    } else if (is == ANSWER) {
        fm_text_addf(text, "\"%s\"", answer_names[*at]);
    } else if (is == CLOSE) {
        fm_text_addf(text, "\"%s\"", close_names[*at]);
    } else if (is == APP) {
        fm_text_addf(text, "\"%s\"", fm_app_name[*at]);
    } else {
        number(text, is, at);
    }
}

static bool zero(const uint8_t *at, size_t len)
{
    static const uint8_t zeroes[MEMBER_MAX * FM_SHAPE_SERIES];
    return memcmp(at, zeroes, len) == 0;
}

static void show_members(struct fm_text *text, const struct fm_rec *rec,
        const struct member *member)
{
    for (; member->name; member++) {
        const uint8_t *at = (const uint8_t *)(rec + 1) + member->off;
        size_t width = widths[member->shape], count = member->count ? member->count : 1;
        if (zero(at, width * count))
            continue;
        fm_text_addf(text, ",\"%s\":%s", member->name, member->count ? "[" : "");
        for (size_t i = 0; i < count; i++) {
            if (member->shape == ADDR && member->count && zero(at + i * width, width))
                break;
            fm_text_adds(text, i ? "," : "");
            value(text, rec, member->shape, at + i * width);
        }
        fm_text_adds(text, member->count ? "]" : "");
    }
}

static void show_first_lengths(struct fm_text *text, const struct fm_shape *of)
{
    fm_text_adds(text, ",\"shape.first_len\":[");
    for (int i = 0; i < FM_SHAPE_FIRST; i++)
        fm_text_addf(text, i ? ",%d" : "%d", of->first_len[i]);
    fm_text_adds(text, "]");
}

static void show_bits(struct fm_text *text, const char *name, uint32_t bits,
        const char *const *names)
{
    bool first = true;
    fm_text_addf(text, ",\"%s\":[", name);
    for (unsigned i = 0; i < 32; i++) {
        if (!(bits >> i & 1))
            continue;
        fm_text_addf(text, "%s\"%s\"", first ? "" : ",", names[i]);
        first = false;
    }
    fm_text_adds(text, "]");
}

void fm_rec_show(const struct fm_rec *rec, struct fm_text *text)
{
    char time[40], client[FM_ADDR_TEXT], server[FM_ADDR_TEXT];
    fm_text_addf(text, "{\"time\":\"%s\",\"kind\":\"%s\",\"site\":%u,\"proto\":%u",
            fm_text_time(time, sizeof(time), rec->time), fm_kind_name[rec->kind], rec->site,
            rec->proto);
    fm_text_addf(text, ",\"client\":\"%s\",\"cport\":%u,\"server\":\"%s\",\"sport\":%u",
            fm_addr_print(&rec->client, client), rec->cport, fm_addr_print(&rec->server, server),
            rec->sport);
    fm_text_addf(text, ",\"flow_id\":%" PRIu64, rec->flow_id);
    if (rec->weight != 1)
        fm_text_addf(text, ",\"weight\":%u", rec->weight);
    show_bits(text, "flags", rec->flags, flag_names);
    show_bits(text, "has", rec->has, fm_field_name);
    show_members(text, rec, rec->flags & FM_REC_TEXT ? json : members[rec->kind]);
    if (rec->has & FM_HAS_SHAPE) {
        show_members(text, rec, shape);
        show_first_lengths(text, &((const struct fm_flow *)fm_body(rec))->shape);
    }
    fm_text_adds(text, "}");
}
