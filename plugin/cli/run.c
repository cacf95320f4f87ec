/* furumai run: the real Suricata with the plugin over captures.
 *
 * DIR then holds eve.json (all that Suricata logs, behavior among it), furumai.tape (for replay),
 * suricata.yaml (what it was configured with) and run.log (what it said).  Several captures are
 * read one after the other as one stream of traffic.  The child writes its times in UTC. */
#include "cli/captures.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/meter.h"
#include "cli/program.h"
#include "cli/report.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS 48
#define POLL_MS 200
#define THREADS_MOST 1024

enum { OUT, INTERNAL, POLICY, CONFIG, RULES, RUNMODE, THREADS, STATE, JSON };

static const struct fm_option options[] = {
    [OUT] = { "out", "DIR", "writes DIR/eve.json, anew [furumai-out]" },
    [INTERNAL] = { "internal", "CIDR,...", "what is inside [the policy's, else private networks]" },
    [POLICY] = { "policy", "FILE", "policy.lua or its folder [built in]" },
    [CONFIG] = { "suricata-config", "FILE", "your suricata.yaml; outputs, plugins are replaced" },
    [RULES] = { "rules", "FILE", "rules to load, and no others [none; with your config: its own]" },
    [RUNMODE] = { "runmode", "MODE", "single or autofp [single]" },
    [THREADS] = { "threads", "N", "packet threads of autofp [one a CPU]" },
    [STATE] = { "state-dir", "DIR", "keeps there what is learned [nothing is kept]" },
    [JSON] = { "json", NULL, "prints for machines" },
    { .name = NULL },
};

/* What an earlier run left in the folder. */
static const char *const old_files[] = { "eve.json", "furumai.tape", "furumai.tape.old", "run.log",
    "suricata.yaml" };

struct run {
    const struct fm_call *call;
    const char *folder;
    char suricata[FM_CLI_PATH], plugin[FM_CLI_PATH];
    char yaml[FM_CLI_PATH], log[FM_CLI_PATH], eve[FM_CLI_PATH], tape[FM_CLI_PATH];
    struct fm_captures captures;
    /* the child's arguments; texts made for them are freed at the end */
    char *argv[ARGUMENTS];
    bool made[ARGUMENTS];
    unsigned argc;
};

/* ---- before ---- */

static bool find_programs(struct run *run)
{
    char adapter[FM_CLI_PATH];
    const char *named = getenv("SURICATA");

    if (!fm_program_suricata(run->suricata)) {
        if (named != NULL && named[0] != '\0')
            fm_cli_fail("$SURICATA is %s, which is no program; name Suricata's full path", named);
        else
            fm_cli_fail("there is no suricata on PATH; install it (./bootstrap does), or name it "
                        "in $SURICATA");
        return false;
    }
    if (!fm_program_module("furumai.so", run->plugin) ||
            (!fm_program_module("furumai-7.so", adapter) &&
                    !fm_program_module("furumai-8.so", adapter))) {
        fm_cli_fail("the plugin (furumai.so, furumai-7.so or -8.so) is neither beside this command "
                    "nor in %s; build it (./bootstrap && make) or install it",
                FM_PLUGIN_DIR);
        return false;
    }
    return true;
}

static bool make_folder(struct run *run)
{
    if (!fm_folder_make(run->folder) || access(run->folder, W_OK | X_OK) != 0) {
        fm_cli_fail("%s cannot be written: %s; choose another --out", run->folder,
                strerror(errno));
        return false;
    }
    if (fm_folder_path(run->eve, run->folder, "eve.json") &&
            fm_folder_path(run->tape, run->folder, "furumai.tape") &&
            fm_folder_path(run->log, run->folder, "run.log") &&
            fm_folder_path(run->yaml, run->folder, "suricata.yaml"))
        return true;
    fm_cli_fail("%s is too long a path; choose another --out", run->folder);
    return false;
}

static bool remove_old(const struct run *run)
{
    for (size_t i = 0; i < sizeof(old_files) / sizeof(*old_files); i++) {
        if (!fm_folder_remove(run->folder, old_files[i])) {
            fm_cli_fail("%s/%s cannot be replaced: %s; choose another --out", run->folder,
                    old_files[i], strerror(errno));
            return false;
        }
    }
    return true;
}

/* What Suricata would only say late, or among many lines. */
static bool check_files(const struct fm_call *call)
{
    static const int files[] = { CONFIG, RULES, POLICY };

    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        const char *path = call->value[files[i]];
        if (path == NULL || access(path, R_OK) == 0)
            continue;
        fm_cli_fail("%s cannot be read: %s; check --%s", path, strerror(errno),
                call->command->options[files[i]].name);
        return false;
    }
    return true;
}

static bool write_config(struct run *run)
{
    struct fm_config config = {
        .plugin = run->plugin,
        .rules = run->call->value[RULES],
        .outputs_only = run->call->value[CONFIG] != NULL,
    };

    if (fm_config_write(&config, run->yaml))
        return true;
    fm_cli_fail("%s cannot be written: %s; make room there or choose another --out", run->yaml,
            strerror(errno));
    return false;
}

/* ---- the child's arguments ---- */

static void add(struct run *run, const char *word)
{
    if (run->argc + 1 < ARGUMENTS)
        run->argv[run->argc++] = (char *)word;
}

static void add_set(struct run *run, const char *key, const char *value)
{
    char *text = NULL;

    add(run, "--set");
    if (asprintf(&text, "%s=%s", key, value) < 0)
        return;
    run->made[run->argc] = true;
    add(run, text);
}

/* A policy's path is read in Suricata, whose working folder is ours. */
static void add_path(struct run *run, const char *key, const char *path)
{
    char full[FM_CLI_PATH];

    add_set(run, key, realpath(path, full) != NULL ? full : path);
}

/* Suricata takes threads as a share of the CPUs; a little more survives its rounding down. */
static void add_threads(struct run *run, long threads)
{
    double cpus = (double)sysconf(_SC_NPROCESSORS_ONLN);
    char ratio[32];

    snprintf(ratio, sizeof(ratio), "%.4f", ((double)threads + 0.1) / cpus);
    add_set(run, "threading.detect-thread-ratio", ratio);
}

static void add_behavior(struct run *run)
{
    const struct fm_call *call = run->call;

    add_path(run, "behavior.tape", run->tape);
    if (call->value[INTERNAL] != NULL)
        add_set(run, "behavior.internal", call->value[INTERNAL]);
    if (call->value[POLICY] != NULL)
        add_path(run, "behavior.policy", call->value[POLICY]);
    if (call->value[STATE] != NULL)
        add_path(run, "behavior.state-dir", call->value[STATE]);
    else if (call->value[CONFIG] != NULL)
        add_set(run, "behavior.state-dir", "");
}

static void add_all(struct run *run)
{
    const struct fm_call *call = run->call;
    const char *mode = call->value[RUNMODE] != NULL ? call->value[RUNMODE] : "single";

    add(run, run->suricata);
    add(run, "-c");
    add(run, call->value[CONFIG] != NULL ? call->value[CONFIG] : run->yaml);
    if (call->value[CONFIG] != NULL) {
        add(run, "--include");
        add(run, run->yaml);
    }
    add(run, "-r");
    add(run, run->captures.path);
    add(run, "-l");
    add(run, run->folder);
    add(run, "-k");
    add(run, "none");
    add(run, "--runmode");
    add(run, mode);
    if (call->value[RULES] != NULL) {
        add(run, "-S");
        add(run, call->value[RULES]);
    } else if (call->value[CONFIG] == NULL) {
        add(run, "--disable-detection");
    }
    if (call->value[THREADS] != NULL)
        add_threads(run, atol(call->value[THREADS]));
    add_behavior(run);
}

/* ---- while it runs ---- */

static volatile sig_atomic_t child, interrupted; /* who is told to end when we are; that it was */

static void pass_on(int number)
{
    interrupted = 1;
    if (child > 0)
        kill((pid_t)child, number);
}

static int wait_with_meter(const struct run *run, pid_t pid)
{
    struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    unsigned most = 0;
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        unsigned pct = fm_captures_read_pct(&run->captures, pid);
        most = pct > most ? pct : most;
        fm_meter(most > 0 && pct == 0 ? "finishing" : "reading", most);
        nanosleep(&pause, NULL);
    }
    fm_meter_end();
    return status;
}

/* Told to end, Suricata ends in order, and what it wrote so far is shown: we wait for it. */
static int wait_for(const struct run *run, pid_t pid)
{
    struct sigaction act = { .sa_handler = pass_on };
    int status = 0;

    child = pid;
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    if (isatty(STDERR_FILENO))
        status = wait_with_meter(run, pid);
    else
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    child = 0;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    return status;
}

/* ---- after ---- */

/* The line without its end and without what could steer a terminal. */
static void trim(char *line)
{
    size_t len = strlen(line);

    while (len > 0 && isspace((unsigned char)line[len - 1]))
        line[--len] = '\0';
    for (; *line != '\0'; line++)
        if ((unsigned char)*line < ' ')
            *line = '?';
}

/* The last line of the log that is an error, else the last one. */
static void last_words(const struct run *run, char *out, size_t cap)
{
    char line[1024];
    bool error = false;
    FILE *log = fopen(run->log, "r");

    snprintf(out, cap, "it said nothing");
    while (log != NULL && fgets(line, sizeof(line), log) != NULL) {
        bool is_error = strncmp(line, "E", 1) == 0;
        trim(line);
        if (line[0] == '\0' || (error && !is_error))
            continue;
        snprintf(out, cap, "%s", line);
        error = is_error;
    }
    if (log != NULL)
        fclose(log);
}

/* What the plugin and the reader of captures complained about, for a run that went well. */
static void pass_on_warnings(const struct run *run)
{
    char line[1024];
    FILE *log = fopen(run->log, "r");

    while (log != NULL && fgets(line, sizeof(line), log) != NULL) {
        bool bad = line[0] == 'E' || line[0] == 'W';
        bool reader = strstr(line, "pcap: ") != NULL;
        trim(line);
        if (bad && (reader || strstr(line, "furumai: ") != NULL))
            fm_cli_warn("suricata said: %s%s", line,
                    reader ? "; what came before is used, copy the capture again" : "");
    }
    if (log != NULL)
        fclose(log);
}

static bool ended_well(const struct run *run, int status)
{
    char words[1024];

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        pass_on_warnings(run);
        return true;
    }
    last_words(run, words, sizeof(words));
    if (WIFSIGNALED(status))
        fm_cli_fail("Suricata was ended by signal %d (%s); see %s", WTERMSIG(status), words,
                run->log);
    else
        fm_cli_fail("Suricata failed: %s; see %s", words, run->log);
    return false;
}

static int print(const struct run *run)
{
    struct fm_report report;
    unsigned what = FM_SHOW_HOSTS | FM_SHOW_DETECTIONS;
    char words[1024];
    int status = FM_EXIT_FAILED;

    if (fm_report_init(&report) && fm_report_read_eve(&report, run->eve)) {
        status = FM_EXIT_FINE;
        if (report.health == NULL) {
            last_words(run, words, sizeof(words));
            status = fm_cli_fail("the plugin wrote nothing to %s (%s); see %s", run->eve, words,
                    run->log);
        } else if (run->call->value[JSON] != NULL) {
            fm_report_print_json(&report, what, run->eve, stdout);
        } else {
            fm_report_print(&report, what, stdout);
        }
    }
    fm_report_clear(&report);
    return status;
}

/* ---- all of it ---- */

static int run_suricata(struct run *run)
{
    add_all(run);
    pid_t pid = fm_program_start(run->argv, run->log);
    if (pid < 0)
        return fm_cli_fail("%s cannot be started: %s", run->suricata, strerror(errno));
    if (!ended_well(run, wait_for(run, pid)) || print(run) != FM_EXIT_FINE)
        return FM_EXIT_FAILED;
    if (interrupted)
        return fm_cli_fail("interrupted: the captures were not read to their end; run it again");
    return FM_EXIT_FINE;
}

static int check_usage(const struct fm_call *call)
{
    const char *mode = call->value[RUNMODE], *threads = call->value[THREADS];
    char *end = NULL;

    if (call->count == 0)
        return fm_cli_usage(call, "run takes at least one capture");
    if (mode != NULL && strcmp(mode, "single") != 0 && strcmp(mode, "autofp") != 0)
        return fm_cli_usage(call, "--runmode is single or autofp, not '%s'", mode);
    if (threads == NULL)
        return FM_EXIT_FINE;
    long number = strtol(threads, &end, 10);
    if (*end != '\0' || number < 1 || number > THREADS_MOST)
        return fm_cli_usage(call, "--threads is a number from 1 to %d, not '%s'", THREADS_MOST,
                threads);
    if (mode == NULL || strcmp(mode, "autofp") != 0)
        return fm_cli_usage(call, "--threads is for --runmode autofp");
    return FM_EXIT_FINE;
}

static int run(const struct fm_call *call)
{
    struct run *run = calloc(1, sizeof(*run));
    int status = check_usage(call);

    if (run == NULL)
        return fm_cli_fail("out of memory");
    if (status == FM_EXIT_FINE) {
        run->call = call;
        run->folder = call->value[OUT] != NULL ? call->value[OUT] : "furumai-out";
        status = FM_EXIT_FAILED;
        if (find_programs(run) && check_files(call) && make_folder(run) &&
                fm_captures_take(&run->captures, call->count, call->operand, run->folder) &&
                remove_old(run) && write_config(run))
            status = run_suricata(run);
        fm_captures_clear(&run->captures);
    }
    for (unsigned i = 0; i < run->argc; i++)
        if (run->made[i])
            free(run->argv[i]);
    free(run);
    return status;
}

const struct fm_command fm_command_run = {
    .name = "run",
    .operands = "FILE.pcap...",
    .help = "runs Suricata with the plugin over captures (pcap, pcapng)",
    .more = "Several captures are read one after the other, in the order given, as one stream.\n"
            "DIR then holds eve.json, furumai.tape (for replay), suricata.yaml and run.log.\n"
            "Suricata is $SURICATA, else the one on PATH.",
    .options = options,
    .run = run,
};
