#include "record/zeek_log.h"

#include "base/addr.h"
#include "base/hash.h"
#include "record/names.h"
#include "record/told.h"
#include "record/web.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 128
#define TEXT_MAX_BYTES 256

/* The fields with which most logs begin; each log's own follow from OWN on. */
#define COMMON "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"
enum { TS, UID, ORIG_H, ORIG_P, RESP_H, RESP_P, OWN };

/* ---- cells ---- */

static bool is_set(const struct fm_row *row, unsigned field)
{
    return row->cell[field].text || row->cell[field].json;
}

static bool is(const struct fm_row *row, unsigned field, const char *text)
{
    const struct fm_cell *cell = &row->cell[field];
    return cell->text && cell->len == strlen(text) && memcmp(cell->text, text, cell->len) == 0;
}

static bool truth(const struct fm_row *row, unsigned field)
{
    return json_is_true(row->cell[field].json) || is(row, field, "T");
}

/* Not negative, below 2^63. */
static bool number(const struct fm_row *row, unsigned field, double *out)
{
    const struct fm_cell *cell = &row->cell[field];
    char digits[64], *end;
    double value;
    if (cell->text) {
        if (cell->len == 0 || cell->len >= sizeof(digits))
            return false;
        memcpy(digits, cell->text, cell->len);
        digits[cell->len] = '\0';
        value = strtod(digits, &end);
        if (*end)
            return false;
    } else if (json_is_number(cell->json)) {
        value = json_number_value(cell->json);
    } else {
        return false;
    }
    if (!(value >= 0 && value < 0x1p63))
        return false;
    *out = value;
    return true;
}

static bool u64(const struct fm_row *row, unsigned field, uint64_t *out)
{
    double value;
    if (!number(row, field, &value))
        return false;
    *out = (uint64_t)value;
    return true;
}

static uint32_t u32(const struct fm_row *row, unsigned field)
{
    uint64_t value = 0;
    u64(row, field, &value);
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint16_t u16(const struct fm_row *row, unsigned field)
{
    uint32_t value = u32(row, field);
    return value > UINT16_MAX ? UINT16_MAX : (uint16_t)value;
}

static bool addr(const struct fm_row *row, unsigned field, struct fm_addr *out)
{
    const struct fm_cell *cell = &row->cell[field];
    return cell->text && fm_addr_parse(cell->text, cell->len, out);
}

/* Seconds since 1970, or ISO where JSON is written so. */
static bool time_of(const struct fm_row *row, unsigned field, fm_time *out)
{
    const struct fm_cell *cell = &row->cell[field];
    double value;
    if (cell->text)
        return fm_seconds_time(cell->text, cell->len, out) ||
               fm_iso_time(cell->text, cell->len, out);
    if (!number(row, field, &value) || value > (double)(FM_TIME_MAX / FM_SECOND))
        return false;
    *out = (fm_time)llround(value * 1e6);
    return *out <= FM_TIME_MAX;
}

static fm_time span_of(const struct fm_row *row, unsigned field)
{
    double value;
    if (!number(row, field, &value) || value > (double)(FM_TIME_MAX / FM_SECOND))
        return 0;
    return (fm_time)llround(value * 1e6);
}

/* Zeek writes bytes that are not printable, and separators inside values, as \xNN. */
static size_t unescape(char *out, size_t cap, const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len && n < cap; i++) {
        uint64_t byte;
        if (text[i] == '\\' && i + 3 < len && text[i + 1] == 'x' &&
                fm_hex(text + i + 2, 2, &byte)) {
            out[n++] = (char)byte;
            i += 3;
        } else {
            out[n++] = text[i];
        }
    }
    return n;
}

static bool put_bytes(struct fm_rec *rec, struct fm_str *str, const char *text, size_t len,
        size_t max, uint32_t has)
{
    char plain[FM_HTTP_URI_MAX + 1]; /* one more than any bound, so that a cut is seen */
    size_t n = unescape(plain, sizeof(plain), text, len);
    if (n == 0)
        return false;
    fm_rec_put(rec, str, plain, n, max);
    rec->has |= has;
    return true;
}

static bool put(struct fm_row *row, struct fm_str *str, unsigned field, size_t max, uint32_t has)
{
    const struct fm_cell *cell = &row->cell[field];
    return cell->text && put_bytes(row->rec, str, cell->text, cell->len, max, has);
}

/* The elements of a set or vector, one a call; *at starts as 0. */
static bool element(const struct fm_row *row, unsigned field, size_t *at, const char **text,
        size_t *len)
{
    const struct fm_cell *cell = &row->cell[field];
    if (json_is_array(cell->json)) {
        const json_t *value = json_array_get(cell->json, (*at)++);
        *text = json_is_string(value) ? json_string_value(value) : "";
        *len = json_is_string(value) ? json_string_length(value) : 0;
        return value != NULL;
    }
    if (!cell->text || *at > cell->len)
        return false;
    const char *stop = memchr(cell->text + *at, row->set_separator, cell->len - *at);
    *text = cell->text + *at;
    *len = stop ? (size_t)(stop - *text) : cell->len - *at;
    *at += *len + 1;
    return true;
}

static uint32_t elements(const struct fm_row *row, unsigned field)
{
    size_t at = 0, len;
    uint32_t n = 0;
    const char *text;
    while (element(row, field, &at, &text, &len))
        n++;
    return n;
}

/* A whole set, joined by ','. */
static bool put_set(struct fm_row *row, struct fm_str *str, unsigned field, size_t max,
        uint32_t has)
{
    char joined[FM_HTTP_URI_MAX];
    size_t at = 0, len, n = 0;
    const char *text;
    while (element(row, field, &at, &text, &len) && n + len + 1 <= sizeof(joined)) {
        if (n)
            joined[n++] = ',';
        memcpy(joined + n, text, len);
        n += len;
    }
    return put_bytes(row->rec, str, joined, n, max, has);
}

/* ---- headers ---- */

static uint64_t flow_id_of(const struct fm_row *row)
{
    const struct fm_cell *uid = &row->cell[UID];
    size_t at = 0, len;
    const char *text;
    if (uid->text)
        return fm_hash(0, uid->text, uid->len) >> 11; /* 53 bits: exact in every JSON reader */
    return element(row, UID, &at, &text, &len) ? fm_hash(0, text, len) >> 11 : 0;
}

/* Time, addresses and ports of a row with the common fields. */
static bool head(const struct fm_row *row, struct fm_rec *rec, uint8_t proto)
{
    rec->proto = proto;
    rec->flow_id = flow_id_of(row);
    rec->cport = u16(row, ORIG_P);
    rec->sport = u16(row, RESP_P);
    rec->flags |= FM_REC_ORIG_KNOWN;
    return time_of(row, TS, &rec->time) && addr(row, ORIG_H, &rec->client) &&
           addr(row, RESP_H, &rec->server);
}

static void *begin(struct fm_row *row, enum fm_kind kind, uint8_t proto, bool *good)
{
    void *body = fm_rec_begin(row->rec, kind);
    *good = head(row, row->rec, proto);
    return body;
}

/* ---- conn ---- */

enum {
    C_PROTO = OWN,
    C_SERVICE,
    C_DURATION,
    C_ORIG_BYTES,
    C_RESP_BYTES,
    C_STATE,
    C_HISTORY,
    C_ORIG_PKTS,
    C_ORIG_IP,
    C_RESP_PKTS,
    C_RESP_IP,
    C_VLAN,
    C_ORIG_L2,
    C_RESP_L2,
};

/* What conn_state says of a TCP connection (Zeek's manual of conn.log). */
static const struct {
    const char *name;
    uint8_t answer, close;
    bool known; /* whether it was answered is known */
} states[] = {
    { "S0", FM_NO_ANSWER, FM_OPEN, true },
    { "S1", FM_ANSWERED, FM_OPEN, true },
    { "SF", FM_ANSWERED, FM_CLOSED, true },
    { "REJ", FM_REFUSED, FM_RESET_BY_SERVER, true },
    { "S2", FM_ANSWERED, FM_OPEN, true },
    { "S3", FM_ANSWERED, FM_OPEN, true },
    { "RSTO", FM_ANSWERED, FM_RESET_BY_CLIENT, true },
    { "RSTR", FM_ANSWERED, FM_RESET_BY_SERVER, true },
    { "RSTOS0", FM_NO_ANSWER, FM_RESET_BY_CLIENT, true },
    { "RSTRH", FM_ANSWERED, FM_RESET_BY_SERVER, false },
    { "SH", FM_NO_ANSWER, FM_OPEN, true },
    { "SHR", FM_ANSWERED, FM_OPEN, true },
    { "OTH", FM_NO_ANSWER, FM_OPEN, false },
};

/* Zeek's names of services where they are not ours; it may list several. */
static const struct {
    const char *name;
    enum fm_app app;
} services[] = {
    { "ssl", FM_APP_TLS },
    { "krb", FM_APP_KRB5 },
    { "krb_tcp", FM_APP_KRB5 },
    { "dce_rpc", FM_APP_DCERPC },
    { "ldap_tcp", FM_APP_LDAP },
    { "ldap_udp", FM_APP_LDAP },
    { "spicy_ldap_tcp", FM_APP_LDAP },
    { "enip_tcp", FM_APP_ENIP },
    { "dnp3_tcp", FM_APP_DNP3 },
    { "dnp3_udp", FM_APP_DNP3 },
    { "pop", FM_APP_POP3 },
    { "bittorrent", FM_APP_BITTORRENT },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The one that is least general: "smb,gssapi,ntlm" is smb, "ssl,rdp" and "ssl,quic" are not TLS. */
static enum fm_app app_of(const struct fm_row *row)
{
    enum fm_app best = FM_APP_UNKNOWN;
    size_t at = 0, len;
    const char *text;
    while (element(row, C_SERVICE, &at, &text, &len)) {
        enum fm_app app = fm_app_of_name(text, len);
        for (size_t i = 0; i < COUNT(services) && app == FM_APP_OTHER; i++) {
            if (strlen(services[i].name) == len && strncasecmp(services[i].name, text, len) == 0)
                app = services[i].app;
        }
        if (best == FM_APP_UNKNOWN || best == FM_APP_OTHER ||
                (best == FM_APP_TLS && app > FM_APP_OTHER))
            best = app;
    }
    return best;
}

static bool has_letter(const struct fm_row *row, const char *letters)
{
    const struct fm_cell *history = &row->cell[C_HISTORY];
    for (size_t i = 0; i < history->len; i++) {
        if (strchr(letters, history->text[i]) && history->text[i])
            return true;
    }
    return false;
}

/* Nothing but answers to what nobody asked: SYN-ACKs, resets, repeats of them. */
static bool is_backscatter(const struct fm_row *row)
{
    const struct fm_cell *history = &row->cell[C_HISTORY];
    return history->len > 0 && has_letter(row, "hHrR") && !has_letter(row, "sSdDfFaA");
}

static void conn_bytes(const struct fm_row *row, struct fm_told *told)
{
    static const struct {
        uint8_t payload, packets, ip;
        const char *data;
    } way[2] = { { C_ORIG_BYTES, C_ORIG_PKTS, C_ORIG_IP, "D" },
        { C_RESP_BYTES, C_RESP_PKTS, C_RESP_IP, "d" } };
    unsigned headers = fm_addr_is4(&told->head.client) ? 20 : 40;
    bool known = true;
    headers += told->head.proto == 6 ? 20 : 8;
    for (int i = 0; i < 2; i++) {
        uint64_t wire = 0;
        uint64_t *payload = &told->body.total_bytes[i];
        told->body.packets[i] = u32(row, way[i].packets);
        if (u64(row, way[i].payload, payload))
            continue;
        known = known && u64(row, way[i].ip, &wire);
        uint64_t least = (uint64_t)told->body.packets[i] * headers;
        bool data =
                told->head.proto != 6 || !row->cell[C_HISTORY].text || has_letter(row, way[i].data);
        *payload = known && data && wire > least ? wire - least : 0;
    }
    if (known)
        told->head.has |= FM_HAS_BYTES;
    if (is_set(row, C_ORIG_PKTS))
        told->head.has |= FM_HAS_PACKETS;
}

static void tcp_state(const struct fm_row *row, struct fm_told *told)
{
    bool went_on = has_letter(row, "A") && has_letter(row, "DF");
    bool two_way = told->body.packets[FM_TO_CLIENT] > 0 && told->body.packets[FM_TO_SERVER] > 0;
    for (size_t i = 0; i < COUNT(states); i++) {
        if (!is(row, C_STATE, states[i].name))
            continue;
        told->head.has |= FM_HAS_CLOSE | (states[i].known || two_way ? FM_HAS_ANSWER : 0);
        told->body.answer = states[i].answer;
        told->body.close = states[i].close;
        if (!states[i].known)
            told->body.answer = two_way ? FM_ANSWERED : FM_NO_ANSWER;
    }
    if (told->body.answer == FM_NO_ANSWER && went_on && (told->head.has & FM_HAS_ANSWER))
        told->body.answer = FM_ANSWER_INFERRED;
    if (row->cell[C_HISTORY].text && !has_letter(row, "sShH"))
        told->head.flags |= FM_REC_MIDSTREAM;
    if (row->cell[C_HISTORY].text && !has_letter(row, "Sh"))
        told->head.flags &= (uint8_t)~FM_REC_ORIG_KNOWN;
    if (is_backscatter(row)) {
        told->head.flags |= FM_REC_BACKSCATTER;
        told->head.flags &= (uint8_t)~FM_REC_MIDSTREAM;
    }
}

/* UDP and ICMP: whether anything came back. */
static void other_state(const struct fm_row *row, struct fm_told *told)
{
    bool counted = is_set(row, C_RESP_PKTS) || is_set(row, C_RESP_BYTES);
    bool back = told->body.packets[FM_TO_CLIENT] > 0 || told->body.total_bytes[FM_TO_CLIENT] > 0;
    uint8_t type = (uint8_t)told->head.cport, asked = fm_icmp_asked(told->head.proto, type);
    if (counted || is_set(row, C_STATE))
        told->head.has |= FM_HAS_ANSWER;
    if (back || (!counted && is(row, C_STATE, "SF")))
        told->body.answer = FM_ANSWERED;
    if (has_letter(row, "^"))
        told->head.flags &= (uint8_t)~FM_REC_ORIG_KNOWN;
    if (asked == type && !fm_icmp_is_error(told->head.proto, type))
        return;
    told->head.flags |= FM_REC_BACKSCATTER;
    told->head.flags &= (uint8_t)~FM_REC_ORIG_KNOWN;
    told->head.cport = asked;
    told->body.answer = FM_NO_ANSWER;
    fm_told_reverse(told);
}

static void link_layer(const struct fm_row *row, struct fm_told *told)
{
    const struct fm_cell *client = &row->cell[C_ORIG_L2], *server = &row->cell[C_RESP_L2];
    bool known = client->text && fm_mac_parse(client->text, client->len, &told->body.client_mac);
    if ((server->text && fm_mac_parse(server->text, server->len, &told->body.server_mac)) || known)
        told->head.has |= FM_HAS_MAC;
    told->body.vlan = u16(row, C_VLAN);
    if (told->body.vlan)
        told->head.has |= FM_HAS_VLAN;
}

static bool read_conn(struct fm_row *row)
{
    struct fm_told told = { 0 };
    const struct fm_cell *proto = &row->cell[C_PROTO];
    if (!head(row, &told.head, proto->text ? fm_proto_of(proto->text, proto->len) : 0))
        return false;
    if (told.head.proto == 1 && !fm_addr_is4(&told.head.client))
        told.head.proto = 58; /* Zeek calls both "icmp" */
    told.body.start = told.head.time;
    told.end = told.head.time + span_of(row, C_DURATION);
    if (told.end > FM_TIME_MAX)
        told.end = told.head.time;
    conn_bytes(row, &told);
    link_layer(row, &told);
    if (told.head.proto == 6)
        tcp_state(row, &told);
    else
        other_state(row, &told);
    told.body.app = (uint8_t)app_of(row);
    if (told.body.app == FM_APP_UNKNOWN && told.body.total_bytes[0] && told.body.total_bytes[1])
        told.body.app = FM_APP_FAILED;
    if (told.body.app != FM_APP_UNKNOWN)
        told.head.has |= FM_HAS_APP;
    fm_told_give(&told, row->rec, row->sink);
    return true;
}

/* ---- http ---- */

enum {
    H_METHOD = OWN,
    H_HOST,
    H_URI,
    H_REFERRER,
    H_AGENT,
    H_REQUEST_BYTES,
    H_RESPONSE_BYTES,
    H_STATUS,
    H_TYPES,
    H_HEADERS,
};

static bool read_http(struct fm_row *row)
{
    bool good;
    struct fm_http *http = begin(row, FM_HTTP, 6, &good);
    const struct fm_cell *method = &row->cell[H_METHOD], *uri = &row->cell[H_URI];
    struct fm_rec *rec = row->rec;
    if (!good)
        return false;
    if (!uri->text || !fm_http_target(rec, method->text, method->len, uri->text, uri->len))
        put(row, &http->host, H_HOST, FM_DNS_NAME_MAX, 0);
    put(row, &http->uri, H_URI, FM_HTTP_URI_MAX, 0);
    put(row, &http->method, H_METHOD, 32, 0);
    put(row, &http->agent, H_AGENT, FM_HTTP_AGENT_MAX, 0);
    put(row, &http->referrer, H_REFERRER, FM_HTTP_URI_MAX, 0);
    put_set(row, &http->content_type, H_TYPES, FM_HTTP_TYPE_MAX, FM_HAS_TYPE);
    rec->has |= FM_HAS_NAME | FM_HAS_URI | FM_HAS_METHOD | FM_HAS_AGENT | FM_HAS_REFERRER;
    put_set(row, &http->headers, H_HEADERS, FM_HTTP_HEADERS_MAX, FM_HAS_HEADERS);
    http->status = u16(row, H_STATUS);
    if (http->status)
        rec->has |= FM_HAS_STATUS;
    bool sent = u64(row, H_REQUEST_BYTES, &http->bytes[FM_TO_SERVER]);
    if (u64(row, H_RESPONSE_BYTES, &http->bytes[FM_TO_CLIENT]) && sent)
        rec->has |= FM_HAS_BYTES;
    fm_sink_take(row->sink, rec);
    return true;
}

/* ---- dns ---- */

enum { D_PROTO = OWN, D_RTT, D_QUERY, D_TYPE, D_RCODE, D_ANSWERS, D_TTLS };

/* Zeek tells no type with an answer: an address is one, all else is text. "TXT 5 hello" loses what
 * stands before the text. */
static void dns_answer(struct fm_rec *rec, struct fm_dns *dns, const char *text, size_t len)
{
    struct fm_addr found;
    size_t bytes = len;
    if (fm_addr_parse(text, len, &found)) {
        bytes = fm_addr_is4(&found) ? 4 : 16;
        if (dns->kept < FM_DNS_ANSWERS)
            dns->addr[dns->kept++] = found;
        else
            rec->flags |= FM_REC_CUT;
    } else {
        const char *skip =
                len > 4 && memcmp(text, "TXT ", 4) == 0 ? memchr(text + 4, ' ', len - 4) : NULL;
        if (skip) {
            len -= (size_t)(skip + 1 - text);
            text = skip + 1;
        }
        bytes = len;
        if (dns->text.len == 0)
            put_bytes(rec, &dns->text, text, len, FM_DNS_NAME_MAX, 0);
    }
    bytes += dns->answer_bytes;
    dns->answer_bytes = (uint16_t)(bytes > UINT16_MAX ? UINT16_MAX : bytes);
    dns->answers++;
}

/* The smallest; JSON has numbers, TSV texts. */
static uint32_t dns_ttl_s(const struct fm_row *row)
{
    const json_t *array = row->cell[D_TTLS].json;
    double least = UINT32_MAX;
    size_t at = 0, len;
    const char *text;
    for (size_t i = 0; i < json_array_size(array); i++) {
        double ttl = json_number_value(json_array_get(array, i));
        if (ttl >= 0 && ttl < least)
            least = ttl;
    }
    while (!array && element(row, D_TTLS, &at, &text, &len)) {
        const char *point = memchr(text, '.', len);
        uint64_t ttl;
        if (fm_number(text, point ? (size_t)(point - text) : len, &ttl) && (double)ttl < least)
            least = (double)ttl;
    }
    return least < UINT32_MAX ? (uint32_t)least : 0;
}

static struct fm_dns *dns_question(struct fm_row *row, uint8_t proto, bool *good)
{
    struct fm_dns *dns = begin(row, FM_DNS, proto, good);
    put(row, &dns->query, D_QUERY, FM_DNS_NAME_MAX, FM_HAS_NAME);
    if (is_set(row, D_TYPE)) {
        dns->type = u16(row, D_TYPE);
        row->rec->has |= FM_HAS_TYPE;
    }
    return dns;
}

static bool read_dns(struct fm_row *row)
{
    const struct fm_cell *cell = &row->cell[D_PROTO];
    uint8_t proto = cell->text ? fm_proto_of(cell->text, cell->len) : 17;
    size_t at = 0, len;
    const char *text;
    bool good;
    dns_question(row, proto, &good);
    if (!good)
        return false;
    if (!fm_sink_take(row->sink, row->rec) || !is_set(row, D_RCODE))
        return true;
    struct fm_dns *dns = dns_question(row, proto, &good);
    row->rec->time += span_of(row, D_RTT);
    if (row->rec->time > FM_TIME_MAX)
        row->rec->time = FM_TIME_MAX;
    dns->response = 1;
    dns->rcode = u16(row, D_RCODE);
    dns->ttl_s = dns_ttl_s(row);
    row->rec->has |= FM_HAS_STATUS | FM_HAS_ANSWERS;
    while (element(row, D_ANSWERS, &at, &text, &len))
        dns_answer(row->rec, dns, text, len);
    fm_sink_take(row->sink, row->rec);
    return true;
}

/* ---- ssl, quic, ssh ---- */

enum { T_VERSION = OWN, T_NAME, T_SUBJECT, T_ISSUER, T_JA3, T_JA4, T_ALPN, T_CHAIN };

static bool read_ssl(struct fm_row *row)
{
    bool good;
    struct fm_tls *tls = begin(row, FM_TLS, 6, &good);
    const struct fm_cell *version = &row->cell[T_VERSION];
    size_t at = 0, len;
    const char *text;
    if (!good)
        return false;
    row->rec->has |= FM_HAS_NAME;
    put(row, &tls->sni, T_NAME, FM_DNS_NAME_MAX, FM_HAS_NAME);
    put(row, &tls->subject, T_SUBJECT, FM_TLS_DN_MAX, FM_HAS_CERT);
    put(row, &tls->issuer, T_ISSUER, FM_TLS_DN_MAX, FM_HAS_CERT);
    put(row, &tls->ja3, T_JA3, FM_TLS_HASH_MAX, FM_HAS_JA3);
    put(row, &tls->ja4, T_JA4, FM_TLS_HASH_MAX, FM_HAS_JA4);
    put(row, &tls->alpn, T_ALPN, NAME_MAX_BYTES, FM_HAS_ALPN);
    if (element(row, T_CHAIN, &at, &text, &len) && len == 64)
        put_bytes(row->rec, &tls->fingerprint, text, len, NAME_MAX_BYTES, 0);
    tls->version = version->text ? fm_tls_version_of(version->text, version->len) : 0;
    if (tls->version)
        row->rec->has |= FM_HAS_VERSION;
    if (version->len > 4 && memcmp(version->text, "DTLS", 4) == 0)
        row->rec->proto = 17;
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { Q_VERSION = OWN, Q_NAME, Q_ALPN };

static bool read_quic(struct fm_row *row)
{
    bool good;
    struct fm_tls *quic = begin(row, FM_QUIC, 17, &good);
    if (!good)
        return false;
    put(row, &quic->sni, Q_NAME, FM_DNS_NAME_MAX, FM_HAS_NAME);
    put(row, &quic->alpn, Q_ALPN, NAME_MAX_BYTES, FM_HAS_ALPN);
    if (is(row, Q_VERSION, "1")) {
        quic->version = 1;
        row->rec->has |= FM_HAS_VERSION;
    }
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { S_VERSION = OWN, S_SUCCESS, S_TRIES, S_CLIENT, S_SERVER, S_HASSH };

static bool read_ssh(struct fm_row *row)
{
    bool good;
    struct fm_session *ssh = begin(row, FM_SSH, 6, &good);
    if (!good)
        return false;
    put(row, &ssh->agent, S_CLIENT, NAME_MAX_BYTES, FM_HAS_AGENT);
    put(row, &ssh->reply, S_SERVER, NAME_MAX_BYTES, FM_HAS_NAME);
    put(row, &ssh->fingerprint, S_HASSH, 32, FM_HAS_HASH);
    if (is_set(row, S_SUCCESS)) {
        ssh->status = !truth(row, S_SUCCESS);
        row->rec->has |= FM_HAS_STATUS;
    }
    ssh->count = u32(row, S_TRIES);
    fm_sink_take(row->sink, row->rec);
    return true;
}

/* ---- ftp, smtp, rdp ---- */

enum { F_USER = OWN, F_COMMAND, F_ARGUMENT, F_CODE, F_REPLY };

static bool read_ftp(struct fm_row *row)
{
    bool good;
    struct fm_session *ftp = begin(row, FM_FTP, 6, &good);
    if (!good)
        return false;
    put(row, &ftp->account, F_USER, NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put(row, &ftp->command, F_COMMAND, 32, FM_HAS_OPERATION);
    if (!is(row, F_COMMAND, "PASS") && !is(row, F_COMMAND, "USER"))
        put(row, &ftp->argument, F_ARGUMENT, TEXT_MAX_BYTES, FM_HAS_FILE);
    put(row, &ftp->reply, F_REPLY, NAME_MAX_BYTES, 0);
    ftp->status = u32(row, F_CODE);
    if (ftp->status)
        row->rec->has |= FM_HAS_STATUS;
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { M_HELO = OWN, M_FROM, M_TO, M_AGENT, M_REPLY };

static bool read_smtp(struct fm_row *row)
{
    bool good;
    struct fm_session *smtp = begin(row, FM_SMTP, 6, &good);
    const struct fm_cell *reply = &row->cell[M_REPLY];
    uint64_t status;
    if (!good)
        return false;
    put(row, &smtp->host, M_HELO, NAME_MAX_BYTES, FM_HAS_HOST);
    put(row, &smtp->account, M_FROM, NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put_set(row, &smtp->argument, M_TO, TEXT_MAX_BYTES, FM_HAS_NAME);
    put(row, &smtp->agent, M_AGENT, NAME_MAX_BYTES, FM_HAS_AGENT);
    put(row, &smtp->reply, M_REPLY, NAME_MAX_BYTES, 0);
    smtp->count = elements(row, M_TO);
    if (reply->text && reply->len >= 3 && fm_number(reply->text, 3, &status)) {
        smtp->status = (uint32_t)status;
        row->rec->has |= FM_HAS_STATUS;
    }
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { R_COOKIE = OWN, R_RESULT, R_SECURITY, R_BUILD, R_CLIENT };

static bool read_rdp(struct fm_row *row)
{
    bool good;
    struct fm_session *rdp = begin(row, FM_RDP, 6, &good);
    if (!good)
        return false;
    put(row, &rdp->account, R_COOKIE, NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put(row, &rdp->host, R_CLIENT, NAME_MAX_BYTES, FM_HAS_HOST);
    put(row, &rdp->agent, R_BUILD, NAME_MAX_BYTES, FM_HAS_AGENT);
    put(row, &rdp->argument, R_SECURITY, 32, FM_HAS_ENCRYPTION);
    put(row, &rdp->reply, R_RESULT, NAME_MAX_BYTES, 0);
    fm_sink_take(row->sink, row->rec);
    return true;
}

/* ---- kerberos, ntlm, smb, dce_rpc, ldap ---- */

enum { K_TYPE = OWN, K_CLIENT, K_SERVICE, K_SUCCESS, K_ERROR, K_CIPHER };

/* "name/REALM": the realm is behind the last slash. */
static void principal(struct fm_row *row, struct fm_krb5 *krb5, unsigned field)
{
    const struct fm_cell *cell = &row->cell[field];
    size_t name = cell->len;
    while (name > 0 && cell->text[name - 1] != '/')
        name--;
    if (name == 0) {
        put(row, &krb5->account, field, NAME_MAX_BYTES, FM_HAS_ACCOUNT);
        return;
    }
    put_bytes(row->rec, &krb5->account, cell->text, name - 1, NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put_bytes(row->rec, &krb5->realm, cell->text + name, cell->len - name, NAME_MAX_BYTES,
            FM_HAS_DOMAIN);
}

static bool read_kerberos(struct fm_row *row)
{
    bool good;
    struct fm_krb5 *krb5 = begin(row, FM_KRB5, 6, &good);
    const struct fm_cell *type = &row->cell[K_TYPE], *error = &row->cell[K_ERROR];
    const struct fm_cell *cipher = &row->cell[K_CIPHER];
    if (!good)
        return false;
    principal(row, krb5, K_CLIENT);
    put(row, &krb5->service, K_SERVICE, NAME_MAX_BYTES, FM_HAS_NAME);
    krb5->type = type->text ? fm_krb5_type_of(type->text, type->len) : 0;
    if (krb5->type)
        row->rec->has |= FM_HAS_TYPE;
    if (is_set(row, K_SUCCESS) || error->text)
        row->rec->has |= FM_HAS_STATUS;
    if (truth(row, K_SUCCESS) && krb5->type)
        krb5->type++; /* the answer, as for other sources */
    else if (row->rec->has & FM_HAS_STATUS)
        krb5->error = error->text ? fm_krb5_error_of(error->text, error->len) : 60;
    if (cipher->text && fm_krb5_cipher_of(cipher->text, cipher->len, &krb5->ticket_encryption)) {
        krb5->encryption = krb5->ticket_encryption;
        row->rec->has |= FM_HAS_ENCRYPTION;
    }
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { N_USER = OWN, N_HOST, N_DOMAIN, N_SUCCESS };

static bool read_ntlm(struct fm_row *row)
{
    bool good;
    struct fm_smb *smb = begin(row, FM_SMB, 6, &good);
    static const char command[] = "session_setup";
    if (!good)
        return false;
    if (row->rec->sport != 445 && row->rec->sport != 139) {
        row->sink->ignored++;
        return true;
    }
    put(row, &smb->account, N_USER, NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put(row, &smb->host, N_HOST, NAME_MAX_BYTES, FM_HAS_HOST);
    put(row, &smb->domain, N_DOMAIN, NAME_MAX_BYTES, FM_HAS_DOMAIN);
    fm_rec_put(row->rec, &smb->command, command, sizeof(command) - 1, sizeof(command));
    row->rec->has |= FM_HAS_OPERATION;
    if (is_set(row, N_SUCCESS)) {
        smb->status = truth(row, N_SUCCESS) ? 0 : 0xc000006d; /* STATUS_LOGON_FAILURE */
        row->rec->has |= FM_HAS_STATUS;
    }
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { B_ACTION = OWN, B_PATH, B_NAME, B_SIZE };

/* Zeek's actions by the commands that cause them. */
static const struct {
    const char *action, *command;
} actions[] = {
    { "SMB::FILE_OPEN", "create" },
    { "SMB::FILE_READ", "read" },
    { "SMB::FILE_WRITE", "write" },
    { "SMB::FILE_CLOSE", "close" },
    { "SMB::FILE_DELETE", "set_info" },
    { "SMB::FILE_RENAME", "set_info" },
    { "SMB::FILE_SET_ATTRIBUTE", "set_info" },
    { "SMB::PIPE_OPEN", "create" },
    { "SMB::PIPE_READ", "read" },
    { "SMB::PIPE_WRITE", "write" },
    { "SMB::PIPE_CLOSE", "close" },
    { "SMB::PRINT_OPEN", "create" },
    { "SMB::PRINT_WRITE", "write" },
};

static bool read_smb_files(struct fm_row *row)
{
    bool good;
    struct fm_smb *smb = begin(row, FM_SMB, 6, &good);
    if (!good)
        return false;
    put(row, &smb->share, B_PATH, TEXT_MAX_BYTES, FM_HAS_SHARE);
    if (put(row, &smb->file, B_NAME, TEXT_MAX_BYTES, FM_HAS_FILE))
        u64(row, B_SIZE, &smb->file_bytes);
    for (size_t i = 0; i < COUNT(actions); i++) {
        if (!is(row, B_ACTION, actions[i].action))
            continue;
        fm_rec_put(row->rec, &smb->command, actions[i].command, strlen(actions[i].command), 32);
        row->rec->has |= FM_HAS_OPERATION;
    }
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { P_PATH = OWN, P_TYPE };

static bool read_smb_mapping(struct fm_row *row)
{
    bool good;
    struct fm_smb *smb = begin(row, FM_SMB, 6, &good);
    static const char command[] = "tree_connect";
    if (!good)
        return false;
    put(row, is(row, P_TYPE, "PIPE") ? &smb->pipe : &smb->share, P_PATH, TEXT_MAX_BYTES,
            FM_HAS_SHARE);
    fm_rec_put(row->rec, &smb->command, command, sizeof(command) - 1, sizeof(command));
    row->rec->has |= FM_HAS_OPERATION;
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { E_ENDPOINT = OWN, E_OPERATION };

static bool read_dce_rpc(struct fm_row *row)
{
    bool good;
    struct fm_dcerpc *rpc = begin(row, FM_DCERPC, 6, &good);
    const struct fm_cell *endpoint = &row->cell[E_ENDPOINT], *operation = &row->cell[E_OPERATION];
    const char *uuid = NULL;
    if (!good)
        return false;
    rpc->request = 1;
    rpc->opnum = 0xffff;
    if (endpoint->text &&
            fm_dcerpc_of(endpoint->text, endpoint->len, operation->text ? operation->text : "",
                    operation->len, &uuid, &rpc->opnum)) {
        fm_rec_put(row->rec, &rpc->interface, uuid, strlen(uuid), 36);
        row->rec->has |= FM_HAS_NAME | FM_HAS_OPERATION;
    }
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { L_COMMAND = OWN, L_RESULT, L_OBJECT, L_MESSAGE };

static uint32_t ldap_status(const struct fm_row *row, unsigned field)
{
    if (is(row, field, "success"))
        return 0;
    if (is(row, field, "SASL bind in progress"))
        return 14;
    return is(row, field, "invalid credentials") ? 49 : 80;
}

static bool read_ldap(struct fm_row *row)
{
    bool good;
    struct fm_session *ldap = begin(row, FM_LDAP, 6, &good);
    if (!good)
        return false;
    const struct fm_cell *command = &row->cell[L_COMMAND];
    bool bind = command->text && command->len >= 4 && memcmp(command->text, "bind", 4) == 0;
    if (bind) {
        fm_rec_put(row->rec, &ldap->command, "bind_request", 12, 32);
        row->rec->has |= FM_HAS_OPERATION;
        put(row, &ldap->account, L_OBJECT, NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    } else {
        put(row, &ldap->command, L_COMMAND, 32, FM_HAS_OPERATION);
    }
    put(row, &ldap->reply, L_MESSAGE, TEXT_MAX_BYTES, 0);
    if (row->cell[L_RESULT].text) {
        ldap->status = ldap_status(row, L_RESULT);
        row->rec->has |= FM_HAS_STATUS;
    }
    fm_sink_take(row->sink, row->rec);
    return true;
}

enum { A_BASE = OWN, A_COUNT, A_RESULT, A_FILTER, A_ATTRIBUTES };

static bool read_ldap_search(struct fm_row *row)
{
    bool good;
    struct fm_session *ldap = begin(row, FM_LDAP, 6, &good);
    if (!good)
        return false;
    fm_rec_put(row->rec, &ldap->command, "search_request", 14, 32);
    row->rec->has |= FM_HAS_OPERATION;
    put(row, &ldap->domain, A_BASE, TEXT_MAX_BYTES, FM_HAS_DOMAIN);
    put(row, &ldap->argument, A_FILTER, TEXT_MAX_BYTES, FM_HAS_NAME);
    put_set(row, &ldap->agent, A_ATTRIBUTES, TEXT_MAX_BYTES, FM_HAS_AGENT);
    ldap->count = u32(row, A_COUNT);
    if (row->cell[A_RESULT].text) {
        ldap->status = ldap_status(row, A_RESULT);
        row->rec->has |= FM_HAS_STATUS;
    }
    fm_sink_take(row->sink, row->rec);
    return true;
}

/* ---- dhcp, files: logs without the common fields ---- */

enum {
    X_MAC = OWN,
    X_OLD_GIVEN,
    X_LEASE,
    X_CLIENT,
    X_SERVER,
    X_HOST,
    X_FQDN,
    X_GIVEN,
    X_TYPES,
    X_UIDS,
};

/* The new format tells a whole exchange: its last message. */
static uint8_t dhcp_type(const struct fm_row *row)
{
    size_t at = 0, len;
    const char *text;
    uint8_t type = is_set(row, X_OLD_GIVEN) ? 5 : 0;
    while (element(row, X_TYPES, &at, &text, &len))
        type = fm_dhcp_type_of(text, len);
    return type;
}

static bool read_dhcp(struct fm_row *row)
{
    struct fm_dhcp *dhcp = fm_rec_begin(row->rec, FM_DHCP);
    struct fm_rec *rec = row->rec;
    const struct fm_cell *mac = &row->cell[X_MAC];
    if (!is_set(row, UID))
        row->cell[UID] = row->cell[X_UIDS];
    head(row, rec, 17);
    if (!time_of(row, TS, &rec->time))
        return false;
    if (fm_addr_is_none(&rec->client) && !addr(row, X_CLIENT, &rec->client) &&
            !addr(row, X_GIVEN, &rec->client))
        rec->client = fm_addr_from4("\0\0\0\0");
    if (!is_set(row, RESP_H) && !addr(row, X_SERVER, &rec->server))
        rec->server = fm_addr_from4("\xff\xff\xff\xff");
    if (!is_set(row, ORIG_P)) {
        rec->cport = 68;
        rec->sport = 67;
    }
    if (!put(row, &dhcp->name, X_HOST, NAME_MAX_BYTES, FM_HAS_NAME))
        put(row, &dhcp->name, X_FQDN, NAME_MAX_BYTES, FM_HAS_NAME);
    if (mac->text && fm_mac_parse(mac->text, mac->len, &dhcp->mac))
        rec->has |= FM_HAS_MAC;
    dhcp->type = dhcp_type(row);
    if (dhcp->type)
        rec->has |= FM_HAS_TYPE;
    dhcp->lease_s = u32(row, X_LEASE);
    if (dhcp->type == 5 &&
            (addr(row, X_GIVEN, &dhcp->given) || addr(row, X_OLD_GIVEN, &dhcp->given)))
        rec->has |= FM_HAS_LEASE;
    fm_sink_take(row->sink, rec);
    return true;
}

enum {
    I_SENDERS = OWN,
    I_RECEIVERS,
    I_UIDS,
    I_SOURCE,
    I_MIME,
    I_NAME,
    I_IS_ORIG,
    I_SEEN,
    I_TOTAL,
    I_MD5,
    I_SHA1,
    I_SHA256,
};

static bool first_addr(const struct fm_row *row, unsigned field, struct fm_addr *out)
{
    size_t at = 0, len;
    const char *text;
    return element(row, field, &at, &text, &len) && fm_addr_parse(text, len, out);
}

static bool read_files(struct fm_row *row)
{
    struct fm_fileinfo *file = fm_rec_begin(row->rec, FM_FILEINFO);
    const struct fm_cell *source = &row->cell[I_SOURCE];
    struct fm_rec *rec = row->rec;
    bool up = truth(row, I_IS_ORIG);
    if (is(row, I_SOURCE, "SSL") || is(row, I_SOURCE, "OCSP_REPLY")) {
        row->sink->ignored++; /* certificates: no file that somebody sent */
        return true;
    }
    if (!is_set(row, UID))
        row->cell[UID] = row->cell[I_UIDS];
    if (!head(row, rec, 6) && !(time_of(row, TS, &rec->time) &&
                                      first_addr(row, up ? I_SENDERS : I_RECEIVERS, &rec->client) &&
                                      first_addr(row, up ? I_RECEIVERS : I_SENDERS, &rec->server)))
        return false;
    file->to_server = up;
    put(row, &file->name, I_NAME, FM_FILE_NAME_MAX, FM_HAS_FILE);
    put(row, &file->magic, I_MIME, NAME_MAX_BYTES, FM_HAS_TYPE);
    if (!put(row, &file->hash, I_SHA256, 64, FM_HAS_HASH) &&
            !put(row, &file->hash, I_SHA1, 40, FM_HAS_HASH))
        put(row, &file->hash, I_MD5, 32, FM_HAS_HASH);
    if (u64(row, I_TOTAL, &file->bytes) || u64(row, I_SEEN, &file->bytes))
        rec->has |= FM_HAS_FILE;
    if (source->text) {
        char lower[16];
        size_t n = source->len < sizeof(lower) ? source->len : sizeof(lower);
        for (size_t i = 0; i < n; i++) {
            char c = source->text[i];
            lower[i] = (char)(c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        }
        file->app = (uint8_t)fm_app_of_name(lower, n);
        rec->has |= FM_HAS_APP;
    }
    fm_sink_take(row->sink, rec);
    return true;
}

/* ---- the logs ---- */

static const struct fm_zeek_log logs[] = {
    { "conn", read_conn,
            { COMMON, "proto", "service", "duration", "orig_bytes", "resp_bytes", "conn_state",
                    "history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "vlan",
                    "orig_l2_addr", "resp_l2_addr" } },
    { "http", read_http,
            { COMMON, "method", "host", "uri", "referrer", "user_agent", "request_body_len",
                    "response_body_len", "status_code", "resp_mime_types",
                    "client_header_names" } },
    { "dns", read_dns, { COMMON, "proto", "rtt", "query", "qtype", "rcode", "answers", "TTLs" } },
    { "ssl", read_ssl,
            { COMMON, "version", "server_name", "subject", "issuer", "ja3", "ja4", "next_protocol",
                    "cert_chain_fps" } },
    { "quic", read_quic, { COMMON, "version", "server_name", "client_protocol" } },
    { "ssh", read_ssh,
            { COMMON, "version", "auth_success", "auth_attempts", "client", "server", "hassh" } },
    { "ftp", read_ftp, { COMMON, "user", "command", "arg", "reply_code", "reply_msg" } },
    { "smtp", read_smtp, { COMMON, "helo", "mailfrom", "rcptto", "user_agent", "last_reply" } },
    { "rdp", read_rdp,
            { COMMON, "cookie", "result", "security_protocol", "client_build", "client_name" } },
    { "kerberos", read_kerberos,
            { COMMON, "request_type", "client", "service", "success", "error_msg", "cipher" } },
    { "ntlm", read_ntlm, { COMMON, "username", "hostname", "domainname", "success" } },
    { "smb_files", read_smb_files, { COMMON, "action", "path", "name", "size" } },
    { "smb_mapping", read_smb_mapping, { COMMON, "path", "share_type" } },
    { "dce_rpc", read_dce_rpc, { COMMON, "endpoint", "operation" } },
    { "ldap", read_ldap, { COMMON, "opcode", "result", "object", "diagnostic_message" } },
    { "ldap_search", read_ldap_search,
            { COMMON, "base_object", "result_count", "result", "filter", "attributes" } },
    { "dhcp", read_dhcp,
            { COMMON, "mac", "assigned_ip", "lease_time", "client_addr", "server_addr", "host_name",
                    "client_fqdn", "assigned_addr", "msg_types", "uids" } },
    { "files", read_files,
            { COMMON, "tx_hosts", "rx_hosts", "conn_uids", "source", "mime_type", "filename",
                    "is_orig", "seen_bytes", "total_bytes", "md5", "sha1", "sha256" } },
};

static const char *const ignored[] = { "analyzer", "broker", "capture_loss", "cluster", "config",
    "conn-summary", "dnp3", "dpd", "intel", "irc", "known_certs", "known_hosts", "known_modbus",
    "known_services", "loaded_scripts", "modbus", "mqtt_connect", "mqtt_publish", "mqtt_subscribe",
    "mysql", "notice", "notice_alarm", "ntp", "ocsp", "packet_filter", "pe", "postgresql", "print",
    "prof", "radius", "reporter", "rfb", "signatures", "sip", "smb_cmd", "snmp", "socks",
    "software", "stats", "stderr", "stdout", "syslog", "telemetry", "traceroute", "tunnel", "weird",
    "weird_stats", "websocket", "x509" };

/* Fields that only one log has. */
static const struct {
    const char *field, *log;
} marks[] = {
    { "conn_state", "conn" },
    { "trans_depth", "http" },
    { "rcode_name", "dns" },
    { "qtype", "dns" },
    { "cipher", "ssl" },
    { "established", "ssl" },
    { "auth_attempts", "ssh" },
    { "msg_types", "dhcp" },
    { "mailfrom", "smtp" },
    { "tx_hosts", "files" },
    { "domainname", "ntlm" },
    { "request_type", "kerberos" },
    { "share_type", "smb_mapping" },
    { "endpoint", "dce_rpc" },
    { "security_protocol", "rdp" },
    { "client_initial_dcid", "quic" },
};

static bool named(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && memcmp(name, text, len) == 0;
}

const struct fm_zeek_log *fm_zeek_log_of(const char *path, size_t len)
{
    for (size_t i = 0; i < COUNT(logs); i++) {
        if (named(logs[i].path, path, len))
            return &logs[i];
    }
    return NULL;
}

bool fm_zeek_log_ignored(const char *path, size_t len)
{
    for (size_t i = 0; i < COUNT(ignored); i++) {
        if (named(ignored[i], path, len))
            return true;
    }
    return false;
}

const struct fm_zeek_log *fm_zeek_log_guess(const json_t *object)
{
    for (size_t i = 0; i < COUNT(marks); i++) {
        if (json_object_get(object, marks[i].field))
            return fm_zeek_log_of(marks[i].log, strlen(marks[i].log));
    }
    return NULL;
}
