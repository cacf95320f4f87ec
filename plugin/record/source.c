#include "record/source.h"

#include "record/eve.h"
#include "record/input.h"
#include "record/tape.h"
#include "record/zeek.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEEK_BYTES 4096
#define PATH_BYTES 4096
#define DEPTH_MAX 16

const char *const fm_format_name[FM_FORMATS] = {
    [FM_FORMAT_NONE] = "nothing known",
    [FM_FORMAT_TAPE] = "tape",
    [FM_FORMAT_EVE] = "EVE",
    [FM_FORMAT_ZEEK] = "Zeek",
};

/* What reads one file after the other. */
struct reading {
    struct fm_mem *mem;
    struct fm_sink *sink;
    struct fm_eve *eve;
    struct fm_zeek *zeek;
    uint64_t files;
};

static bool holds(const char *bytes, size_t len, const char *text)
{
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

enum fm_format fm_format_of(const char *bytes, size_t len)
{
    if (len >= 8 && memcmp(bytes, FM_TAPE_MAGIC, 8) == 0)
        return FM_FORMAT_TAPE;
    if (len > 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { /* byte order mark */
        bytes += 3;
        len -= 3;
    }
    const char *end = memchr(bytes, '\n', len);
    size_t first = end ? (size_t)(end - bytes) : len;
    if (len > 0 && bytes[0] == '{') {
        if (holds(bytes, first, "\"event_type\""))
            return FM_FORMAT_EVE;
        return holds(bytes, first, "\"ts\"") || holds(bytes, first, "\"_path\"") ? FM_FORMAT_ZEEK
                                                                                 : FM_FORMAT_NONE;
    }
    if (len > 0 && bytes[0] == '#' &&
            (holds(bytes, len, "#separator") || holds(bytes, len, "#fields")))
        return FM_FORMAT_ZEEK;
    return FM_FORMAT_NONE;
}

/* ---- one file ---- */

static void slip_of_line(struct reading *reading, enum fm_line read, const char *path,
        uint64_t line, const char *why)
{
    static const enum fm_slip slips[] = { [FM_LINE_UNKNOWN] = FM_SLIP_UNKNOWN,
        [FM_LINE_VALUE] = FM_SLIP_VALUE,
        [FM_LINE_BROKEN] = FM_SLIP_BROKEN };
    if (read == FM_LINE_IGNORED)
        reading->sink->ignored++;
    else if (read != FM_LINE_READ)
        fm_sink_slip(reading->sink, slips[read], path, line, why);
}

static void read_lines(struct reading *reading, struct fm_input *input, enum fm_format format,
        const char *path)
{
    struct fm_sink *sink = reading->sink;
    enum fm_input_state state;
    char *line, why[160];
    size_t len;
    if (format == FM_FORMAT_ZEEK)
        fm_zeek_file(reading->zeek, path);
    while (!sink->stopped && (state = fm_input_line(input, &line, &len)) != FM_INPUT_END) {
        if (state == FM_INPUT_CUT) {
            fm_sink_slip(sink, FM_SLIP_CUT, path, fm_input_lines(input), "compressed data");
            return;
        }
        sink->lines++;
        if (state == FM_INPUT_LONG) {
            fm_sink_slip(sink, FM_SLIP_LONG, path, fm_input_lines(input), NULL);
            continue;
        }
        if (fm_input_lines(input) == 1 && len > 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
            line += 3;
            len -= 3;
        }
        if (len == 0)
            continue;
        enum fm_line read = format == FM_FORMAT_EVE
                                    ? fm_eve_line(reading->eve, line, len, sink, why)
                                    : fm_zeek_line(reading->zeek, line, len, sink, why);
        slip_of_line(reading, read, path, fm_input_lines(input), why);
    }
}

static void slip_of_tape(struct fm_sink *sink, enum fm_slip slip, const char *path,
        const struct fm_tape *tape)
{
    char where[64];
    snprintf(where, sizeof(where), "byte %llu", (unsigned long long)fm_tape_offset(tape));
    fm_sink_slip(sink, slip, path, 0, where);
}

static void read_tape(struct reading *reading, struct fm_tape *tape, const char *path)
{
    struct fm_sink *sink = reading->sink;
    enum fm_tape_state state;
    struct fm_rec *rec;
    while (!sink->stopped && (state = fm_tape_next(tape, &rec)) != FM_TAPE_END) {
        if (state == FM_TAPE_CUT) {
            slip_of_tape(sink, FM_SLIP_CUT, path, tape);
            return;
        }
        sink->lines++;
        if (state == FM_TAPE_SKIPPED)
            slip_of_tape(sink, FM_SLIP_INVALID, path, tape);
        else
            fm_sink_take(sink, rec);
    }
}

static void read_input(struct reading *reading, struct fm_input *input, const char *path)
{
    const char *bytes;
    int error;
    size_t have = fm_input_peek(input, PEEK_BYTES, &bytes);
    enum fm_format format = fm_format_of(bytes, have);
    struct fm_tape *tape = NULL;
    if (format == FM_FORMAT_TAPE)
        tape = fm_tape_of(reading->mem, input, &error);
    if (tape) {
        reading->files++;
        read_tape(reading, tape, path);
        fm_tape_end(tape);
        return;
    }
    if (format == FM_FORMAT_TAPE) {
        fm_sink_slip(reading->sink, error == ENOMEM ? FM_SLIP_MEMORY : FM_SLIP_INVALID, path, 0,
                "a tape of another version");
    } else if (have > 0 && format == FM_FORMAT_NONE) {
        fm_sink_slip(reading->sink, FM_SLIP_FORMAT, path, 0, NULL);
    } else if (have == 0 && fm_input_damaged(input)) {
        fm_sink_slip(reading->sink, FM_SLIP_CUT, path, 0, "compressed data");
    } else {
        reading->files++; /* an empty log is a log */
        read_lines(reading, input, format, path);
    }
    fm_input_close(input);
}

static void read_file(struct reading *reading, const char *path)
{
    int error;
    struct fm_input *input = fm_input_open(reading->mem, path, &error);
    if (input)
        read_input(reading, input, path);
    else
        fm_sink_slip(reading->sink, error == ENOMEM ? FM_SLIP_MEMORY : FM_SLIP_OPEN, path, 0,
                strerror(error));
}

/* ---- files and folders ---- */

static bool exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

/* What a capped tape put aside comes first. */
static void read_with_old(struct reading *reading, const char *path)
{
    char old[PATH_BYTES];
    if ((size_t)snprintf(old, sizeof(old), "%s%s", path, FM_TAPE_OLD) < sizeof(old) && exists(old))
        read_file(reading, old);
    if (!reading->sink->stopped)
        read_file(reading, path);
}

/* `name`.old beside `name`: read with it. */
static bool is_old(const char *path)
{
    char base[PATH_BYTES];
    size_t len = strlen(path), tail = strlen(FM_TAPE_OLD);
    if (len <= tail || len >= sizeof(base) || strcmp(path + len - tail, FM_TAPE_OLD) != 0)
        return false;
    memcpy(base, path, len - tail);
    base[len - tail] = '\0';
    return exists(base);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* alphasort asks the locale */
}

static void read_any(struct reading *reading, const char *path, unsigned depth);

static void read_folder(struct reading *reading, const char *path, unsigned depth)
{
    struct dirent **entries;
    char inside[PATH_BYTES];
    int count = scandir(path, &entries, visible, by_name);
    if (count < 0) {
        fm_sink_slip(reading->sink, FM_SLIP_OPEN, path, 0, strerror(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        bool fits = (size_t)snprintf(inside, sizeof(inside), "%s/%s", path, entries[i]->d_name) <
                    sizeof(inside);
        if (fits && !reading->sink->stopped && !is_old(inside))
            read_any(reading, inside, depth + 1);
        free(entries[i]);
    }
    free(entries);
}

static void read_any(struct reading *reading, const char *path, unsigned depth)
{
    struct stat about;
    if (stat(path, &about) != 0)
        fm_sink_slip(reading->sink, FM_SLIP_OPEN, path, 0, strerror(errno));
    else if (S_ISDIR(about.st_mode) && depth < DEPTH_MAX)
        read_folder(reading, path, depth);
    else if (S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode))
        read_with_old(reading, path);
    else
        fm_sink_slip(reading->sink, FM_SLIP_OPEN, path, 0, "not a file");
}

uint64_t fm_source_read(struct fm_mem *mem, const char *path, struct fm_sink *sink)
{
    struct reading reading = { .mem = mem,
        .sink = sink,
        .eve = fm_eve_new(mem),
        .zeek = fm_zeek_new(mem) };
    if (reading.eve && reading.zeek)
        read_any(&reading, path, 0);
    else
        fm_sink_slip(sink, FM_SLIP_MEMORY, path, 0, NULL);
    fm_eve_free(reading.eve);
    fm_zeek_free(reading.zeek);
    return reading.files;
}
