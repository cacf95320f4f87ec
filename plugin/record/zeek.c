#include "record/zeek.h"

#include "record/eve_tx.h"
#include "record/zeek_log.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 256

struct fm_zeek {
    struct fm_mem *mem;
    const struct fm_zeek_log *named; /* by the file's name */
    const struct fm_zeek_log *log;   /* by #path, or as named */
    bool ignored;                    /* a log that nobody reads */
    bool has_fields;
    char separator, set_separator;
    char unset[16], empty[16];
    uint8_t column[COLUMNS_MAX]; /* column -> field of the log + 1; 0: not read */
    size_t columns;
    union {
        struct fm_rec rec;
        char bytes[FM_REC_MAX];
    } made;
};

struct fm_zeek *fm_zeek_new(struct fm_mem *mem)
{
    struct fm_zeek *zeek = fm_alloc(mem, sizeof(*zeek));
    if (zeek) {
        zeek->mem = mem;
        fm_zeek_file(zeek, "");
    }
    return zeek;
}

void fm_zeek_free(struct fm_zeek *zeek)
{
    if (zeek)
        fm_free(zeek->mem, zeek);
}

static void format_reset(struct fm_zeek *zeek)
{
    zeek->log = zeek->named;
    zeek->has_fields = false;
    zeek->separator = '\t';
    zeek->set_separator = ',';
    snprintf(zeek->unset, sizeof(zeek->unset), "-");
    snprintf(zeek->empty, sizeof(zeek->empty), "(empty)");
}

void fm_zeek_file(struct fm_zeek *zeek, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t len = strcspn(name, ".");
    zeek->named = fm_zeek_log_of(name, len);
    zeek->ignored = !zeek->named && fm_zeek_log_ignored(name, len);
    format_reset(zeek);
}

/* ---- the header lines of a TSV log ---- */

/* "\x09" or a plain character. */
static char separator_of(const char *text, size_t len)
{
    unsigned byte;
    char digits[3] = { 0 };
    if (len == 4 && text[0] == '\\' && text[1] == 'x') {
        memcpy(digits, text + 2, 2);
        return sscanf(digits, "%2x", &byte) == 1 && byte ? (char)byte : '\t';
    }
    return len == 1 ? text[0] : '\t';
}

static void copy(char *to, size_t cap, const char *text, size_t len)
{
    if (len >= cap)
        len = cap - 1;
    memcpy(to, text, len);
    to[len] = '\0';
}

/* Which column holds which field of the log. */
static void read_fields(struct fm_zeek *zeek, char *at, char *end)
{
    zeek->columns = 0;
    zeek->has_fields = true;
    memset(zeek->column, 0, sizeof(zeek->column));
    while (at <= end && zeek->columns < COLUMNS_MAX) {
        char *stop = memchr(at, zeek->separator, (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        for (uint8_t i = 0; zeek->log && i < FM_ZEEK_FIELDS && zeek->log->field[i]; i++) {
            const char *name = zeek->log->field[i];
            if (strlen(name) == len && memcmp(name, at, len) == 0)
                zeek->column[zeek->columns] = (uint8_t)(i + 1);
        }
        zeek->columns++;
        at += len + 1;
    }
}

static void header_line(struct fm_zeek *zeek, char *line, size_t len)
{
    static const char separator[] = "#separator ";
    if (len > sizeof(separator) - 1 && memcmp(line, separator, sizeof(separator) - 1) == 0) {
        format_reset(zeek);
        zeek->separator = separator_of(line + sizeof(separator) - 1, len - (sizeof(separator) - 1));
        return;
    }
    char *value = memchr(line, zeek->separator, len);
    if (!value)
        return;
    size_t name = (size_t)(value - line), left = len - name - 1;
    value++;
    if (name == 14 && memcmp(line, "#set_separator", 14) == 0)
        zeek->set_separator = separator_of(value, left);
    else if (name == 12 && memcmp(line, "#empty_field", 12) == 0)
        copy(zeek->empty, sizeof(zeek->empty), value, left);
    else if (name == 12 && memcmp(line, "#unset_field", 12) == 0)
        copy(zeek->unset, sizeof(zeek->unset), value, left);
    else if (name == 7 && memcmp(line, "#fields", 7) == 0)
        read_fields(zeek, value, line + len);
    else if (name == 5 && memcmp(line, "#path", 5) == 0) {
        zeek->log = fm_zeek_log_of(value, left);
        zeek->ignored = !zeek->log && fm_zeek_log_ignored(value, left);
    }
}

/* ---- rows ---- */

static void tsv_row(const struct fm_zeek *zeek, char *line, size_t len, struct fm_row *row)
{
    char *at = line, *end = line + len;
    size_t unset = strlen(zeek->unset), empty = strlen(zeek->empty);
    for (size_t i = 0; i < zeek->columns && at <= end; i++) {
        char *stop = memchr(at, zeek->separator, (size_t)(end - at));
        size_t width = (size_t)((stop ? stop : end) - at);
        bool nothing = (width == unset && memcmp(at, zeek->unset, width) == 0) ||
                       (width == empty && memcmp(at, zeek->empty, width) == 0);
        if (zeek->column[i] && !nothing)
            row->cell[zeek->column[i] - 1] = (struct fm_cell){ .text = at, .len = width };
        at += width + 1;
    }
}

static void json_row(const json_t *object, struct fm_row *row)
{
    for (size_t i = 0; i < FM_ZEEK_FIELDS && row->log->field[i]; i++) {
        const json_t *value = json_object_get(object, row->log->field[i]);
        if (json_is_string(value))
            row->cell[i] = (struct fm_cell){ .text = json_string_value(value),
                .len = json_string_length(value) };
        else if (value && !json_is_null(value))
            row->cell[i].json = value;
    }
}

static enum fm_line read_row(struct fm_row *row, char *why)
{
    if (row->log->read(row))
        return FM_LINE_READ;
    snprintf(why, 160, "%s without time or addresses", row->log->path);
    return FM_LINE_VALUE;
}

static enum fm_line json_line(struct fm_zeek *zeek, const char *line, size_t len,
        struct fm_row *row, char *why)
{
    json_error_t error;
    size_t path_len;
    json_t *object = json_loadb(line, len, FM_EVE_JSON, &error);
    enum fm_line read = FM_LINE_BROKEN;
    if (!json_is_object(object)) {
        snprintf(why, 160, "%.150s", object ? "not an object" : error.text);
        json_decref(object);
        return FM_LINE_BROKEN;
    }
    const char *path = fm_json_text(object, "_path", &path_len);
    bool ignored = path ? fm_zeek_log_ignored(path, path_len) : zeek->ignored;
    row->log = path ? fm_zeek_log_of(path, path_len) : zeek->named;
    if (!row->log && !ignored)
        row->log = fm_zeek_log_guess(object);
    if (row->log) {
        json_row(object, row);
        read = read_row(row, why);
    } else {
        read = ignored ? FM_LINE_IGNORED : FM_LINE_UNKNOWN;
        snprintf(why, 160, "%.100s", path ? path : "a log without name");
    }
    json_decref(object);
    return read;
}

enum fm_line fm_zeek_line(struct fm_zeek *zeek, char *line, size_t len, struct fm_sink *sink,
        char *why)
{
    struct fm_row row = { .log = zeek->log,
        .set_separator = zeek->set_separator,
        .rec = &zeek->made.rec,
        .sink = sink };
    why[0] = '\0';
    if (len == 0)
        return FM_LINE_IGNORED;
    if (line[0] == '{')
        return json_line(zeek, line, len, &row, why);
    if (line[0] == '#') {
        header_line(zeek, line, len);
        return FM_LINE_READ;
    }
    if (zeek->ignored)
        return FM_LINE_IGNORED;
    if (!zeek->has_fields) {
        snprintf(why, 160, "no #fields line before it");
        return FM_LINE_BROKEN;
    }
    if (!zeek->log) {
        snprintf(why, 160, "no reader for this log");
        return FM_LINE_UNKNOWN;
    }
    tsv_row(zeek, line, len, &row);
    return read_row(&row, why);
}
