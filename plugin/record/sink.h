/* Where readers of files put what they read: records to one function, complaints to another.  A
 * slip is counted by kind and said in one line ("file:line: what; remedy") the first time and then
 * at every tenth, hundredth, ...: a damaged file of a million lines says seven lines.  Never fatal.
 */
#ifndef FM_RECORD_SINK_H
#define FM_RECORD_SINK_H

#include "record/record.h"

/** X-macro of slips: enumerator, name in counters, what happened, what to do. */
#define FM_SLIPS_LIST(X)                                                                           \
    X(FM_SLIP_OPEN, "unreadable", "cannot be opened", "check the path and its permissions")        \
    X(FM_SLIP_FORMAT, "format", "neither a tape, nor EVE, nor a Zeek log",                         \
            "give eve.json, Zeek logs (TSV or JSON) or a tape")                                    \
    X(FM_SLIP_CUT, "cut", "ends in the middle", "copy it again; what was read before is used")     \
    X(FM_SLIP_LONG, "long", "line longer than 1 MiB skipped", "see what wrote it")                 \
    X(FM_SLIP_BROKEN, "broken", "line skipped", "see what wrote it")                               \
    X(FM_SLIP_VALUE, "value", "line without what a record needs skipped",                          \
            "log time and addresses too")                                                          \
    X(FM_SLIP_UNKNOWN, "unknown", "unknown type ignored", "no detector reads it")                  \
    X(FM_SLIP_INVALID, "invalid", "record skipped", "the tape is damaged or from another version") \
    X(FM_SLIP_MEMORY, "memory", "out of memory", "give it more")

enum fm_slip {
#define X(slip, name, what, remedy) slip,
    FM_SLIPS_LIST(X)
#undef X
            FM_SLIPS,
};
extern const char *const fm_slip_name[FM_SLIPS];

struct fm_sink {
    void *arg;
    /** Takes a record that it may change but not keep.  False: no more is wanted. */
    bool (*take)(void *arg, struct fm_rec *rec);
    /** One line without its line end; may be NULL. */
    void (*say)(void *arg, const char *line);
    uint64_t lines;   /* read, or records of a tape */
    uint64_t ignored; /* of a known type that makes no record */
    uint64_t records[FM_KINDS];
    uint64_t slips[FM_SLIPS];
    bool stopped; /* take said no */
};

/** Gives a record to the sink, counted.  False when it wants no more. */
bool fm_sink_take(struct fm_sink *sink, struct fm_rec *rec);
/** Counts a slip and perhaps says it.  `line` 0: the whole file; `detail` may be NULL. */
void fm_sink_slip(struct fm_sink *sink, enum fm_slip slip, const char *file, uint64_t line,
        const char *detail);
uint64_t fm_sink_slips(const struct fm_sink *sink); /* of all kinds */

/** What became of one line. */
enum fm_line {
    FM_LINE_READ,    /* its records, if any, were taken */
    FM_LINE_IGNORED, /* of a known type that makes no record */
    FM_LINE_UNKNOWN, /* of a type nobody here has heard of */
    FM_LINE_VALUE,   /* time or addresses are missing or make no sense */
    FM_LINE_BROKEN,
};

#endif
