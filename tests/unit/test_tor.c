/* Tor: by the shape of its names or by a list; names of honest make, and names that were looked up,
 * stay quiet.  With it detect/chance.h, which tells names drawn by lot from chosen ones. */
#include "suspect.h"

#include "detect/chance.h"

static const char *const drawn[] = { "www.ct7ctrgb6cr7.com", "www.e6r5p57kbafwrxj3plz.com",
    "www.q4cyamnc6mtokjurvdclt.com", "www.t3i3ru.com", "www.gfu7hbxpfp.com",
    "www.6gyip7tqim7sieb.com" };

/* A TLS session of `out` and `in` bytes under a name. */
static void session(struct watch *w, fm_time at, struct fm_addr server, uint16_t sport,
        const char *name, const char *subject, const char *issuer)
{
    struct pair p = { .client = inside(1), .server = server, .sport = sport,
        .cport = (uint16_t)(40000 + at / FM_SECOND % 20000) };

    watch_take(w, rec_new(&w->space, at, &p));
    watch_take(w, rec_answer(&w->space, at + 20 * FM_MS, at, &p, FM_ANSWERED));
    struct fm_rec *rec = rec_tls(&w->space, at + 100 * FM_MS, &p, name);
    struct fm_tls *tls = (struct fm_tls *)(void *)(rec + 1);
    fm_rec_put(rec, &tls->subject, subject, strlen(subject), FM_TLS_DN_MAX);
    fm_rec_put(rec, &tls->issuer, issuer, strlen(issuer), FM_TLS_DN_MAX);
    fm_rec_put(rec, &tls->ja3, "581a3c7f", 8, FM_TLS_HASH_MAX);
    watch_take(w, rec);
    watch_take(w, rec_bytes(&w->space, FM_FLOW_END, at + 30 * FM_SECOND, at, &p, 5000, 20000));
}

static void sessions(struct watch *w, const char *const *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        session(w, DAY0 + i * FM_MINUTE, outside(i % 3), 443, names[i], "", "");
    watch_until(w, DAY0 + FM_HOUR);
}

static void several_drawn_names_are_tor(void **state)
{
    struct watch *w = watch_new("tor");

    (void)state;
    sessions(w, drawn, 6);
    assert_true(w->found > 0);
    struct fm_scores scores = watch_scores(w);
    assert_true(scores.certainty >= 50);
    assert_true(scores.threat <= 10);
    assert_string_equal(watch_text(w, "kind"), "shape");
    assert_true(watch_number(w, "relays") == 3);
    assert_true(watch_number(w, "sessions") == 6);
    assert_true(watch_number(w, "bytes_out") == 30000);
    assert_true(watch_number(w, "bytes_in") == 120000);
    assert_int_equal(w->last.peers, 3);
    assert_int_equal(w->last.row[0].port, 443);
    assert_true(w->last.row[0].last > w->last.row[0].first);
    watch_free(w);
}

static void two_are_not_enough(void **state)
{
    struct watch *w = watch_new("tor");

    (void)state;
    sessions(w, drawn, 2);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

/* A certificate of Tor's make is worth a name or two of its own, yet never alone. */
static void certificates_raise_certainty(void **state)
{
    struct watch *plain = watch_new("tor"), *marked = watch_new("tor");

    (void)state;
    sessions(plain, drawn, 3);
    for (unsigned i = 0; i < 3; i++)
        session(marked, DAY0 + i * FM_MINUTE, outside(i), 443, drawn[i],
                "CN=www.g6ghvisevf3ibuu5.net", "CN=www.xkgk7fdx362yyyxib.com");
    watch_until(marked, DAY0 + FM_HOUR);
    assert_true(watch_scores(marked).certainty > watch_scores(plain).certainty);
    watch_free(plain);
    watch_free(marked);
}

static void the_same_name_again_is_one_name(void **state)
{
    static const char *const same[] = { "www.q4cyamnc6mtokjurvdclt.com",
        "www.q4cyamnc6mtokjurvdclt.com", "www.q4cyamnc6mtokjurvdclt.com",
        "www.q4cyamnc6mtokjurvdclt.com", "www.q4cyamnc6mtokjurvdclt.com" };
    struct watch *w = watch_new("tor");

    (void)state;
    sessions(w, same, 5);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

static void names_that_were_looked_up_are_not_tor(void **state)
{
    struct watch *w = watch_new("tor");
    struct pair p = { .client = inside(1), .server = inside(2), .cport = 5353, .sport = 53,
        .proto = UDP };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct fm_addr addr = outside(i);
        watch_take(w, rec_dns(&w->space, DAY0, &p, drawn[i], &addr));
    }
    sessions(w, drawn, 6);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

/* Where no DNS is seen at all: sites named by words and by abbreviations, and other forms. */
static void chosen_names_are_not_tor(void **state)
{
    static const char *const names[] = { "www.hsbc.com", "www.xkcd.com", "www.cnbc.com",
        "www.nytimes.com", "www.dhl24.com", "www.mdpi.com", "www.wzrkt.com", "www.npmjs.com",
        "www.msftncsi.com", "www.kitchen.com", "d3ag4hukkh62yn.cloudfront.net",
        "r3---sn-4g5e6nsz.googlevideo.com", "www.x4kq-7tqim7sieb.com", "www.1337x88qk90z.com",
        "q4cyamnc6mtokjurvdclt.com", "www.q4cyamnc6mtokjurvdclt.org" };
    struct watch *w = watch_new("tor");

    (void)state;
    sessions(w, names, sizeof names / sizeof *names);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

static void a_listed_relay_is_enough(void **state)
{
    struct watch *w = watch_new("tor");

    (void)state;
    w->listed = "tor_relays 203.0.0.7";
    session(w, DAY0, outside(7), 9001, "www.example.org", "", "");
    session(w, DAY0 + FM_MINUTE, outside(8), 9001, "www.example.org", "", "");
    watch_until(w, DAY0 + FM_HOUR);
    assert_true(watch_scores(w).certainty >= 30);
    assert_string_equal(watch_text(w, "kind"), "listed");
    assert_true(watch_number(w, "relays") == 1);
    assert_true(watch_number(w, "sessions") == 1);
    assert_true(watch_number(w, "bytes_in") == 20000);
    watch_free(w);
}

static void chance_tells_drawn_from_chosen(void **state)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    static const char *const words[] = { "kitchen", "theatre", "weather", "telegraph", "microsoft",
        "schwarzwald", "cloudflare", "wikipedia", "hsbc", "xkcd" };
    uint64_t seed = 11;
    double sum = 0;
    unsigned clear = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        char label[14];
        for (unsigned k = 0; k < sizeof label; k++)
            label[k] = letters[seeded_below(&seed, 32)];
        double bits = fm_chance_bits(label, sizeof label, 32);
        sum += bits;
        clear += bits >= 8;
    }
    assert_true(sum / 1000 > 12 && sum / 1000 < 20); /* 1.1 bits a letter */
    assert_true(clear > 800);
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        assert_true(fm_chance_bits(words[i], strlen(words[i]), 32) < 4);
    assert_true(fm_chance_bits("", 0, 32) == 0);
    assert_true(fm_chance_bits("QKXV7ZT2", 8, 32) == fm_chance_bits("qkxv7zt2", 8, 32));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_drawn_names_are_tor),
        cmocka_unit_test(two_are_not_enough),
        cmocka_unit_test(certificates_raise_certainty),
        cmocka_unit_test(the_same_name_again_is_one_name),
        cmocka_unit_test(names_that_were_looked_up_are_not_tor),
        cmocka_unit_test(chosen_names_are_not_tor),
        cmocka_unit_test(a_listed_relay_is_enough),
        cmocka_unit_test(chance_tells_drawn_from_chosen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
