/* furumai doctor: whether everything is where it must be, a line each, with the remedy.  What
 * suricata.yaml says is asked of Suricata itself (--dump-config), so that includes and defaults
 * count as they will. */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/program.h"
#include "policy/module.h"
#include "policy/policy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUMP_BYTES (4u << 20)

enum { CONFIG };

static const struct fm_option options[] = {
    [CONFIG] = { "suricata-config", "FILE", "the sensor's [/etc/suricata/suricata.yaml]" },
    { .name = NULL },
};

struct doctor {
    unsigned bad;
    const char *yaml;
    char suricata[FM_CLI_PATH];
    bool has_suricata;
    char *dump; /* NULL: not to be had */
};

static void tell(struct doctor *doctor, bool fine, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static void tell(struct doctor *doctor, bool fine, const char *format, ...)
{
    va_list args;

    doctor->bad += !fine;
    fputs(fine ? "ok      " : "not ok  ", stdout);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* ---- programs and modules ---- */

static void check_suricata(struct doctor *doctor)
{
    char version[32];

    doctor->has_suricata = fm_program_suricata(doctor->suricata);
    if (!doctor->has_suricata) {
        tell(doctor, false, "suricata: not on PATH; install it, or name it in $SURICATA");
        return;
    }
    if (!fm_program_version(doctor->suricata, version, sizeof(version)))
        tell(doctor, false, "suricata: %s does not tell its version; is it Suricata?",
                doctor->suricata);
    else if (strcmp(version, FM_TESTED_SURICATA) != 0)
        tell(doctor, false, "suricata: %s is %s, tested is " FM_TESTED_SURICATA
             "; install that one, or watch the log", doctor->suricata, version);
    else
        tell(doctor, true, "suricata: %s, %s", doctor->suricata, version);
}

static void check_module(struct doctor *doctor, const char *file)
{
    char path[FM_CLI_PATH];

    if (fm_program_module(file, path))
        tell(doctor, true, "%s: %s", file, path);
    else
        tell(doctor, false, "%s: neither beside this command nor in %s; make install", file,
                FM_PLUGIN_DIR);
}

static void check_lua(struct doctor *doctor)
{
    struct fm_mem mem = { 0 };
    struct fm_lua_host host;
    char error[512] = "";

    if (fm_lua_host_open(&host, &mem, NULL, error, sizeof(error))) {
        tell(doctor, true, "lua: policies can be read");
        fm_lua_host_close(&host);
    } else {
        tell(doctor, false, "lua: %s", error);
    }
}

/* ---- suricata.yaml ---- */

static bool dump_config(struct doctor *doctor)
{
    char *const argv[] = { doctor->suricata, "--dump-config", "-c", (char *)doctor->yaml, NULL };

    if (access(doctor->yaml, R_OK) != 0) {
        tell(doctor, false, "suricata.yaml: %s cannot be read: %s; name it with --suricata-config",
                doctor->yaml, strerror(errno));
        return false;
    }
    doctor->dump = malloc(DUMP_BYTES);
    if (doctor->dump != NULL && fm_program_ask(argv, doctor->dump, DUMP_BYTES) == 0)
        return true;
    tell(doctor, false, "suricata.yaml: Suricata cannot read %s; see suricata -T -c %s",
            doctor->yaml, doctor->yaml);
    return false;
}

/* The value of the first line "START...MIDDLE... = VALUE" whose value ends in `tail`. */
static bool find_line(const char *dump, const char *start, const char *middle, const char *tail,
        char *out, size_t cap)
{
    for (const char *line = dump; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t len = strcspn(line, "\n");
        const char *is = memmem(line, len, " = ", 3);
        if (is == NULL || strncmp(line, start, strlen(start)) != 0 ||
                memmem(line, (size_t)(is - line), middle, strlen(middle)) == NULL)
            continue;
        const char *value = is + 3;
        size_t rest = len - (size_t)(value - line), last = strlen(tail);
        if (rest < last || memcmp(value + rest - last, tail, last) != 0)
            continue;
        snprintf(out, cap, "%.*s", (int)rest, value);
        return true;
    }
    return false;
}

static void check_plugins(struct doctor *doctor)
{
    char path[FM_CLI_PATH], own[FM_CLI_PATH];

    if (!find_line(doctor->dump, "plugins.", "", "furumai.so", path, sizeof(path)))
        tell(doctor, false, "plugins: %s does not load furumai.so; add: plugins: [ %s ]",
                doctor->yaml,
                fm_program_module("furumai.so", own) ? own : FM_PLUGIN_DIR "/furumai.so");
    else if (access(path, R_OK) != 0)
        tell(doctor, false, "plugins: %s cannot be read: %s; correct it in %s", path,
                strerror(errno), doctor->yaml);
    else
        tell(doctor, true, "plugins: %s", path);
}

static void check_output(struct doctor *doctor)
{
    char value[64];

    if (find_line(doctor->dump, "outputs.", ".eve-log.types.", "behavior", value, sizeof(value)))
        tell(doctor, true, "outputs: eve-log writes behavior");
    else
        tell(doctor, false, "outputs: no eve-log of %s writes behavior; add the line '- behavior' "
             "under outputs: - eve-log: types:", doctor->yaml);
}

static void check_policy(struct doctor *doctor)
{
    char path[FM_CLI_PATH], error[1024] = "";
    struct fm_mem mem = { 0 };
    bool named = find_line(doctor->dump, "behavior.policy", "", "", path, sizeof(path));
    struct fm_policy *policy =
            fm_policy_load(&mem, named ? path : NULL, NULL, error, sizeof(error));

    if (policy == NULL)
        tell(doctor, false, "policy: %s", error);
    else
        tell(doctor, true, "policy: %s", named ? path : "what is built in");
    fm_policy_free(policy);
}

/* ---- state ---- */

/* The folder, or where it would be made. */
static bool is_writable(const char *folder)
{
    char part[FM_CLI_PATH];

    snprintf(part, sizeof(part), "%s", folder);
    while (access(part, F_OK) != 0) {
        char *slash = strrchr(part, '/');
        if (slash == NULL || slash == part)
            return access(slash == NULL ? "." : "/", W_OK) == 0;
        *slash = '\0';
    }
    return access(part, W_OK | X_OK) == 0;
}

static void check_state(struct doctor *doctor)
{
    char folder[FM_CLI_PATH];

    if (doctor->dump == NULL || !find_line(doctor->dump, "behavior.state-dir", "", "", folder,
                                        sizeof(folder)))
        snprintf(folder, sizeof(folder), "%s", FM_STATE_DIR);
    if (is_writable(folder))
        tell(doctor, true, "state: %s can be written", folder);
    else
        tell(doctor, false, "state: %s cannot be written by this user; give it to Suricata's user, "
             "or set behavior.state-dir", folder);
}

static int run(const struct fm_call *call)
{
    struct doctor doctor = { .yaml = call->value[CONFIG] != NULL
                                     ? call->value[CONFIG]
                                     : "/etc/suricata/suricata.yaml" };

    if (call->count > 0)
        return fm_cli_usage(call, "'%s' is one word too many", call->operand[0]);
    check_suricata(&doctor);
    check_module(&doctor, "furumai.so");
    check_module(&doctor, "furumai-7.so");
    check_lua(&doctor);
    if (doctor.has_suricata && dump_config(&doctor)) {
        check_plugins(&doctor);
        check_output(&doctor);
        check_policy(&doctor);
    }
    check_state(&doctor);
    free(doctor.dump);
    return doctor.bad == 0 ? FM_EXIT_FINE : FM_EXIT_FAILED;
}

const struct fm_command fm_command_doctor = {
    .name = "doctor",
    .operands = "",
    .help = "says what is in order on this sensor and what is not",
    .options = options,
    .run = run,
};
