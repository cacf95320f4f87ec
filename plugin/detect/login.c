#include "detect/login.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define SSH_REFUSED_BYTES 2600
#define SSH_AFTER_KEYS_BYTES 800
#define SSH_KEYS_BYTES 200 /* payloads as large are the key exchange's, among a flow's first */
#define RDP_REFUSED_BYTES 10000

/* ---- words of a record ---- */

static void name_account(const struct fm_rec *rec, struct fm_str str, struct fm_login *out)
{
    size_t len;
    const char *text = fm_rec_str(rec, str, &len);

    fm_text_name(out->account, sizeof out->account, text, len);
}

static bool is(const struct fm_rec *rec, struct fm_str str, const char *word)
{
    size_t len;
    const char *text = fm_rec_str(rec, str, &len);

    return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

static bool holds(const char *text, size_t len, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= len; i++)
        if ((text[i] | 0x20) == (word[0] | 0x20) && strncasecmp(text + i, word, n) == 0)
            return true;
    return false;
}

/* ---- what the server says ---- */

/** FTP (RFC 959): 230 logged in, 530 and RFC 2228's 430 not; 530 to any other command only says
 *  that a login is wanted. */
static bool tell_ftp(const struct fm_rec *rec, struct fm_login *out)
{
    const struct fm_session *ftp = fm_body(rec);
    bool failed = ftp->status == 530 || ftp->status == 430;

    if (!is(rec, ftp->command, "PASS") && !(failed && is(rec, ftp->command, "USER")))
        return false;
    name_account(rec, ftp->account, out);
    out->end = failed ? FM_LOGIN_FAILED : FM_LOGIN_RIGHT;
    return failed || ftp->status == 230;
}

/** NTSTATUS ([MS-ERREF] 2.3.1).  "Expired" and "must change" are told to those only who know the
 *  password. */
static bool tell_smb(const struct fm_rec *rec, struct fm_login *out)
{
    static const struct {
        uint32_t status;
        enum fm_login_end end;
    } ends[] = {
        { 0x00000000, FM_LOGIN_RIGHT },
        { 0xc0000064, FM_LOGIN_NOBODY },
        { 0xc000006a, FM_LOGIN_FAILED }, /* wrong password */
        { 0xc000006d, FM_LOGIN_FAILED }, /* logon failure */
        { 0xc0000071, FM_LOGIN_RIGHT },  /* password expired */
        { 0xc0000072, FM_LOGIN_FAILED }, /* account disabled */
        { 0xc0000224, FM_LOGIN_RIGHT },  /* password must change */
        { 0xc0000234, FM_LOGIN_FAILED }, /* account locked out */
    };
    const struct fm_smb *smb = fm_body(rec);

    if (!(rec->has & FM_HAS_STATUS) || !is(rec, smb->command, "session_setup"))
        return false;
    name_account(rec, smb->account, out);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (ends[i].status != smb->status)
            continue;
        out->end = ends[i].end;
        return out->end != FM_LOGIN_RIGHT || out->account[0]; /* not anonymous, not Kerberos */
    }
    return false;
}

enum { KDC_UNKNOWN_CLIENT = 6, KDC_REVOKED = 18, KDC_PREAUTH_FAILED = 24, AS_REP = 11 };

/** Kerberos error codes of RFC 4120, 7.5.9. */
static bool tell_krb5(const struct fm_rec *rec, struct fm_login *out)
{
    const struct fm_krb5 *krb5 = fm_body(rec);

    name_account(rec, krb5->account, out);
    out->end = krb5->error == KDC_UNKNOWN_CLIENT ? FM_LOGIN_NOBODY
               : krb5->error                     ? FM_LOGIN_FAILED
                                                 : FM_LOGIN_RIGHT;
    return krb5->error == KDC_UNKNOWN_CLIENT || krb5->error == KDC_REVOKED ||
           krb5->error == KDC_PREAUTH_FAILED || (!krb5->error && krb5->type == AS_REP);
}

enum { LDAP_WRONG = 49 }; /* invalidCredentials of RFC 4511 */

static bool tell_ldap(const struct fm_rec *rec, struct fm_login *out)
{
    const struct fm_session *ldap = fm_body(rec);
    size_t len;
    const char *operation = fm_rec_str(rec, ldap->command, &len);

    name_account(rec, ldap->account, out);
    out->end = ldap->status ? FM_LOGIN_FAILED : FM_LOGIN_RIGHT;
    return (rec->has & FM_HAS_STATUS) && holds(operation, len, "bind") && out->account[0] &&
           (!ldap->status || ldap->status == LDAP_WRONG);
}

static bool tell_ssh(const struct fm_rec *rec, struct fm_login *out)
{
    const struct fm_session *ssh = fm_body(rec);

    out->end = ssh->status ? FM_LOGIN_FAILED : FM_LOGIN_RIGHT;
    return rec->has & FM_HAS_STATUS;
}

static bool tell_rdp(const struct fm_rec *rec, struct fm_login *out)
{
    const struct fm_session *rdp = fm_body(rec);

    name_account(rec, rdp->account, out);
    out->end = FM_LOGIN_NAMED;
    return out->account[0];
}

static bool tell_rfb(const struct fm_rec *rec, struct fm_login *out)
{
    const struct fm_session *rfb = fm_body(rec);

    out->end = rfb->status ? FM_LOGIN_FAILED : FM_LOGIN_RIGHT;
    return rec->has & FM_HAS_STATUS;
}

enum { SMTP_WRONG = 535 }; /* RFC 4954 */

static bool tell_smtp(const struct fm_rec *rec, struct fm_login *out)
{
    out->end = FM_LOGIN_FAILED;
    return ((const struct fm_session *)fm_body(rec))->status == SMTP_WRONG;
}

/** A request that logs in: it posts to a path that says so, or brings credentials in a header. */
static bool is_http_login(const struct fm_rec *rec, const struct fm_http *http)
{
    static const char *const words[] = { "login", "logon", "signin", "sign-in", "auth", "session",
        "security_check" };
    size_t len, headers_len;
    const char *uri = fm_rec_str(rec, http->uri, &len);
    const char *headers = fm_rec_str(rec, http->headers, &headers_len);
    const char *query = memchr(uri, '?', len);

    if (query)
        len = (size_t)(query - uri);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is(rec, http->method, "POST") && holds(uri, len, words[i]))
            return true;
    return holds(headers, headers_len, "authorization") &&
           !holds(headers, headers_len, "proxy-authorization");
}

/** A form's own word for logging in, in the path that it is posted to. */
static bool is_form(const struct fm_rec *rec, const struct fm_http *http)
{
    size_t len;
    const char *uri = fm_rec_str(rec, http->uri, &len);
    const char *query = memchr(uri, '?', len);

    if (query)
        len = (size_t)(query - uri);
    return is(rec, http->method, "POST") &&
           (holds(uri, len, "login") || holds(uri, len, "logon") || holds(uri, len, "signin"));
}

static bool tell_http(const struct fm_rec *rec, struct fm_login *out)
{
    const struct fm_http *http = fm_body(rec);
    bool failed = http->status == 401 || http->status == 403;

    out->end = failed ? FM_LOGIN_FAILED : FM_LOGIN_RIGHT;
    out->open = !failed && is_form(rec, http);
    return (failed || (http->status >= 200 && http->status < 400)) && is_http_login(rec, http);
}

static const struct {
    enum fm_kind kind;
    enum fm_app app;
    bool (*tell)(const struct fm_rec *rec, struct fm_login *out);
} tellers[] = {
    { FM_FTP, FM_APP_FTP, tell_ftp },
    { FM_SMB, FM_APP_SMB, tell_smb },
    { FM_KRB5, FM_APP_KRB5, tell_krb5 },
    { FM_LDAP, FM_APP_LDAP, tell_ldap },
    { FM_SSH, FM_APP_SSH, tell_ssh },
    { FM_RDP, FM_APP_RDP, tell_rdp },
    { FM_RFB, FM_APP_RFB, tell_rfb },
    { FM_SMTP, FM_APP_SMTP, tell_smtp },
    { FM_HTTP, FM_APP_HTTP, tell_http },
};

/* ---- what the size says ---- */

/** What an SSH server sent of its keys, whose size goes by the algorithms; 0: not known. */
static uint64_t key_bytes(const struct fm_flow_row *flow)
{
    uint64_t keys = 0;

    for (unsigned i = 0; flow->has_shape && i < FM_SHAPE_FIRST; i++)
        if (flow->shape.first_len[i] <= -SSH_KEYS_BYTES)
            keys += (uint64_t)-flow->shape.first_len[i];
    return keys;
}

static bool is_refused(const struct fm_obs *obs)
{
    uint64_t keys = key_bytes(obs->flow);

    if (obs->app == FM_APP_RDP)
        return obs->bytes[FM_TO_CLIENT] <= RDP_REFUSED_BYTES;
    return obs->bytes[FM_TO_CLIENT] <= (keys ? keys + SSH_AFTER_KEYS_BYTES : SSH_REFUSED_BYTES);
}

/** Services whose logins no parser tells, by port: what a refused session is at most. */
static const struct quiet {
    uint16_t port;
    enum fm_app app;
    uint16_t turns[2];    /* changes of the speaker, least and most */
    uint16_t most_bytes;  /* from the server */
    uint16_t grant_bytes; /* a later answer as short lets in; 0: none is */
} quiet[] = {
    { 23, FM_APP_TELNET, { 6, 40 }, 1000, 0 },
    { 2323, FM_APP_TELNET, { 6, 40 }, 1000, 0 },
    { 110, FM_APP_POP3, { 4, 8 }, 400, 0 },
    { 143, FM_APP_IMAP, { 2, 6 }, 600, 0 },
    { 587, FM_APP_SMTP, { 6, 12 }, 1000, 0 },
    { 3306, FM_APP_MYSQL, { 2, 6 }, 800, 20 },
    { 5432, FM_APP_PGSQL, { 3, 7 }, 300, 0 },
    { 5900, FM_APP_RFB, { 4, 8 }, 150, 0 },
};

/** Suricata 7 reads POP3 as FTP, in whose words it begins. */
static const struct quiet *quiet_of(const struct fm_obs *obs)
{
    bool unknown = obs->app == FM_APP_UNKNOWN || obs->app == FM_APP_OTHER ||
                   obs->app == FM_APP_FAILED;

    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        bool ours = unknown || obs->app == quiet[i].app ||
                    (obs->app == FM_APP_FTP && quiet[i].app == FM_APP_POP3);
        if (quiet[i].port == obs->sport && ours)
            return &quiet[i];
    }
    return NULL;
}

static bool is_granted(const struct fm_shape *shape, const struct quiet *service)
{
    bool asked = false;

    for (unsigned i = 0; i < FM_SHAPE_FIRST; i++) {
        asked = asked || shape->first_len[i] > 0;
        if (asked && shape->first_len[i] < 0 && -shape->first_len[i] <= service->grant_bytes)
            return true;
    }
    return false;
}

/** Sessions shorter than a refusal tried nothing. */
static bool shape_up(const struct fm_obs *obs, struct fm_login *out)
{
    const struct quiet *service = quiet_of(obs);

    if (!service || !obs->orig_known || !obs->flow || !obs->flow->has_shape ||
            !obs->bytes[FM_TO_SERVER] || obs->flow->shape.turns < service->turns[0])
        return false;
    bool refused = obs->flow->shape.turns <= service->turns[1] &&
                   obs->bytes[FM_TO_CLIENT] <= service->most_bytes &&
                   !is_granted(&obs->flow->shape, service);
    out->app = service->app;
    out->end = refused ? FM_LOGIN_FAILED : FM_LOGIN_RIGHT;
    return true;
}

/** A client that says nothing asks whether the service is there.  What it said may come later,
 *  where the two directions travel apart: then no more than its opening was seen. */
static bool only_checks(const struct fm_obs *obs)
{
    enum { OPENING = 2 };

    return !obs->bytes[FM_TO_SERVER] && obs->flow->packets[FM_TO_SERVER] > OPENING;
}

static bool size_up(const struct fm_obs *obs, struct fm_login *out)
{
    bool both_ways = obs->flow && obs->flow->packets[FM_TO_CLIENT];

    if ((obs->app != FM_APP_SSH && obs->app != FM_APP_RDP) || !obs->orig_known || !both_ways ||
            only_checks(obs))
        return false;
    out->app = (enum fm_app)obs->app;
    out->end = is_refused(obs) ? FM_LOGIN_FAILED : FM_LOGIN_RIGHT;
    return true;
}

bool fm_login_of(const struct fm_obs *obs, struct fm_login *out)
{
    memset(out, 0, sizeof *out);
    if (obs->what == FM_OBS_END)
        return size_up(obs, out) || shape_up(obs, out);
    for (size_t i = 0; obs->what == FM_OBS_TX && i < sizeof tellers / sizeof *tellers; i++) {
        if (tellers[i].kind != obs->rec->kind)
            continue;
        out->app = tellers[i].app;
        out->told = true;
        return tellers[i].tell(obs->rec, out);
    }
    return false;
}
