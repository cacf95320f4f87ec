/* furumai replay: the engine, in this process, over what a sensor wrote earlier.  All files
 * together are one stream: the engine sorts it, so that the order they are given in does not
 * matter.  The tape of a run gives the events of that run. */
#include "cli/cli.h"
#include "cli/line.h"
#include "cli/meter.h"
#include "cli/report.h"
#include "engine/engine.h"
#include "record/input.h"
#include "record/source.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVE "eve.json"

enum { OUT, INTERNAL, POLICY, STATE, JSON };

static const struct fm_option options[] = {
    [OUT] = { "out", "DIR", "writes DIR/eve.json, anew [furumai-out]" },
    [INTERNAL] = { "internal", "CIDR,...", "what is inside [the policy's, else private networks]" },
    [POLICY] = { "policy", "FILE", "policy.lua or its folder [built in]" },
    [STATE] = { "state-dir", "DIR", "keeps there what is learned [nothing is kept]" },
    [JSON] = { "json", NULL, "prints for machines" },
    { .name = NULL },
};

/* The richest source among the inputs decides what can be seen. */
static const enum fm_source source_of[FM_FORMATS] = {
    [FM_FORMAT_NONE] = FM_EVE,
    [FM_FORMAT_TAPE] = FM_SURICATA7,
    [FM_FORMAT_EVE] = FM_EVE,
    [FM_FORMAT_ZEEK] = FM_ZEEK,
};

struct replay {
    FILE *eve;
    struct fm_engine *engine;
    struct fm_sink sink;
    unsigned unread; /* files */
};

/* ---- what is it? ---- */

static enum fm_format format_of_file(const char *path)
{
    struct fm_mem mem = { 0 };
    const char *bytes;
    int error;
    struct fm_input *input = fm_input_open(&mem, path, &error);

    if (input == NULL)
        return FM_FORMAT_NONE;
    size_t len = fm_input_peek(input, 4096, &bytes);
    enum fm_format format = fm_format_of(bytes, len);
    fm_input_close(input);
    return format;
}

/* Of a folder: of its first file that is something, folders inside included. */
static enum fm_format format_of(const char *path, unsigned depth)
{
    char inside[FM_CLI_PATH];
    struct stat about;
    struct dirent *entry;
    enum fm_format format = FM_FORMAT_NONE;

    if (stat(path, &about) != 0 || depth > 4)
        return FM_FORMAT_NONE;
    if (!S_ISDIR(about.st_mode))
        return S_ISREG(about.st_mode) ? format_of_file(path) : FM_FORMAT_NONE;
    DIR *folder = opendir(path);
    while (folder != NULL && format == FM_FORMAT_NONE && (entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && fm_folder_path(inside, path, entry->d_name))
            format = format_of(inside, depth + 1);
    if (folder != NULL)
        closedir(folder);
    return format;
}

static enum fm_source source_of_all(const struct fm_call *call)
{
    enum fm_source best = FM_SOURCES;

    for (int i = 0; i < call->count; i++) {
        enum fm_format format = format_of(call->operand[i], 0);
        if (format != FM_FORMAT_NONE && source_of[format] < best)
            best = source_of[format];
    }
    return best == FM_SOURCES ? FM_EVE : best;
}

/* ---- in and out ---- */

static bool take(void *arg, struct fm_rec *rec)
{
    struct replay *replay = arg;

    fm_engine_take(replay->engine, rec);
    return true;
}

static void say_slip(void *arg, const char *line)
{
    (void)arg;
    fm_meter_end();
    fm_cli_warn("%s", line);
}

static void say(void *arg, enum fm_level level, const char *line)
{
    (void)arg;
    if (level == FM_SAY_NOTICE)
        return;
    fm_meter_end();
    fm_cli_warn("%s", line);
}

static void emit(void *arg, const struct fm_event *event)
{
    struct replay *replay = arg;

    fm_line_write(event, replay->eve);
}

/* There are no rules here to ask for marks. */
static void mark(void *arg, const struct fm_mark *mark)
{
    (void)arg;
    (void)mark;
}

static void progress(void *arg, unsigned pct)
{
    struct replay *replay = arg;

    fm_meter("replaying", pct);
    fm_clerk_work(fm_engine_clerk(replay->engine), 0);
}

/* ---- the replay ---- */

static bool make_engine(struct replay *replay, const struct fm_call *call)
{
    char error[1024] = "";
    struct fm_outside outside = { .arg = replay, .emit = emit, .mark = mark, .say = say };
    struct fm_engine_config config = {
        .offline = true,
        .source = source_of_all(call),
        .policy = call->value[POLICY],
        .internal = call->value[INTERNAL],
        .state_dir = call->value[STATE],
        .sensor = "furumai " FM_VERSION,
    };

    replay->engine = fm_engine_new(&config, &outside, error, sizeof(error));
    if (replay->engine == NULL)
        fm_cli_fail("%s", error);
    return replay->engine != NULL;
}

/* Number of files that nothing could be read from. */
static unsigned read_all(struct replay *replay, const struct fm_call *call)
{
    unsigned unread = 0;
    struct fm_mem mem = { 0 };

    replay->sink = (struct fm_sink){ .arg = replay, .take = take, .say = say_slip };
    for (int i = 0; i < call->count; i++) {
        fm_meter("reading file", (unsigned)(100 * i / call->count));
        if (fm_source_read(&mem, call->operand[i], &replay->sink) == 0)
            unread++;
    }
    return unread;
}

static void drain(struct fm_clerk *clerk)
{
    while (!fm_clerk_idle(clerk))
        fm_clerk_work(clerk, 0);
}

/* False when not even one of the files could be read, which has then been said. */
static bool replay_all(struct replay *replay, const struct fm_call *call)
{
    replay->unread = read_all(replay, call);
    if (replay->unread == (unsigned)call->count) {
        fm_meter_end();
        if (fm_sink_slips(&replay->sink) == 0)
            fm_cli_fail("there is nothing in %s; give eve.json, Zeek logs or a tape",
                    call->operand[0]);
        return false;
    }
    fm_engine_finish(replay->engine, progress, replay);
    drain(fm_engine_clerk(replay->engine));
    fm_meter_end();
    if (fm_sink_slips(&replay->sink) > 0)
        fm_cli_warn("%llu of %llu lines or files could not be used",
                (unsigned long long)fm_sink_slips(&replay->sink),
                (unsigned long long)replay->sink.lines);
    return true;
}

static int print(const struct fm_call *call, const char *path)
{
    struct fm_report report;
    unsigned what = FM_SHOW_HOSTS | FM_SHOW_DETECTIONS;
    bool read = fm_report_init(&report) && fm_report_read_eve(&report, path);

    if (read && call->value[JSON] != NULL)
        fm_report_print_json(&report, what, path, stdout);
    else if (read)
        fm_report_print(&report, what, stdout);
    fm_report_clear(&report);
    return read ? FM_EXIT_FINE : FM_EXIT_FAILED;
}

/* DIR/eve.json may be among the inputs: it is replaced only when all is read. */
static int replay_into(struct replay *replay, const struct fm_call *call, const char *path,
        const char *new_path)
{
    bool fine = make_engine(replay, call) && replay_all(replay, call);

    fm_engine_free(replay->engine);
    bool written = ferror(replay->eve) == 0;
    written = fclose(replay->eve) == 0 && written;
    if (!fine) {
        unlink(new_path);
        return FM_EXIT_FAILED;
    }
    if (!written || rename(new_path, path) != 0)
        return fm_cli_fail("%s cannot be written: %s; make room there or choose another --out",
                path, strerror(errno));
    int status = print(call, path);
    return replay->unread > 0 ? FM_EXIT_FAILED : status;
}

static int run(const struct fm_call *call)
{
    const char *folder = call->value[OUT] != NULL ? call->value[OUT] : "furumai-out";
    char path[FM_CLI_PATH], new_path[FM_CLI_PATH];
    struct replay replay = { 0 };

    if (call->count == 0)
        return fm_cli_usage(call, "replay takes at least one file or folder");
    if (!fm_folder_make(folder))
        return fm_cli_fail("%s cannot be made: %s; choose another --out", folder, strerror(errno));
    if (!fm_folder_path(path, folder, EVE) || !fm_folder_path(new_path, folder, EVE ".new"))
        return fm_cli_fail("%s is too long a path; choose another --out", folder);
    replay.eve = fopen(new_path, "w");
    if (replay.eve == NULL)
        return fm_cli_fail("%s cannot be written: %s; choose another --out", new_path,
                strerror(errno));
    return replay_into(&replay, call, path, new_path);
}

const struct fm_command fm_command_replay = {
    .name = "replay",
    .operands = "FILE...",
    .help = "runs the engine over eve.json, Zeek logs (also folders), tapes",
    .more = "eve.json and logs may be gzip. All files together are one stream, in whatever order\n"
            "they are given. DIR/eve.json then holds the behavior events, and nothing else.",
    .options = options,
    .run = run,
};
