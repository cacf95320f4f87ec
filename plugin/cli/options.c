/* From argv to a call: getopt's table and the help come from the subcommand's own. */
#include "cli/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#define HELP_COLUMN 26

static void complain(const char *format, va_list args)
{
    fputs("furumai: ", stderr);
    vfprintf(stderr, format, args);
}

int fm_cli_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(format, args);
    va_end(args);
    fputc('\n', stderr);
    return FM_EXIT_FAILED;
}

void fm_cli_warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(format, args);
    va_end(args);
    fputc('\n', stderr);
}

int fm_cli_usage(const struct fm_call *call, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(format, args);
    va_end(args);
    fprintf(stderr, "; see furumai %s -h\n", call->command->name);
    return FM_EXIT_USAGE;
}

static void print_help(const struct fm_command *command)
{
    printf("usage: furumai %s%s%s%s\n\n%s\n", command->name,
            command->options[0].name != NULL ? " [OPTION]..." : "",
            command->operands[0] != '\0' ? " " : "", command->operands, command->help);
    if (command->more != NULL)
        printf("\n%s\n", command->more);
    if (command->options[0].name != NULL)
        putchar('\n');
    for (const struct fm_option *option = command->options; option->name != NULL; option++) {
        int used = printf("  --%s%s%s", option->name, option->value != NULL ? " " : "",
                option->value != NULL ? option->value : "");
        printf("%*s%s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 1, "", option->help);
    }
}

static void fill_table(const struct fm_command *command, struct option table[])
{
    unsigned used = 0;

    for (; command->options[used].name != NULL && used < FM_CLI_OPTIONS; used++)
        table[used] = (struct option){ .name = command->options[used].name,
            .has_arg = command->options[used].value != NULL ? required_argument : no_argument,
            .val = (int)used };
    table[used] = (struct option){ .name = "help", .has_arg = no_argument, .val = 'h' };
    table[used + 1] = (struct option){ .name = NULL };
}

int fm_cli_call(const struct fm_command *command, int argc, char **argv)
{
    struct option table[FM_CLI_OPTIONS + 2];
    struct fm_call call = { .command = command };
    int got;

    fill_table(command, table);
    optind = 1;
    opterr = 0;
    while ((got = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
        if (got == 'h') {
            print_help(command);
            return FM_EXIT_FINE;
        }
        if (got == ':')
            return fm_cli_usage(&call, "%s needs a value", argv[optind - 1]);
        if (got == '?')
            return fm_cli_usage(&call, "no option %s", argv[optind - 1]);
        call.value[got] = optarg != NULL ? optarg : "";
    }
    call.count = argc - optind;
    call.operand = argv + optind;
    return command->run(&call);
}
