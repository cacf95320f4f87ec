/* Mining: JSON both ways for minutes, a listed pool, a rule with another sign; wallets, web sites
 * and much else that speaks JSON stay quiet. */
#include "suspect.h"

struct talk {
    const char *asks, *tells; /* first payload bytes; NULL: no shape is seen */
    uint16_t port;
    enum fm_app app;
    double minutes;
    uint64_t out, in; /* bytes a minute */
    uint16_t gaps;
    unsigned client;
};

static void head(uint8_t *to, const char *text)
{
    memcpy(to, text, strnlen(text, FM_SHAPE_HEAD));
}

static struct fm_rec *told(struct watch *w, enum fm_kind kind, fm_time at, const struct pair *p,
        const struct talk *t, uint64_t out, uint64_t in)
{
    struct fm_rec *rec = rec_of(&w->space, kind, at, p);
    struct fm_flow *flow = flow_of(rec);

    flow->start = DAY0;
    flow->answer = FM_ANSWERED;
    flow->app = (uint8_t)t->app;
    flow->bytes[FM_TO_SERVER] = flow->total_bytes[FM_TO_SERVER] = out;
    flow->bytes[FM_TO_CLIENT] = flow->total_bytes[FM_TO_CLIENT] = in;
    rec->has = FM_HAS_ANSWER | FM_HAS_BYTES | FM_HAS_APP;
    if (!t->asks) {
        fm_rec_brief(rec);
        return rec;
    }
    rec->has |= FM_HAS_SHAPE;
    head(flow->shape.head[FM_TO_SERVER], t->asks);
    head(flow->shape.head[FM_TO_CLIENT], t->tells);
    flow->shape.gaps = t->gaps;
    flow->shape.turns = 10;
    return rec;
}

static void talk(struct watch *w, const struct talk *t)
{
    struct pair p = { .client = inside(t->client), .server = outside(9), .sport = t->port,
        .cport = (uint16_t)(40000 + t->client) };
    fm_time at = DAY0;

    watch_take(w, rec_new(&w->space, at, &p));
    watch_take(w, rec_answer(&w->space, at + 20 * FM_MS, at, &p, FM_ANSWERED));
    for (double minute = 1; minute <= t->minutes; minute++) {
        at = DAY0 + (fm_time)(minute * (double)FM_MINUTE);
        watch_take(w, told(w, FM_FLOW_UPDATE, at, &p, t, t->out, t->in));
    }
    watch_take(w, told(w, FM_FLOW_END, at + FM_SECOND, &p, t, 0, 0));
    watch_until(w, at + FM_MINUTE);
}

static const struct talk miner = { .asks = "{\"id\":1,", .tells = "{\"id\":1,", .port = 7000,
    .app = FM_APP_FAILED, .minutes = 20, .out = 300, .in = 900, .gaps = 12, .client = 1 };

static unsigned found_of(const struct talk *t, const char *listed)
{
    struct watch *w = watch_new("crypto_mining");

    w->listed = listed;
    talk(w, t);
    unsigned found = w->found;
    watch_free(w);
    return found;
}

static void json_both_ways_is_mining(void **state)
{
    struct watch *w = watch_new("crypto_mining");

    (void)state;
    talk(w, &miner);
    struct fm_scores scores = watch_scores(w);
    assert_true(scores.certainty >= 40);
    assert_string_equal(watch_text(w, "kind"), "stratum");
    assert_string_equal(watch_text(w, "signs"), "JSON-RPC,lines");
    assert_true(watch_number(w, "port") == 7000);
    assert_true(watch_number(w, "bytes_out") == 20 * 300);
    assert_true(watch_number(w, "bytes_in") == 20 * 900);
    assert_true(watch_number(w, "sessions") == 1);
    watch_free(w);
}

static void other_heads_are_mining_too(void **state)
{
    static const char *const heads[] = { "{\"method\"", "{\"worker\"", "{\"jsonrpc", "{ \"id\": 1",
        "{\"params\"" };

    (void)state;
    for (unsigned i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct talk t = miner;
        t.asks = heads[i];
        assert_true(found_of(&t, NULL) > 0);
    }
}

static void what_is_not_mining(void **state)
{
    struct talk binary = miner, one_way = miner, brief = miner, busy = miner, wallet = miner,
                web = miner, silent = miner;

    (void)state;
    binary.asks = "\x16\x03\x01";
    assert_int_equal(found_of(&binary, NULL), 0);
    one_way.tells = "HTTP/1.1";
    assert_int_equal(found_of(&one_way, NULL), 0);
    brief.minutes = 1;
    assert_int_equal(found_of(&brief, NULL), 0);
    busy.in = 1000000;
    assert_int_equal(found_of(&busy, NULL), 0);
    wallet.port = 50001;
    assert_int_equal(found_of(&wallet, NULL), 0);
    web.app = FM_APP_HTTP;
    assert_int_equal(found_of(&web, NULL), 0);
    silent.gaps = 0;
    assert_int_equal(found_of(&silent, NULL), 0);
}

static void a_pools_port_needs_a_long_life(void **state)
{
    struct talk t = miner;

    (void)state;
    t.asks = NULL;
    t.port = 3333;
    assert_int_equal(found_of(&t, NULL), 0);
    t.minutes = 45;
    assert_true(found_of(&t, NULL) > 0);
    t.port = 7000;
    assert_int_equal(found_of(&t, NULL), 0);
}

static void a_listed_pool_needs_one_sign_more(void **state)
{
    struct talk t = miner, site = miner;

    (void)state;
    t.minutes = 3;
    t.asks = "\x01\x02";
    t.port = 14444;
    t.app = FM_APP_TLS;
    assert_true(found_of(&t, "mining_pools 203.0.0.9") > 0);
    assert_int_equal(found_of(&t, NULL), 0);
    site.minutes = 1;
    site.app = FM_APP_TLS;
    site.asks = "\x16\x03\x01";
    site.port = 443;
    assert_int_equal(found_of(&site, "mining_pools 203.0.0.9"), 0);
}

static void a_rule_helps(void **state)
{
    struct watch *w = watch_new("crypto_mining");
    struct talk t = miner;
    struct pair p = { .client = inside(1), .server = outside(9), .sport = 3333, .cport = 40001 };
    static const char signature[] = "ET COINMINER W32/Miner Checkin";

    (void)state;
    t.minutes = 2;
    t.port = 3333;
    t.asks = NULL;
    watch_take(w, rec_new(&w->space, DAY0 - FM_SECOND, &p));
    struct fm_rec *rec = rec_of(&w->space, FM_ALERT, DAY0 - FM_SECOND, &p);
    struct fm_alert *alert = (struct fm_alert *)(void *)(rec + 1);
    fm_rec_put(rec, &alert->signature, signature, strlen(signature), 255);
    watch_take(w, rec);
    talk(w, &t);
    assert_true(watch_scores(w).certainty >= 40);
    watch_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_both_ways_is_mining),
        cmocka_unit_test(other_heads_are_mining_too),
        cmocka_unit_test(what_is_not_mining),
        cmocka_unit_test(a_pools_port_needs_a_long_life),
        cmocka_unit_test(a_listed_pool_needs_one_sign_more),
        cmocka_unit_test(a_rule_helps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
