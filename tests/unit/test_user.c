/* Users of a host: whose login from it was right, the last three of them. */
#include "calls.h"

#include "engine/inside.h"

static struct space space;
static struct fm_entity host;
static struct pair pair;

static void see(struct fm_rec *rec)
{
    struct fm_obs obs = { .what = FM_OBS_TX, .rec = rec, .client = &host };

    assert_true(fm_rec_valid(rec, rec->size));
    fm_engine_user(&obs);
}

static int begin(void **state)
{
    (void)state;
    host = (struct fm_entity){ .id = 1 };
    pair = hosts_of(1, 2, 445);
    return 0;
}

static void see_smb(const char *account, uint32_t status)
{
    struct fm_rec *rec = rec_smb(&space, DAY0, &pair, "session_setup", "", "", account);

    smb_of(rec)->status = status;
    see(rec);
}

static void see_session(enum fm_kind kind, const char *command, const char *account,
        uint32_t status)
{
    struct fm_rec *rec = rec_of(&space, kind, DAY0, &pair);
    struct fm_session *session = (struct fm_session *)(void *)(rec + 1);

    session->status = status;
    fm_rec_put(rec, &session->command, command, strlen(command), 32);
    fm_rec_put(rec, &session->account, account, strlen(account), 64);
    rec->has = FM_HAS_STATUS | FM_HAS_ACCOUNT | FM_HAS_OPERATION;
    see(rec);
}

static void see_ticket(const char *account, uint32_t type, uint32_t error)
{
    struct fm_rec *rec = rec_ticket(&space, DAY0, &pair, account);
    struct fm_krb5 *krb5 = (struct fm_krb5 *)(void *)(rec + 1);

    krb5->type = type;
    krb5->error = error;
    see(rec);
}

static void only_right_logins_name_a_user(void **state)
{
    (void)state;
    see_smb("Eve", 0xc000006d);
    see_ticket("eve", 11, 24);
    see_ticket("eve", 13, 7);
    see_session(FM_FTP, "PASS", "eve", 530);
    see_session(FM_FTP, "RETR", "eve", 226);
    see_session(FM_LDAP, "bind_response", "cn=eve,dc=office", 49);
    assert_string_equal(host.user[0], "");
    see_smb("Ann", 0);
    assert_string_equal(host.user[0], "ann");
    see_ticket("Bob", 11, 0);
    see_session(FM_LDAP, "bind_response", "cn=Cid,dc=office", 0);
    assert_string_equal(host.user[0], "cid");
    assert_string_equal(host.user[1], "bob");
    assert_string_equal(host.user[2], "ann");
    see_ticket("ann", 13, 0);
    assert_string_equal(host.user[0], "ann");
    assert_string_equal(host.user[1], "cid");
    assert_string_equal(host.user[2], "bob");
    see_session(FM_FTP, "PASS", "dan", 230);
    assert_string_equal(host.user[0], "dan");
    assert_string_equal(host.user[2], "cid");
}

static void machines_and_nobody_are_no_users(void **state)
{
    (void)state;
    see_ticket("PC7$", 11, 0);
    see_smb("anonymous", 0);
    see_session(FM_FTP, "PASS", "ftp", 230);
    see_session(FM_LDAP, "bind_response", "cn=", 0);
    assert_string_equal(host.user[0], "");
}

static void a_long_name_is_cut(void **state)
{
    char name[200];

    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (unsigned i = 0; i < 4; i++)
        see_smb(name, 0); /* the same one each time */
    assert_int_equal(strlen(host.user[0]), FM_ENTITY_USER - 1);
    assert_string_equal(host.user[1], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_right_logins_name_a_user, begin),
        cmocka_unit_test_setup(machines_and_nobody_are_no_users, begin),
        cmocka_unit_test_setup(a_long_name_is_cut, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
