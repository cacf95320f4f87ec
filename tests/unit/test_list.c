/* The tables of all detectors: complete, within their bounds, told apart by name. */
#include "brain.h"

#include "detect/family.h"

static void names_are_told_apart(void **state)
{
    (void)state;
    assert_true(fm_detectors_count >= 3 && fm_detectors_count <= FM_DETECTORS);
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        const struct fm_detector *det = fm_detectors[i];
        assert_ptr_equal(fm_detector_find(det->name), det);
        assert_int_equal(strspn(det->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(det->name));
        assert_true(strlen(det->name) + strlen("state_") < 40); /* names its table of states */
        if (i)
            assert_true(strcmp(fm_detectors[i - 1]->name, det->name) < 0); /* sorted */
    }
    assert_null(fm_detector_find("port"));
    assert_null(fm_detector_find(""));
}

static void every_table_says_what_it_must(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        const struct fm_detector *det = fm_detectors[i];
        assert_true(det->title && det->help && det->look_alikes && det->next);
        assert_true(det->family && det->judge && det->family->observe);
        assert_true(det->family->state_bytes > 0);
        assert_non_null(det->tactic[0]);
        assert_non_null(det->technique[0]);
        assert_int_equal(det->tactic[0][0], 'T');
        assert_true(det->category < FM_CATEGORIES && det->starts < FM_STATUSES);
        assert_true(det->needs[0].fields != 0);
        assert_true(det->budget > 0 && det->quiet_s >= 60);
    }
}

static void parameters_lie_within_their_bounds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        const struct fm_detector *det = fm_detectors[i];
        unsigned n = fm_detector_params(det);
        assert_true(n < FM_PARAMS || !det->params);
        for (unsigned k = 0; k < n; k++) {
            const struct fm_param *p = &det->params[k];
            assert_true(p->least < p->most);
            assert_true(p->preset >= p->least && p->preset <= p->most);
            assert_true(p->help && p->unit < FM_UNITS);
            for (unsigned other = 0; other < k; other++)
                assert_string_not_equal(p->name, det->params[other].name);
        }
    }
}

static void terms_serve_both_scores(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        const struct fm_detector *det = fm_detectors[i];
        unsigned n = fm_detector_terms(det), of[FM_SCORES] = { 0 };
        assert_true(n < FM_TERMS);
        for (unsigned k = 0; k < n; k++) {
            of[det->terms[k].score]++;
            assert_true(det->terms[k].help && det->terms[k].unit < FM_UNITS);
            for (unsigned other = 0; other < k; other++)
                assert_true(det->terms[k].score != det->terms[other].score ||
                            strcmp(det->terms[k].name, det->terms[other].name) != 0);
        }
        assert_true(of[FM_THREAT] > 0 && of[FM_CERTAINTY] > 0);
    }
}

static void the_preset_is_the_tables(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fm_detectors_count; i++) {
        const struct fm_detector *det = fm_detectors[i];
        struct fm_tuning tuning;
        fm_tuning_preset(det, &tuning);
        assert_int_equal(tuning.status, det->starts);
        assert_true(tuning.budget == det->budget && tuning.quiet_s == det->quiet_s);
        for (unsigned k = 0; k < fm_detector_params(det); k++)
            assert_true(tuning.param[k] == det->params[k].preset);
        for (unsigned k = 0; k < fm_detector_terms(det); k++) {
            assert_memory_equal(&tuning.curve[k], &det->terms[k].curve, sizeof tuning.curve[k]);
            assert_true(tuning.weight[k] == det->terms[k].weight);
        }
    }
}

static void units_have_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FM_UNITS; i++)
        assert_true(fm_unit_name[i] && fm_unit_name[i][0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_told_apart),
        cmocka_unit_test(every_table_says_what_it_must),
        cmocka_unit_test(parameters_lie_within_their_bounds),
        cmocka_unit_test(terms_serve_both_scores),
        cmocka_unit_test(the_preset_is_the_tables),
        cmocka_unit_test(units_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
