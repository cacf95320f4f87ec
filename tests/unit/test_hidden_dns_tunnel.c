/* Tunnels in names: what carries data, what only looks so, and the parts of a name. */
#include "suspect.h"

static const struct pair asks = { .cport = 40000, .sport = 53, .proto = UDP };

enum { A = 1, CNAME = 5, PTR = 12, MX = 15, TXT = 16 };

static void question(struct watch *w, fm_time at, const char *name, uint16_t type)
{
    struct pair p = asks;

    p.client = inside(1);
    p.server = inside(2);
    struct fm_rec *rec = rec_of(&w->space, FM_DNS, at, &p);
    struct fm_dns *dns = (struct fm_dns *)(void *)(rec + 1);
    dns->type = type;
    fm_rec_put(rec, &dns->query, name, strlen(name), FM_DNS_NAME_MAX);
    rec->has = FM_HAS_NAME | FM_HAS_TYPE;
    watch_take(w, rec);
}

/* An answer of some bytes; `addr` 0: none, else 127.0.0.x or, above 255, an outside one. */
static void answer(struct watch *w, fm_time at, const char *name, uint16_t type, uint16_t rcode,
        unsigned addr)
{
    struct pair p = asks;
    struct fm_addr given = outside(addr);

    if (addr && addr < 256)
        given = fm_addr_from4((uint8_t[]){ 127, 0, 0, (uint8_t)addr });
    p.client = inside(1);
    p.server = inside(2);
    struct fm_rec *rec = rec_dns(&w->space, at, &p, name, &given);
    struct fm_dns *dns = (struct fm_dns *)(void *)(rec + 1);
    dns->type = type;
    dns->kept = addr > 0;
    dns->rcode = rcode;
    dns->answer_bytes = rcode ? 0 : addr ? 4 : 60;
    rec->has = FM_HAS_NAME | FM_HAS_TYPE | FM_HAS_STATUS | FM_HAS_ANSWERS;
    watch_take(w, rec);
}

static void hex(char *out, uint64_t *seed, unsigned bytes)
{
    for (unsigned i = 0; i < 2 * bytes; i++)
        out[i] = "0123456789abcdef"[seeded_below(seed, 16)];
    out[2 * bytes] = 0;
}

/* `count` questions with `bytes` bytes in hex under a domain, one every two seconds. */
static void ask(struct watch *w, const char *form, unsigned count, unsigned bytes, uint16_t type,
        uint16_t rcode, unsigned addr)
{
    uint64_t seed = count;

    for (unsigned i = 0; i < count; i++) {
        char data[64], name[160];
        fm_time at = DAY0 + i * 2 * FM_SECOND;
        hex(data, &seed, bytes);
        snprintf(name, sizeof name, form, data);
        question(w, at, name, type);
        answer(w, at + 50 * FM_MS, name, type, rcode, addr);
    }
    watch_until(w, DAY0 + count * 2 * FM_SECOND + FM_MINUTE);
}

static void data_in_names_is_a_tunnel(void **state)
{
    struct watch *w = watch_new("hidden_dns_tunnel");

    (void)state;
    ask(w, "%s.t.attacker.example", 60, 30, TXT, 0, 0);
    assert_true(watch_scores(w).certainty >= 50);
    assert_string_equal(watch_text(w, "domain"), "attacker.example");
    assert_string_equal(watch_text(w, "types"), "TXT");
    assert_true(watch_number(w, "queries") == 60);
    assert_true(watch_number(w, "bytes_out") == 60 * 61); /* the label `t` is asked too */
    assert_true(watch_number(w, "bytes_in") == 60 * 60);
    assert_true(fabs(watch_number(w, "names") - 60) < 18);
    assert_string_equal(w->last.name, "attacker.example");
    watch_free(w);
}

static void a_domain_without_top_level_is_its_first_label(void **state)
{
    struct watch *w = watch_new("hidden_dns_tunnel");

    (void)state;
    ask(w, "dnscat.%s", 60, 25, MX, 0, 0);
    assert_true(w->found > 0);
    assert_string_equal(watch_text(w, "domain"), "dnscat");
    watch_free(w);
}

static void names_are_registered_below_a_country(void **state)
{
    struct watch *w = watch_new("hidden_dns_tunnel");

    (void)state;
    ask(w, "%s.attacker.co.jp", 60, 30, CNAME, 0, 0);
    assert_true(w->found > 0);
    assert_string_equal(watch_text(w, "domain"), "attacker.co.jp");
    watch_free(w);
}

static void questions_for_addresses_need_more(void **state)
{
    struct watch *few = watch_new("hidden_dns_tunnel"), *many = watch_new("hidden_dns_tunnel");

    (void)state;
    ask(few, "%s.measure.example", 60, 16, A, 0, 1000);
    assert_int_equal(few->found, 0);
    ask(many, "%s.attacker.example", 200, 30, A, 0, 1000);
    assert_true(watch_scores(many).certainty >= 30);
    watch_free(few);
    watch_free(many);
}

static void reputation_by_digest_is_none(void **state)
{
    struct watch *code = watch_new("hidden_dns_tunnel"), *none = watch_new("hidden_dns_tunnel");

    (void)state;
    ask(code, "%s.digest.scanner.example", 400, 30, A, 0, 4);
    assert_int_equal(code->found, 0);
    ask(none, "%s.digest.scanner.example", 400, 30, A, 3, 0);
    assert_int_equal(none->found, 0);
    watch_free(code);
    watch_free(none);
}

static void a_listed_domain_is_none(void **state)
{
    struct watch *w = watch_new("hidden_dns_tunnel");

    (void)state;
    w->listed = "names_with_data vendor.example";
    ask(w, "%s.lookup.vendor.example", 60, 30, TXT, 0, 0);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

static void names_by_design_are_none(void **state)
{
    static const char *const forms[] = { "%s.10.in-addr.arpa", "%s.local",
        "_ldap._tcp.%s.domains._msdcs.corp.example", "4.3.2.1.%s.zen.example" };

    (void)state;
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct watch *w = watch_new("hidden_dns_tunnel");
        ask(w, forms[i], 60, 30, i == 0 ? PTR : TXT, 0, 0);
        assert_int_equal(w->found, 0);
        watch_free(w);
    }
}

/* Words, many of them, and the same drawn names again and again. */
static void words_and_repeats_are_none(void **state)
{
    static const char *const words[] = { "weather", "kitchen", "railway", "theatre", "holiday" };
    struct watch *w = watch_new("hidden_dns_tunnel"), *same = watch_new("hidden_dns_tunnel");
    uint64_t seed = 3;

    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        char name[160];
        fm_time at = DAY0 + i * FM_SECOND;
        snprintf(name, sizeof name, "%s-%s-%s.%s.pictures.example", words[seeded_below(&seed, 5)],
                words[seeded_below(&seed, 5)], words[seeded_below(&seed, 5)],
                words[seeded_below(&seed, 5)]);
        question(w, at, name, TXT);
        answer(w, at, name, TXT, 0, 0);
    }
    watch_until(w, DAY0 + FM_HOUR);
    assert_int_equal(w->found, 0);
    for (unsigned i = 0; i < 400; i++) {
        char data[64], name[160];
        uint64_t host = 1 + i % 30;
        hex(data, &host, 25);
        snprintf(name, sizeof name, "%s.cdn.example", data);
        question(same, DAY0 + i * FM_SECOND, name, A);
        answer(same, DAY0 + i * FM_SECOND, name, A, 0, 1000);
    }
    watch_until(same, DAY0 + FM_HOUR / 2);
    assert_int_equal(same->found, 0);
    watch_free(w);
    watch_free(same);
}

/* Names cut, empty, without dots, with empty labels or too many of them: no state, no harm. */
static void broken_names_do_no_harm(void **state)
{
    struct watch *w = watch_new("hidden_dns_tunnel");
    char long_name[256], deep[160];

    (void)state;
    memset(long_name, 'x', 255);
    long_name[255] = 0;
    for (unsigned i = 0; i < sizeof deep - 1; i++)
        deep[i] = i % 2 ? '.' : '7';
    deep[sizeof deep - 1] = 0;
    const char *const names[] = { "", ".", "..", "nodot", "a..b.example", ".a.example", long_name,
        deep, "a.b", "1.2.3.4" };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        question(w, DAY0 + i * FM_SECOND, names[i], TXT);
    watch_until(w, DAY0 + FM_MINUTE);
    assert_int_equal(w->found, 0);
    watch_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_in_names_is_a_tunnel),
        cmocka_unit_test(a_domain_without_top_level_is_its_first_label),
        cmocka_unit_test(names_are_registered_below_a_country),
        cmocka_unit_test(questions_for_addresses_need_more),
        cmocka_unit_test(reputation_by_digest_is_none),
        cmocka_unit_test(a_listed_domain_is_none),
        cmocka_unit_test(names_by_design_are_none),
        cmocka_unit_test(words_and_repeats_are_none),
        cmocka_unit_test(broken_names_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
