/* Credential replication: who is no controller, who replicates for its work, and who uses force. */
#include "calls.h"

#include "detect/first.h"

extern const struct fm_detector fm_credential_replication;

enum { BIND = 0, CHANGES = 3, ADD_ENTRY = 17, CRACK_NAMES = 12 };
enum { CHALLENGE = 4, DOMAIN_INFO = 29, AUTHENTICATE = 26, SET_PASSWORD = 30 };

static struct sight *new_sight(void)
{
    return sight_new(&fm_credential_replication);
}

static bool judged(struct sight *s, fm_time at, struct fm_finding *f)
{
    return sight_judge(s, at + FM_SECOND, f);
}

static void answer_tickets(struct sight *s, fm_time at, unsigned client, unsigned controller)
{
    struct pair pair = hosts_of(client, controller, 88);

    sight_take(s, rec_ticket(&s->scene->space, at, &pair, "alice"));
}

static void a_client_that_replicates_is_found(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    call(s, DAY0 + FM_SECOND, 1, 2, DRSUAPI, BIND);
    call(s, DAY0 + FM_SECOND, 1, 2, DRSUAPI, CRACK_NAMES); /* every logon does that */
    assert_int_equal(fm_slab_count(s->slab), 0);
    call(s, DAY0 + 2 * FM_SECOND, 1, 2, DRSUAPI, CHANGES);
    assert_true(judged(s, DAY0 + 2 * FM_SECOND, &f));
    assert_string_equal(f.kind, "directory_replication");
    assert_true(term_of(&f, "reach") == 1);
    assert_true(term_of(&f, "role") < 5); /* it has just appeared: */
    assert_false(fm_known(term_of(&f, "person"))); /* it might be a controller */
    assert_false(fm_known(term_of(&f, "novelty")));
    assert_string_equal(fact_of(&f, "operation")->text, "drsuapi GetNCChanges");
    sight_free(s);
}

static void a_new_controller_registered_from_a_client_is_found(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    call(s, DAY0, 1, 2, DRSUAPI, ADD_ENTRY);
    assert_true(judged(s, DAY0, &f));
    assert_string_equal(f.kind, "controller_registration");
    sight_free(s);
}

static void a_person_at_the_directory_is_no_controller(void **state)
{
    static const struct {
        const char *account, *service;
        fm_time before;
        bool tells;
    } tickets[] = {
        { "alice", "ldap/DC1.corp", FM_MINUTE, true },
        { "alice", "LDAP/DC1", FM_MINUTE, true },
        { "alice", "cifs/DC1", FM_MINUTE, false },
        { "DC2$", "ldap/DC1.corp", FM_MINUTE, false }, /* a machine's own account */
        { "alice", "ldap/DC1.corp", FM_DAY, false },
    };

    (void)state;
    for (unsigned i = 0; i < sizeof tickets / sizeof *tickets; i++) {
        struct sight *s = new_sight();
        struct fm_finding f;
        struct pair pair = hosts_of(1, 2, 88);
        struct fm_rec *rec = rec_ticket(&s->scene->space, DAY0, &pair, tickets[i].account);
        struct fm_krb5 *krb5 = (struct fm_krb5 *)(void *)(rec + 1);
        krb5->type = 13;
        fm_rec_put(rec, &krb5->service, tickets[i].service, strlen(tickets[i].service), 128);
        sight_take(s, rec);
        assert_false(sight_judge(s, DAY0, &f));
        call(s, DAY0 + tickets[i].before, 1, 2, DRSUAPI, CHANGES);
        assert_true(judged(s, DAY0 + tickets[i].before, &f));
        assert_true(fm_known(term_of(&f, "person")) == tickets[i].tells);
        assert_true(f.first == DAY0 + tickets[i].before);
        sight_free(s);
    }
}

static void controllers_are_known_by_what_they_answer(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    call(s, DAY0, 5, 1, DRSUAPI, BIND);           /* a logon, here and */
    call(s, DAY0, 5, 2, NETLOGON, AUTHENTICATE);  /* a machine's start there */
    call(s, DAY0 + FM_MINUTE, 1, 2, DRSUAPI, CHANGES);
    assert_false(judged(s, DAY0 + FM_MINUTE, &f));
    call(s, DAY0 + FM_MINUTE, 2, 1, DRSUAPI, CHANGES);
    assert_false(judged(s, DAY0 + FM_MINUTE, &f));
    sight_free(s);
}

static void controllers_replicate_among_themselves(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    answer_tickets(s, DAY0, 5, 1);
    answer_tickets(s, DAY0, 5, 2);
    for (unsigned i = 0; i < 50; i++) {
        call(s, DAY0 + i * FM_MINUTE, 1, 2, DRSUAPI, CHANGES);
        call(s, DAY0 + i * FM_MINUTE, 2, 1, DRSUAPI, CHANGES);
        call(s, DAY0 + i * FM_MINUTE, 2, 1, NETLOGON, AUTHENTICATE);
    }
    assert_false(judged(s, DAY0 + FM_HOUR, &f));
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

static void a_controller_known_too_late_is_quiet_from_then_on(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    call(s, DAY0, 1, 2, DRSUAPI, CHANGES);
    assert_true(judged(s, DAY0, &f));
    answer_tickets(s, DAY0 + FM_MINUTE, 5, 1);
    assert_false(judged(s, DAY0 + FM_MINUTE, &f));
    sight_free(s);
}

static void declared_controllers_make_the_others_surer(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    call(s, DAY0, 1, 2, DRSUAPI, CHANGES);
    assert_true(judged(s, DAY0, &f));
    double alone = term_of(&f, "role");
    s->scene->net.role[FM_ROLE_CONTROLLER] = prefixes(&s->scene->mem, "10.0.0.2/32");
    assert_true(judged(s, DAY0, &f));
    assert_true(alone < 60 && term_of(&f, "role") > 86400);
    sight_free(s);
}

static void a_synchroniser_is_quiet_after_a_week(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned day = 0; day < 20; day++) {
        call(s, DAY0 + day * FM_DAY, 1, 2, DRSUAPI, CHANGES);
        assert_true(judged(s, DAY0 + day * FM_DAY, &f) == (day < 7));
    }
    sight_free(s);
}

static void guess(struct sight *s, fm_time at, unsigned tries, fm_time every)
{
    for (unsigned i = 0; i < tries; i++) {
        call(s, at + i * every, 1, 2, NETLOGON, CHALLENGE);
        call(s, at + i * every + 1, 1, 2, NETLOGON, AUTHENTICATE);
    }
}

static void force_at_netlogon_is_found(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    guess(s, DAY0, 7, FM_SECOND / 2);
    assert_false(judged(s, DAY0 + 4 * FM_SECOND, &f));
    guess(s, DAY0 + 5 * FM_SECOND, 10, FM_SECOND / 2);
    assert_true(judged(s, DAY0 + 10 * FM_SECOND, &f));
    assert_string_equal(f.kind, "forced_authentication");
    assert_true(term_of(&f, "tries") == 17);
    assert_false(f.success);
    call(s, DAY0 + 11 * FM_SECOND, 1, 2, NETLOGON, SET_PASSWORD);
    assert_true(judged(s, DAY0 + 11 * FM_SECOND, &f));
    assert_true(f.success);
    assert_true(term_of(&f, "reach") == 1);
    sight_free(s);
}

static void a_member_is_no_intruder(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    guess(s, DAY0, 1, 1); /* its start, and its own new password */
    call(s, DAY0 + 5, 1, 2, NETLOGON, SET_PASSWORD);
    call(s, DAY0 + 6, 1, 2, NETLOGON, DOMAIN_INFO);
    assert_false(judged(s, DAY0, &f));
    guess(s, DAY0 + FM_HOUR, 60, FM_MINUTE); /* a broken trust, tried every minute */
    assert_false(judged(s, DAY0 + 2 * FM_HOUR, &f));
    sight_free(s);
}

static void many_members_behind_one_address_are_many(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    guess(s, DAY0, 20, FM_SECOND);
    assert_true(judged(s, DAY0 + 20 * FM_SECOND, &f));
    struct fm_addr nat = inside(1);
    fm_entity_of_addr(fm_world_entities(s->scene->world), 0, &nat)->flags |= FM_ENTITY_SHARED;
    assert_false(judged(s, DAY0 + 20 * FM_SECOND, &f));
    call(s, DAY0 + FM_MINUTE, 1, 2, DRSUAPI, CHANGES); /* but none of them may do this */
    assert_true(judged(s, DAY0 + FM_MINUTE, &f));
    sight_free(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_replicates_is_found),
        cmocka_unit_test(a_new_controller_registered_from_a_client_is_found),
        cmocka_unit_test(a_person_at_the_directory_is_no_controller),
        cmocka_unit_test(controllers_are_known_by_what_they_answer),
        cmocka_unit_test(controllers_replicate_among_themselves),
        cmocka_unit_test(a_controller_known_too_late_is_quiet_from_then_on),
        cmocka_unit_test(declared_controllers_make_the_others_surer),
        cmocka_unit_test(a_synchroniser_is_quiet_after_a_week),
        cmocka_unit_test(force_at_netlogon_is_found),
        cmocka_unit_test(a_member_is_no_intruder),
        cmocka_unit_test(many_members_behind_one_address_are_many),
    };

    return cmocka_run_group_tests_name("credential_replication", tests, NULL, NULL);
}
