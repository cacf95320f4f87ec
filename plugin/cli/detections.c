/* furumai detections: what was found, worst first. */
#include "cli/cli.h"
#include "cli/report.h"

enum { STATE, EVE, JSON };

static const struct fm_option options[] = {
    [STATE] = { "state", "DIR", "the sensor's state folder [" FM_STATE_DIR "]" },
    [EVE] = { "eve", "FILE", "an eve.json (or .gz) instead" },
    [JSON] = { "json", NULL, "for machines" },
    { .name = NULL },
};

static int run(const struct fm_call *call)
{
    struct fm_report report;

    if (call->count > 0)
        return fm_cli_usage(call, "'%s' is one word too many", call->operand[0]);
    bool read = fm_report_init(&report) &&
                fm_report_read(&report, call->value[EVE], call->value[STATE]);
    if (read && call->value[JSON] != NULL)
        fm_report_print_json(&report, FM_SHOW_DETECTIONS, call->value[EVE], stdout);
    else if (read)
        fm_report_print(&report, FM_SHOW_DETECTIONS, stdout);
    fm_report_clear(&report);
    return read ? FM_EXIT_FINE : FM_EXIT_FAILED;
}

const struct fm_command fm_command_detections = {
    .name = "detections",
    .operands = "",
    .help = "lists what was found, worst first",
    .options = options,
    .run = run,
};
