/* Bounded strings: a builder over the caller's bytes that never writes past them, always ends in
 * NUL, and remembers that something was cut. */
#ifndef FM_BASE_TEXT_H
#define FM_BASE_TEXT_H

#include "furumai.h"

struct fm_text {
    char *at;
    size_t len;
    size_t cap; /* bytes at `at`, the NUL included */
    bool cut;
};

/** Starts an empty text over `cap` > 0 bytes. */
void fm_text_init(struct fm_text *text, char *bytes, size_t cap);
void fm_text_add(struct fm_text *text, const char *bytes, size_t len);
void fm_text_adds(struct fm_text *text, const char *string);
void fm_text_addf(struct fm_text *text, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/** Copies at most cap-1 bytes of a name, lower case, unprintable bytes as '?', a trailing dot
 *  dropped; returns the length written. */
size_t fm_text_name(char *out, size_t cap, const char *name, size_t len);

/** For sentences: "839.2 MB" (decimal units; "unknown" for FM_UNKNOWN), "5 min", "3.2 h", "11 d"
 *  ("never" for FM_NEVER). Return `out`; cap >= 16. */
char *fm_text_bytes(char *out, size_t cap, double bytes);
char *fm_text_span(char *out, size_t cap, fm_time span);
/** "2017-11-22T08:00:00.000000+0000", always UTC; cap >= 32. */
char *fm_text_time(char *out, size_t cap, fm_time at);

#endif
