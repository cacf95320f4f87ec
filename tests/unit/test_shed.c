/* Shedding: what, from when, how much, and that the weights make up for it. */
#include "seeded.h"

#include "order/shed.h"

#include <string.h>

struct flow_rec {
    struct fm_rec rec;
    struct fm_flow flow;
};

static struct flow_rec make(enum fm_kind kind, enum fm_answer answer, enum fm_close close)
{
    struct flow_rec out;
    memset(&out, 0, sizeof(out));
    out.rec.kind = (uint8_t)kind;
    out.rec.size = sizeof(out);
    out.rec.weight = 1;
    out.flow.answer = (uint8_t)answer;
    out.flow.close = (uint8_t)close;
    return out;
}

static void nothing_up_to_75_pct(void **state)
{
    (void)state;
    struct fm_shed shed = { 0 };
    for (unsigned fill = 0; fill <= 75; fill++) {
        for (int i = 0; i < 100; i++) {
            struct flow_rec r = make(FM_FLOW_NEW, FM_NO_ANSWER, FM_OPEN);
            assert_true(fm_shed_keep(&shed, &r.rec, fill));
            assert_int_equal(r.rec.weight, 1);
        }
    }
    assert_int_equal(shed.shed[FM_FLOW_NEW], 0);
}

static void only_flows_that_nobody_answered(void **state)
{
    (void)state;
    struct fm_shed shed = { 0 };
    for (int i = 0; i < 1000; i++) {
        for (enum fm_kind kind = 0; kind < FM_KINDS; kind++) {
            if (kind == FM_FLOW_NEW || kind == FM_FLOW_END)
                continue;
            struct flow_rec r = make(kind, FM_NO_ANSWER, FM_OPEN);
            assert_true(fm_shed_keep(&shed, &r.rec, 100));
            assert_int_equal(r.rec.weight, 1);
        }
        struct flow_rec answered = make(FM_FLOW_NEW, FM_ANSWERED, FM_OPEN);
        struct flow_rec refused = make(FM_FLOW_END, FM_REFUSED, FM_OPEN);
        struct flow_rec reset = make(FM_FLOW_END, FM_NO_ANSWER, FM_RESET_BY_CLIENT);
        assert_true(fm_shed_keep(&shed, &answered.rec, 100));
        assert_true(fm_shed_keep(&shed, &refused.rec, 100));
        assert_true(fm_shed_keep(&shed, &reset.rec, 100));
    }
}

static void one_in_n_with_weight_n(void **state)
{
    (void)state;
    static const struct {
        unsigned fill, n;
    } rows[] = { { 76, 2 }, { 80, 2 }, { 81, 4 }, { 85, 4 }, { 86, 8 }, { 91, 16 }, { 96, 32 },
        { 100, 32 } };
    const unsigned offered = 100000;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fm_shed shed = { 0 };
        enum fm_kind kind = i % 2 == 0 ? FM_FLOW_NEW : FM_FLOW_END;
        uint64_t kept = 0, stands_for = 0;
        for (unsigned k = 0; k < offered; k++) {
            struct flow_rec r = make(kind, FM_NO_ANSWER, FM_OPEN);
            if (!fm_shed_keep(&shed, &r.rec, rows[i].fill))
                continue;
            assert_int_equal(r.rec.weight, rows[i].n);
            kept++;
            stands_for += r.rec.weight;
        }
        assert_int_equal(shed.shed[kind], offered - kept);
        /* binomial: sigma is sqrt(offered * n) at most; five of them */
        double off = fabs((double)stands_for - offered);
        assert_true(off < 5 * sqrt((double)offered * rows[i].n));
    }
}

static void an_alternating_scan_keeps_all_its_targets(void **state)
{
    (void)state;
    struct fm_shed shed = { 0 };
    for (unsigned targets = 2; targets <= 32; targets *= 2) {
        unsigned seen[32] = { 0 };
        for (unsigned k = 0; k < 32000; k++) {
            struct flow_rec r = make(FM_FLOW_NEW, FM_NO_ANSWER, FM_OPEN);
            if (fm_shed_keep(&shed, &r.rec, 100))
                seen[k % targets]++;
        }
        for (unsigned t = 0; t < targets; t++)
            assert_true(seen[t] > 32000 / 32 / targets / 4);
    }
}

static void weights_multiply_and_saturate(void **state)
{
    (void)state;
    struct fm_shed shed = { 0 };
    static const unsigned before[] = { 3, 7, 8, 255 }, after[] = { 96, 224, 255, 255 };
    for (int i = 0; i < 4; i++) {
        struct flow_rec r;
        do {
            r = make(FM_FLOW_NEW, FM_NO_ANSWER, FM_OPEN);
            r.rec.weight = (uint8_t)before[i];
        } while (!fm_shed_keep(&shed, &r.rec, 100));
        assert_int_equal(r.rec.weight, after[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_up_to_75_pct),
        cmocka_unit_test(only_flows_that_nobody_answered),
        cmocka_unit_test(one_in_n_with_weight_n),
        cmocka_unit_test(an_alternating_scan_keeps_all_its_targets),
        cmocka_unit_test(weights_multiply_and_saturate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
