/* Accounts asked for, and servers that log in many people. */
#include "logins.h"

static const char *name_of(unsigned n)
{
    static char name[16];

    snprintf(name, sizeof name, "name%03u", n);
    return name;
}

static struct watch *after(unsigned tries, unsigned unknown, unsigned wrong)
{
    struct watch *w = watch_new("account_scan");

    for (unsigned i = 0; i < tries; i++)
        login_krb5(w, DAY0 + i * FM_SECOND, inside(1), inside(2), name_of(i),
                i < unknown ? 6 : i < unknown + wrong ? 24 : 0);
    watch_until(w, DAY0 + FM_MINUTE);
    return w;
}

static void the_errors_tell_the_kind(void **state)
{
    static const struct {
        unsigned unknown, wrong;
        const char *kind;
    } rows[] = { { 40, 0, "enumeration" }, { 0, 40, "spray" }, { 30, 10, "brute-sweep" } };

    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct watch *w = after(40, rows[r].unknown, rows[r].wrong);
        assert_true(w->found > 0);
        assert_string_equal(watch_text(w, "kind"), rows[r].kind);
        assert_string_equal(w->last.kind, rows[r].kind);
        watch_free(w);
    }
}

static void ten_accounts_within_ten_minutes(void **state)
{
    (void)state;
    for (unsigned n = 9; n <= 10; n++) {
        struct watch *w = after(n, n, 0);
        assert_int_equal(w->found > 0, n == 10);
        watch_free(w);
    }
}

static void the_finding_says_how_many_of_what(void **state)
{
    struct watch *w = after(60, 40, 15);

    (void)state;
    assert_true(watch_number(w, "accounts") > 50 && watch_number(w, "accounts") < 60);
    assert_true(watch_number(w, "unknown_accounts") == 40);
    assert_true(watch_number(w, "refused") == 15);
    assert_true(watch_number(w, "successes") == 5);
    assert_true(watch_number(w, "servers") == 1);
    assert_int_equal(w->last.port, KERBEROS);
    assert_true(watch_scores(w).certainty >= 50);
    watch_free(w);
}

static void ntlm_gives_one_answer_to_both(void **state)
{
    struct watch *w = watch_new("account_scan");

    (void)state;
    for (unsigned i = 0; i < 25; i++)
        login_smb(w, DAY0 + i * FM_SECOND, inside(1), inside(2 + i % 5), name_of(i), WRONG);
    watch_until(w, DAY0 + FM_HOUR);
    assert_true(w->found > 0);
    assert_string_equal(w->last.kind, "logins");
    assert_true(watch_number(w, "servers") == 5);
    assert_true(isnan(term_of(&w->last, "unknown_share")));
    assert_true(watch_scores(w).certainty >= 30);
    watch_free(w);
}

static void slowly_over_a_day(void **state)
{
    struct watch *w = watch_new("account_scan");

    (void)state;
    for (unsigned i = 0; i < 40; i++)
        login_krb5(w, DAY0 + i * 20 * FM_MINUTE, inside(1), inside(2), name_of(i), i % 2 ? 6 : 24);
    watch_until(w, DAY0 + 14 * FM_HOUR);
    assert_true(w->found > 0);
    assert_string_equal(watch_text(w, "speed"), "slow");
    watch_free(w);
}

/* A mail front end: 300 people, a fifth of whom mistype once. */
static void a_server_that_logs_in_many_is_none(void **state)
{
    struct watch *w = watch_new("account_scan");

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        if (i % 5 == 0)
            login_krb5(w, DAY0 + i * 2 * FM_SECOND, inside(1), inside(2), name_of(i), 24);
        login_krb5(w, DAY0 + i * 2 * FM_SECOND + 1000, inside(1), inside(2), name_of(i), 0);
    }
    watch_until(w, DAY0 + FM_HOUR);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

static void one_account_again_and_again_is_none(void **state)
{
    struct watch *w = watch_new("account_scan");

    (void)state;
    for (unsigned i = 0; i < 500; i++)
        login_krb5(w, DAY0 + i * FM_SECOND, inside(1), inside(2), "removed", 6);
    watch_until(w, DAY0 + FM_HOUR);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

static void ftp_has_no_directory_of_accounts(void **state)
{
    struct watch *w = watch_new("account_scan");

    (void)state;
    for (unsigned i = 0; i < 50; i++)
        login_ftp(w, DAY0 + i * FM_SECOND, inside(1), inside(2), name_of(i), 530);
    watch_until(w, DAY0 + FM_HOUR);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_errors_tell_the_kind),
        cmocka_unit_test(ten_accounts_within_ten_minutes),
        cmocka_unit_test(the_finding_says_how_many_of_what),
        cmocka_unit_test(ntlm_gives_one_answer_to_both),
        cmocka_unit_test(slowly_over_a_day),
        cmocka_unit_test(a_server_that_logs_in_many_is_none),
        cmocka_unit_test(one_account_again_and_again_is_none),
        cmocka_unit_test(ftp_has_no_directory_of_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
