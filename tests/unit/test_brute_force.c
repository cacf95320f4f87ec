/* Guessed logins and the honest failures that look like them. */
#include "logins.h"

#include "detect/guess.h"

static struct watch *new_watch(void)
{
    return watch_new("brute_force");
}

static void twenty_failures_within_ten_minutes(void **state)
{
    (void)state;
    for (unsigned tries = 19; tries <= 20; tries++) {
        struct watch *w = new_watch();
        for (unsigned i = 0; i < tries; i++)
            login_ftp(w, DAY0 + 2 * i * FM_SECOND, inside(1), inside(2), "ada", 530);
        watch_until(w, DAY0 + FM_MINUTE);
        assert_int_equal(w->found > 0, tries == 20);
        if (tries == 20) {
            struct fm_addr server = inside(2);
            assert_string_equal(w->last.kind, "fast");
            assert_string_equal(watch_text(w, "service"), "ftp");
            assert_string_equal(watch_text(w, "direction"), "inside");
            assert_true(fm_addr_equal(&fact_of(&w->last, "server")->addr, &server));
            assert_int_equal(w->last.port, FTP);
            assert_true(watch_number(w, "failures") == 20);
            assert_true(watch_number(w, "accounts") == 1);
            assert_false(w->last.success);
            assert_true(watch_scores(w).certainty >= 30);
        }
        watch_free(w);
    }
}

static void a_right_guess_is_told_with_its_account(void **state)
{
    struct watch *w = new_watch();
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "user%02u", i);
        login_smb(w, DAY0 + i * FM_SECOND, inside(1), inside(2), name, i == 47 ? 0 : WRONG);
    }
    watch_until(w, DAY0 + FM_HOUR);
    assert_true(w->last.success);
    assert_true(watch_number(w, "guesses") == 1);
    assert_true(watch_number(w, "tries") == 60);
    assert_true(watch_number(w, "successes") == 1);
    assert_string_equal(watch_text(w, "account_succeeded"), "user47");
    assert_true(fact_of(&w->last, "succeeded_at")->time == DAY0 + 47 * FM_SECOND);
    assert_non_null(strstr(w->last.summary, "user47"));
    assert_true(watch_scores(w).threat >= 60);
    watch_free(w);
}

/* Several tens within hours, one right in twenty, as the study's person did. */
static void by_hand_is_slow_and_found(void **state)
{
    struct watch *w = new_watch();
    uint64_t seed = 5;
    fm_time at = DAY0;

    (void)state;
    for (unsigned i = 1; i <= 60; i++) {
        login_smb(w, at, inside(1), inside(2), "victim", i % 20 ? WRONG : 0);
        at += (60 + (fm_time)seeded_below(&seed, 240)) * FM_SECOND;
    }
    watch_until(w, at);
    assert_true(w->found > 0);
    assert_string_equal(w->last.kind, "slow");
    assert_true(w->last.success);
    assert_true(watch_scores(w).certainty >= 30);
    watch_free(w);
}

static void statuses_of_ntlm(void **state)
{
    static const struct {
        uint32_t status;
        bool fails;
    } rows[] = { { 0xc000006d, true }, { 0xc000006a, true }, { 0xc0000064, true },
        { 0xc0000072, true }, { 0xc0000234, true }, { 0, false }, { 0xc0000016, false },
        { 0xc0000071, false }, { 0xc0000224, false }, { 0xc0000022, false } };

    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct watch *w = new_watch();
        for (unsigned i = 0; i < 30; i++)
            login_smb(w, DAY0 + i * FM_SECOND, inside(1), inside(2), "ada", rows[r].status);
        watch_until(w, DAY0 + FM_HOUR);
        assert_int_equal(w->found > 0, rows[r].fails);
        watch_free(w);
    }
}

struct asked {
    const char *method, *uri, *headers;
    uint16_t status;
    bool fails;
};

static void of_http_only_logins_count(void **state)
{
    static const struct asked rows[] = {
        { "POST", "/app/Login.php?next=/", "Host,Cookie", 401, true },
        { "POST", "/api/auth", "Host", 403, true },
        { "GET", "/admin/", "Host,Authorization,Accept", 401, true },
        { "GET", "/admin/", "Host,Accept", 401, false },             /* nothing was tried */
        { "GET", "/", "Host,Proxy-Authorization", 401, false },
        { "POST", "/upload?from=/login", "Host", 403, false },
        { "POST", "/login", "Host", 200, false },
        { "POST", "/login", "Host", 500, false },
    };

    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct watch *w = new_watch();
        struct pair p = login_pair(inside(1), inside(2), 80);
        for (unsigned i = 0; i < 30; i++) {
            struct fm_rec *rec = rec_of(&w->space, FM_HTTP, DAY0 + i * FM_SECOND, &p);
            struct fm_http *http = (struct fm_http *)(void *)(rec + 1);
            http->status = rows[r].status;
            fm_rec_put(rec, &http->method, rows[r].method, strlen(rows[r].method), 32);
            fm_rec_put(rec, &http->uri, rows[r].uri, strlen(rows[r].uri), 255);
            fm_rec_put(rec, &http->headers, rows[r].headers, strlen(rows[r].headers), 255);
            rec->has = FM_HAS_STATUS | FM_HAS_METHOD | FM_HAS_URI | FM_HAS_HEADERS;
            watch_take(w, rec);
        }
        watch_until(w, DAY0 + FM_MINUTE);
        assert_int_equal(w->found > 0, rows[r].fails);
        watch_free(w);
    }
}

static void of_other_services_the_codes_count(void **state)
{
    static const struct {
        enum fm_kind kind;
        const char *command, *account;
        uint32_t status;
        bool fails;
    } rows[] = {
        { FM_RFB, "", "", 1, true },
        { FM_RFB, "", "", 0, false },
        { FM_SMTP, "", "", 535, true },
        { FM_SMTP, "", "", 550, false },
        { FM_LDAP, "bind_request", "cn=ada", 49, true },
        { FM_LDAP, "bind_request", "", 49, false },
        { FM_LDAP, "search_request", "cn=ada", 49, false },
        { FM_FTP, "PASS", "ada", 430, true },
        { FM_FTP, "USER", "ada", 530, true },
        { FM_FTP, "FEAT", "ada", 530, false },
        { FM_FTP, "PASS", "ada", 230, false },
        { FM_FTP, "PASS", "ada", 421, false },
    };

    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct watch *w = new_watch();
        for (unsigned i = 0; i < 30; i++) {
            struct pair p = login_pair(inside(1), inside(2), 1000);
            struct fm_rec *rec = rec_of(&w->space, rows[r].kind, DAY0 + i * FM_SECOND, &p);
            struct fm_session *body = (struct fm_session *)(void *)(rec + 1);
            body->status = rows[r].status;
            fm_rec_put(rec, &body->command, rows[r].command, strlen(rows[r].command), 32);
            fm_rec_put(rec, &body->account, rows[r].account, strlen(rows[r].account), 64);
            rec->has = FM_HAS_STATUS;
            watch_take(w, rec);
        }
        watch_until(w, DAY0 + FM_MINUTE);
        assert_int_equal(w->found > 0, rows[r].fails);
        watch_free(w);
    }
}

static void ssh_is_judged_by_size(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 39; i++)
        login_ssh(w, DAY0 + i * 6 * FM_SECOND, inside(1), inside(2), i % 3 ? 1850 : 0);
    watch_until(w, DAY0 + 4 * FM_MINUTE);
    assert_int_equal(w->found, 0); /* twice as many as where the server says it */
    login_ssh(w, DAY0 + 4 * FM_MINUTE, inside(1), inside(2), 2100);
    watch_until(w, DAY0 + 5 * FM_MINUTE);
    assert_int_equal(w->found, 1);
    assert_string_equal(watch_text(w, "judged_by"), "size of the sessions");
    assert_true(isnan(term_of(&w->last, "accounts")));
    login_ssh(w, DAY0 + 5 * FM_MINUTE, inside(1), inside(2), 40000);
    watch_until(w, DAY0 + 6 * FM_MINUTE);
    assert_true(w->last.success);
    watch_free(w);
}

/* Nobody else is refused twenty times in half a minute. */
static void flat_out_needs_no_second_twenty(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 22; i++)
        login_ssh(w, DAY0 + i * FM_SECOND, inside(1), inside(2), 1850);
    watch_until(w, DAY0 + FM_MINUTE);
    assert_true(w->found > 0);
    watch_free(w);
}

/* Six passwords over a key exchange of 2,540 bytes; the same exchange and a short command. */
static void the_key_exchange_does_not_count(void **state)
{
    static const int16_t lengths[FM_SHAPE_FIRST] = { -23, 23, 1460, 76, -1080, 1208, -1460, -96 };
    static const struct {
        uint64_t out, in;
        bool fails;
    } rows[] = { { 3600, 2660 + 44 + 7 * 84, true }, { 3600, 2660 + 1200, false },
        { 0, 23, false } /* nothing was said */ };

    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct watch *w = new_watch();
        for (unsigned i = 0; i < 60; i++) {
            struct pair p = login_pair(inside(1), inside(2), SSH);
            login_shape(w, DAY0 + i * FM_SECOND, &p, FM_APP_SSH, rows[r].out, rows[r].in, lengths,
                    14);
        }
        watch_until(w, DAY0 + 2 * FM_MINUTE);
        assert_int_equal(w->found > 0, rows[r].fails);
        watch_free(w);
    }
}

static void a_port_of_its_own_is_ssh_too(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        struct pair p = login_pair(inside(1), inside(2), 902);
        login_session(w, DAY0 + i * FM_SECOND, &p, FM_APP_SSH, 1839);
    }
    watch_until(w, DAY0 + 2 * FM_MINUTE);
    assert_true(w->found > 0);
    assert_int_equal(w->last.port, 902);
    watch_free(w);
}

/* What Zeek says of a login stands; the size of the same session does not count beside it. */
static void a_told_end_counts_once(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 19; i++) {
        struct pair p = login_pair(inside(1), inside(2), SSH);
        struct fm_rec *rec = rec_of(&w->space, FM_SSH, DAY0 + i * 4 * FM_SECOND, &p);
        ((struct fm_session *)(void *)(rec + 1))->status = 1;
        rec->has = FM_HAS_STATUS;
        watch_take(w, rec);
        login_session(w, DAY0 + i * 4 * FM_SECOND + 1, &p, FM_APP_SSH, 1839);
    }
    watch_until(w, DAY0 + 3 * FM_MINUTE);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

struct quiet_session {
    enum fm_app app;
    uint16_t port;
    uint64_t in;
    unsigned turns;
    int16_t lengths[FM_SHAPE_FIRST];
    bool fails;
};

static void by_shape(const struct quiet_session *row, unsigned tries, fm_time gap, bool found)
{
    struct watch *w = new_watch();

    for (unsigned i = 0; i < tries; i++) {
        struct pair p = login_pair(inside(1), inside(2), row->port);
        login_shape(w, DAY0 + i * gap, &p, row->app, 90, row->in, row->lengths, row->turns);
    }
    watch_until(w, DAY0 + tries * gap + FM_MINUTE);
    assert_int_equal(w->found > 0, found);
    if (found)
        assert_string_equal(watch_text(w, "judged_by"), "size of the sessions");
    watch_free(w);
}

/* What a refusal looks like where no parser tells it, and the right sessions nearest to it. */
static void short_sessions_of_silent_services(void **state)
{
    static const struct quiet_session rows[] = {
        { FM_APP_OTHER, 23, 165, 14, { -12, 12, -12, 6, -16, 7, -31, 6 }, true },
        { FM_APP_OTHER, 23, 9000, 30, { -12, 12, -12, 6, -16, 7, -31, 6 }, false }, /* worked */
        { FM_APP_FTP, 110, 66, 6, { -20, 10, -5, 10, -36, 6, -5 }, true }, /* Suricata 7's POP3 */
        { FM_APP_FAILED, 110, 9, 1, { -9, 5 }, false },                    /* a check */
        { FM_APP_FAILED, 143, 88, 2, { -36, 17, -52 }, true },
        { FM_APP_FAILED, 3306, 156, 2, { -78, 86, -78 }, true },
        { FM_APP_FAILED, 3306, 89, 3, { -78, 86, -11, 5 }, false },        /* let in */
        { FM_APP_OTHER, 5432, 84, 3, { 41, -13, 41, -71 }, true },
        { FM_APP_OTHER, 5432, 420, 5, { 41, -13, 41, -350, 30, -57 }, false },
        { FM_APP_RFB, 5900, 60, 6, { -12, 12, -2, 1, -16, 16, -30 }, true },
        { FM_APP_SMTP, 587, 200, 10, { -30, 10, -90, 12, -18, 12, -18, 12 }, true },
        { FM_APP_SMTP, 587, 400, 18, { -30, 10, -90, 12, -18, 12, -18, 12 }, false },
        { FM_APP_TLS, 5432, 84, 3, { 41, -13, 41, -71 }, false },
        { FM_APP_FAILED, 9999, 84, 3, { 41, -13, 41, -71 }, false },
    };

    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        by_shape(&rows[r], 39, FM_SECOND, false);
        by_shape(&rows[r], 60, FM_SECOND, rows[r].fails);
        by_shape(&rows[r], 400, FM_MINUTE, false); /* a mail program, all day */
    }
}

static void post(struct watch *w, fm_time at, struct fm_addr server, const char *path,
        uint16_t status)
{
    struct pair p = login_pair(inside(1), server, 80);
    struct fm_rec *rec = rec_of(&w->space, FM_HTTP, at, &p);
    struct fm_http *http = (struct fm_http *)(void *)(rec + 1);

    http->status = status;
    fm_rec_put(rec, &http->method, "POST", 4, 16);
    fm_rec_put(rec, &http->uri, path, strlen(path), 255);
    rec->has = FM_HAS_STATUS | FM_HAS_METHOD | FM_HAS_URI;
    watch_take(w, rec);
}

/* A server that answers 302 to all alike; one that refuses with 401 and then does not. */
static void forms_that_do_not_tell_need_many(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 79; i++)
        post(w, DAY0 + i * FM_SECOND, inside(2), "/login.php", 302);
    watch_until(w, DAY0 + 80 * FM_SECOND);
    assert_int_equal(w->found, 0);
    post(w, DAY0 + 81 * FM_SECOND, inside(2), "/login.php?next=1", 302);
    watch_until(w, DAY0 + 90 * FM_SECOND);
    assert_true(w->found > 0);
    assert_false(w->last.success);
    watch_free(w);
    w = new_watch();
    for (unsigned i = 0; i < 30; i++)
        post(w, DAY0 + i * FM_SECOND, inside(2), "/login", i < 29 ? 401 : 302);
    watch_until(w, DAY0 + FM_MINUTE);
    assert_true(w->last.success);
    watch_free(w);
}

/* A program whose token has expired asks its vendor again and again. */
static void outside_web_servers_refuse_programs(void **state)
{
    (void)state;
    for (unsigned tries = 60; tries <= 100; tries += 40) {
        struct watch *w = new_watch();
        for (unsigned i = 0; i < tries; i++)
            post(w, DAY0 + i * FM_SECOND, outside(2), "/login", 401);
        watch_until(w, DAY0 + 2 * FM_MINUTE);
        assert_int_equal(w->found > 0, tries == 100);
        watch_free(w);
    }
}

static void rdp_low_and_slow(void **state)
{
    struct watch *w = new_watch();
    uint64_t seed = 3;
    fm_time at = DAY0;

    (void)state;
    for (unsigned i = 0; i < 120; i++) {
        login_rdp(w, at, inside(1), inside(2), "hello", 1581);
        at += (80 + (fm_time)seeded_below(&seed, 30)) * FM_SECOND;
    }
    watch_until(w, at);
    assert_true(w->found > 0);
    assert_string_equal(watch_text(w, "service"), "rdp");
    assert_string_equal(watch_text(w, "account_last"), "hello");
    assert_true(watch_scores(w).certainty >= 30);
    watch_free(w);
}

static void a_spray_is_few_tries_at_many_servers(void **state)
{
    struct watch *w = new_watch();
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 25; i++) {
        snprintf(name, sizeof name, "name%02u", i);
        login_rdp(w, DAY0 + i * 15 * FM_MINUTE, inside(1), inside(10 + i % 21), name, 1600);
    }
    watch_until(w, DAY0 + 7 * FM_HOUR);
    assert_true(w->found > 0);
    assert_string_equal(w->last.kind, "spray");
    assert_true(watch_number(w, "servers") == 21);
    assert_true(watch_number(w, "accounts") == 25);
    assert_true(watch_scores(w).certainty >= 30);
    watch_free(w);
}

static void people_at_work_over_rdp_are_no_spray(void **state)
{
    struct watch *w = new_watch();
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 80; i++) { /* one of four mistypes first */
        snprintf(name, sizeof name, "name%02u", i % 40);
        login_rdp(w, DAY0 + i * 5 * FM_MINUTE, inside(1), inside(10 + i % 21), name,
                i % 4 ? 900000 : 1600);
    }
    watch_until(w, DAY0 + 8 * FM_HOUR);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

/* Sixteen servers in turn: the first eight keep their places, and add up. */
static void servers_tried_by_turns(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 25 * 16; i++)
        login_ftp(w, DAY0 + i * FM_SECOND, inside(1), inside(10 + i % 16), "root", 530);
    watch_until(w, DAY0 + 7 * FM_MINUTE);
    assert_true(w->found > 0);
    assert_true(watch_number(w, "servers") == FM_GUESS_PARTIES);
    watch_free(w);
}

/* ---- the look-alikes ---- */

static void a_stale_password_on_a_clock_is_none(void **state)
{
    static const unsigned periods_s[] = { 20, 60, 300, 900 };

    (void)state;
    for (unsigned p = 0; p < sizeof periods_s / sizeof *periods_s; p++) {
        for (unsigned again = 1; again <= 3; again++) {
            struct watch *w = new_watch();
            uint64_t seed = p;
            for (unsigned i = 0; i < 300 * again; i++) {
                fm_time at = DAY0 + (fm_time)(i / again * periods_s[p]) * FM_SECOND +
                             (i % again) * 400 * FM_MS + (fm_time)seeded_below(&seed, 200) * FM_MS;
                login_smb(w, at, inside(1), inside(2), "svc_backup", WRONG);
            }
            watch_until(w, DAY0 + 7 * FM_DAY);
            assert_int_equal(w->found, 0);
            watch_free(w);
        }
    }
}

/* The same clock with a list of names is somebody who is patient. */
static void a_clock_with_many_accounts_is_no_excuse(void **state)
{
    struct watch *w = new_watch();
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "name%02u", i);
        login_smb(w, DAY0 + i * 5 * FM_MINUTE, inside(1), inside(2), name, WRONG);
    }
    watch_until(w, DAY0 + 6 * FM_HOUR);
    assert_true(w->found > 0);
    watch_free(w);
}

static void who_mistypes_is_none(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned day = 0; day < 20; day++) {
        fm_time at = DAY0 + day * FM_DAY;
        for (unsigned i = 0; i < 15; i++) /* five times, each tried three times */
            login_smb(w, at + i * FM_SECOND, inside(1), inside(2), "ada", WRONG);
        login_smb(w, at + FM_MINUTE, inside(1), inside(2), "ada", 0);
    }
    watch_until(w, DAY0 + 30 * FM_DAY);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

static void a_login_storm_is_none(void **state)
{
    struct watch *w = new_watch();
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 600; i++) {
        snprintf(name, sizeof name, "name%02u", i % 60);
        login_krb5(w, DAY0 + i * FM_SECOND, inside(100 + i % 60), inside(2), name, 24);
        assert_int_equal(w->found, 0);
    }
    watch_free(w);
}

static void automation_works(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 400; i++)
        login_ssh(w, DAY0 + i * FM_SECOND, inside(1), inside(2), 3000 + i * 37 % 5000);
    for (unsigned i = 0; i < 600; i++) /* a check that reads the banner each minute */
        login_ssh(w, DAY0 + FM_HOUR + i * FM_MINUTE, inside(3), inside(2), 21);
    watch_until(w, DAY0 + FM_DAY);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

static void names_asked_for_are_no_guesses(void **state)
{
    struct watch *w = new_watch();
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "name%02u", i);
        login_krb5(w, DAY0 + i * FM_SECOND, inside(1), inside(2), name, 6);
    }
    watch_until(w, DAY0 + FM_HOUR);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

/* ---- directions ---- */

static void from_outside_only_a_right_guess_is_told(void **state)
{
    struct watch *w = new_watch();
    struct fm_addr client = outside(9);

    (void)state;
    login_ftp(w, DAY0, inside(7), inside(2), "ada", 230); /* the server is known */
    for (unsigned i = 0; i < 200; i++)
        login_ftp(w, DAY0 + i * FM_SECOND, client, inside(2), "root", 530);
    watch_until(w, DAY0 + FM_HOUR);
    assert_int_equal(w->found, 0);
    login_ftp(w, DAY0 + FM_HOUR, client, inside(2), "root", 230);
    watch_until(w, DAY0 + FM_HOUR + FM_SECOND);
    assert_int_equal(w->found, 1);
    assert_string_equal(watch_text(w, "direction"), "inward");
    assert_true(fm_addr_equal(&fact_of(&w->last, "client")->addr, &client));
    assert_true(fm_addr_equal(&w->last.peer, &client));
    struct fm_addr server = inside(2);
    const struct fm_entity *victim = fm_entity_of_addr(fm_world_entities(w->sight->scene->world), 0,
            &server);
    assert_non_null(victim);
    assert_int_equal(w->last.key.entity, victim->id);
    watch_free(w);
}

static void outward_is_told_as_such(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        login_ftp(w, DAY0 + i * FM_SECOND, inside(1), outside(2), "root", 530);
    watch_until(w, DAY0 + FM_HOUR);
    assert_true(w->found > 0);
    assert_string_equal(watch_text(w, "direction"), "outward");
    watch_free(w);
}

static void a_mirrored_login_counts_once(void **state)
{
    struct watch *w = new_watch();

    (void)state;
    for (unsigned i = 0; i < 19; i++) {
        login_krb5(w, DAY0 + i * FM_SECOND, inside(1), inside(2), "ada", 24);
        login_port--;
        login_krb5(w, DAY0 + i * FM_SECOND + 3, inside(1), inside(2), "ada", 24);
    }
    watch_until(w, DAY0 + FM_HOUR);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_failures_within_ten_minutes),
        cmocka_unit_test(a_right_guess_is_told_with_its_account),
        cmocka_unit_test(by_hand_is_slow_and_found),
        cmocka_unit_test(statuses_of_ntlm),
        cmocka_unit_test(of_http_only_logins_count),
        cmocka_unit_test(of_other_services_the_codes_count),
        cmocka_unit_test(ssh_is_judged_by_size),
        cmocka_unit_test(flat_out_needs_no_second_twenty),
        cmocka_unit_test(the_key_exchange_does_not_count),
        cmocka_unit_test(a_port_of_its_own_is_ssh_too),
        cmocka_unit_test(a_told_end_counts_once),
        cmocka_unit_test(short_sessions_of_silent_services),
        cmocka_unit_test(forms_that_do_not_tell_need_many),
        cmocka_unit_test(outside_web_servers_refuse_programs),
        cmocka_unit_test(rdp_low_and_slow),
        cmocka_unit_test(a_spray_is_few_tries_at_many_servers),
        cmocka_unit_test(people_at_work_over_rdp_are_no_spray),
        cmocka_unit_test(servers_tried_by_turns),
        cmocka_unit_test(a_stale_password_on_a_clock_is_none),
        cmocka_unit_test(a_clock_with_many_accounts_is_no_excuse),
        cmocka_unit_test(who_mistypes_is_none),
        cmocka_unit_test(a_login_storm_is_none),
        cmocka_unit_test(automation_works),
        cmocka_unit_test(names_asked_for_are_no_guesses),
        cmocka_unit_test(from_outside_only_a_right_guess_is_told),
        cmocka_unit_test(outward_is_told_as_such),
        cmocka_unit_test(a_mirrored_login_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
