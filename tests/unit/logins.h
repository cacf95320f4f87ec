/* Logins as sensors tell them, for tests of the detectors that judge them. */
#ifndef FM_TESTS_LOGINS_H
#define FM_TESTS_LOGINS_H

#include "suspect.h"

enum { WRONG = 0xc000006d, FTP = 21, KERBEROS = 88, SMB = 445, SSH = 22, RDP = 3389 };

static uint16_t login_port = 20000;

static inline struct pair login_pair(struct fm_addr client, struct fm_addr server, uint16_t port)
{
    login_port = login_port < 60000 ? login_port + 1 : 20000;
    struct pair p = { .client = client, .server = server, .cport = login_port, .sport = port };
    return p;
}

/* One connection: FTP's PASS with its reply code. */
static inline void login_ftp(struct watch *w, fm_time at, struct fm_addr client,
        struct fm_addr server, const char *account, uint32_t code)
{
    struct pair p = login_pair(client, server, FTP);
    struct fm_rec *rec = rec_of(&w->space, FM_FTP, at, &p);
    struct fm_session *ftp = (struct fm_session *)(void *)(rec + 1);

    ftp->status = code;
    fm_rec_put(rec, &ftp->command, "PASS", 4, 16);
    fm_rec_put(rec, &ftp->account, account, strlen(account), 64);
    rec->has = FM_HAS_STATUS | FM_HAS_ACCOUNT | FM_HAS_OPERATION;
    watch_take(w, rec);
}

static inline void login_smb(struct watch *w, fm_time at, struct fm_addr client,
        struct fm_addr server, const char *account, uint32_t status)
{
    struct pair p = login_pair(client, server, SMB);
    struct fm_rec *rec = rec_of(&w->space, FM_SMB, at, &p);
    struct fm_smb *smb = (struct fm_smb *)(void *)(rec + 1);

    smb->status = status;
    fm_rec_put(rec, &smb->command, "session_setup", 13, 32);
    fm_rec_put(rec, &smb->account, account, strlen(account), 64);
    rec->has = FM_HAS_STATUS | FM_HAS_ACCOUNT | FM_HAS_OPERATION;
    watch_take(w, rec);
}

/* error 0: a ticket */
static inline void login_krb5(struct watch *w, fm_time at, struct fm_addr client,
        struct fm_addr server, const char *account, uint32_t error)
{
    struct pair p = login_pair(client, server, KERBEROS);
    struct fm_rec *rec = rec_of(&w->space, FM_KRB5, at, &p);
    struct fm_krb5 *krb5 = (struct fm_krb5 *)(void *)(rec + 1);

    krb5->error = error;
    krb5->type = error ? 10 : 11;
    fm_rec_put(rec, &krb5->account, account, strlen(account), 64);
    rec->has = FM_HAS_STATUS | FM_HAS_ACCOUNT | FM_HAS_TYPE;
    watch_take(w, rec);
}

/* A connection of `app` that took 2 s and brought so many bytes. */
static inline void login_session(struct watch *w, fm_time at, const struct pair *p,
        enum fm_app app, uint64_t bytes)
{
    watch_take(w, rec_new(&w->space, at, p));
    watch_take(w, rec_answer(&w->space, at + 100, at, p, FM_ANSWERED));
    struct fm_rec *rec = rec_bytes(&w->space, FM_FLOW_END, at + 2 * FM_SECOND, at, p, 1700, bytes);
    flow_of(rec)->app = (uint8_t)app;
    rec->has |= FM_HAS_APP;
    watch_take(w, rec);
}

/* The same by its shape: the lengths of its first payloads, negative ones the server's. */
static inline void login_shape(struct watch *w, fm_time at, const struct pair *p, enum fm_app app,
        uint64_t out, uint64_t in, const int16_t *lengths, unsigned turns)
{
    watch_take(w, rec_new(&w->space, at, p));
    watch_take(w, rec_answer(&w->space, at + 100, at, p, FM_ANSWERED));
    struct fm_rec *rec = rec_of(&w->space, FM_FLOW_END, at + 2 * FM_SECOND, p);
    struct fm_flow *flow = flow_of(rec);
    flow->start = at;
    flow->bytes[FM_TO_SERVER] = out;
    flow->bytes[FM_TO_CLIENT] = in;
    flow->packets[FM_TO_SERVER] = flow->packets[FM_TO_CLIENT] = 8;
    flow->app = (uint8_t)app;
    flow->shape.slot_s = 1;
    flow->shape.turns = (uint16_t)turns;
    memcpy(flow->shape.first_len, lengths, sizeof flow->shape.first_len);
    rec->has = FM_HAS_BYTES | FM_HAS_PACKETS | FM_HAS_APP | FM_HAS_SHAPE;
    watch_take(w, rec);
}

static inline void login_ssh(struct watch *w, fm_time at, struct fm_addr client,
        struct fm_addr server, uint64_t bytes)
{
    struct pair p = login_pair(client, server, SSH);

    login_session(w, at, &p, FM_APP_SSH, bytes);
}

static inline void login_rdp(struct watch *w, fm_time at, struct fm_addr client,
        struct fm_addr server, const char *cookie, uint64_t bytes)
{
    struct pair p = login_pair(client, server, RDP);
    struct fm_rec *rec = rec_of(&w->space, FM_RDP, at + 200, &p);
    struct fm_session *rdp = (struct fm_session *)(void *)(rec + 1);

    fm_rec_put(rec, &rdp->account, cookie, strlen(cookie), 64);
    rec->has = FM_HAS_ACCOUNT;
    watch_take(w, rec);
    login_session(w, at, &p, FM_APP_RDP, bytes);
}

#endif
