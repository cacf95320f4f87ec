/* Findings and samples: terms by name, facts, rows, and the first and last pieces of evidence. */
#include "sight.h"

#include "detect/finding.h"

static const struct fm_term terms[] = {
    { "bytes", FM_THREAT, FM_BYTES, { { 0, 1, 2, 3 } }, 1, "" },
    { "share", FM_THREAT, FM_SHARE, { { 0, 1, 2, 3 } }, 1, "" },
    { "bytes", FM_CERTAINTY, FM_BYTES, { { 0, 1, 2, 3 } }, 1, "" },
    { .name = NULL },
};
static const struct fm_detector det = { .name = "told", .terms = terms };
static const struct fm_key key = { .entity = 7, .name = 9 };

static void all_is_unknown_at_first(void **state)
{
    struct fm_finding f;

    (void)state;
    memset(&f, 0xee, sizeof f);
    fm_finding_init(&f, &det, &key);
    assert_ptr_equal(f.det, &det);
    assert_memory_equal(&f.key, &key, sizeof key);
    for (unsigned i = 0; i < FM_TERMS; i++)
        assert_true(!fm_known(f.term[i]) && !fm_known(f.normal[i]));
    assert_int_equal(f.facts + f.peers + f.samples.count, 0);
    assert_true(fm_addr_is_none(&f.peer));
}

static void a_term_is_set_for_both_scores(void **state)
{
    struct fm_finding f;

    (void)state;
    fm_finding_init(&f, &det, &key);
    fm_finding_term(&f, "bytes", 5);
    fm_finding_normal(&f, "share", 0.5);
    fm_finding_term(&f, "stranger", 6); /* ignored */
    assert_true(f.term[0] == 5 && f.term[2] == 5 && !fm_known(f.term[1]));
    assert_true(f.normal[1] == 0.5 && !fm_known(f.normal[0]));
    for (unsigned i = 3; i < FM_TERMS; i++)
        assert_false(fm_known(f.term[i]));
}

static void facts_keep_their_kind(void **state)
{
    struct fm_finding f;
    struct fm_addr addr = outside(3);
    char longer[200];

    (void)state;
    memset(longer, 'x', sizeof longer);
    longer[199] = 0;
    fm_finding_init(&f, &det, &key);
    fm_fact_number(&f, "number", 1);
    fm_fact_bytes(&f, "size", 2);
    fm_fact_span(&f, "span", 3);
    fm_fact_time(&f, "time", DAY0);
    fm_fact_text(&f, "text", longer);
    fm_fact_addr(&f, "addr", &addr);
    fm_fact_bool(&f, "flag", true);
    static const enum fm_fact_kind kinds[] = { FM_FACT_NUMBER, FM_FACT_BYTES, FM_FACT_SPAN,
        FM_FACT_TIME, FM_FACT_TEXT, FM_FACT_ADDR, FM_FACT_BOOL };
    assert_int_equal(f.facts, 7);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(f.fact[i].kind, kinds[i]);
    assert_int_equal(strlen(f.fact[4].text), FM_NAME - 1);
    assert_true(fm_addr_equal(&f.fact[5].addr, &addr));
    for (unsigned i = 0; i < 50; i++)
        fm_fact_number(&f, "more", i); /* the last one is overwritten, nothing beyond it */
    assert_int_equal(f.facts, FM_FACTS);
    assert_true(f.fact[FM_FACTS - 1].number == 49);
    assert_int_equal(f.peers, 0);
}

static void rows_without_room_are_counted(void **state)
{
    struct fm_finding f;

    (void)state;
    fm_finding_init(&f, &det, &key);
    for (unsigned i = 0; i < FM_PEERS; i++)
        assert_ptr_equal(fm_finding_row(&f), &f.row[i]);
    for (unsigned i = 0; i < 5; i++)
        assert_null(fm_finding_row(&f));
    assert_int_equal(f.peers, FM_PEERS);
    assert_int_equal(f.peers_dropped, 5);
}

static void samples_keep_the_first_and_the_last(void **state)
{
    enum { HALF = FM_SAMPLES / 2 };
    struct fm_samples samples = { 0 };

    (void)state;
    for (unsigned n = 1; n <= 1000; n++) {
        struct fm_sample sample = { .flow_id = n };
        fm_samples_add(&samples, &sample);
        assert_int_equal(samples.count, n);
        for (unsigned i = 0; i < HALF && i < n; i++)
            assert_int_equal(samples.first[i].flow_id, i + 1);
        for (unsigned id = n; id > HALF && id + HALF > n; id--)
            assert_int_equal(samples.last[(id - 1) % HALF].flow_id, id);
    }
}

static void a_sample_leads_back_to_the_packets(void **state)
{
    struct fm_obs obs = { .time = DAY0,
        .flow_id = 5,
        .server_addr = outside(3),
        .sport = 443,
        .proto = TCP,
        .answer = FM_REFUSED };

    (void)state;
    struct fm_sample sample = fm_sample_of(&obs);
    assert_true(sample.time == DAY0 && sample.flow_id == 5);
    assert_true(fm_addr_equal(&sample.peer, &obs.server_addr));
    assert_int_equal(sample.port, 443);
    assert_int_equal(sample.outcome, FM_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_unknown_at_first),
        cmocka_unit_test(a_term_is_set_for_both_scores),
        cmocka_unit_test(facts_keep_their_kind),
        cmocka_unit_test(rows_without_room_are_counted),
        cmocka_unit_test(samples_keep_the_first_and_the_last),
        cmocka_unit_test(a_sample_leads_back_to_the_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
