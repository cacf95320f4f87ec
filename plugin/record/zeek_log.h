/* One row of a Zeek log, whether it came as TSV or JSON, and the table of logs; used by zeek.c and
 * zeek_log.c alone. */
#ifndef FM_RECORD_ZEEK_LOG_H
#define FM_RECORD_ZEEK_LOG_H

#include "record/sink.h"

#include <jansson.h>

#define FM_ZEEK_FIELDS 28

/* A field's value: text, or (JSON only) a number, truth or array.  Unset: none of them. */
struct fm_cell {
    const char *text;
    size_t len;
    const json_t *json;
};

struct fm_row {
    const struct fm_zeek_log *log;
    struct fm_cell cell[FM_ZEEK_FIELDS];
    char set_separator;
    struct fm_rec *rec; /* FM_REC_MAX bytes to make records in */
    struct fm_sink *sink;
};

struct fm_zeek_log {
    const char *path;
    /* Makes the row's records; false when it lacks what they need. */
    bool (*read)(struct fm_row *row);
    const char *field[FM_ZEEK_FIELDS];
};

/** By #path or by the part of a file's name before its first '.'; NULL when there is none such. */
const struct fm_zeek_log *fm_zeek_log_of(const char *path, size_t len);
/** True when Zeek has a log of that name, though nobody here reads it. */
bool fm_zeek_log_ignored(const char *path, size_t len);
/** The log that a JSON object without name must be from, or NULL. */
const struct fm_zeek_log *fm_zeek_log_guess(const json_t *object);

#endif
