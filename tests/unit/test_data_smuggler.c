/* Collected inside, then sent outside: what counts as a source, and how the sentence says when. */
#include "suspect.h"

static uint16_t next_port = 20000;

/* One flow of a second: opened, answered, ended with so many bytes. */
static void move(struct watch *w, fm_time at, struct fm_addr server, uint16_t port, uint8_t proto,
        double out_mb, double in_mb)
{
    struct pair p = { .client = inside(1), .server = server, .cport = next_port++, .sport = port,
        .proto = proto };

    watch_take(w, rec_new(&w->space, at, &p));
    watch_take(w, rec_answer(&w->space, at + FM_MS, at, &p, FM_ANSWERED));
    watch_take(w, rec_bytes(&w->space, FM_FLOW_END, at + FM_SECOND, at, &p,
            (uint64_t)(out_mb * 1e6), (uint64_t)(in_mb * 1e6)));
}

static void pull(struct watch *w, fm_time at, unsigned server, double mb)
{
    move(w, at, inside(server), 445, TCP, 0.1, mb);
}

static void look_up(struct watch *w, fm_time at)
{
    move(w, at, inside(2), 53, UDP, 0.0001, 0.0002);
}

static void a_resolver_is_no_source(void **state)
{
    struct watch *w = watch_new("data_smuggler");

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        pull(w, DAY0 + i * FM_MINUTE, 10, 200);
    pull(w, DAY0 + 5 * FM_MINUTE, 11, 3); /* a mere look at another share */
    look_up(w, DAY0 + 7 * FM_MINUTE);
    move(w, DAY0 + 7 * FM_MINUTE + FM_SECOND, outside(5), 443, TCP, 300, 1);
    watch_until(w, DAY0 + 8 * FM_MINUTE);
    assert_true(watch_number(w, "sources") == 1);
    assert_true(watch_number(w, "collected") == 1003e6);
    assert_true(fabs(watch_number(w, "delay") - 180) < 1); /* from 4 min 1 s to 7 min 1 s */
    assert_int_equal(w->last.peers, 2);
    assert_non_null(strstr(w->last.summary, "from 1 inside host (most from "));
    assert_non_null(strstr(w->last.summary, ", then sent 300.0 MB to "));
    assert_non_null(strstr(w->last.summary, ", 3 min later"));
    watch_free(w);
}

/* Weeks of a large share's everyday use do not hide a theft that is small beside them. */
static void a_source_is_measured_by_its_day(void **state)
{
    struct watch *w = watch_new("data_smuggler");

    (void)state;
    for (unsigned day = 0; day < 20; day++)
        pull(w, DAY0 + day * FM_DAY, 10, 2000);
    fm_time theft = DAY0 + 21 * FM_DAY + FM_HOUR;
    pull(w, theft, 11, 300);
    move(w, theft + FM_MINUTE, outside(5), 443, TCP, 250, 1);
    watch_until(w, theft + FM_HOUR);
    assert_true(w->found > 0);
    assert_true(watch_number(w, "collected") == 300e6);
    assert_true(watch_number(w, "sources") == 1);
    assert_non_null(strstr(w->last.summary, "from 1 inside host (most from 10.0.0.11 port 445), then sent 250.0 MB"));
    assert_int_equal(w->last.peers, 2);
    watch_free(w);
}

static void two_ports_of_a_host_are_one_source(void **state)
{
    struct watch *w = watch_new("data_smuggler");

    (void)state;
    pull(w, DAY0, 10, 200);
    move(w, DAY0 + FM_MINUTE, inside(10), 2049, TCP, 0.1, 200);
    pull(w, DAY0 + 2 * FM_MINUTE, 11, 200);
    move(w, DAY0 + 2 * FM_MINUTE + 1500 * FM_MS, outside(5), 443, TCP, 300, 1);
    watch_until(w, DAY0 + 8 * FM_MINUTE);
    assert_true(watch_number(w, "sources") == 2);
    assert_non_null(strstr(w->last.summary, "from 2 inside hosts"));
    assert_non_null(strstr(w->last.summary, ", at once"));
    watch_free(w);
}

static void what_overlaps_is_at_the_same_time(void **state)
{
    struct watch *w = watch_new("data_smuggler");

    (void)state;
    pull(w, DAY0, 10, 200);
    move(w, DAY0 + FM_MINUTE, outside(5), 443, TCP, 100, 1);
    pull(w, DAY0 + 2 * FM_MINUTE, 10, 200);
    move(w, DAY0 + 3 * FM_MINUTE, outside(5), 443, TCP, 100, 1);
    watch_until(w, DAY0 + 8 * FM_MINUTE);
    assert_true(watch_number(w, "delay") == 0);
    assert_non_null(strstr(w->last.summary, " and at the same time sent 200.0 MB to "));
    watch_free(w);
}

static void either_half_alone_and_the_other_order_are_none(void **state)
{
    struct watch *pulled = watch_new("data_smuggler"), *pushed = watch_new("data_smuggler");

    (void)state;
    pull(pulled, DAY0, 10, 900);
    watch_until(pulled, DAY0 + FM_HOUR);
    assert_int_equal(pulled->found, 0);
    move(pushed, DAY0, outside(5), 443, TCP, 900, 1);
    pull(pushed, DAY0 + FM_MINUTE, 10, 900);
    watch_until(pushed, DAY0 + FM_HOUR);
    assert_int_equal(pushed->found, 0);
    watch_free(pulled);
    watch_free(pushed);
}

/* A host that sends things every day is no less a thief for it. */
static void what_was_sent_before_hides_nothing(void **state)
{
    struct watch *w = watch_new("data_smuggler");

    (void)state;
    pull(w, DAY0, 10, 0.01);
    move(w, DAY0 + FM_MINUTE, outside(6), 443, TCP, 30, 1);
    pull(w, DAY0 + FM_HOUR, 10, 300);
    move(w, DAY0 + FM_HOUR + 10 * FM_MINUTE, outside(5), 443, TCP, 200, 1);
    watch_until(w, DAY0 + 2 * FM_HOUR);
    assert_true(w->found > 0);
    assert_true(watch_number(w, "sent") == 200e6);
    watch_free(w);
}

/* A backup that nobody declared: after three days it is known to do so, and only so much. */
static void the_usual_day_is_no_theft(void **state)
{
    struct watch *w = watch_new("data_smuggler");
    unsigned before = 0;

    (void)state;
    for (unsigned day = 0; day < 7; day++) {
        fm_time at = DAY0 + day * FM_DAY;
        for (unsigned i = 0; i < 6; i++)
            pull(w, at + i * FM_MINUTE, 10 + i, 30);
        move(w, at + FM_HOUR, outside(5), 443, TCP, 150, 1);
        watch_until(w, at + 2 * FM_HOUR);
        assert_true(day < 3 || w->found == before); /* the first days are told, no later one is */
        before = w->found;
        assert_true(before > 0);
    }
    pull(w, DAY0 + 7 * FM_DAY, 10, 700);
    move(w, DAY0 + 7 * FM_DAY + FM_HOUR, outside(5), 443, TCP, 600, 1);
    watch_until(w, DAY0 + 7 * FM_DAY + 2 * FM_HOUR);
    assert_true(w->found > before);
    before = w->found;
    pull(w, DAY0 + 10 * FM_DAY, 10, 200);
    move(w, DAY0 + 10 * FM_DAY + FM_HOUR, outside(7), 443, TCP, 150, 1); /* to another party */
    watch_until(w, DAY0 + 10 * FM_DAY + 2 * FM_HOUR);
    assert_true(w->found > before);
    watch_free(w);
}

static void a_meeting_and_a_screen_are_none(void **state)
{
    struct watch *w = watch_new("data_smuggler");

    (void)state;
    pull(w, DAY0, 10, 300);
    for (unsigned i = 0; i < 30; i++)
        move(w, DAY0 + FM_HOUR + i * FM_MINUTE, outside(5), 443, TCP, 5, 4);
    watch_until(w, DAY0 + 2 * FM_HOUR);
    assert_int_equal(w->found, 0);
    watch_free(w);
    w = watch_new("data_smuggler");
    move(w, DAY0, inside(10), 3389, TCP, 1, 300);
    move(w, DAY0 + FM_HOUR, outside(5), 443, TCP, 100, 0.1);
    watch_until(w, DAY0 + 2 * FM_HOUR);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resolver_is_no_source),
        cmocka_unit_test(a_source_is_measured_by_its_day),
        cmocka_unit_test(two_ports_of_a_host_are_one_source),
        cmocka_unit_test(what_overlaps_is_at_the_same_time),
        cmocka_unit_test(what_was_sent_before_hides_nothing),
        cmocka_unit_test(the_usual_day_is_no_theft),
        cmocka_unit_test(a_meeting_and_a_screen_are_none),
        cmocka_unit_test(either_half_alone_and_the_other_order_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
