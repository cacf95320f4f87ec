/* TLS sessions, from the SSL state of series 8 (strings with lengths, since 8.0.4).  In a patch
 * release whose layout nobody has checked the engine's own EVE writer tells them instead: slower,
 * and a certificate that is not logged there is not told. */
#include "series8.h"

#include "app-layer-ssl.h"
#include "output-eve-bindgen.h"
#include "rust.h"

#define NAME_MAX_BYTES 255
#define DN_MAX 384
#define HASH_MAX 64
#define ALPNS 16

static void put(struct fm_rec *rec, struct fm_str *str, const void *bytes, size_t len, size_t max)
{
    if (bytes != NULL)
        fm_rec_put(rec, str, bytes, len, max);
}

static void put_text(struct fm_rec *rec, struct fm_str *str, const char *text)
{
    if (text != NULL)
        fm_rec_put(rec, str, text, strlen(text), HASH_MAX);
}

static void put_certificate(struct fm_rec *rec, struct fm_tls *tls, const SSLStateConnp *server)
{
    if (server->cert0_subject == NULL && server->cert0_issuerdn == NULL)
        return;
    rec->has |= FM_HAS_CERT;
    put(rec, &tls->subject, server->cert0_subject, server->cert0_subject_len, DN_MAX);
    put(rec, &tls->issuer, server->cert0_issuerdn, server->cert0_issuerdn_len, DN_MAX);
    put_text(rec, &tls->fingerprint, server->cert0_fingerprint);
    put(rec, &tls->serial, server->cert0_serial, server->cert0_serial_len, HASH_MAX);
    if (server->cert0_not_before > 0 && server->cert0_not_before < INT64_MAX / FM_SECOND / 64)
        tls->not_before = server->cert0_not_before * FM_SECOND;
    if (server->cert0_not_after > 0 && server->cert0_not_after < INT64_MAX / FM_SECOND / 64)
        tls->not_after = server->cert0_not_after * FM_SECOND;
}

static void put_alpns(struct fm_rec *rec, struct fm_tls *tls, const HandshakeParams *hello)
{
    char names[NAME_MAX_BYTES];
    size_t used = 0;
    struct CStringData name;

    for (uint32_t i = 0; i < ALPNS && SCTLSHandshakeGetALPN(hello, i, &name); i++) {
        if (used + name.len + 1 > sizeof(names)) {
            rec->flags |= FM_REC_CUT;
            break;
        }
        if (used > 0)
            names[used++] = ',';
        memcpy(names + used, name.data, name.len);
        used += name.len;
    }
    if (used == 0)
        return;
    fm_rec_put(rec, &tls->alpn, names, used, sizeof(names));
    rec->has |= FM_HAS_ALPN;
}

_Static_assert(JA4_HEX_LEN == FM_JA4_LEN, "a JA4 is kept as it is");

static void put_hello(struct fm_thread *thread, struct fm_tls *tls, const Flow *f,
        const SSLStateConnp *client)
{
    struct fm_rec *rec = (struct fm_rec *)thread->rec;
    const struct fm_hello *hello = fm_flows_hello(f);
    uint8_t ja4[JA4_HEX_LEN];

    rec->has |= FM_HAS_NAME;
    put(rec, &tls->sni, client->sni, client->sni_len, NAME_MAX_BYTES);
    if (client->ja3_hash != NULL) {
        put_text(rec, &tls->ja3, client->ja3_hash);
        rec->has |= FM_HAS_JA3;
    }
    if (client->hs == NULL)
        return;
    put_alpns(rec, tls, client->hs);
    if (!SSLJA4IsEnabled())
        return;
    if (!fm_hello_recall(&thread->prints, hello, ja4)) {
        SCJA4GetHash(client->hs, (uint8_t(*)[JA4_HEX_LEN])ja4);
        fm_hello_keep(&thread->prints, hello, ja4);
    }
    fm_rec_put(rec, &tls->ja4, ja4, sizeof(ja4), sizeof(ja4));
    rec->has |= FM_HAS_JA4;
}

static int log_text(struct fm_thread *thread, const Packet *p, const Flow *f, const void *tx)
{
    const EveJsonSimpleAppLayerLogger *writer = SCEveJsonSimpleGetLogger(ALPROTO_TLS);

    if (writer != NULL && writer->LogTx != NULL && writer->LogTx(tx, fm_text_open(thread)))
        fm_text_push(thread, FM_TLS, f, p);
    return 0;
}

int fm_tls_log(ThreadVars *tv, void *data, const Packet *p, Flow *f, void *state, void *tx,
        uint64_t id)
{
    struct fm_thread *thread = data;
    const SSLState *ssl = state;

    (void)tv, (void)id;
    if (thread == NULL || ssl == NULL)
        return 0;
    if (!fm_host_layouts_known())
        return log_text(thread, p, f, tx);
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
