/* furumai tape: looks into a tape, and cuts a piece out of it. */
#include "base/addr.h"
#include "cli/cli.h"
#include "cli/grid.h"
#include "record/show.h"
#include "record/source.h"
#include "record/tape.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHOW_BYTES 16384

enum { FROM, TO, HOST, RECORDS };

static const struct fm_option options[] = {
    [FROM] = { "from", "TIME", "not what came before (2024-03-05T12:00:00, UTC, or seconds)" },
    [TO] = { "to", "TIME", "only what came before" },
    [HOST] = { "host", "ADDRESS", "only what this host took part in" },
    [RECORDS] = { "records", NULL, "show: every record as a line of JSON" },
    { .name = NULL },
};

/* What is asked for, and what was met. */
struct look {
    fm_time from, to;
    struct fm_addr host;
    bool one_host, print;
    struct fm_tape_writer *out;
    int problem; /* errno of the output */
    fm_time first, last;
    uint64_t records[FM_KINDS], bytes, all;
};

static bool parse_time(const char *text, fm_time *out)
{
    struct tm tm = { 0 };
    char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    double seconds;

    if (end == NULL) {
        memset(&tm, 0, sizeof(tm));
        end = strptime(text, "%Y-%m-%d", &tm);
    }
    if (end != NULL && (*end == '\0' || strcmp(end, "Z") == 0)) {
        *out = (fm_time)timegm(&tm) * FM_SECOND;
        return true;
    }
    seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds >= 0 && seconds < 253402300800.0))
        return false;
    *out = (fm_time)llround(seconds * (double)FM_SECOND);
    return true;
}

static int parse(const struct fm_call *call, struct look *look)
{
    const char *from = call->value[FROM], *to = call->value[TO], *host = call->value[HOST];

    *look = (struct look){ .to = FM_NEVER };
    if (from != NULL && !parse_time(from, &look->from))
        return fm_cli_usage(call, "--from is a time such as 2024-03-05T12:00:00, not '%s'", from);
    if (to != NULL && !parse_time(to, &look->to))
        return fm_cli_usage(call, "--to is a time such as 2024-03-05T12:00:00, not '%s'", to);
    look->one_host = host != NULL;
    if (host != NULL && !fm_addr_parse(host, strlen(host), &look->host))
        return fm_cli_usage(call, "--host is an address, not '%s'", host);
    look->print = call->value[RECORDS] != NULL;
    return FM_EXIT_FINE;
}

/* ---- record by record ---- */

static bool wanted(const struct look *look, const struct fm_rec *rec)
{
    return rec->time >= look->from && rec->time < look->to &&
           (!look->one_host || fm_addr_equal(&rec->client, &look->host) ||
                   fm_addr_equal(&rec->server, &look->host));
}

static void print_record(const struct fm_rec *rec)
{
    char bytes[SHOW_BYTES];
    struct fm_text text;

    fm_text_init(&text, bytes, sizeof(bytes));
    fm_rec_show(rec, &text);
    puts(bytes);
}

static bool take(void *arg, struct fm_rec *rec)
{
    struct look *look = arg;

    look->all++;
    if (!wanted(look, rec))
        return true;
    if (look->out != NULL && (look->problem = fm_tape_append(look->out, rec)) != 0)
        return false;
    if (look->print)
        print_record(rec);
    if (look->bytes == 0 || rec->time < look->first)
        look->first = rec->time;
    if (rec->time > look->last)
        look->last = rec->time;
    look->records[rec->kind]++;
    look->bytes += rec->size;
    return true;
}

static void say(void *arg, const char *line)
{
    (void)arg;
    fm_cli_warn("%s", line);
}

static bool read_one(struct look *look, const char *path)
{
    struct fm_mem mem = { 0 };
    struct fm_sink sink = { .arg = look, .take = take, .say = say };

    return fm_source_read(&mem, path, &sink) > 0 && fm_sink_slips(&sink) == 0;
}

/* ---- show ---- */

static void print_counts(const struct look *look)
{
    static const char *const heads[] = { "kind", ">records" };
    struct fm_grid *grid = fm_grid_new(2, heads);
    char first[40], last[40], bytes[32];
    uint64_t sum = 0;

    for (unsigned kind = 0; kind < FM_KINDS; kind++) {
        sum += look->records[kind];
        if (look->records[kind] == 0)
            continue;
        fm_grid_add(grid, fm_kind_name[kind]);
        fm_grid_addf(grid, "%" PRIu64, look->records[kind]);
    }
    printf("%" PRIu64 " of %" PRIu64 " records, %s", sum, look->all,
            fm_text_bytes(bytes, sizeof(bytes), (double)look->bytes));
    if (sum > 0)
        printf(", %s to %s", fm_text_time(first, sizeof(first), look->first),
                fm_text_time(last, sizeof(last), look->last));
    putchar('\n');
    if (sum > 0)
        fm_grid_print(grid, stdout, 2);
    fm_grid_free(grid);
}

static int show(const struct fm_call *call, struct look *look)
{
    bool fine = true;

    if (call->count < 2)
        return fm_cli_usage(call, "tape show takes at least one tape");
    for (int i = 1; i < call->count; i++)
        fine = read_one(look, call->operand[i]) && fine;
    if (!look->print)
        print_counts(look);
    return fine ? FM_EXIT_FINE : FM_EXIT_FAILED;
}

/* ---- cut ---- */

static int cut(const struct fm_call *call, struct look *look)
{
    struct fm_mem mem = { 0 };
    int error = 0;

    if (call->count != 3)
        return fm_cli_usage(call, "tape cut takes a tape and the name of a new one");
    const char *from = call->operand[1], *to = call->operand[2];
    if (strcmp(from, to) == 0)
        return fm_cli_usage(call, "a tape cannot be cut into itself");
    look->out = fm_tape_create(&mem, to, 0, &error);
    if (look->out == NULL)
        return fm_cli_fail("%s cannot be written: %s; choose another name", to, strerror(error));
    bool fine = read_one(look, from);
    error = fm_tape_close(look->out);
    if (look->problem != 0 || error != 0)
        return fm_cli_fail("%s cannot be written: %s; make room there", to,
                strerror(look->problem != 0 ? look->problem : error));
    print_counts(look);
    return fine ? FM_EXIT_FINE : FM_EXIT_FAILED;
}

static int run(const struct fm_call *call)
{
    const char *verb = call->count > 0 ? call->operand[0] : "";
    struct look look;
    int status = parse(call, &look);

    if (status != FM_EXIT_FINE)
        return status;
    if (strcmp(verb, "show") == 0)
        return show(call, &look);
    if (strcmp(verb, "cut") == 0)
        return cut(call, &look);
    return fm_cli_usage(call, "tape knows show and cut");
}

const struct fm_command fm_command_tape = {
    .name = "tape",
    .operands = "show TAPE... | cut TAPE NEW",
    .help = "shows what is on a tape, or cuts a piece out of it",
    .more = "show also reads eve.json and Zeek logs, as the records that replay makes of them.",
    .options = options,
    .run = run,
};
