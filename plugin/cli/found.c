/* furumai hosts, furumai detections: what was found, worst first. */
#include "cli/cli.h"
#include "cli/report.h"

enum { STATE, EVE, JSON };

static const struct fm_option options[] = {
    [STATE] = { "state", "DIR", "the sensor's state folder [" FM_STATE_DIR "]" },
    [EVE] = { "eve", "FILE", "an eve.json (or .gz) instead" },
    [JSON] = { "json", NULL, "for machines" },
    { .name = NULL },
};

static int list(const struct fm_call *call, unsigned show)
{
    struct fm_report report;

    if (call->count > 0)
        return fm_cli_usage(call, "'%s' is one word too many", call->operand[0]);
    bool read = fm_report_init(&report) &&
                fm_report_read(&report, call->value[EVE], call->value[STATE]);
    if (read && call->value[JSON] != NULL)
        fm_report_print_json(&report, show, call->value[EVE], stdout);
    else if (read)
        fm_report_print(&report, show, stdout);
    fm_report_clear(&report);
    return read ? FM_EXIT_FINE : FM_EXIT_FAILED;
}

static int hosts(const struct fm_call *call)
{
    return list(call, FM_SHOW_HOSTS);
}

static int detections(const struct fm_call *call)
{
    return list(call, FM_SHOW_DETECTIONS);
}

const struct fm_command fm_command_hosts = {
    .name = "hosts",
    .operands = "",
    .help = "lists the hosts with their scores, worst first",
    .options = options,
    .run = hosts,
};

const struct fm_command fm_command_detections = {
    .name = "detections",
    .operands = "",
    .help = "lists what was found, worst first",
    .options = options,
    .run = detections,
};
