/* Tunnels in echoes: variety both ways; honest pings, repeated replies and unanswered ones are
 * quiet. */
#include "suspect.h"

struct pings { /* of ten seconds */
    uint32_t packets[2], payloads;
    uint64_t bytes[2];
};

static const struct pair peers = { .cport = 8, .sport = 0, .proto = ICMP };

static void ping(struct watch *w, const struct pings *told, unsigned times)
{
    struct pair p = peers;

    p.client = inside(1);
    p.server = outside(1);
    watch_take(w, rec_new(&w->space, DAY0, &p));
    watch_take(w, rec_answer(&w->space, DAY0 + 20 * FM_MS, DAY0, &p, FM_ANSWERED));
    for (unsigned i = 1; i <= times; i++) {
        struct fm_rec *rec = rec_of(&w->space, FM_ICMP, DAY0 + i * 10 * FM_SECOND, &p);
        struct fm_icmp *icmp = (struct fm_icmp *)(void *)(rec + 1);
        memcpy(icmp->bytes, told->bytes, sizeof icmp->bytes);
        memcpy(icmp->packets, told->packets, sizeof icmp->packets);
        icmp->payloads = told->payloads;
        watch_take(w, rec);
    }
    watch_until(w, DAY0 + (times + 2) * 10 * FM_SECOND);
}

static unsigned found_of(struct pings told)
{
    struct watch *w = watch_new("hidden_icmp_tunnel");

    ping(w, &told, 60);
    unsigned found = w->found;
    watch_free(w);
    return found;
}

static void variety_both_ways_is_a_tunnel(void **state)
{
    struct watch *w = watch_new("hidden_icmp_tunnel");
    struct pings told = { { 10, 10 }, 19, { 1000, 3000 } };

    (void)state;
    ping(w, &told, 60);
    struct fm_scores scores = watch_scores(w);
    assert_true(scores.certainty >= 60);
    assert_true(watch_number(w, "packets") == 1200);
    assert_true(watch_number(w, "payloads") == 1140);
    assert_true(watch_number(w, "bytes_out") == 60000);
    assert_true(watch_number(w, "bytes_in") == 180000);
    assert_int_equal(w->last.peers, 1);
    watch_free(w);
}

static void of_equal_sizes_too(void **state)
{
    (void)state;
    assert_true(found_of((struct pings){ { 10, 10 }, 19, { 2000, 2000 } }) > 0);
}

/* The receiver's kernel answers as always; a monitor's times are short. */
static void long_news_that_is_echoed_is_a_tunnel(void **state)
{
    (void)state;
    assert_true(found_of((struct pings){ { 10, 10 }, 10, { 5000, 5000 } }) > 0);
    assert_int_equal(found_of((struct pings){ { 10, 10 }, 10, { 680, 680 } }), 0);
    assert_int_equal(found_of((struct pings){ { 10, 10 }, 2, { 14000, 14000 } }), 0);
}

/* A mirror that doubles every packet leaves half the variety; the sizes still differ. */
static void doubled_packets_still_show_it(void **state)
{
    (void)state;
    assert_true(found_of((struct pings){ { 20, 20 }, 19, { 2000, 6000 } }) > 0);
}

static void honest_pings_are_none(void **state)
{
    (void)state;
    assert_int_equal(found_of((struct pings){ { 10, 10 }, 0, { 560, 560 } }), 0);   /* a pattern */
    assert_int_equal(found_of((struct pings){ { 10, 10 }, 10, { 680, 680 } }), 0);  /* times */
    assert_int_equal(found_of((struct pings){ { 10, 10 }, 2, { 9000, 9000 } }), 0); /* large ones */
    assert_int_equal(found_of((struct pings){ { 10, 0 }, 10, { 680, 0 } }), 0);     /* unanswered */
}

static void few_are_none(void **state)
{
    struct watch *w = watch_new("hidden_icmp_tunnel");
    struct pings told = { { 2, 2 }, 4, { 100, 300 } };

    (void)state;
    ping(w, &told, 5);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

/* Of a source that does not see payloads only counts are known. */
static unsigned found_of_counts(uint32_t packets_out, uint32_t packets_in, uint64_t out,
        uint64_t in)
{
    struct watch *w = watch_new("hidden_icmp_tunnel");
    struct pair p = peers;

    p.client = inside(1);
    p.server = outside(1);
    watch_take(w, rec_new(&w->space, DAY0, &p));
    watch_take(w, rec_answer(&w->space, DAY0 + 20 * FM_MS, DAY0, &p, FM_ANSWERED));
    struct fm_rec *rec = rec_bytes(&w->space, FM_FLOW_END, DAY0 + FM_MINUTE, DAY0, &p, out, in);
    flow_of(rec)->packets[FM_TO_SERVER] = packets_out;
    flow_of(rec)->packets[FM_TO_CLIENT] = packets_in;
    watch_take(w, rec);
    watch_until(w, DAY0 + 2 * FM_MINUTE);
    unsigned found = w->found;
    watch_free(w);
    return found;
}

static void unlike_sizes_speak_where_payloads_are_not_seen(void **state)
{
    (void)state;
    assert_true(found_of_counts(300, 300, 20000, 90000) > 0);
    assert_int_equal(found_of_counts(300, 300, 90000, 90000), 0);
    assert_int_equal(found_of_counts(300, 150, 90000, 45000), 0); /* half of them unanswered */
    assert_int_equal(found_of_counts(30, 30, 1000, 4000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variety_both_ways_is_a_tunnel),
        cmocka_unit_test(of_equal_sizes_too),
        cmocka_unit_test(long_news_that_is_echoed_is_a_tunnel),
        cmocka_unit_test(doubled_packets_still_show_it),
        cmocka_unit_test(honest_pings_are_none),
        cmocka_unit_test(few_are_none),
        cmocka_unit_test(unlike_sizes_speak_where_payloads_are_not_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
