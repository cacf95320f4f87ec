/* Remote execution: what runs something and what only looks, what is new and what is work. */
#include "calls.h"

#include "detect/first.h"

extern const struct fm_detector fm_remote_execution;

enum { OPEN_MANAGER = 15, CREATE = 12, START = 19, DELETE = 2, CLOSE = 0, ENUMERATE = 14 };
enum { REGISTER_TASK = 1 };
enum { ACTIVATE = 4, QUERY_INTERFACE = 3, RELEASE = 5, INVOKE = 6, EXEC_QUERY = 20,
    EXEC_METHOD = 24 };
enum { SET_VALUE = 22, QUERY_VALUE = 17 };

static struct sight *new_sight(void)
{
    return sight_new(&fm_remote_execution);
}

static void create_and_start(struct sight *s, fm_time at, unsigned client, unsigned server)
{
    call(s, at, client, server, SVCCTL, OPEN_MANAGER);
    call(s, at + 1, client, server, SVCCTL, CREATE);
    call(s, at + 2, client, server, SVCCTL, START);
    call(s, at + 3, client, server, SVCCTL, DELETE);
}

static bool judged(struct sight *s, fm_time at, struct fm_finding *f)
{
    return sight_judge(s, at + FM_SECOND, f);
}

static void a_service_created_and_started_is_execution(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    create_and_start(s, DAY0, 1, 2);
    assert_true(judged(s, DAY0, &f));
    assert_true(term_of(&f, "function") == 1);
    assert_string_equal(f.kind, "service");
    assert_true(f.success);
    assert_false(fm_known(term_of(&f, "novelty"))); /* nobody has watched for a week */
    assert_false(fm_known(term_of(&f, "write_then_run")));
    assert_string_equal(fact_of(&f, "operation")->text, "svcctl CreateService, StartService");
    struct fm_addr target = inside(2);
    assert_true(fm_addr_equal(&f.peer, &target));
    assert_int_equal(f.peers, 1);
    sight_free(s);
}

static void who_only_looks_runs_nothing(void **state)
{
    static const struct {
        const char *uuid;
        uint16_t opnum;
    } looks[] = { { SVCCTL, OPEN_MANAGER }, { SVCCTL, 64 }, { SVCCTL, ENUMERATE }, { SVCCTL, 16 },
        { SVCCTL, 6 }, { SVCCTL, CLOSE }, { SVCCTL, START } /* it was there before */,
        { TASKS, 2 }, { TASKS, 7 }, { WINREG, 2 }, { WINREG, QUERY_VALUE }, { WMI, EXEC_QUERY },
        { DRSUAPI, 3 }, { "12345778-1234-abcd-ef00-0123456789ac", 13 } };
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < sizeof looks / sizeof *looks; i++) {
        call(s, DAY0 + i, 1, 2, looks[i].uuid, looks[i].opnum);
        assert_false(judged(s, DAY0 + i, &f));
    }
    sight_free(s);
}

static void what_failed_ran_nothing(void **state)
{
    struct sight *s = new_sight();
    struct pair pair = hosts_of(1, 2, 49700);
    struct fm_finding f;

    (void)state;
    for (uint16_t opnum = 0; opnum < 40; opnum++) {
        struct fm_rec *rec = rec_call(&s->scene->space, DAY0 + opnum, &pair, SVCCTL, opnum);
        ((struct fm_dcerpc *)(void *)(rec + 1))->status = 1;
        sight_take(s, rec);
    }
    assert_false(judged(s, DAY0, &f));
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

static void every_way_counts(void **state)
{
    static const struct {
        const char *uuid, *kind;
        uint16_t opnum;
    } ways[] = { { TASKS, "task", REGISTER_TASK }, { TASKS, "task", 12 },
        { "1ff70682-0a51-30e8-076d-740be8cee98b", "task", 0 }, { WMI, "wmi", EXEC_METHOD },
        { OBJECT, "wmi", EXEC_METHOD }, { WMI, "wmi", 14 }, { WINREG, "registry", SET_VALUE },
        { WINREG, "registry", 20 }, { SVCCTL, "service", 45 } };

    (void)state;
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct sight *s = new_sight();
        struct fm_finding f;
        call(s, DAY0, 1, 2, ways[i].uuid, ways[i].opnum);
        assert_true(judged(s, DAY0, &f));
        assert_string_equal(f.kind, ways[i].kind);
        assert_true(term_of(&f, "function") >= 0.5);
        sight_free(s);
    }
}

static void what_was_done_on_three_days_is_work(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    watch_week(s, DAY0 - 7 * FM_DAY);
    for (unsigned day = 0; day < 6; day++) {
        fm_time at = DAY0 + day * FM_DAY;
        create_and_start(s, at, 1, 2);
        bool found = judged(s, at, &f);
        assert_true(found == (day < 3));
        if (found)
            assert_true(term_of(&f, "novelty") == day);
    }
    create_and_start(s, DAY0 + 6 * FM_DAY, 1, 3); /* its work, at a new target */
    assert_false(judged(s, DAY0 + 6 * FM_DAY, &f));
    call(s, DAY0 + 6 * FM_DAY + 9, 1, 2, TASKS, REGISTER_TASK); /* another way is new */
    assert_true(judged(s, DAY0 + 6 * FM_DAY, &f));
    assert_string_equal(f.kind, "task");
    assert_true(term_of(&f, "novelty") == 0);
    create_and_start(s, DAY0 + 6 * FM_DAY, 4, 2); /* and so is another host */
    assert_true(judged(s, DAY0 + 6 * FM_DAY, &f));
    assert_true(term_of(&f, "host_novelty") == 0);
    sight_free(s);
}

static void use_object(struct sight *s, fm_time at, unsigned client, unsigned server,
        uint16_t then)
{
    call(s, at, client, server, ACTIVATOR, ACTIVATE);
    call(s, at + 1, client, server, OBJECT, QUERY_INTERFACE);
    call(s, at + 2, client, server, OBJECT, INVOKE); /* or WMI's log-in */
    call(s, at + 3, client, server, OBJECT, RELEASE);
    if (then)
        call(s, at + 4, client, server, OBJECT, then);
    call(s, at + 5, client, server, OBJECT, RELEASE);
}

static void a_dcom_object_is_used_honestly_by_many(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    use_object(s, DAY0, 1, 2, QUERY_INTERFACE); /* a certificate asked for: one call */
    assert_false(judged(s, DAY0, &f));
    use_object(s, DAY0, 1, 3, EXEC_QUERY); /* monitoring */
    assert_false(judged(s, DAY0, &f));
    use_object(s, DAY0 + FM_HOUR, 1, 3, EXEC_QUERY);
    assert_false(judged(s, DAY0 + FM_HOUR, &f));
    use_object(s, DAY0, 1, 4, INVOKE);
    assert_true(judged(s, DAY0, &f));
    assert_string_equal(f.kind, "dcom");
    for (unsigned client = 11; client < 14; client++) /* a service for many */
        use_object(s, DAY0 + client, client, 4, INVOKE);
    use_object(s, DAY0 + FM_MINUTE, 14, 4, INVOKE);
    assert_false(judged(s, DAY0 + FM_MINUTE, &f));
    use_object(s, DAY0 + FM_MINUTE, 14, 4, EXEC_METHOD); /* that is another matter */
    assert_true(judged(s, DAY0 + FM_MINUTE, &f));
    sight_free(s);
}

static void copy(struct sight *s, fm_time at, unsigned client, unsigned server, const char *share,
        const char *file)
{
    struct pair pair = hosts_of(client, server, 445);
    struct space *space = &s->scene->space;

    sight_take(s, rec_smb(space, at, &pair, "tree_connect", share, "", "CORP\\eve"));
    sight_take(s, rec_smb(space, at + 1, &pair, "write", "", file, "eve"));
}

static void a_program_copied_before_makes_it_surer(void **state)
{
    static const struct {
        const char *share, *file;
        fm_time before;
        bool counts;
    } copies[] = {
        { "\\\\pc2\\ADMIN$", "temp\\run.exe", FM_MINUTE, true },
        { "\\\\pc2\\C$", "Windows\\Tasks\\pshell.xml", FM_MINUTE, true },
        { "\\\\pc2\\c$", "a.PS1", FM_MINUTE, true },
        { "\\\\pc2\\ADMIN$", "report.pdf", FM_MINUTE, false },
        { "\\\\pc2\\IPC$", "run.exe", FM_MINUTE, false },
        { "\\\\pc2\\tools", "run.exe", FM_MINUTE, false },
        { "\\\\pc2\\ADMIN$", "run.exe", 3 * FM_HOUR, false },
    };

    (void)state;
    for (unsigned i = 0; i < sizeof copies / sizeof *copies; i++) {
        struct sight *s = new_sight();
        struct fm_finding f;
        copy(s, DAY0, 1, 2, copies[i].share, copies[i].file);
        assert_false(judged(s, DAY0, &f)); /* a copy runs nothing */
        create_and_start(s, DAY0 + copies[i].before, 1, 2);
        assert_true(judged(s, DAY0 + copies[i].before, &f));
        assert_true(fm_known(term_of(&f, "write_then_run")) == copies[i].counts);
        sight_free(s);
    }
}

static void a_program_copied_afterwards_does_not(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    create_and_start(s, DAY0, 1, 2);
    copy(s, DAY0 + FM_MINUTE, 1, 2, "\\\\pc2\\ADMIN$", "run.exe");
    assert_true(judged(s, DAY0 + FM_MINUTE, &f));
    assert_false(fm_known(term_of(&f, "write_then_run")));
    assert_string_equal(fact_of(&f, "account")->text, "eve");
    sight_free(s);
}

static void a_denied_share_is_none(void **state)
{
    struct sight *s = new_sight();
    struct pair pair = hosts_of(1, 2, 445);
    struct fm_rec *rec =
            rec_smb(&s->scene->space, DAY0, &pair, "tree_connect", "\\\\pc2\\ADMIN$", "", "eve");

    (void)state;
    smb_of(rec)->status = 0xc0000022; /* access denied */
    sight_take(s, rec);
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

static void many_targets_are_told_once(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned target = 2; target < 12; target++)
        create_and_start(s, DAY0 + target * FM_SECOND, 1, target);
    assert_true(judged(s, DAY0 + FM_MINUTE, &f));
    assert_int_equal(f.key.other, 0);
    assert_true(term_of(&f, "targets") == 10);
    assert_int_equal(f.peers, FM_FIRST_PLACES);
    assert_int_equal(f.peers_dropped, 10 - FM_FIRST_PLACES);
    sight_free(s);
}

static void only_between_inside_hosts_and_the_right_way_round(void **state)
{
    struct sight *s = new_sight();
    struct pair out = { .client = inside(1), .server = outside(1), .cport = 40000, .sport = 445 };
    struct pair turned = { .client = inside(2), .server = inside(1), .cport = 445,
        .sport = 40000 };

    (void)state;
    sight_take(s, rec_call(&s->scene->space, DAY0, &out, SVCCTL, CREATE));
    struct fm_rec *rec = rec_call(&s->scene->space, DAY0, &turned, SVCCTL, CREATE);
    rec->flags = FM_REC_MIDSTREAM;
    sight_take(s, rec);
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

static void whose_work_it_is(void **state)
{
    (void)state;
    assert_true(fm_remote_execution.excused & 1u << FM_ROLE_ADMIN);
    assert_true(fm_remote_execution.excused & 1u << FM_ROLE_MONITOR);
    assert_false(fm_remote_execution.excused & 1u << FM_ROLE_CONTROLLER);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_created_and_started_is_execution),
        cmocka_unit_test(who_only_looks_runs_nothing),
        cmocka_unit_test(what_failed_ran_nothing),
        cmocka_unit_test(every_way_counts),
        cmocka_unit_test(what_was_done_on_three_days_is_work),
        cmocka_unit_test(a_dcom_object_is_used_honestly_by_many),
        cmocka_unit_test(a_program_copied_before_makes_it_surer),
        cmocka_unit_test(a_program_copied_afterwards_does_not),
        cmocka_unit_test(a_denied_share_is_none),
        cmocka_unit_test(many_targets_are_told_once),
        cmocka_unit_test(only_between_inside_hosts_and_the_right_way_round),
        cmocka_unit_test(whose_work_it_is),
    };

    return cmocka_run_group_tests_name("remote_execution", tests, NULL, NULL);
}
