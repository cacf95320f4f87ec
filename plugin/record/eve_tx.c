#include "record/eve_tx.h"

#include "base/addr.h"
#include "record/names.h"
#include "record/web.h"

#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 128
#define TEXT_MAX_BYTES 256

/* ---- members of an object ---- */

const char *fm_json_text(const json_t *object, const char *key, size_t *len)
{
    const json_t *value = json_object_get(object, key);
    *len = 0;
    if (!json_is_string(value))
        return NULL;
    *len = json_string_length(value);
    return json_string_value(value);
}

bool fm_json_u64(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        return false;
    double number = json_number_value(value);
    if (!(number >= 0 && number < 0x1p63))
        return false;
    *out = (uint64_t)number;
    return true;
}

bool fm_json_is(const json_t *object, const char *key, const char *text)
{
    size_t len;
    const char *value = fm_json_text(object, key, &len);
    return value && len == strlen(text) && memcmp(value, text, len) == 0;
}

/* Puts a text member, unless it is missing, empty or in pointed brackets ("<empty>"). */
static bool put(struct fm_rec *rec, struct fm_str *str, const json_t *object, const char *key,
        size_t max, uint32_t has)
{
    size_t len;
    const char *text = fm_json_text(object, key, &len);
    if (!text || len == 0)
        return false;
    if (text[0] == '<' && text[len - 1] == '>' && has != FM_HAS_FILE && has != 0)
        return false;
    fm_rec_put(rec, str, text, len, max);
    rec->has |= has;
    return true;
}

static uint32_t number32(const json_t *object, const char *key)
{
    uint64_t value = 0;
    fm_json_u64(object, key, &value);
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint16_t number16(const json_t *object, const char *key)
{
    uint32_t value = number32(object, key);
    return value > UINT16_MAX ? UINT16_MAX : (uint16_t)value;
}

static bool has_number(const json_t *object, const char *key)
{
    return json_is_number(json_object_get(object, key));
}

/* Joins the texts of an array (of `key` of each element where one is given) with ','. */
struct joined {
    char text[512];
    size_t len;
    bool cut;
};

static void join(struct joined *to, const char *text, size_t len)
{
    if (to->cut || len + 1 > sizeof(to->text) - to->len) {
        to->cut = true;
        return;
    }
    if (to->len)
        to->text[to->len++] = ',';
    memcpy(to->text + to->len, text, len);
    to->len += len;
}

static void join_array(struct joined *to, const json_t *array, const char *key)
{
    to->len = 0;
    to->cut = false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        if (key)
            value = json_object_get(value, key);
        if (json_is_string(value))
            join(to, json_string_value(value), json_string_length(value));
    }
}

static bool put_joined(struct fm_rec *rec, struct fm_str *str, const struct joined *joined,
        size_t max, uint32_t has)
{
    if (joined->len == 0)
        return false;
    fm_rec_put(rec, str, joined->text, joined->len, max);
    if (joined->cut)
        rec->flags |= FM_REC_CUT;
    rec->has |= has;
    return true;
}

/* ---- http ---- */

static bool http_target(struct fm_rec *rec, const json_t *object)
{
    size_t method_len, len;
    const char *method = fm_json_text(object, "http_method", &method_len);
    const char *uri = fm_json_text(object, "url", &len);
    return uri && fm_http_target(rec, method, method_len, uri, len);
}

/* The value of a header in `request_headers` or `response_headers`; NULL: none. */
static const char *http_header(const json_t *object, const char *which, const char *wanted,
        size_t *len)
{
    const json_t *headers = json_object_get(object, which);
    for (size_t i = 0; i < json_array_size(headers); i++) {
        size_t name_len;
        const json_t *header = json_array_get(headers, i);
        const char *name = fm_json_text(header, "name", &name_len);
        if (name && name_len == strlen(wanted) && strncasecmp(name, wanted, name_len) == 0)
            return fm_json_text(header, "value", len);
    }
    *len = 0;
    return NULL;
}

/* HTTP/2 tells these only among its headers; the host too in series 7. */
static void http2_headers(struct fm_rec *rec, struct fm_http *http, const json_t *object)
{
    size_t len;
    const char *host = http_header(object, "request_headers", ":authority", &len);
    if (host && http->host.len == 0)
        fm_rec_put(rec, &http->host, host, len, FM_DNS_NAME_MAX);
    const char *referrer = http_header(object, "request_headers", "referer", &len);
    if (referrer)
        fm_rec_put(rec, &http->referrer, referrer, len, FM_HTTP_URI_MAX);
    const char *type = http_header(object, "response_headers", "content-type", &len);
    if (type) {
        const char *end = memchr(type, ';', len);
        fm_rec_put(rec, &http->content_type, type, end ? (size_t)(end - type) : len,
                FM_HTTP_TYPE_MAX);
        rec->has |= FM_HAS_TYPE;
    }
}

/* What was sent is only known without a body or with its length in the headers; `length` is what
 * came, but for HTTP/2, where it is any content-length. */
static void http_bytes(struct fm_rec *rec, struct fm_http *http, const json_t *object)
{
    bool two = json_object_get(object, "http2") != NULL;
    bool bodiless = fm_json_is(object, "http_method", "GET") ||
                    fm_json_is(object, "http_method", "HEAD") ||
                    fm_json_is(object, "http_method", "CONNECT");
    size_t len;
    const char *sent = http_header(object, "request_headers", "content-length", &len);
    bool known = (sent && fm_number(sent, len, &http->bytes[FM_TO_SERVER])) || bodiless;
    const char *got = two ? http_header(object, "response_headers", "content-length", &len) : NULL;
    bool came = two ? got && fm_number(got, len, &http->bytes[FM_TO_CLIENT])
                    : fm_json_u64(object, "length", &http->bytes[FM_TO_CLIENT]);
    if (came && known)
        rec->has |= FM_HAS_BYTES;
}

/* Short events (extended: no) have neither method nor referrer; else what is not told was not sent.
 */
static void http_presence(struct fm_rec *rec)
{
    rec->has |= FM_HAS_NAME | FM_HAS_AGENT | FM_HAS_URI;
    if (rec->has & FM_HAS_METHOD)
        rec->has |= FM_HAS_REFERRER;
}

static bool fill_http(struct fm_rec *rec, const json_t *object)
{
    struct fm_http *http = (struct fm_http *)(rec + 1);
    struct joined names;
    if (!http_target(rec, object))
        put(rec, &http->host, object, "hostname", FM_DNS_NAME_MAX, 0);
    put(rec, &http->uri, object, "url", FM_HTTP_URI_MAX, 0);
    put(rec, &http->method, object, "http_method", 32, FM_HAS_METHOD);
    put(rec, &http->agent, object, "http_user_agent", FM_HTTP_AGENT_MAX, 0);
    put(rec, &http->referrer, object, "http_refer", FM_HTTP_URI_MAX, 0);
    put(rec, &http->content_type, object, "http_content_type", FM_HTTP_TYPE_MAX, FM_HAS_TYPE);
    if (json_object_get(object, "http2"))
        http2_headers(rec, http, object);
    join_array(&names, json_object_get(object, "request_headers"), "name");
    put_joined(rec, &http->headers, &names, FM_HTTP_HEADERS_MAX, FM_HAS_HEADERS);
    http->status = number16(object, "status");
    if (http->status)
        rec->has |= FM_HAS_STATUS;
    http_presence(rec);
    http_bytes(rec, http, object);
    return true;
}

/* ---- tls, quic ---- */

static void put_time(fm_time *out, const json_t *object, const char *key)
{
    size_t len;
    const char *text = fm_json_text(object, key, &len);
    if (text)
        fm_iso_time(text, len, out);
}

static bool fill_tls(struct fm_rec *rec, const json_t *object)
{
    struct fm_tls *tls = (struct fm_tls *)(rec + 1);
    struct joined alpn;
    size_t len;
    put(rec, &tls->sni, object, "sni", FM_DNS_NAME_MAX, FM_HAS_NAME);
    put(rec, &tls->subject, object, "subject", FM_TLS_DN_MAX, FM_HAS_CERT);
    put(rec, &tls->issuer, object, "issuerdn", FM_TLS_DN_MAX, FM_HAS_CERT);
    put(rec, &tls->fingerprint, object, "fingerprint", FM_TLS_HASH_MAX, FM_HAS_CERT);
    put(rec, &tls->serial, object, "serial", FM_TLS_HASH_MAX, FM_HAS_CERT);
    put(rec, &tls->ja3, json_object_get(object, "ja3"), "hash", FM_TLS_HASH_MAX, FM_HAS_JA3);
    put(rec, &tls->ja4, object, "ja4", FM_TLS_HASH_MAX, FM_HAS_JA4);
    join_array(&alpn, json_object_get(object, "client_alpns"), NULL);
    put_joined(rec, &tls->alpn, &alpn, NAME_MAX_BYTES, FM_HAS_ALPN);
    const char *version = fm_json_text(object, "version", &len);
    tls->version = version ? fm_tls_version_of(version, len) : 0;
    if (tls->version)
        rec->has |= FM_HAS_VERSION | FM_HAS_NAME; /* an extended event: it would tell the SNI */
    put_time(&tls->not_before, object, "notbefore");
    put_time(&tls->not_after, object, "notafter");
    return true;
}

static bool fill_quic(struct fm_rec *rec, const json_t *object)
{
    struct fm_tls *tls = (struct fm_tls *)(rec + 1);
    const json_t *extensions = json_object_get(object, "extensions");
    struct joined alpn;
    uint64_t version;
    size_t len;
    put(rec, &tls->sni, object, "sni", FM_DNS_NAME_MAX, FM_HAS_NAME);
    put(rec, &tls->ja3, json_object_get(object, "ja3"), "hash", 32, FM_HAS_JA3);
    put(rec, &tls->ja4, object, "ja4", 64, FM_HAS_JA4);
    for (size_t i = 0; i < json_array_size(extensions); i++) {
        const json_t *extension = json_array_get(extensions, i);
        if (!fm_json_is(extension, "name", "alpn"))
            continue;
        join_array(&alpn, json_object_get(extension, "values"), NULL);
        put_joined(rec, &tls->alpn, &alpn, NAME_MAX_BYTES, FM_HAS_ALPN);
    }
    const char *text = fm_json_text(object, "version", &len);
    if (text && fm_hex(text, len, &version)) {
        tls->version = (uint16_t)version;
        rec->has |= FM_HAS_VERSION;
    }
    return true;
}

/* ---- dns: version 1 (an event an answer), 2 (query, answer), 3 (request, response) ---- */

/* One resource record of an answer. */
static void dns_answer(struct fm_rec *rec, struct fm_dns *dns, const char *type, size_t type_len,
        const char *data, size_t len)
{
    uint16_t rrtype = fm_dns_type_of(type, type_len);
    struct fm_addr addr;
    bool is_addr = (rrtype == 1 || rrtype == 28) && fm_addr_parse(data, len, &addr);
    size_t bytes = is_addr ? (fm_addr_is4(&addr) ? 4 : 16) : len;
    if (is_addr && dns->kept < FM_DNS_ANSWERS)
        dns->addr[dns->kept++] = addr;
    else if (is_addr)
        rec->flags |= FM_REC_CUT;
    bool texts = rrtype == 5 || rrtype == 12 || rrtype == 16 || rrtype == 10;
    if (texts && dns->text.len == 0)
        fm_rec_put(rec, &dns->text, data, len, FM_DNS_NAME_MAX);
    bytes += dns->answer_bytes;
    dns->answer_bytes = (uint16_t)(bytes > UINT16_MAX ? UINT16_MAX : bytes);
}

static void dns_detailed(struct fm_rec *rec, struct fm_dns *dns, const json_t *answers)
{
    for (size_t i = 0; i < json_array_size(answers); i++) {
        const json_t *answer = json_array_get(answers, i);
        size_t type_len = 0, len;
        const char *type = fm_json_text(answer, "rrtype", &type_len);
        const char *data = fm_json_text(answer, "rdata", &len);
        uint32_t ttl_s = number32(answer, "ttl");
        if (has_number(answer, "ttl") && (dns->answers == 0 || ttl_s < dns->ttl_s))
            dns->ttl_s = ttl_s;
        dns->answers++;
        if (type && data)
            dns_answer(rec, dns, type, type_len, data, len);
    }
}

/* {"A":["192.0.2.1"],"CNAME":["a.example"]}: no times to live. */
static void dns_grouped(struct fm_rec *rec, struct fm_dns *dns, json_t *groups)
{
    const char *type;
    json_t *group;
    json_object_foreach(groups, type, group)
    {
        for (size_t i = 0; i < json_array_size(group); i++) {
            const json_t *data = json_array_get(group, i);
            dns->answers++;
            if (json_is_string(data))
                dns_answer(rec, dns, type, strlen(type), json_string_value(data),
                        json_string_length(data));
        }
    }
}

static void dns_answers(struct fm_rec *rec, struct fm_dns *dns, const json_t *object)
{
    const json_t *answers = json_object_get(object, "answers");
    json_t *groups = json_object_get(object, "grouped");
    size_t len, type_len = 0;
    if (json_is_array(answers)) {
        dns_detailed(rec, dns, answers);
    } else if (json_is_object(groups)) {
        dns_grouped(rec, dns, groups);
    } else {
        const char *data = fm_json_text(object, "rdata", &len);
        const char *type = fm_json_text(object, "rrtype", &type_len);
        if (data && type) {
            dns->answers = 1;
            dns->ttl_s = number32(object, "ttl");
            dns_answer(rec, dns, type, type_len, data, len);
        }
    }
    rec->has |= FM_HAS_ANSWERS;
}

static bool fill_dns(struct fm_rec *rec, const json_t *object)
{
    struct fm_dns *dns = (struct fm_dns *)(rec + 1);
    const json_t *query = json_array_get(json_object_get(object, "queries"), 0);
    size_t len;
    if (!query)
        query = object;
    dns->response = fm_json_is(object, "type", "answer") || fm_json_is(object, "type", "response");
    put(rec, &dns->query, query, "rrname", FM_DNS_NAME_MAX, FM_HAS_NAME);
    const char *type = fm_json_text(query, "rrtype", &len);
    dns->type = type ? fm_dns_type_of(type, len) : 0;
    if (dns->type)
        rec->has |= FM_HAS_TYPE;
    if (!dns->response)
        return true;
    const char *rcode = fm_json_text(object, "rcode", &len);
    if (rcode && fm_dns_rcode_of(rcode, len, &dns->rcode))
        rec->has |= FM_HAS_STATUS;
    dns_answers(rec, dns, object);
    return true;
}

/* ---- smb, dcerpc, krb5, ldap ---- */

/* "SMB2_COMMAND_SESSION_SETUP" and "SMB1_COMMAND_SESSION_SETUP_ANDX" as "session_setup". */
static void smb_command(struct fm_rec *rec, struct fm_smb *smb, const json_t *object)
{
    size_t len;
    char lower[NAME_MAX_BYTES];
    const char *text = fm_json_text(object, "command", &len);
    if (!text)
        return;
    if (len > 13 && memcmp(text, "SMB", 3) == 0 && memcmp(text + 4, "_COMMAND_", 9) == 0) {
        text += 13;
        len -= 13;
    }
    if (len > 5 && memcmp(text + len - 5, "_ANDX", 5) == 0)
        len -= 5;
    if (len > sizeof(lower))
        len = sizeof(lower);
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
    fm_rec_put(rec, &smb->command, lower, len, sizeof(lower));
    rec->has |= FM_HAS_OPERATION;
}

static bool fill_smb(struct fm_rec *rec, const json_t *object)
{
    struct fm_smb *smb = (struct fm_smb *)(rec + 1);
    const json_t *ntlm = json_object_get(object, "ntlmssp");
    uint64_t status;
    size_t len;
    put(rec, &smb->account, ntlm, "user", NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put(rec, &smb->host, ntlm, "host", NAME_MAX_BYTES, FM_HAS_HOST);
    if (!put(rec, &smb->domain, ntlm, "domain", NAME_MAX_BYTES, FM_HAS_DOMAIN))
        put(rec, &smb->domain, json_object_get(object, "kerberos"), "realm", NAME_MAX_BYTES,
                FM_HAS_DOMAIN);
    put(rec, &smb->share, object, "share", TEXT_MAX_BYTES, FM_HAS_SHARE);
    put(rec, &smb->pipe, object, "named_pipe", TEXT_MAX_BYTES, FM_HAS_SHARE);
    if (put(rec, &smb->file, object, "filename", TEXT_MAX_BYTES, FM_HAS_FILE))
        fm_json_u64(object, "size", &smb->file_bytes);
    else if (!put(rec, &smb->file, object, "directory", TEXT_MAX_BYTES, FM_HAS_FILE))
        put(rec, &smb->file, json_object_get(object, "rename"), "to", TEXT_MAX_BYTES, FM_HAS_FILE);
    put(rec, &smb->dialect, object, "dialect", 32, FM_HAS_VERSION);
    smb_command(rec, smb, object);
    const char *code = fm_json_text(object, "status_code", &len);
    if (code && fm_number(code, len, &status)) {
        smb->status = (uint32_t)status;
        rec->has |= FM_HAS_STATUS;
    }
    return true;
}

/* The interface that was accepted, else the first. */
static const json_t *dcerpc_interface(const json_t *interfaces)
{
    for (size_t i = 0; i < json_array_size(interfaces); i++) {
        const json_t *interface = json_array_get(interfaces, i);
        uint64_t result;
        if (fm_json_u64(interface, "ack_result", &result) && result == 0)
            return interface;
    }
    return json_array_get(interfaces, 0);
}

static bool fill_dcerpc(struct fm_rec *rec, const json_t *object)
{
    struct fm_dcerpc *rpc = (struct fm_dcerpc *)(rec + 1);
    const json_t *request = json_object_get(object, "req");
    const json_t *interface = dcerpc_interface(json_object_get(object, "interfaces"));
    const json_t *holder = has_number(object, "opnum") ? object : request;
    if (put(rec, &rpc->interface, interface, "uuid", 36, FM_HAS_NAME))
        rec->has |= FM_HAS_OPERATION;
    rpc->request = fm_json_is(object, "request", "REQUEST");
    rpc->bind =
            fm_json_is(object, "request", "BIND") || fm_json_is(object, "request", "ALTER_CONTEXT");
    rpc->opnum = 0xffff;
    if (has_number(holder, "opnum")) {
        rpc->opnum = number16(holder, "opnum");
        rec->has |= FM_HAS_OPERATION;
    }
    if (has_number(request, "stub_data_size")) {
        rpc->stub_bytes = number32(request, "stub_data_size");
        rec->has |= FM_HAS_BYTES;
    }
    rpc->status = fm_json_is(object, "response", "FAULT");
    if (rpc->status || fm_json_is(object, "response", "RESPONSE"))
        rec->has |= FM_HAS_STATUS;
    return true;
}

static bool krb5_cipher(const json_t *object, const char *key, int32_t *cipher)
{
    size_t len;
    const char *text = fm_json_text(object, key, &len);
    return text && fm_krb5_cipher_of(text, len, cipher);
}

static bool fill_krb5(struct fm_rec *rec, const json_t *object)
{
    struct fm_krb5 *krb5 = (struct fm_krb5 *)(rec + 1);
    size_t len;
    put(rec, &krb5->account, object, "cname", NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put(rec, &krb5->realm, object, "realm", NAME_MAX_BYTES, FM_HAS_DOMAIN);
    put(rec, &krb5->service, object, "sname", NAME_MAX_BYTES, FM_HAS_NAME);
    const char *type = fm_json_text(object, "msg_type", &len);
    krb5->type = type ? fm_krb5_type_of(type, len) : 0;
    const char *failed = fm_json_text(object, "failed_request", &len);
    if (failed && fm_krb5_type_of(failed, len))
        krb5->type = fm_krb5_type_of(failed, len);
    if (krb5->type)
        rec->has |= FM_HAS_TYPE;
    const char *error = fm_json_text(object, "error_code", &len);
    if (error)
        krb5->error = fm_krb5_error_of(error, len);
    if (error || krb5->type == 11 || krb5->type == 13)
        rec->has |= FM_HAS_STATUS;
    bool known = krb5_cipher(object, "encryption", &krb5->encryption);
    if (krb5_cipher(object, "ticket_encryption", &krb5->ticket_encryption) || known)
        rec->has |= FM_HAS_ENCRYPTION;
    return true;
}

/* Result codes of RFC 4511 that detectors tell apart; every other failure is 80, "other". */
static uint32_t ldap_result(const char *text, size_t len)
{
    static const struct {
        const char *name;
        uint32_t code;
    } codes[] = { { "Success", 0 }, { "SaslBindInProgress", 14 }, { "NoSuchObject", 32 },
        { "InvalidCredentials", 49 }, { "InsufficientAccessRights", 50 } };
    char plain[32];
    size_t n = 0;
    for (size_t i = 0; i < len && n < sizeof(plain) - 1; i++) {
        if (text[i] != '_' && text[i] != ' ')
            plain[n++] = text[i];
    }
    plain[n] = '\0';
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcasecmp(plain, codes[i].name) == 0)
            return codes[i].code;
    }
    return 80;
}

/* The result stands under the name of the response's operation. */
static void ldap_response(struct fm_rec *rec, struct fm_session *ldap, const json_t *response)
{
    size_t len;
    const char *operation = fm_json_text(response, "operation", &len);
    if (!operation)
        return;
    if (fm_json_is(response, "operation", "search_result_entry"))
        ldap->count++;
    const json_t *result = json_object_get(response, operation);
    const char *code = fm_json_text(result, "result_code", &len);
    if (!code)
        return;
    ldap->status = ldap_result(code, len);
    rec->has |= FM_HAS_STATUS;
    if (ldap->reply.len == 0)
        put(rec, &ldap->reply, result, "message", TEXT_MAX_BYTES, 0);
}

static bool fill_ldap(struct fm_rec *rec, const json_t *object)
{
    struct fm_session *ldap = (struct fm_session *)(rec + 1);
    const json_t *request = json_object_get(object, "request");
    const json_t *search = json_object_get(request, "search_request");
    const json_t *bind = json_object_get(request, "bind_request");
    const json_t *responses = json_object_get(object, "responses");
    struct joined attributes;
    put(rec, &ldap->command, request, "operation", NAME_MAX_BYTES, FM_HAS_OPERATION);
    put(rec, &ldap->account, bind, "name", NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put(rec, &ldap->domain, search, "base_object", TEXT_MAX_BYTES, FM_HAS_DOMAIN);
    put(rec, &ldap->argument, json_object_get(search, "filter"), "value", TEXT_MAX_BYTES,
            FM_HAS_NAME);
    join_array(&attributes, json_object_get(search, "attributes"), NULL);
    put_joined(rec, &ldap->agent, &attributes, TEXT_MAX_BYTES, FM_HAS_AGENT);
    for (size_t i = 0; i < json_array_size(responses); i++)
        ldap_response(rec, ldap, json_array_get(responses, i));
    return true;
}

/* ---- sessions: ftp, ssh, rdp, rfb, smtp, mqtt ---- */

/* Series 8 takes the first line of a long reply ("230-Welcome") for one without a code. */
static bool ftp_long_reply(struct fm_rec *rec, struct fm_session *ftp, const json_t *replies)
{
    for (size_t i = 0; i < json_array_size(replies); i++) {
        const json_t *line = json_array_get(replies, i);
        const char *text = json_string_value(line);
        size_t len = json_string_length(line);
        uint64_t code;
        if (!text || len < 4 || text[3] != '-' || !fm_number(text, 3, &code))
            continue;
        ftp->status = (uint32_t)code;
        rec->has |= FM_HAS_STATUS;
        fm_rec_put(rec, &ftp->reply, text + 4, len - 4, NAME_MAX_BYTES);
        return true;
    }
    return false;
}

static bool fill_ftp(struct fm_rec *rec, const json_t *object)
{
    struct fm_session *ftp = (struct fm_session *)(rec + 1);
    const json_t *codes = json_object_get(object, "completion_code");
    const json_t *replies = json_object_get(object, "reply");
    const json_t *code = json_array_get(codes, json_array_size(codes) - 1);
    const json_t *reply = json_array_get(replies, json_array_size(replies) - 1);
    uint64_t status;
    put(rec, &ftp->command, object, "command", 32, FM_HAS_OPERATION);
    if (fm_json_is(object, "command", "USER"))
        put(rec, &ftp->account, object, "command_data", NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    else if (!fm_json_is(object, "command", "PASS")) /* passwords stay where they are */
        put(rec, &ftp->argument, object, "command_data", TEXT_MAX_BYTES, FM_HAS_FILE);
    if (!json_is_string(code) && ftp_long_reply(rec, ftp, replies))
        return true;
    if (json_is_string(code) &&
            fm_number(json_string_value(code), json_string_length(code), &status)) {
        ftp->status = (uint32_t)status;
        rec->has |= FM_HAS_STATUS;
    }
    if (json_is_string(reply) && ftp->status) /* without a code it is not FTP's */
        fm_rec_put(rec, &ftp->reply, json_string_value(reply), json_string_length(reply),
                NAME_MAX_BYTES);
    return true;
}

static bool fill_ssh(struct fm_rec *rec, const json_t *object)
{
    struct fm_session *ssh = (struct fm_session *)(rec + 1);
    const json_t *client = json_object_get(object, "client");
    const json_t *server = json_object_get(object, "server");
    put(rec, &ssh->agent, client, "software_version", NAME_MAX_BYTES, FM_HAS_AGENT);
    put(rec, &ssh->reply, server, "software_version", NAME_MAX_BYTES, FM_HAS_NAME);
    put(rec, &ssh->argument, client, "proto_version", 16, FM_HAS_VERSION);
    put(rec, &ssh->fingerprint, json_object_get(client, "hassh"), "hash", 32, FM_HAS_HASH);
    return true;
}

static bool fill_rdp(struct fm_rec *rec, const json_t *object)
{
    struct fm_session *rdp = (struct fm_session *)(rec + 1);
    const json_t *client = json_object_get(object, "client");
    put(rec, &rdp->account, object, "cookie", NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put(rec, &rdp->host, client, "client_name", NAME_MAX_BYTES, FM_HAS_HOST);
    put(rec, &rdp->agent, client, "build", NAME_MAX_BYTES, FM_HAS_AGENT);
    put(rec, &rdp->command, object, "event_type", 32, FM_HAS_OPERATION);
    put(rec, &rdp->argument, object, "protocol", 32, FM_HAS_ENCRYPTION);
    put(rec, &rdp->reply, object, "reason", NAME_MAX_BYTES, 0);
    rdp->status = number32(object, "error_code");
    if (rdp->status || fm_json_is(object, "event_type", "initial_response"))
        rec->has |= FM_HAS_STATUS;
    return true;
}

static bool fill_rfb(struct fm_rec *rec, const json_t *object)
{
    struct fm_session *rfb = (struct fm_session *)(rec + 1);
    const json_t *login = json_object_get(object, "authentication");
    const json_t *version = json_object_get(object, "client_protocol_version");
    static const char *const results[] = { "OK", "FAIL", "TOOMANY" };
    put(rec, &rfb->agent, version, "minor", 16, FM_HAS_VERSION);
    put(rec, &rfb->argument, json_object_get(object, "framebuffer"), "name", NAME_MAX_BYTES,
            FM_HAS_NAME);
    rfb->count = number32(login, "security_type");
    for (uint32_t i = 0; i < 3; i++) {
        if (fm_json_is(login, "security_result", results[i])) {
            rfb->status = i;
            rec->has |= FM_HAS_STATUS;
        }
    }
    return true;
}

static bool fill_smtp(struct fm_rec *rec, const json_t *object)
{
    struct fm_session *smtp = (struct fm_session *)(rec + 1);
    const json_t *to = json_object_get(object, "rcpt_to");
    struct joined names;
    put(rec, &smtp->host, object, "helo", NAME_MAX_BYTES, FM_HAS_HOST);
    /* Not `put`: addresses stand in pointed brackets. */
    if (put(rec, &smtp->account, object, "mail_from", NAME_MAX_BYTES, 0))
        rec->has |= FM_HAS_ACCOUNT;
    join_array(&names, to, NULL);
    put_joined(rec, &smtp->argument, &names, TEXT_MAX_BYTES, FM_HAS_NAME);
    smtp->count = (uint32_t)json_array_size(to);
    return true;
}

static bool fill_mqtt(struct fm_rec *rec, const json_t *object)
{
    static const char *const operations[] = { "connect", "publish", "subscribe", "unsubscribe",
        "connack", "suback", "pingreq", "disconnect", "auth" };
    struct fm_session *mqtt = (struct fm_session *)(rec + 1);
    const json_t *part = NULL;
    struct joined topics;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]) && !part; i++) {
        part = json_object_get(object, operations[i]);
        if (part) {
            fm_rec_put(rec, &mqtt->command, operations[i], strlen(operations[i]), 16);
            rec->has |= FM_HAS_OPERATION;
        }
    }
    put(rec, &mqtt->account, part, "username", NAME_MAX_BYTES, FM_HAS_ACCOUNT);
    put(rec, &mqtt->host, part, "client_id", NAME_MAX_BYTES, FM_HAS_HOST);
    put(rec, &mqtt->agent, part, "protocol_string", 16, FM_HAS_AGENT);
    const json_t *list = json_object_get(part, "topics");
    join_array(&topics, list, json_is_object(json_array_get(list, 0)) ? "topic" : NULL);
    if (put(rec, &mqtt->argument, part, "topic", TEXT_MAX_BYTES, FM_HAS_NAME))
        mqtt->count = 1;
    else if (put_joined(rec, &mqtt->argument, &topics, TEXT_MAX_BYTES, FM_HAS_NAME))
        mqtt->count = (uint32_t)json_array_size(list);
    const json_t *connack = json_object_get(object, "connack");
    mqtt->status = number32(connack, "return_code");
    if (has_number(connack, "return_code"))
        rec->has |= FM_HAS_STATUS;
    return true;
}

/* ---- dhcp, industrial protocols, files, alerts ---- */

static bool fill_dhcp(struct fm_rec *rec, const json_t *object)
{
    struct fm_dhcp *dhcp = (struct fm_dhcp *)(rec + 1);
    size_t len;
    put(rec, &dhcp->name, object, "hostname", NAME_MAX_BYTES, FM_HAS_NAME);
    const char *mac = fm_json_text(object, "client_mac", &len);
    if (mac && fm_mac_parse(mac, len, &dhcp->mac))
        rec->has |= FM_HAS_MAC;
    const char *type = fm_json_text(object, "dhcp_type", &len);
    dhcp->type = type ? fm_dhcp_type_of(type, len) : 0;
    if (dhcp->type)
        rec->has |= FM_HAS_TYPE;
    dhcp->lease_s = number32(object, "lease_time");
    const char *given = fm_json_text(object, "assigned_ip", &len);
    if (dhcp->type == 5 && given && fm_addr_parse(given, len, &dhcp->given)) {
        if (fm_addr_is_none(&dhcp->given)) /* an answer to "inform" gives none */
            dhcp->given = (struct fm_addr){ 0 };
        else
            rec->has |= FM_HAS_LEASE;
    }
    return true;
}

static bool fill_modbus(struct fm_rec *rec, const json_t *object)
{
    struct fm_ics *ics = (struct fm_ics *)(rec + 1);
    const json_t *request = json_object_get(object, "request");
    const json_t *response = json_object_get(object, "response");
    const json_t *message = request ? request : response;
    const json_t *data = json_object_get(message, "write");
    if (!data)
        data = json_object_get(message, "read");
    ics->function = number16(message, "function_raw");
    ics->unit = number16(message, "unit_id");
    ics->address = number32(data, "address");
    ics->quantity = number32(data, "quantity");
    if (has_number(message, "function_raw"))
        rec->has |= FM_HAS_OPERATION;
    if (response) {
        ics->exception = number16(json_object_get(response, "exception"), "raw");
        rec->has |= FM_HAS_STATUS;
    }
    return true;
}

static bool fill_dnp3(struct fm_rec *rec, const json_t *object)
{
    struct fm_ics *ics = (struct fm_ics *)(rec + 1);
    const json_t *part = json_object_get(object, "request");
    if (!part)
        part = json_object_get(object, "response");
    if (!part)
        part = object;
    const json_t *application = json_object_get(part, "application");
    ics->function = number16(application, "function_code");
    ics->unit = number16(part, "dst");
    ics->address = number32(part, "src");
    if (has_number(application, "function_code"))
        rec->has |= FM_HAS_OPERATION;
    return true;
}

static bool fill_enip(struct fm_rec *rec, const json_t *object)
{
    struct fm_ics *ics = (struct fm_ics *)(rec + 1);
    const json_t *request = json_object_get(object, "request");
    const json_t *response = json_object_get(object, "response");
    size_t len;
    const char *command = fm_json_text(request ? request : response, "command", &len);
    if (command && fm_enip_command_of(command, len, &ics->function))
        rec->has |= FM_HAS_OPERATION;
    if (response) {
        ics->exception = !fm_json_is(response, "status", "success") &&
                         !fm_json_is(response, "status", "Success");
        rec->has |= FM_HAS_STATUS;
    }
    return true;
}

static bool fill_fileinfo(struct fm_rec *rec, const json_t *object)
{
    struct fm_fileinfo *file = (struct fm_fileinfo *)(rec + 1);
    put(rec, &file->name, object, "filename", FM_FILE_NAME_MAX, FM_HAS_FILE);
    put(rec, &file->magic, object, "magic", NAME_MAX_BYTES, FM_HAS_TYPE);
    if (!put(rec, &file->hash, object, "sha256", 64, FM_HAS_HASH) &&
            !put(rec, &file->hash, object, "sha1", 40, FM_HAS_HASH))
        put(rec, &file->hash, object, "md5", 32, FM_HAS_HASH);
    if (fm_json_u64(object, "size", &file->bytes))
        rec->has |= FM_HAS_FILE;
    return true;
}

/* The first value of a key of the rule's metadata, each of which is an array; NULL: it has none. */
static const char *of_metadata(const json_t *metadata, const char *key)
{
    return json_string_value(json_array_get(json_object_get(metadata, key), 0));
}

bool fm_eve_is_own_alert(const json_t *event)
{
    const json_t *alert = json_object_get(event, "alert");
    return json_object_get(json_object_get(alert, "metadata"), "behavior") != NULL;
}

static bool fill_alert(struct fm_rec *rec, const json_t *object)
{
    struct fm_alert *alert = (struct fm_alert *)(rec + 1);
    const json_t *metadata = json_object_get(object, "metadata");
    struct joined values;
    alert->sid = number32(object, "signature_id");
    alert->gid = number32(object, "gid");
    alert->rev = number32(object, "rev");
    alert->severity = number32(object, "severity");
    put(rec, &alert->signature, object, "signature", TEXT_MAX_BYTES, FM_HAS_RULE);
    put(rec, &alert->category, object, "category", NAME_MAX_BYTES, FM_HAS_RULE);
    join_array(&values, json_object_get(metadata, "mitre_technique_id"), NULL);
    put_joined(rec, &alert->technique, &values, 64, FM_HAS_RULE);
    join_array(&values, json_object_get(metadata, "confidence"), NULL);
    put_joined(rec, &alert->confidence, &values, 32, FM_HAS_RULE);
    fm_rec_put_behavior(rec, of_metadata(metadata, "behavior_type"),
            of_metadata(metadata, "behavior_category"),
            of_metadata(metadata, "behavior_certainty"));
    rec->has |= FM_HAS_RULE;
    return true;
}

/* ---- by kind ---- */

static const struct {
    const char *key;
    bool (*fill)(struct fm_rec *rec, const json_t *object);
} fillers[FM_KINDS] = {
    [FM_HTTP] = { "http", fill_http },
    [FM_TLS] = { "tls", fill_tls },
    [FM_DNS] = { "dns", fill_dns },
    [FM_QUIC] = { "quic", fill_quic },
    [FM_SMB] = { "smb", fill_smb },
    [FM_DCERPC] = { "dcerpc", fill_dcerpc },
    [FM_KRB5] = { "krb5", fill_krb5 },
    [FM_LDAP] = { "ldap", fill_ldap },
    [FM_FTP] = { "ftp", fill_ftp },
    [FM_SSH] = { "ssh", fill_ssh },
    [FM_RDP] = { "rdp", fill_rdp },
    [FM_RFB] = { "rfb", fill_rfb },
    [FM_SMTP] = { "smtp", fill_smtp },
    [FM_DHCP] = { "dhcp", fill_dhcp },
    [FM_MQTT] = { "mqtt", fill_mqtt },
    [FM_MODBUS] = { "modbus", fill_modbus },
    [FM_DNP3] = { "dnp3", fill_dnp3 },
    [FM_ENIP] = { "enip", fill_enip },
    [FM_FILEINFO] = { "fileinfo", fill_fileinfo },
    [FM_ALERT] = { "alert", fill_alert },
};

bool fm_eve_fill(struct fm_rec *rec, const json_t *event)
{
    if (!fillers[rec->kind].fill)
        return false;
    const json_t *object = json_object_get(event, fillers[rec->kind].key);
    if (!object && rec->kind == FM_DCERPC)
        object = json_object_get(json_object_get(event, "smb"), "dcerpc");
    return json_is_object(object) && fillers[rec->kind].fill(rec, object);
}
