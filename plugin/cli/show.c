/* furumai show: all that is known about one detection, or about one host and what it did. */
#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/report.h"

#include <string.h>

enum { STATE, EVE, JSON };

static const struct fm_option options[] = {
    [STATE] = { "state", "DIR", "the sensor's state folder [" FM_STATE_DIR "]" },
    [EVE] = { "eve", "FILE", "an eve.json (or .gz) instead" },
    [JSON] = { "json", NULL, "for machines: the whole record" },
    { .name = NULL },
};

static void clean(const char *text, char *out, size_t cap)
{
    size_t i = 0;

    for (; text[i] != '\0' && i + 1 < cap; i++)
        out[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
    out[i] = '\0';
}

/* A value as text: words as they are, everything else as JSON. */
static const char *value_text(const json_t *value, char *out, size_t cap)
{
    if (json_is_null(value)) {
        snprintf(out, cap, "unknown");
    } else if (json_is_string(value)) {
        clean(json_string_value(value), out, cap);
    } else {
        size_t len = json_dumpb(value, out, cap - 1,
                JSON_ENCODE_ANY | JSON_REAL_PRECISION(6) | JSON_COMPACT);
        out[len < cap ? len : cap - 1] = '\0';
    }
    return out;
}

static void print_pair(const char *key, const json_t *value)
{
    char text[2048];

    if (value != NULL)
        printf("  %-16s %s\n", key, value_text(value, text, sizeof(text)));
}

static void print_terms(const json_t *terms)
{
    static const char *const heads[] = { "score", "term", ">value", "unit", ">normal here",
        ">points" };
    static const char *const keys[] = { "score", "name", "value", "unit", "normal", "points" };
    struct fm_grid *grid = fm_grid_new(6, heads);
    char text[64];
    size_t i;
    json_t *term;

    json_array_foreach (terms, i, term)
        for (unsigned k = 0; k < 6; k++)
            fm_grid_add(grid, value_text(json_object_get(term, keys[k]), text, sizeof(text)));
    puts("why");
    fm_grid_print(grid, stdout, 2);
    fm_grid_free(grid);
}

static void print_peers(const json_t *facts)
{
    static const char *const keys[] = { "ip", "name", "port", "proto", "tries", "failures",
        "successes", "items", "bytes_out", "bytes_in" };
    static const char *const heads[] = { "peer", "name", ">port", "proto", ">tries", ">failures",
        ">successes", ">items", ">bytes out", ">bytes in" };
    const json_t *peers = json_object_get(facts, "peers");
    struct fm_grid *grid = fm_grid_new(10, heads);
    char text[128];
    size_t i;
    json_t *peer;

    json_array_foreach (peers, i, peer) {
        for (unsigned k = 0; k < 10; k++) {
            const json_t *value = json_object_get(peer, keys[k]);
            fm_grid_add(grid, value != NULL ? value_text(value, text, sizeof(text)) : "-");
        }
    }
    if (json_array_size(peers) > 0) {
        puts("peers");
        fm_grid_print(grid, stdout, 2);
    }
    fm_grid_free(grid);
}

/* Signatures that fired beside it, and how much each makes it surer. */
static void print_alerts(const json_t *alerts)
{
    static const char *const keys[] = { "gid", "signature_id", "certainty", "time", "signature" };
    static const char *const heads[] = { ">gid", ">sid", ">certainty", "first", "signature" };
    struct fm_grid *grid = fm_grid_new(5, heads);
    char text[128];
    size_t i;
    json_t *alert;

    json_array_foreach (alerts, i, alert) {
        for (unsigned k = 0; k < 5; k++) {
            const json_t *value = json_object_get(alert, keys[k]);
            fm_grid_add(grid, value != NULL ? value_text(value, text, sizeof(text)) : "-");
        }
    }
    if (json_array_size(alerts) > 0) {
        puts("alerts");
        fm_grid_print(grid, stdout, 2);
    }
    fm_grid_free(grid);
}

static void print_detection(json_t *detection)
{
    static const char *const keys[] = { "status", "state", "category", "technique", "first_seen",
        "last_seen", "look_alikes", "next" };
    json_t *facts = json_object_get(detection, "facts"), *value;
    const char *key;
    char text[1100];

    clean(fm_report_word(detection, "name"), text, sizeof(text));
    printf("%s  %s\n", text, fm_report_word(detection, "id"));
    clean(fm_report_word(detection, "summary"), text, sizeof(text));
    printf("%s\n\n", text);
    printf("  %-16s %ld\n  %-16s %ld (%s)\n", "threat", fm_report_number(detection, "threat"),
            "certainty", fm_report_number(detection, "certainty"), fm_report_quadrant(detection));
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        print_pair(keys[i], json_object_get(detection, keys[i]));
    print_pair("entity", json_object_get(detection, "entity"));
    puts("facts");
    json_object_foreach (facts, key, value)
        if (strcmp(key, "peers") != 0)
            print_pair(key, value);
    print_peers(facts);
    print_terms(json_object_get(detection, "terms"));
    puts("evidence");
    print_pair("count", json_object_get(json_object_get(detection, "evidence"), "count"));
    print_pair("flow_ids", json_object_get(json_object_get(detection, "evidence"), "flow_ids"));
    print_alerts(json_object_get(json_object_get(detection, "evidence"), "alerts"));
}

static void print_host(const struct fm_report *report, const json_t *host)
{
    static const char *const keys[] = { "quadrant", "threat", "certainty", "was", "profile",
        "stages" };
    const json_t *entity = json_object_get(host, "entity");
    json_t *detections = fm_report_worst_first(report->detections), *one;
    char name[160], text[160];
    size_t i;

    clean(fm_report_host(host, name, sizeof(name)), text, sizeof(text));
    puts(text);
    for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        print_pair(keys[i], json_object_get(host, keys[i]));
    print_pair("entity", entity);
    json_array_foreach (detections, i, one) {
        if (fm_report_number(json_object_get(one, "entity"), "id") !=
                fm_report_number(entity, "id"))
            continue;
        putchar('\n');
        print_detection(one);
    }
    json_decref(detections);
}

/* A host by its number, one of its addresses or its name. */
static bool is_host(const json_t *host, const char *id)
{
    const json_t *entity = json_object_get(host, "entity");
    char number[24];
    size_t i;
    json_t *address;

    snprintf(number, sizeof(number), "%ld", fm_report_number(entity, "id"));
    json_array_foreach (json_object_get(entity, "addresses"), i, address)
        if (strcmp(json_string_value(address), id) == 0)
            return true;
    return strcmp(number, id) == 0 || strcmp(fm_report_word(entity, "name"), id) == 0;
}

static json_t *find_host(const struct fm_report *report, const char *id)
{
    const char *key;
    json_t *host;

    json_object_foreach (report->hosts, key, host)
        if (is_host(host, id))
            return host;
    return NULL;
}

static void print_json(const json_t *object)
{
    json_dumpf(object, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    putchar('\n');
}

static int show(const struct fm_report *report, const struct fm_call *call)
{
    const char *id = call->operand[0];
    json_t *detection = json_object_get(report->detections, id);
    json_t *host = detection == NULL ? find_host(report, id) : NULL;

    if (detection == NULL && host == NULL)
        return fm_cli_fail("no detection or host '%s' in %s; furumai detections lists them", id,
                call->value[EVE]     ? call->value[EVE]
                : call->value[STATE] ? call->value[STATE]
                                     : FM_STATE_DIR);
    if (call->value[JSON] != NULL)
        print_json(detection != NULL ? detection : host);
    else if (detection != NULL)
        print_detection(detection);
    else
        print_host(report, host);
    return FM_EXIT_FINE;
}

static int run(const struct fm_call *call)
{
    struct fm_report report;
    int status = FM_EXIT_FAILED;

    if (call->count != 1)
        return fm_cli_usage(call, "show takes one id");
    if (fm_report_init(&report) &&
            fm_report_read(&report, call->value[EVE], call->value[STATE]))
        status = show(&report, call);
    fm_report_clear(&report);
    return status;
}

const struct fm_command fm_command_show = {
    .name = "show",
    .operands = "ID",
    .help = "explains one detection, or one host and what it did",
    .more = "ID is a detection's id, or a host's address, name or number.",
    .options = options,
    .run = run,
};
