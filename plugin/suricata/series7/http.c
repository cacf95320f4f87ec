/* HTTP/1 transactions, from libhtp's structures.  Header names go in the order they were sent;
 * where one came twice libhtp keeps the first place only.  Some 1 us a transaction, no allocation.
 * In a release whose layout nobody has compared the engine's own EVE writer tells them.
 */
#include "series7.h"

#include "app-layer-htp.h"
#include "output-json-http.h"

#define NAME_MAX_BYTES 255
#define METHOD_MAX 32
#define AGENT_MAX 384
#define TYPE_MAX 96

static void put(struct fm_rec *rec, struct fm_str *str, const bstr *text, size_t max)
{
    if (text != NULL)
        fm_rec_put(rec, str, bstr_ptr(text), bstr_len(text), max);
}

static void put_header(struct fm_rec *rec, struct fm_str *str, const htp_table_t *headers,
        const char *name, size_t max)
{
    const htp_header_t *header = headers ? htp_table_get_c(headers, name) : NULL;

    if (header != NULL)
        put(rec, str, header->value, max);
}

static void put_names(struct fm_rec *rec, struct fm_str *str, const htp_table_t *headers)
{
    char names[FM_HTTP_HEADERS_MAX];
    size_t used = 0;
    size_t count = headers ? htp_table_size(headers) : 0;

    for (size_t i = 0; i < count; i++) {
        const htp_header_t *header = htp_table_get_index(headers, i, NULL);
        if (header == NULL || header->name == NULL)
            continue;
        size_t len = bstr_len(header->name);
        if (used + len + 1 > sizeof(names)) {
            rec->flags |= FM_REC_CUT;
            break;
        }
        if (used > 0)
            names[used++] = ',';
        memcpy(names + used, bstr_ptr(header->name), len);
        used += len;
    }
    fm_rec_put(rec, str, names, used, sizeof(names));
}

static void put_type(struct fm_rec *rec, struct fm_str *str, const htp_table_t *headers)
{
    const htp_header_t *header = headers ? htp_table_get_c(headers, "content-type") : NULL;

    if (header == NULL || header->value == NULL)
        return;
    const unsigned char *text = bstr_ptr(header->value);
    size_t len = bstr_len(header->value);
    const unsigned char *end = memchr(text, ';', len);
    fm_rec_put(rec, str, text, end ? (size_t)(end - text) : len, TYPE_MAX);
    rec->has |= FM_HAS_TYPE;
}

/* A proxy is asked by CONNECT or by an absolute URI. */
static void put_via(struct fm_http *http, const htp_tx_t *tx)
{
    bool connect = tx->request_method_number == HTP_M_CONNECT;
    bool absolute = tx->parsed_uri_raw != NULL && tx->parsed_uri_raw->hostname != NULL;

    if (!connect && !absolute)
        return;
    http->via = connect ? FM_HTTP_CONNECT : FM_HTTP_PROXIED;
    if (tx->request_port_number > 0)
        http->port = (uint16_t)tx->request_port_number;
    else
        http->port = connect ? 443 : 80;
}

static void log_text(struct fm_thread *thread, const Packet *p, const Flow *f, uint64_t id)
{
    SCJsonBuilder *jb = fm_text_open(thread);

    SCJbOpenObject(jb, "http");
    if (EveHttpAddMetadata(f, id, jb) && SCJbClose(jb))
        fm_text_push(thread, FM_HTTP, f, p);
}

int fm_http_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx_data,
        uint64_t id)
{
    struct fm_thread *thread = data;
    const htp_tx_t *tx = tx_data;

    (void)tv, (void)state;
    if (thread == NULL)
        return 0;
    if (!fm_host_layouts_known()) {
        log_text(thread, p, f, id);
        return 0;
    }
    struct fm_rec *rec = (struct fm_rec *)thread->rec;
    struct fm_http *http = fm_rec_begin(rec, FM_HTTP);
    fm_flows_header(rec, f, p);
    rec->has = FM_HAS_NAME | FM_HAS_AGENT | FM_HAS_HEADERS | FM_HAS_URI | FM_HAS_METHOD
               | FM_HAS_REFERRER | FM_HAS_BYTES;
    put(rec, &http->host, tx->request_hostname, NAME_MAX_BYTES);
    put(rec, &http->uri, tx->request_uri, FM_HTTP_URI_MAX);
    put(rec, &http->method, tx->request_method, METHOD_MAX);
    put_header(rec, &http->agent, tx->request_headers, "user-agent", AGENT_MAX);
    put_header(rec, &http->referrer, tx->request_headers, "referer", FM_HTTP_URI_MAX);
    put_names(rec, &http->headers, tx->request_headers);
    put_type(rec, &http->content_type, tx->response_headers);
    http->bytes[FM_TO_SERVER] = tx->request_message_len > 0 ? (uint64_t)tx->request_message_len : 0;
    http->bytes[FM_TO_CLIENT] =
            tx->response_message_len > 0 ? (uint64_t)tx->response_message_len : 0;
    if (tx->response_status_number > 0) {
        http->status = (uint16_t)tx->response_status_number;
        rec->has |= FM_HAS_STATUS;
    }
    put_via(http, tx);
    fm_thread_push(thread, rec);
    return 0;
}
