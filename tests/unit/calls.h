/* Records of Windows' protocols, made by hand: DCE/RPC calls, SMB commands, Kerberos answers. */
#ifndef FM_TESTS_CALLS_H
#define FM_TESTS_CALLS_H

#include "sight.h"

#define SVCCTL "367abb81-9844-35f1-ad32-98f038001003"
#define TASKS "86d35949-83c9-4044-b424-db363231fd0c"
#define ACTIVATOR "000001a0-0000-0000-c000-000000000046"
#define OBJECT "00000143-0000-0000-c000-000000000046"
#define WMI "9556dc99-828c-11cf-a37e-00aa003240c7"
#define WINREG "338cd001-2244-31f1-aaaa-900038001003"
#define DRSUAPI "e3514235-4b06-11d1-ab04-00c04fc2dcd2"
#define NETLOGON "12345678-1234-abcd-ef00-01234567cffb"

static inline struct pair hosts_of(unsigned client, unsigned server, uint16_t port)
{
    return (struct pair){ .client = inside(client), .server = inside(server),
        .cport = (uint16_t)(40000 + client), .sport = port };
}

/* An answered call. */
static inline struct fm_rec *rec_call(struct space *space, fm_time at, const struct pair *pair,
        const char *uuid, uint16_t opnum)
{
    struct fm_rec *rec = rec_of(space, FM_DCERPC, at, pair);
    struct fm_dcerpc *rpc = (struct fm_dcerpc *)(void *)(rec + 1);

    rpc->request = 1;
    rpc->opnum = opnum;
    fm_rec_put(rec, &rpc->interface, uuid, strlen(uuid), 36);
    rec->has = FM_HAS_NAME | FM_HAS_OPERATION | FM_HAS_STATUS;
    return rec;
}

static inline void call(struct sight *s, fm_time at, unsigned client, unsigned server,
        const char *uuid, uint16_t opnum)
{
    struct pair pair = hosts_of(client, server, 49700);

    sight_take(s, rec_call(&s->scene->space, at, &pair, uuid, opnum));
}

static inline struct fm_smb *smb_of(struct fm_rec *rec)
{
    return (struct fm_smb *)(void *)(rec + 1);
}

static inline struct fm_rec *rec_smb(struct space *space, fm_time at, const struct pair *pair,
        const char *command, const char *share, const char *file, const char *account)
{
    struct fm_rec *rec = rec_of(space, FM_SMB, at, pair);

    fm_rec_put(rec, &smb_of(rec)->command, command, strlen(command), 64);
    fm_rec_put(rec, &smb_of(rec)->share, share, strlen(share), 255);
    fm_rec_put(rec, &smb_of(rec)->file, file, strlen(file), 255);
    fm_rec_put(rec, &smb_of(rec)->account, account, strlen(account), 128);
    rec->has = FM_HAS_OPERATION | FM_HAS_STATUS;
    return rec;
}

/* A ticket that the server gave out. */
static inline struct fm_rec *rec_ticket(struct space *space, fm_time at, const struct pair *pair,
        const char *account)
{
    struct fm_rec *rec = rec_of(space, FM_KRB5, at, pair);
    struct fm_krb5 *krb5 = (struct fm_krb5 *)(void *)(rec + 1);

    krb5->type = 11;
    fm_rec_put(rec, &krb5->account, account, strlen(account), 128);
    rec->has = FM_HAS_ACCOUNT | FM_HAS_TYPE | FM_HAS_STATUS;
    return rec;
}

/* A week in which something is seen every hour. */
static inline void watch_week(struct sight *s, fm_time from)
{
    for (unsigned hour = 0; hour < 7 * 24; hour++)
        fm_learn_watch(s->learn, from + hour * FM_HOUR);
}

#endif
