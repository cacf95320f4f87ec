/* Curves and scores: anchors, falling curves, what is unknown, and the cap on certainty. */
#include "findings.h"

#include "judge/score.h"

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void anchors_are_worth_what_is_said(void **state)
{
    static const double worth[] = { 0, 33, 67, 100 };
    static const struct fm_curve rises = { { 10, 20, 40, 80 } }, falls = { { 8, 4, 2, 1 } };

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        assert_true(near(fm_curve_points(&rises, rises.at[i]), worth[i]));
        assert_true(near(fm_curve_points(&falls, falls.at[i]), worth[i]));
    }
    assert_true(near(fm_curve_points(&rises, 15), 16.5));
    assert_true(near(fm_curve_points(&rises, 30), 50));
    assert_true(near(fm_curve_points(&falls, 6), 16.5));
    assert_true(near(fm_curve_points(&falls, 1.5), 83.5));
}

static void outside_it_is_flat(void **state)
{
    static const struct fm_curve rises = { { 10, 20, 40, 80 } }, falls = { { 8, 4, 2, 1 } };

    (void)state;
    assert_true(near(fm_curve_points(&rises, -INFINITY), 0));
    assert_true(near(fm_curve_points(&rises, 9), 0));
    assert_true(near(fm_curve_points(&rises, 1e300), 100));
    assert_true(near(fm_curve_points(&rises, INFINITY), 100));
    assert_true(near(fm_curve_points(&falls, 9), 0));
    assert_true(near(fm_curve_points(&falls, INFINITY), 0));
    assert_true(near(fm_curve_points(&falls, -3), 100));
    assert_false(fm_known(fm_curve_points(&rises, FM_UNKNOWN)));
    assert_false(fm_known(fm_curve_points(&falls, FM_UNKNOWN)));
}

static void anchors_may_fall_together(void **state)
{
    static const struct fm_curve step = { { 0, 1, 1, 1 } }, flat = { { 5, 5, 5, 5 } };

    (void)state;
    assert_true(near(fm_curve_points(&step, 0), 0));
    assert_true(near(fm_curve_points(&step, 0.5), 16.5));
    assert_true(near(fm_curve_points(&step, 1), 100));
    assert_true(near(fm_curve_points(&flat, 4.9), 0));
    assert_true(near(fm_curve_points(&flat, 5), 100));
}

static void a_curve_never_turns(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 1000; round++) {
        struct fm_curve curve;
        double at = (double)seeded_below(&seed, 100), last = -1;
        bool falls = round % 2;
        for (unsigned i = 0; i < 4; i++)
            curve.at[falls ? 3 - i : i] = at += (double)seeded_below(&seed, 5) + (i == 3);
        for (double x = -10; x < 130; x += 0.25) {
            double points = fm_curve_points(&curve, falls ? 120 - x : x);
            assert_true(points >= last && points >= 0 && points <= 100);
            last = points;
        }
    }
}

static void every_curve_of_the_tables_runs_from_nothing_to_all(void **state)
{
    (void)state;
    for (unsigned d = 0; d < fm_detectors_count; d++)
        for (unsigned i = 0; i < fm_detector_terms(fm_detectors[d]); i++) {
            const struct fm_curve *c = &fm_detectors[d]->terms[i].curve;
            assert_true(near(fm_curve_points(c, c->at[0]), 0));
            assert_true(near(fm_curve_points(c, c->at[3]), 100));
            bool falls = c->at[3] < c->at[0];
            for (unsigned k = 1; k < 4; k++)
                assert_true(falls ? c->at[k] <= c->at[k - 1] : c->at[k] >= c->at[k - 1]);
            assert_true(fm_detectors[d]->terms[i].weight > 0);
        }
}

static void scores_are_weighted_means(void **state)
{
    unsigned det = detector_index("port_scan");

    (void)state;
    tuning_preset();
    for (double threat = 0; threat <= 100; threat += 25) {
        struct fm_finding f = finding_of(det, 1, threat, 100 - threat, DAY0);
        struct fm_scores s = fm_score(fm_detectors[det], &tuning[det], &f);
        assert_true(fabs(s.threat - threat) < 1e-6);
        assert_true(fabs(s.certainty - (100 - threat)) < 1e-6);
        assert_true(near(s.known_share, 1));
    }
    struct fm_finding f = finding_of(det, 1, 0, 0, DAY0);
    f.term[0] = tuning[det].curve[0].at[3]; /* the first of two threat terms */
    struct fm_scores s = fm_score(fm_detectors[det], &tuning[det], &f);
    double share = tuning[det].weight[0] / (tuning[det].weight[0] + tuning[det].weight[1]);
    assert_true(near(s.threat, 100 * share));
    tuning[det].weight[0] *= 10; /* the policy's weights count, not the table's */
    assert_true(fm_score(fm_detectors[det], &tuning[det], &f).threat > s.threat);
}

static void what_is_unknown_lowers_how_sure_one_can_be(void **state)
{
    unsigned det = detector_index("beacon");

    (void)state;
    tuning_preset();
    struct fm_finding f = finding_of(det, 1, 100, 100, DAY0);
    double whole = 0, known = 0;
    for (unsigned i = 0; i < fm_detector_terms(fm_detectors[det]); i++) {
        const struct fm_term *term = &fm_detectors[det]->terms[i];
        bool blank = !strcmp(term->name, "prevalence") || !strcmp(term->name, "age");
        if (blank)
            f.term[i] = FM_UNKNOWN;
        if (term->score == FM_CERTAINTY) {
            whole += term->weight;
            known += blank ? 0 : term->weight;
        }
    }
    struct fm_scores s = fm_score(fm_detectors[det], &tuning[det], &f);
    assert_true(near(s.known_share, known / whole));
    assert_true(near(s.certainty, 40 + 60 * known / whole));
    assert_true(near(s.threat, 100)); /* harm is no matter of what is normal */
}

static void nothing_known_is_nothing_scored(void **state)
{
    unsigned det = detector_index("port_scan");
    struct fm_key key = { .entity = 1 };
    struct fm_finding f;

    (void)state;
    tuning_preset();
    fm_finding_init(&f, fm_detectors[det], &key);
    struct fm_scores s = fm_score(fm_detectors[det], &tuning[det], &f);
    assert_true(near(s.threat, 0) && near(s.certainty, 0) && near(s.known_share, 0));
    for (unsigned i = 0; i < FM_TERMS; i++)
        assert_false(fm_known(s.points[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchors_are_worth_what_is_said),
        cmocka_unit_test(outside_it_is_flat),
        cmocka_unit_test(anchors_may_fall_together),
        cmocka_unit_test(a_curve_never_turns),
        cmocka_unit_test(every_curve_of_the_tables_runs_from_nothing_to_all),
        cmocka_unit_test(scores_are_weighted_means),
        cmocka_unit_test(what_is_unknown_lowers_how_sure_one_can_be),
        cmocka_unit_test(nothing_known_is_nothing_scored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
