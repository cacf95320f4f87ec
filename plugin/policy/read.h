/* Single values of a policy file: of the right type, in range, or one line that says file, line,
 * path and remedy.  Every function returns false after it wrote that line, and leaves its result
 * alone.  What is read of them is check.c's business. */
#ifndef FM_POLICY_READ_H
#define FM_POLICY_READ_H

#include "policy/inside.h"

/** A source that is being read, with the place for its one error. */
struct fm_reader {
    struct fm_whole *whole;
    const struct fm_policy_file *source;
    const struct fm_tree *tree;
    struct fm_from from;
    char *error;
    size_t cap;
};

struct fm_range {
    enum fm_unit unit;
    double least, most;
    bool whole; /* no fractions */
};

/** The error itself; false always. */
bool fm_read_bad(struct fm_reader *c, uint32_t at, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
bool fm_read_wrong_type(struct fm_reader *c, uint32_t at, const char *wanted);
bool fm_read_no_memory(struct fm_reader *c, uint32_t at);

/** A table whose keys are all among `names`. */
bool fm_read_keys(struct fm_reader *c, uint32_t at, const char *const *names, size_t count);
/** An array: items 1, 2, 3, ... and nothing else. */
bool fm_read_array(struct fm_reader *c, uint32_t at, const char *wanted);
/** A text without control characters, not empty; it stands in the tree. */
bool fm_read_text(struct fm_reader *c, uint32_t at, const char *wanted, const char **out);
/** One of `names`, as its number. */
bool fm_read_choice(struct fm_reader *c, uint32_t at, const char *what, const char *const *names,
        size_t count, int *out);
/** A number, or a text with a unit. */
bool fm_read_number(struct fm_reader *c, uint32_t at, const struct fm_range *range, double *out);
/** Four anchors of a term in that unit. */
bool fm_read_curve(struct fm_reader *c, uint32_t at, enum fm_unit unit, struct fm_curve *out);

#endif
