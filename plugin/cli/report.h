/* What was found, as last told: hosts and detections from an eve.json or from the state database.
 * Of each detection and host the newest line counts; a host also has what it was at worst, as a
 * finished attack leaves an eve.json with a quiet host at its end.  Memory: that of these lines. */
#ifndef FM_CLI_REPORT_H
#define FM_CLI_REPORT_H

#include "furumai.h"

#include <jansson.h>
#include <stdio.h>

struct fm_report {
    json_t *hosts, *detections; /* behavior objects by id, as text */
    json_t *health;             /* the last, or NULL */
    uint64_t events, bad_lines;
};

/** False when memory is out. */
bool fm_report_init(struct fm_report *report);
void fm_report_clear(struct fm_report *report);

/** Reads the behavior events of an eve.json, plain or gzip.  False, with one line said, when it
 *  cannot be read. */
bool fm_report_read_eve(struct fm_report *report, const char *path);
/** Reads the state database of a folder. */
bool fm_report_read_state(struct fm_report *report, const char *folder);
/** From the one of the two that was asked for: `eve`, else `state`, else the usual state folder. */
bool fm_report_read(struct fm_report *report, const char *eve, const char *state);

/** Sorted, worst first: an array of the objects, or NULL when memory is out. */
json_t *fm_report_worst_first(const json_t *objects);

enum { FM_SHOW_HOSTS = 1 << 0, FM_SHOW_DETECTIONS = 1 << 1 };

/** Tables for people, or one JSON object for machines. */
void fm_report_print(const struct fm_report *report, unsigned what, FILE *out);
/** `path` NULL: without "eve". */
void fm_report_print_json(const struct fm_report *report, unsigned what, const char *path,
        FILE *out);

/** Members of a behavior object; "" and 0 where there is none. */
const char *fm_report_word(const json_t *object, const char *key);
long fm_report_number(const json_t *object, const char *key);
/** "pc9 (10.77.2.9)" or the address, into `out`. */
const char *fm_report_host(const json_t *object, char *out, size_t cap);
const char *fm_report_quadrant(const json_t *object);

#endif
