/* furumai detectors: what can be found, by what, and from which source.  All of it comes from the
 * detectors' own tables; a policy adds those that it declares, and its own status of each. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/grid.h"
#include "policy/policy.h"

#include <jansson.h>
#include <string.h>

enum { JSON, MATRIX, POLICY };

static const struct fm_option options[] = {
    [JSON] = { "json", NULL, "for machines, with parameters and terms" },
    [MATRIX] = { "matrix", NULL, "which detector has its fields from which source" },
    [POLICY] = { "policy", "FILE", "with what this policy declares and changes (file or folder)" },
    { .name = NULL },
};

/* ---- for people ---- */

static void print_list(const struct fm_tuning *tuning, unsigned count)
{
    static const char *const heads[] = { "type", "category", "status", "what it finds" };
    struct fm_grid *grid = fm_grid_new(4, heads);

    for (unsigned i = 0; i < count; i++) {
        const struct fm_detector *det = tuning[i].det;
        fm_grid_add(grid, det->name);
        fm_grid_add(grid, fm_category_name[det->category]);
        fm_grid_add(grid, fm_status_name[tuning[i].status]);
        fm_grid_add(grid, det->help);
    }
    fm_grid_print(grid, stdout, 0);
    fm_grid_free(grid);
}

/* Records and fields that a source does not bring: "" when the detector has all it needs. */
static void lacking(const struct fm_detector *det, enum fm_source source, struct fm_text *out)
{
    for (unsigned n = 0; n < sizeof(det->needs) / sizeof(*det->needs); n++) {
        const struct fm_need *need = &det->needs[n];
        uint32_t has = fm_source_fields(source, need->kind);
        if (need->kind == 0 && need->fields == 0)
            continue;
        if (has == 0)
            fm_text_addf(out, " %s", fm_kind_name[need->kind]);
        for (unsigned f = 0; has != 0 && f < FM_FIELDS; f++)
            if (need->fields & ~has & (1u << f))
                fm_text_addf(out, " %s.%s", fm_kind_name[need->kind], fm_field_name[f]);
    }
}

static void print_matrix(const struct fm_tuning *tuning, unsigned count)
{
    const char *heads[FM_SOURCES + 1] = { "type" };
    struct fm_grid *grid = fm_grid_new(FM_SOURCES + 1, heads);
    char bytes[256];
    struct fm_text text;

    for (unsigned s = 0; s < FM_SOURCES; s++)
        heads[s + 1] = fm_source_name[s];
    for (unsigned i = 0; i < count; i++) {
        fm_grid_add(grid, tuning[i].det->name);
        for (unsigned s = 0; s < FM_SOURCES; s++) {
            fm_text_init(&text, bytes, sizeof(bytes));
            lacking(tuning[i].det, (enum fm_source)s, &text);
            fm_grid_addf(grid, "%s%s", text.len > 0 ? "no:" : "yes", bytes);
        }
    }
    fm_grid_print(grid, stdout, 0);
    fm_grid_free(grid);
}

/* ---- for machines ---- */

static json_t *names(const char *const *name, size_t most)
{
    json_t *array = json_array();

    for (size_t i = 0; i < most && name[i] != NULL; i++)
        json_array_append_new(array, json_string(name[i]));
    return array;
}

static json_t *params_of(const struct fm_detector *det)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < fm_detector_params(det); i++) {
        const struct fm_param *param = &det->params[i];
        json_array_append_new(array,
                json_pack("{s:s, s:s, s:f, s:f, s:f, s:s}", "name", param->name, "unit",
                        fm_unit_name[param->unit], "least", param->least, "most", param->most,
                        "default", param->preset, "help", param->help));
    }
    return array;
}

static json_t *terms_of(const struct fm_detector *det)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < fm_detector_terms(det); i++) {
        const struct fm_term *term = &det->terms[i];
        const double *at = term->curve.at;
        json_array_append_new(array,
                json_pack("{s:s, s:s, s:s, s:[f,f,f,f], s:f, s:s}", "name", term->name, "score",
                        term->score == FM_THREAT ? "threat" : "certainty", "unit",
                        fm_unit_name[term->unit], "curve", at[0], at[1], at[2], at[3], "weight",
                        term->weight, "help", term->help));
    }
    return array;
}

static json_t *sources_of(const struct fm_detector *det)
{
    json_t *object = json_object();
    char bytes[256];
    struct fm_text text;

    for (unsigned s = 0; s < FM_SOURCES; s++) {
        fm_text_init(&text, bytes, sizeof(bytes));
        lacking(det, (enum fm_source)s, &text);
        json_object_set_new(object, fm_source_name[s], json_boolean(text.len == 0));
    }
    return object;
}

static json_t *detector_json(const struct fm_tuning *tuning)
{
    const struct fm_detector *det = tuning->det;
    json_t *one = json_object();

    json_object_set_new(one, "name", json_string(det->name));
    json_object_set_new(one, "title", json_string(det->title));
    json_object_set_new(one, "category", json_string(fm_category_name[det->category]));
    json_object_set_new(one, "status", json_string(fm_status_name[tuning->status]));
    json_object_set_new(one, "help", json_string(det->help));
    json_object_set_new(one, "look_alikes", json_string(det->look_alikes));
    json_object_set_new(one, "tactic",
            names(det->tactic, sizeof(det->tactic) / sizeof(*det->tactic)));
    json_object_set_new(one, "technique",
            names(det->technique, sizeof(det->technique) / sizeof(*det->technique)));
    json_object_set_new(one, "declared", json_boolean(det->identity != 0));
    json_object_set_new(one, "budget", json_real(tuning->budget));
    json_object_set_new(one, "quiet_s", json_real(tuning->quiet_s));
    json_object_set_new(one, "params", params_of(det));
    json_object_set_new(one, "terms", terms_of(det));
    json_object_set_new(one, "sources", sources_of(det));
    return one;
}

static void print_json(const struct fm_tuning *tuning, unsigned count)
{
    json_t *all = json_array();

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(all, detector_json(&tuning[i]));
    json_dumpf(all, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(all);
}

static int run(const struct fm_call *call)
{
    struct fm_mem mem = { 0 };
    char error[1024] = "";

    if (call->count > 0)
        return fm_cli_usage(call, "'%s' is one word too many", call->operand[0]);
    struct fm_policy *policy =
            fm_policy_load(&mem, call->value[POLICY], NULL, error, sizeof(error));
    if (policy == NULL)
        return fm_cli_fail("%s", error);
    if (call->value[JSON] != NULL)
        print_json(policy->tuning, policy->detectors);
    else if (call->value[MATRIX] != NULL)
        print_matrix(policy->tuning, policy->detectors);
    else
        print_list(policy->tuning, policy->detectors);
    fm_policy_free(policy);
    return FM_EXIT_FINE;
}

const struct fm_command fm_command_detectors = {
    .name = "detectors",
    .operands = "",
    .help = "lists what can be found",
    .options = options,
    .run = run,
};
