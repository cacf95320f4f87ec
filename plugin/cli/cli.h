/* What the parts of the command share.  A subcommand is a table (what it takes, what it is for) and
 * a function; its help, its parsing and its complaints are made from the table.
 *
 * Errors go to standard error in one line: "furumai: what, where; remedy". */
#ifndef FM_CLI_CLI_H
#define FM_CLI_CLI_H

#include "furumai.h"

#include <limits.h>
#include <stdio.h>

#define FM_CLI_OPTIONS 16
#define FM_CLI_PATH PATH_MAX
#define FM_STATE_DIR "/var/lib/suricata/furumai"

enum { FM_EXIT_FINE, FM_EXIT_FAILED, FM_EXIT_USAGE };

struct fm_option {
    const char *name;  /* without the dashes */
    const char *value; /* what it takes, for the help; NULL: nothing */
    const char *help;
};

struct fm_call;

struct fm_command {
    const char *name;
    const char *operands; /* for the help */
    const char *help;     /* one line */
    const char *more;     /* further lines of the help, or NULL */
    const struct fm_option *options; /* up to the first without a name */
    int (*run)(const struct fm_call *call);
};

/** One use of a subcommand. */
struct fm_call {
    const struct fm_command *command;
    const char *value[FM_CLI_OPTIONS]; /* by the option's place; "" for one without a value */
    int count;
    char **operand;
};

extern const struct fm_command fm_command_run, fm_command_replay, fm_command_hosts,
        fm_command_detections, fm_command_show, fm_command_policy, fm_command_detectors,
        fm_command_doctor, fm_command_tape;

/* ---- options.c ---- */

/** Parses (argv[0] is the subcommand) and runs it; an exit status. */
int fm_cli_call(const struct fm_command *command, int argc, char **argv);
/** Says one line and returns FM_EXIT_FAILED. */
int fm_cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Says one line and how to get help; returns FM_EXIT_USAGE. */
int fm_cli_usage(const struct fm_call *call, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
void fm_cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- folder.c ---- */

/** Makes a folder and those above it.  False, with errno. */
bool fm_folder_make(const char *path);
/** "FOLDER/NAME" into FM_CLI_PATH bytes; false when it is too long. */
bool fm_folder_path(char *out, const char *folder, const char *name);
/** Removes a file of a folder, if it is there.  False, with errno. */
bool fm_folder_remove(const char *folder, const char *name);

#endif
