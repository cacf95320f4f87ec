#include "cli/report.h"

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/grid.h"
#include "judge/ledger.h"
#include "record/input.h"
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool fm_report_init(struct fm_report *report)
{
    *report = (struct fm_report){ .hosts = json_object(), .detections = json_object() };
    return report->hosts != NULL && report->detections != NULL;
}

void fm_report_clear(struct fm_report *report)
{
    json_decref(report->hosts);
    json_decref(report->detections);
    json_decref(report->health);
}

/* ---- members ---- */

const char *fm_report_word(const json_t *object, const char *key)
{
    const char *word = json_string_value(json_object_get(object, key));

    return word != NULL ? word : "";
}

long fm_report_number(const json_t *object, const char *key)
{
    return (long)json_number_value(json_object_get(object, key));
}

const char *fm_report_host(const json_t *object, char *out, size_t cap)
{
    const json_t *entity = json_object_get(object, "entity");
    const char *name = fm_report_word(entity, "name"), *ip = fm_report_word(entity, "ip");

    if (name[0] != '\0')
        snprintf(out, cap, "%s (%s)", name, ip);
    else
        snprintf(out, cap, "%s", ip);
    return out;
}

const char *fm_report_quadrant(const json_t *object)
{
    return fm_quadrant_name[fm_quadrant_of((double)fm_report_number(object, "threat"),
            (double)fm_report_number(object, "certainty"))];
}

/* What sorts before all else: whether it counts, then the quadrant. */
static int weight(const json_t *object)
{
    bool counts = json_object_get(object, "scored") == NULL ||
                  json_is_true(json_object_get(object, "scored"));

    return (int)fm_quadrant_of((double)fm_report_number(object, "threat"),
                   (double)fm_report_number(object, "certainty")) +
           (counts ? 100 : 0);
}

/* ---- reading ---- */

/* A host's newest line counts; what it was at worst goes along under "worst". */
static void take_host(struct fm_report *report, json_t *host)
{
    const json_t *worst;
    char id[24];

    snprintf(id, sizeof(id), "%ld", fm_report_number(json_object_get(host, "entity"), "id"));
    worst = json_object_get(json_object_get(report->hosts, id), "worst");
    if (worst == NULL || weight(host) > weight(worst) ||
            (weight(host) == weight(worst) &&
                    fm_report_number(host, "threat") > fm_report_number(worst, "threat")))
        json_object_set_new(host, "worst",
                json_pack("{s:O, s:O, s:O, s:s}", "threat", json_object_get(host, "threat"),
                        "certainty", json_object_get(host, "certainty"), "quadrant",
                        json_object_get(host, "quadrant"), "summary",
                        fm_report_word(host, "summary")));
    else
        json_object_set(host, "worst", (json_t *)worst);
    json_object_set(report->hosts, id, host);
}

/* The newest line wins: a detection's revisions rise, a host's lines come in time order. */
static void take(struct fm_report *report, json_t *behavior)
{
    const char *record = fm_report_word(behavior, "record");

    report->events++;
    if (strcmp(record, "detection") == 0) {
        const char *id = fm_report_word(behavior, "id");
        const json_t *old = json_object_get(report->detections, id);
        if (old == NULL || fm_report_number(behavior, "rev") >= fm_report_number(old, "rev"))
            json_object_set(report->detections, id, behavior);
    } else if (strcmp(record, "host") == 0) {
        take_host(report, behavior);
    } else if (strcmp(record, "health") == 0) {
        json_decref(report->health);
        report->health = json_incref(behavior);
    }
}

static void take_text(struct fm_report *report, const char *text, size_t len)
{
    json_t *event = json_loadb(text, len, 0, NULL);
    json_t *behavior = json_object_get(event, "behavior");

    if (event == NULL)
        report->bad_lines++;
    else if (behavior != NULL)
        take(report, behavior);
    else if (json_object_get(event, "record") != NULL)
        take(report, event);
    json_decref(event);
}

bool fm_report_read_eve(struct fm_report *report, const char *path)
{
    static const char mark[] = "\"event_type\":\"behavior\"";
    struct fm_mem mem = { 0 };
    enum fm_input_state state;
    char *line;
    size_t len;
    int error;
    struct fm_input *input = fm_input_open(&mem, path, &error);

    if (input == NULL) {
        fm_cli_fail("%s cannot be read: %s; check the path and its permissions", path,
                strerror(error));
        return false;
    }
    while ((state = fm_input_line(input, &line, &len)) != FM_INPUT_END && state != FM_INPUT_CUT)
        if (state == FM_INPUT_OK && memmem(line, len, mark, sizeof(mark) - 1) != NULL)
            take_text(report, line, len);
    if (state == FM_INPUT_CUT)
        fm_cli_warn("%s ends in the middle; what was read before is shown", path);
    fm_input_close(input);
    return true;
}

static bool take_row(void *arg, const void *key, size_t key_len, const void *value, size_t len,
        unsigned version)
{
    (void)key;
    (void)key_len;
    (void)version;
    take_text(arg, value, len);
    return true;
}

struct said {
    char line[1024];
};

static void say(void *arg, const char *line)
{
    struct said *said = arg;

    snprintf(said->line, sizeof(said->line), "%s", line);
}

bool fm_report_read_state(struct fm_report *report, const char *folder)
{
    struct said said = { "no memory for it" };
    struct fm_store *store = fm_store_open(folder, true, say, &said);

    if (store == NULL) {
        fm_cli_fail("%s; or name an eve.json (--eve FILE)", said.line);
        return false;
    }
    fm_store_each(store, "host", take_row, report);
    fm_store_each(store, "detection", take_row, report);
    fm_store_close(store);
    return true;
}

bool fm_report_read(struct fm_report *report, const char *eve, const char *state)
{
    if (eve != NULL)
        return fm_report_read_eve(report, eve);
    return fm_report_read_state(report, state != NULL ? state : FM_STATE_DIR);
}

/* ---- order ---- */

/* What decides an object's place: of a host what it was at worst. */
static const json_t *told_by(const json_t *object)
{
    const json_t *worst = json_object_get(object, "worst");

    return worst != NULL ? worst : object;
}

static int compare(const void *a, const void *b)
{
    const json_t *x = told_by(*(json_t *const *)a), *y = told_by(*(json_t *const *)b);
    long by = weight(y) - weight(x);

    if (by == 0)
        by = fm_report_number(y, "threat") - fm_report_number(x, "threat");
    if (by == 0)
        by = fm_report_number(y, "certainty") - fm_report_number(x, "certainty");
    if (by == 0)
        by = strcmp(fm_report_word(x, "first_seen"), fm_report_word(y, "first_seen"));
    if (by == 0)
        by = strcmp(fm_report_word(x, "summary"), fm_report_word(y, "summary"));
    return by < 0 ? -1 : by > 0;
}

json_t *fm_report_worst_first(const json_t *objects)
{
    size_t count = json_object_size(objects), used = 0;
    json_t **rows = calloc(count + 1, sizeof(*rows));
    json_t *sorted = json_array(), *one;
    const char *key;

    if (rows == NULL || sorted == NULL) {
        free(rows);
        json_decref(sorted);
        return NULL;
    }
    json_object_foreach ((json_t *)objects, key, one)
        rows[used++] = one;
    qsort(rows, used, sizeof(*rows), compare);
    for (size_t i = 0; i < used; i++)
        json_array_append(sorted, rows[i]);
    free(rows);
    return sorted;
}

/* ---- printing ---- */

static void print_hosts(const json_t *hosts, FILE *out)
{
    static const char *const heads[] = { "quadrant", ">threat", ">certainty", "latest", "host",
        "why" };
    struct fm_grid *grid = fm_grid_new(6, heads);
    char name[160];
    size_t i;
    json_t *host;

    fprintf(out, "Hosts: %zu\n", json_array_size(hosts));
    json_array_foreach (hosts, i, host) {
        const json_t *worst = told_by(host);
        const char *why = strstr(fm_report_word(worst, "summary"), " shows ");
        fm_grid_add(grid, fm_report_word(worst, "quadrant"));
        fm_grid_addf(grid, "%ld", fm_report_number(worst, "threat"));
        fm_grid_addf(grid, "%ld", fm_report_number(worst, "certainty"));
        fm_grid_add(grid, fm_report_word(host, "quadrant"));
        fm_grid_add(grid, fm_report_host(host, name, sizeof(name)));
        fm_grid_add(grid, why != NULL ? why + 7 : "");
    }
    if (json_array_size(hosts) > 0)
        fm_grid_print(grid, out, 2);
    fm_grid_free(grid);
}

static void print_detections(const json_t *detections, FILE *out)
{
    static const char *const heads[] = { "quadrant", ">threat", ">certainty", "state", "detection",
        "id", "what happened" };
    struct fm_grid *grid = fm_grid_new(7, heads);
    size_t i;
    json_t *one;

    fprintf(out, "Detections: %zu\n", json_array_size(detections));
    json_array_foreach (detections, i, one) {
        bool closed = strcmp(fm_report_word(one, "state"), "closed") == 0;
        bool scored = json_is_true(json_object_get(one, "scored"));
        fm_grid_add(grid, scored ? fm_report_quadrant(one) : "-");
        fm_grid_addf(grid, "%ld", fm_report_number(one, "threat"));
        fm_grid_addf(grid, "%ld", fm_report_number(one, "certainty"));
        bool aside = json_object_get(one, "triage") != NULL;
        fm_grid_addf(grid, "%s%s", closed ? "closed" : "open",
                scored  ? ""
                : aside ? ", put aside"
                        : ", trial");
        fm_grid_add(grid, fm_report_word(one, "name"));
        fm_grid_add(grid, fm_report_word(one, "id"));
        fm_grid_add(grid, fm_report_word(one, "summary"));
    }
    if (json_array_size(detections) > 0)
        fm_grid_print(grid, out, 2);
    fm_grid_free(grid);
}

void fm_report_print(const struct fm_report *report, unsigned what, FILE *out)
{
    json_t *hosts = fm_report_worst_first(report->hosts);
    json_t *detections = fm_report_worst_first(report->detections);

    if (what & FM_SHOW_HOSTS)
        print_hosts(hosts, out);
    if (what == (FM_SHOW_HOSTS | FM_SHOW_DETECTIONS))
        fputc('\n', out);
    if (what & FM_SHOW_DETECTIONS)
        print_detections(detections, out);
    json_decref(hosts);
    json_decref(detections);
}

void fm_report_print_json(const struct fm_report *report, unsigned what, const char *path,
        FILE *out)
{
    json_t *whole = json_object();

    if (path != NULL)
        json_object_set_new(whole, "eve", json_string(path));
    if (what & FM_SHOW_HOSTS)
        json_object_set_new(whole, "hosts", fm_report_worst_first(report->hosts));
    if (what & FM_SHOW_DETECTIONS)
        json_object_set_new(whole, "detections", fm_report_worst_first(report->detections));
    json_dumpf(whole, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    fputc('\n', out);
    json_decref(whole);
}
