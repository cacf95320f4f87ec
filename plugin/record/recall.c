#include "record/recall.h"

#include "base/hash.h"

#include <string.h>

#define SESSIONS 4096
#define FORGET_AFTER FM_HOUR
#define ACCOUNT_MAX 128

struct key {
    struct fm_addr client, server;
    uint16_t cport, sport, site, proto;
};

struct session {
    struct key key;
    fm_time last; /* 0: never used */
    uint8_t account_len, domain_len, interface_len;
    char account[ACCOUNT_MAX];
    char domain[64];
    char interface[36];
};

struct fm_recall {
    struct fm_mem *mem;
    struct session sessions[SESSIONS];
};

struct fm_recall *fm_recall_new(struct fm_mem *mem)
{
    struct fm_recall *recall = fm_alloc(mem, sizeof(*recall));
    if (recall)
        recall->mem = mem;
    return recall;
}

void fm_recall_free(struct fm_recall *recall)
{
    if (recall)
        fm_free(recall->mem, recall);
}

/* The record's session, empty when it is new. */
static struct session *session_of(struct fm_recall *recall, const struct fm_rec *rec)
{
    struct key key = { rec->client, rec->server, rec->cport, rec->sport, rec->site, rec->proto };
    struct session *session = &recall->sessions[fm_hash(0, &key, sizeof(key)) % SESSIONS];
    bool same = memcmp(&session->key, &key, sizeof(key)) == 0;
    if (!same || !session->last || rec->time - session->last > FORGET_AFTER) {
        memset(session, 0, sizeof(*session));
        session->key = key;
    }
    session->last = rec->time;
    return session;
}

static void keep(const struct fm_rec *rec, struct fm_str str, char *to, size_t cap, uint8_t *kept)
{
    size_t len;
    const char *text = fm_rec_str(rec, str, &len);
    if (len == 0)
        return;
    *kept = (uint8_t)(len < cap ? len : cap);
    memcpy(to, text, *kept);
}

/* Puts what the session knows where the record is silent. */
static void fill(struct fm_rec *rec, struct fm_str *str, const char *text, uint8_t len,
        uint32_t has)
{
    if (str->len > 0 || len == 0)
        return;
    fm_rec_put(rec, str, text, len, ACCOUNT_MAX);
    rec->has |= has;
}

static void ftp(struct session *session, struct fm_rec *rec)
{
    struct fm_session *body = (struct fm_session *)(rec + 1);
    keep(rec, body->account, session->account, sizeof(session->account), &session->account_len);
    fill(rec, &body->account, session->account, session->account_len, FM_HAS_ACCOUNT);
}

static void smb(struct session *session, struct fm_rec *rec)
{
    struct fm_smb *body = (struct fm_smb *)(rec + 1);
    keep(rec, body->account, session->account, sizeof(session->account), &session->account_len);
    keep(rec, body->domain, session->domain, sizeof(session->domain), &session->domain_len);
    fill(rec, &body->account, session->account, session->account_len, FM_HAS_ACCOUNT);
    fill(rec, &body->domain, session->domain, session->domain_len, FM_HAS_DOMAIN);
}

static void krb5(struct session *session, struct fm_rec *rec)
{
    struct fm_krb5 *body = (struct fm_krb5 *)(rec + 1);
    keep(rec, body->account, session->account, sizeof(session->account), &session->account_len);
    fill(rec, &body->account, session->account, session->account_len, FM_HAS_ACCOUNT);
}

static void dcerpc(struct session *session, struct fm_rec *rec)
{
    struct fm_dcerpc *body = (struct fm_dcerpc *)(rec + 1);
    keep(rec, body->interface, session->interface, sizeof(session->interface),
            &session->interface_len);
    fill(rec, &body->interface, session->interface, session->interface_len, FM_HAS_NAME);
    fill(rec, &body->account, session->account, session->account_len, FM_HAS_ACCOUNT);
}

const struct fm_rec *fm_recall_fill(struct fm_recall *recall, const struct fm_rec *rec,
        struct fm_rec *out)
{
    if (rec->flags & FM_REC_TEXT)
        return rec;
    if (rec->kind != FM_FTP && rec->kind != FM_SMB && rec->kind != FM_KRB5 &&
            rec->kind != FM_DCERPC)
        return rec;
    struct session *session = session_of(recall, rec);
    memcpy(out, rec, rec->size);
    if (rec->kind == FM_FTP)
        ftp(session, out);
    else if (rec->kind == FM_SMB)
        smb(session, out);
    else if (rec->kind == FM_KRB5)
        krb5(session, out);
    else
        dcerpc(session, out);
    return out;
}
