/* Honeypot touch: one packet, how deep it went, accounts of bait, and who has business there. */
#include "calls.h"

#include "detect/first.h"

extern const struct fm_detector fm_honeypot_touch;

static bool bait_listed(void *arg, const char *list, const char *name, const struct fm_addr *addr,
        uint16_t port)
{
    (void)arg;
    (void)addr;
    (void)port;
    return !strcmp(list, "bait_accounts") && !strcmp(name, "svc_old");
}

/* 10.0.0.66 and 10.0.1.0/28 are bait. */
static struct sight *new_sight(void)
{
    struct sight *s = sight_new(&fm_honeypot_touch);

    s->scene->net.role[FM_ROLE_HONEYPOT] = prefixes(&s->scene->mem, "10.0.0.66/32,10.0.1.0/28");
    s->ctx.listed = bait_listed;
    return s;
}

static void open_flow(struct sight *s, fm_time at, const struct pair *pair, bool answered)
{
    sight_take(s, rec_new(&s->scene->space, at, pair));
    if (answered)
        sight_take(s, rec_answer(&s->scene->space, at + 1, at, pair, FM_ANSWERED));
}

static void one_packet_is_enough(void **state)
{
    struct sight *s = new_sight();
    struct pair dark = hosts_of(1, 66, 445);
    struct fm_finding f;

    (void)state;
    open_flow(s, DAY0, &dark, false);
    assert_true(sight_judge(s, DAY0 + FM_SECOND, &f));
    assert_string_equal(fact_of(&f, "depth")->text, "touched");
    assert_string_equal(fact_of(&f, "bait")->text, "10.0.0.66");
    assert_true(term_of(&f, "declared") == 1);
    assert_true(term_of(&f, "two_way") == 0); /* it might be forged */
    assert_int_equal(f.port, 445);
    sight_free(s);
}

static void it_is_told_how_deep_it_went(void **state)
{
    static const char *const depths[] = { "answered", "spoke", "login", "entered" };
    struct sight *s = new_sight();
    struct pair pair = hosts_of(1, 66, 445);
    struct space *space = &s->scene->space;
    struct fm_finding f;
    double depth = 0.25;

    (void)state;
    open_flow(s, DAY0, &pair, true);
    for (unsigned i = 0; i < 4; i++) {
        struct fm_rec *rec = rec_smb(space, DAY0 + 20 * FM_SECOND + i, &pair,
                i == 1 ? "negotiate_protocol" : "session_setup", "", "", i > 1 ? "CORP\\bob" : "");
        smb_of(rec)->status = i == 2 ? 0xc000006d : 0;
        fm_world_advance(s->scene->world, DAY0 + 20 * FM_SECOND); /* the outcome is known */
        if (i)
            sight_take(s, rec);
        assert_true(sight_judge(s, DAY0 + 21 * FM_SECOND, &f));
        assert_string_equal(fact_of(&f, "depth")->text, depths[i]);
        assert_true(term_of(&f, "depth") > depth);
        depth = term_of(&f, "depth");
        assert_true(f.success == (i == 3));
    }
    assert_true(term_of(&f, "two_way") == 1);
    assert_int_equal(fm_slab_count(s->slab), 1); /* one bait, one state */
    sight_free(s);
}

static void an_account_of_bait_is_bait_everywhere(void **state)
{
    static const char *const names[] = { "svc_old", "SVC_OLD", "CORP\\svc_old", "svc_old@corp" };
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct pair pair = hosts_of(1 + i, 5, 445);
        struct fm_rec *rec = rec_smb(&s->scene->space, DAY0 + i, &pair, "session_setup", "", "",
                names[i]);
        smb_of(rec)->status = 0xc000006d;
        sight_take(s, rec);
        assert_int_equal(fm_slab_count(s->slab), 1 + i);
        assert_true(sight_judge(s, DAY0 + FM_SECOND, &f));
        assert_string_equal(f.kind, "account");
        assert_string_equal(fact_of(&f, "bait")->text, "svc_old");
        assert_string_equal(fact_of(&f, "depth")->text, "login");
    }
    struct pair kdc = hosts_of(1, 7, 88);
    sight_take(s, rec_ticket(&s->scene->space, DAY0 + FM_MINUTE, &kdc, "svc_old"));
    assert_true(sight_judge(s, DAY0 + FM_MINUTE, &f));
    assert_true(f.success);
    assert_int_equal(fm_slab_count(s->slab), 4); /* the same host, the same bait */
    sight_free(s);
}

static void nobody_else_is_meant(void **state)
{
    struct sight *s = new_sight();
    struct pair honest = hosts_of(1, 65, 445), among = hosts_of(66, 257, 445),
                from_bait = hosts_of(66, 5, 445), answer = hosts_of(5, 66, 40000);
    struct pair account = hosts_of(1, 5, 445), out = { .client = outside(1),
                    .server = inside(66), .cport = 1, .sport = 22 };

    (void)state;
    open_flow(s, DAY0, &honest, true);
    open_flow(s, DAY0, &among, true);     /* a bait and a bait */
    open_flow(s, DAY0, &from_bait, true); /* a bait that calls */
    struct fm_rec *rec = rec_new(&s->scene->space, DAY0, &answer);
    rec->flags = FM_REC_BACKSCATTER;
    sight_take(s, rec);
    sight_take(s, rec_smb(&s->scene->space, DAY0, &account, "session_setup", "", "", "alice"));
    open_flow(s, DAY0, &out, true); /* from outside: no host of ours */
    fm_world_advance(s->scene->world, DAY0 + FM_MINUTE);
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

static void without_baits_nothing_is_found(void **state)
{
    struct sight *s = sight_new(&fm_honeypot_touch);
    struct pair pair = hosts_of(1, 66, 445);

    (void)state;
    open_flow(s, DAY0, &pair, true);
    sight_take(s, rec_smb(&s->scene->space, DAY0, &pair, "session_setup", "", "", "svc_old"));
    assert_int_equal(fm_slab_count(s->slab), 0);
    assert_true(fm_honeypot_touch.excused & 1u << FM_ROLE_SCANNER);
    sight_free(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_packet_is_enough),
        cmocka_unit_test(it_is_told_how_deep_it_went),
        cmocka_unit_test(an_account_of_bait_is_bait_everywhere),
        cmocka_unit_test(nobody_else_is_meant),
        cmocka_unit_test(without_baits_nothing_is_found),
    };

    return cmocka_run_group_tests_name("honeypot_touch", tests, NULL, NULL);
}
