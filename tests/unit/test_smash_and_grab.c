/* Theft in one go, and who else sends much: backups, uploads to where everybody does, calls. */
#include "sight.h"

#include "detect/volume.h"

static struct sight *new_sight(void)
{
    return sight_new(fm_detector_find("smash_and_grab"));
}

static uint16_t next_port = 20000;

/* One flow that sends and gets so many megabytes within so many seconds, told every 10 s. */
static void send(struct sight *s, fm_time at, struct fm_addr server, const char *sni, double out_mb,
        double in_mb, unsigned lasts_s)
{
    struct pair p = { .client = inside(1), .server = server, .cport = next_port++, .sport = 443 };
    struct space *space = &s->scene->space;
    unsigned parts = lasts_s / 10 + 1;

    sight_take(s, rec_new(space, at, &p));
    sight_take(s, rec_answer(space, at + FM_MS, at, &p, FM_ANSWERED));
    if (sni)
        sight_take(s, rec_tls(space, at + 2 * FM_MS, &p, sni));
    for (unsigned i = 1; i <= parts; i++)
        sight_take(s,
                rec_bytes(space, i < parts ? FM_FLOW_UPDATE : FM_FLOW_END, at + i * 10 * FM_SECOND,
                        at, &p, (uint64_t)(out_mb * 1e6 / parts), (uint64_t)(in_mb * 1e6 / parts)));
}

static void a_hundred_megabytes_in_one_go(void **state)
{
    struct fm_finding f;

    (void)state;
    for (unsigned mb = 95; mb <= 105; mb += 10) {
        struct sight *s = new_sight();
        send(s, DAY0, outside(5), NULL, mb, 1, 100);
        assert_int_equal(sight_judge(s, DAY0 + 3 * FM_MINUTE, &f), mb == 105);
        if (mb == 105) {
            struct fm_addr peer = outside(5);
            assert_true(fabs(fact_of(&f, "bytes_out")->number / 105e6 - 1) < 0.01);
            assert_true(fabs(fact_of(&f, "bytes_in")->number / 1e6 - 1) < 0.01);
            assert_true(fm_addr_equal(&f.peer, &peer));
            assert_int_equal(f.port, 443);
            assert_true(term_of(&f, "raw_address") == 1);
            assert_false(fm_known(term_of(&f, "over_normal"))); /* nothing learned yet */
            assert_true(f.first == DAY0);
            assert_true(fact_of(&f, "interval")->number == 110);
        }
        sight_free(s);
    }
}

static void many_flows_to_one_name_add_up(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        send(s, DAY0 + i * FM_MINUTE, outside(5 + i), "drop.example", 4, 0.1, 10);
    assert_true(sight_judge(s, DAY0 + 31 * FM_MINUTE, &f));
    assert_string_equal(fact_of(&f, "name")->text, "drop.example");
    assert_true(term_of(&f, "raw_address") == 0);
    assert_true(fabs(term_of(&f, "bytes_out") / 120e6 - 1) < 0.01);
    sight_free(s);
}

static void spread_over_a_day_it_is_no_grab(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned i = 0; i < 24; i++) {
        send(s, DAY0 + i * FM_HOUR, outside(5), "drop.example", 40, 1, 60);
        assert_false(sight_judge(s, DAY0 + i * FM_HOUR + 5 * FM_MINUTE, &f));
    }
    sight_free(s);
}

static void a_call_is_as_large_both_ways(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    send(s, DAY0, outside(5), "meeting.example", 900, 700, 3000);
    assert_false(sight_judge(s, DAY0 + FM_HOUR, &f));
    sight_free(s);
}

static void the_nightly_backup_sends_as_much_every_night(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    for (unsigned day = 0; day < 6; day++) {
        send(s, DAY0 + day * FM_DAY + FM_HOUR, outside(5), "backup.example", 500, 2, 600);
        bool found = sight_judge(s, DAY0 + day * FM_DAY + FM_HOUR + 12 * FM_MINUTE, &f);
        assert_int_equal(found, day < 3); /* until its usual day is known */
    }
    /* to another place it is no backup, and the host's usual day is told */
    send(s, DAY0 + 6 * FM_DAY, outside(6), "drop.example", 2000, 2, 600);
    assert_true(sight_judge(s, DAY0 + 6 * FM_DAY + 12 * FM_MINUTE, &f));
    assert_true(fabs(term_of(&f, "over_normal") - 4) < 0.2);
    /* and ten times the backup's amount is none to its own store */
    send(s, DAY0 + 7 * FM_DAY, outside(5), "backup.example", 5000, 2, 600);
    assert_true(sight_judge(s, DAY0 + 7 * FM_DAY + 12 * FM_MINUTE, &f));
    sight_free(s);
}

static void where_everybody_sends_is_no_drop(void **state)
{
    struct sight *s = new_sight();
    struct fm_obs obs = { .name = "video.example" };
    struct fm_finding f;

    (void)state;
    send(s, DAY0, outside(5), "video.example", 500, 2, 600);
    assert_true(sight_judge(s, DAY0 + 12 * FM_MINUTE, &f));
    for (fm_entity_id id = 1; id <= 100; id++) {
        fm_learn_active(s->learn, id);
        if (id % 3 == 0)
            fm_learn_use(s->learn, fm_learn_party(s->learn, &obs), id, DAY0);
    }
    assert_false(sight_judge(s, DAY0 + 12 * FM_MINUTE, &f));
    sight_free(s);
}

static void what_is_familiar_is_no_drop(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    s->listed = "photos.example";
    send(s, DAY0, outside(5), "photos.example", 500, 2, 600);
    assert_false(sight_judge(s, DAY0 + 12 * FM_MINUTE, &f));
    sight_free(s);
}

static void what_is_fetched_is_not_sent(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    send(s, DAY0, outside(5), "mirror.example", 0.5, 4000, 600);
    assert_false(sight_judge(s, DAY0 + 12 * FM_MINUTE, &f));
    sight_free(s);
}

static void between_inside_hosts_it_is_none(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    send(s, DAY0, inside(7), NULL, 900, 1, 600);
    assert_false(sight_judge(s, DAY0 + 12 * FM_MINUTE, &f));
    assert_int_equal(fm_slab_count(s->slab), 0);
    sight_free(s);
}

static void over_ipv6_too(void **state)
{
    struct sight *s = new_sight();
    struct fm_finding f;

    (void)state;
    struct pair p = { .client = ip("fd00::1"),
        .server = ip("2001:db8::5"),
        .cport = 5,
        .sport = 22 };
    sight_take(s, rec_new(&s->scene->space, DAY0, &p));
    sight_take(s,
            rec_bytes(&s->scene->space, FM_FLOW_END, DAY0 + FM_MINUTE, DAY0, &p, 300000000, 1000));
    assert_true(sight_judge(s, DAY0 + 2 * FM_MINUTE, &f));
    assert_int_equal(f.port, 22);
    sight_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_megabytes_in_one_go),
        cmocka_unit_test(many_flows_to_one_name_add_up),
        cmocka_unit_test(spread_over_a_day_it_is_no_grab),
        cmocka_unit_test(a_call_is_as_large_both_ways),
        cmocka_unit_test(the_nightly_backup_sends_as_much_every_night),
        cmocka_unit_test(where_everybody_sends_is_no_drop),
        cmocka_unit_test(what_is_familiar_is_no_drop),
        cmocka_unit_test(what_is_fetched_is_not_sent),
        cmocka_unit_test(between_inside_hosts_it_is_none),
        cmocka_unit_test(over_ipv6_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
