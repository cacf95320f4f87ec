/* Who works at a host: the accounts that it has logged in with, where the server said that the
 * login was right (Kerberos tickets given, NTLM over SMB, LDAP, FTP).  A machine's own account is
 * nobody's, nor is an anonymous one.
 *
 * A few comparisons a transaction.  Cannot see: logins within encryption, and who had logged in
 * before the sensor was there and asks for no ticket since. */
#include <string.h>

#include "detect/login.h"
#include "engine/inside.h"

static bool is_asked(const struct fm_obs *obs)
{
    enum fm_kind kind = (enum fm_kind)obs->rec->kind;

    return kind == FM_KRB5 || kind == FM_SMB || kind == FM_LDAP || kind == FM_FTP;
}

/** A ticket was given: its client has shown who it is, now or when it got the first. */
static bool has_ticket(const struct fm_obs *obs, struct fm_login *login)
{
    enum { TGS_REP = 13 };
    const struct fm_krb5 *krb5 = fm_body(obs->rec);
    size_t len;
    const char *account = fm_rec_str(obs->rec, krb5->account, &len);

    if (obs->rec->kind != FM_KRB5 || krb5->type != TGS_REP || krb5->error)
        return false;
    fm_text_name(login->account, sizeof login->account, account, len);
    return true;
}

static bool is_right(const struct fm_obs *obs, struct fm_login *login)
{
    return (fm_login_of(obs, login) && login->told && login->end == FM_LOGIN_RIGHT) ||
           has_ticket(obs, login);
}

/** "cn=ann,ou=people" is ann. */
static const char *person(char *account)
{
    char *name = strchr(account, '=');

    if (!name)
        return account;
    name++;
    name[strcspn(name, ",")] = '\0';
    return name;
}

static bool is_somebody(const char *name)
{
    static const char *const nobody[] = { "anonymous", "ftp", "guest", "" };
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++)
        if (!strcmp(name, nobody[i]))
            return false;
    return name[len - 1] != '$';
}

void fm_engine_user(const struct fm_obs *obs)
{
    struct fm_login login;

    if (!obs->client || !is_asked(obs) || !is_right(obs, &login))
        return;
    const char *name = person(login.account);
    if (is_somebody(name))
        fm_entity_user(obs->client, name);
}
