/* Suricata and the plugin, as programs and files: found, asked for their version, started. */
#ifndef FM_CLI_PROGRAM_H
#define FM_CLI_PROGRAM_H

#include "cli/cli.h"

#include <sys/types.h>

#define FM_TESTED_SURICATA "7.0.10" /* as in plugin/suricata/loader.c */

/** $SURICATA, else "suricata" on PATH.  `out` has FM_CLI_PATH bytes. */
bool fm_program_suricata(char *out);
/** A file of the plugin: beside this command, else where plugins are installed. */
bool fm_program_module(const char *file, char *out);
/** Runs a program and keeps the beginning of what it prints (both streams); its exit status, or -1
 *  when it could not be run. */
int fm_program_ask(char *const argv[], char *out, size_t cap);
/** "7.0.10" of the Suricata at `path`; false when it does not say. */
bool fm_program_version(const char *path, char *out, size_t cap);
/** Starts a program that writes both streams to `log`; it ends when this command does. */
pid_t fm_program_start(char *const argv[], const char *log);

#endif
