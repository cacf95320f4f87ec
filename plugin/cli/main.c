/* furumai: the command.  Everything it can do stands in one table. */
#include "cli/cli.h"

#include <signal.h>
#include <string.h>

static const struct fm_command *const commands[] = {
    &fm_command_run,
    &fm_command_replay,
    &fm_command_hosts,
    &fm_command_detections,
    &fm_command_show,
    &fm_command_policy,
    &fm_command_detectors,
    &fm_command_doctor,
    &fm_command_tape,
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void print_help(void)
{
    puts("usage: furumai COMMAND [OPTION]... [FILE]...\n\n"
         "Finds the behaviour of an intruder who is already inside, with Suricata or from\n"
         "its logs, and scores each host.\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-11s %s\n", commands[i]->name, commands[i]->help);
    puts("\n  furumai COMMAND -h   what a command takes\n"
         "  furumai --version\n\n"
         "  furumai run --internal 10.0.0.0/8 office.pcap\n"
         "  furumai replay --out monday /var/log/suricata/eve.json.1.gz\n"
         "  furumai show --eve furumai-out/eve.json 10.1.1.14\n\n"
         "Exit status: 0 fine, 1 failed, 2 wrong usage.");
}

static const struct fm_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    signal(SIGPIPE, SIG_DFL);
    if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_help();
        return FM_EXIT_FINE;
    }
    if (strcmp(name, "-V") == 0 || strcmp(name, "--version") == 0) {
        puts("furumai " FM_VERSION);
        return FM_EXIT_FINE;
    }
    const struct fm_command *command = find(name);
    if (command == NULL) {
        if (name[0] == '\0')
            fputs("furumai: what shall I do? See furumai -h\n", stderr);
        else
            fprintf(stderr, "furumai: no command '%s'; see furumai -h\n", name);
        return FM_EXIT_USAGE;
    }
    int status = fm_cli_call(command, argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fm_cli_fail("standard output cannot be written; see where it goes");
    return status;
}
