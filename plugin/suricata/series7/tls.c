/* TLS sessions, from the SSL state of series 7 (strings end in NUL there; 8.0.4 changed that).  In
 * a release whose layout nobody has compared the engine's own EVE writer tells them. */
#include "series7.h"

#include "app-layer-ssl.h"
#include "output-json-tls.h"
#include "rust.h"
#include "util-ja4.h"

#define NAME_MAX_BYTES 255
#define DN_MAX 384
#define HASH_MAX 64

static bool put(struct fm_rec *rec, struct fm_str *str, const char *text, size_t max)
{
    if (text == NULL)
        return false;
    fm_rec_put(rec, str, text, strlen(text), max);
    return true;
}

static void put_certificate(struct fm_rec *rec, struct fm_tls *tls, const SSLStateConnp *server)
{
    if (server->cert0_subject == NULL && server->cert0_issuerdn == NULL)
        return;
    rec->has |= FM_HAS_CERT;
    put(rec, &tls->subject, server->cert0_subject, DN_MAX);
    put(rec, &tls->issuer, server->cert0_issuerdn, DN_MAX);
    put(rec, &tls->fingerprint, server->cert0_fingerprint, HASH_MAX);
    put(rec, &tls->serial, server->cert0_serial, HASH_MAX);
    if (server->cert0_not_before > 0 && server->cert0_not_before < INT64_MAX / FM_SECOND / 64)
        tls->not_before = server->cert0_not_before * FM_SECOND;
    if (server->cert0_not_after > 0 && server->cert0_not_after < INT64_MAX / FM_SECOND / 64)
        tls->not_after = server->cert0_not_after * FM_SECOND;
}

_Static_assert(JA4_HEX_LEN == FM_JA4_LEN, "a JA4 is kept as it is");

static void put_hello(struct fm_thread *thread, struct fm_tls *tls, const Flow *f,
        const SSLStateConnp *client)
{
    struct fm_rec *rec = (struct fm_rec *)thread->rec;
    const struct fm_hello *hello = fm_flows_hello(f);
    uint8_t ja4[JA4_HEX_LEN];

    rec->has |= FM_HAS_NAME;
    put(rec, &tls->sni, client->sni, NAME_MAX_BYTES);
    if (put(rec, &tls->ja3, client->ja3_hash, HASH_MAX))
        rec->has |= FM_HAS_JA3;
    if (client->ja4 == NULL)
        return;
    if (!fm_hello_recall(&thread->prints, hello, ja4)) {
        SCJA4GetHash(client->ja4, (uint8_t(*)[JA4_HEX_LEN])ja4);
        fm_hello_keep(&thread->prints, hello, ja4);
    }
    fm_rec_put(rec, &tls->ja4, ja4, sizeof(ja4), sizeof(ja4));
    rec->has |= FM_HAS_JA4;
}

static void log_text(struct fm_thread *thread, const Packet *p, const Flow *f, SSLState *ssl)
{
    SCJsonBuilder *jb = fm_text_open(thread);

    SCJbOpenObject(jb, "tls");
    JsonTlsLogJSONExtended(jb, ssl, SSLJA4IsEnabled());
    SCJbClose(jb);
    fm_text_push(thread, FM_TLS, f, p);
}

int fm_tls_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id)
{
    struct fm_thread *thread = data;
    const SSLState *ssl = state;

    (void)tv, (void)tx, (void)id;
    if (thread == NULL || ssl == NULL)
        return 0;
    if (!fm_host_layouts_known()) {
        log_text(thread, p, f, state);
        return 0;
    }
    if (ssl->client_connp.version == TLS_VERSION_UNKNOWN)
        return 0;
    struct fm_rec *rec = (struct fm_rec *)thread->rec;
    struct fm_tls *tls = fm_rec_begin(rec, FM_TLS);
    fm_flows_header(rec, f, p);
    put_hello(thread, tls, f, &ssl->client_connp);
    put_certificate(rec, tls, &ssl->server_connp);
    if (ssl->server_connp.version != TLS_VERSION_UNKNOWN) {
        tls->version = ssl->server_connp.version;
        rec->has |= FM_HAS_VERSION;
    }
    fm_thread_push(thread, rec);
    return 0;
}
