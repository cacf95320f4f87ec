/* A table for people: cells first, then all columns as wide as their widest cell.  What comes from
 * the wire cannot steer the terminal: control characters become '?'.  Width counts characters. */
#ifndef FM_CLI_GRID_H
#define FM_CLI_GRID_H

#include <stdio.h>

struct fm_grid;

/** `heads`: a name a column, with a leading '>' for one that is set to the right.  NULL when memory
 *  is out; the functions below then do nothing. */
struct fm_grid *fm_grid_new(unsigned columns, const char *const *heads);
void fm_grid_free(struct fm_grid *grid);
/** The next cell, row by row. */
void fm_grid_add(struct fm_grid *grid, const char *text);
void fm_grid_addf(struct fm_grid *grid, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
void fm_grid_print(const struct fm_grid *grid, FILE *out, unsigned indent);

#endif
