/* HTTP/1 transactions, by libhtp's getters (Rust in series 8).  Header names go in the order they
 * were sent; where one came twice libhtp keeps the first place only.  Some 1 us a transaction, no
 * allocation.
 */
#include "series8.h"

#include "app-layer-htp.h"
#include "rust.h"

#define NAME_MAX_BYTES 255
#define METHOD_MAX 32
#define AGENT_MAX 384
#define TYPE_MAX 96

static void put(struct fm_rec *rec, struct fm_str *str, const bstr *text, size_t max)
{
    if (text != NULL)
        fm_rec_put(rec, str, bstr_ptr(text), bstr_len(text), max);
}

static void put_header(struct fm_rec *rec, struct fm_str *str, const htp_tx_t *tx, const char *name,
        size_t max)
{
    const htp_header_t *header = htp_tx_request_header(tx, name);

    if (header != NULL)
        put(rec, str, htp_header_value(header), max);
}

static void put_names(struct fm_rec *rec, struct fm_str *str, const htp_tx_t *tx)
{
    char names[FM_HTTP_HEADERS_MAX];
    size_t used = 0;
    intptr_t count = htp_tx_request_headers_size(tx);

    for (intptr_t i = 0; i < count; i++) {
        const htp_header_t *header = htp_tx_request_header_index(tx, (uintptr_t)i);
        const bstr *name = header ? htp_header_name(header) : NULL;
        if (name == NULL)
            continue;
        size_t len = bstr_len(name);
        if (used + len + 1 > sizeof(names)) {
            rec->flags |= FM_REC_CUT;
            break;
        }
        if (used > 0)
            names[used++] = ',';
        memcpy(names + used, bstr_ptr(name), len);
        used += len;
    }
    fm_rec_put(rec, str, names, used, sizeof(names));
}

static void put_type(struct fm_rec *rec, struct fm_str *str, const htp_tx_t *tx)
{
    const htp_header_t *header = htp_tx_response_header(tx, "content-type");
    const bstr *value = header ? htp_header_value(header) : NULL;

    if (value == NULL)
        return;
    const unsigned char *text = bstr_ptr(value);
    size_t len = bstr_len(value);
    const unsigned char *end = memchr(text, ';', len);
    fm_rec_put(rec, str, text, end ? (size_t)(end - text) : len, TYPE_MAX);
    rec->has |= FM_HAS_TYPE;
}

/* A proxy is asked by CONNECT or by an absolute URI. */
static void put_via(struct fm_http *http, const htp_tx_t *tx)
{
    const htp_uri_t *uri = htp_tx_parsed_uri(tx);
    bool connect = htp_tx_request_method_number(tx) == HTP_METHOD_CONNECT;
    bool absolute = uri != NULL && htp_uri_hostname(uri) != NULL;
    int32_t port = htp_tx_request_port_number(tx);

    if (!connect && !absolute)
        return;
    http->via = connect ? FM_HTTP_CONNECT : FM_HTTP_PROXIED;
    if (port > 0 && port <= UINT16_MAX)
        http->port = (uint16_t)port;
    else
        http->port = connect ? 443 : 80;
}

static uint64_t message_bytes(int64_t len)
{
    return len > 0 ? (uint64_t)len : 0;
}

int fm_http_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx_data,
        uint64_t id)
{
    struct fm_thread *thread = data;
    const htp_tx_t *tx = tx_data;

    (void)tv, (void)state, (void)id;
    if (thread == NULL)
        return 0;
    struct fm_rec *rec = (struct fm_rec *)thread->rec;
    struct fm_http *http = fm_rec_begin(rec, FM_HTTP);
    fm_flows_header(rec, f, p);
    rec->has = FM_HAS_NAME | FM_HAS_AGENT | FM_HAS_HEADERS | FM_HAS_URI | FM_HAS_METHOD
               | FM_HAS_REFERRER | FM_HAS_BYTES;
    put(rec, &http->host, htp_tx_request_hostname(tx), NAME_MAX_BYTES);
    put(rec, &http->uri, htp_tx_request_uri(tx), FM_HTTP_URI_MAX);
    put(rec, &http->method, htp_tx_request_method(tx), METHOD_MAX);
    put_header(rec, &http->agent, tx, "user-agent", AGENT_MAX);
    put_header(rec, &http->referrer, tx, "referer", FM_HTTP_URI_MAX);
    put_names(rec, &http->headers, tx);
    put_type(rec, &http->content_type, tx);
    http->bytes[FM_TO_SERVER] = message_bytes(htp_tx_request_message_len(tx));
    http->bytes[FM_TO_CLIENT] = message_bytes(htp_tx_response_message_len(tx));
    int32_t status = htp_tx_response_status_number(tx);
    if (status > 0) {
        http->status = (uint16_t)status;
        rec->has |= FM_HAS_STATUS;
    }
    put_via(http, tx);
    fm_thread_push(thread, rec);
    return 0;
}
