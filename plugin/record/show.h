/* A record as one line of JSON, every field that its `has` allows and every other that is not zero:
 * for `furumai tape show`, for tests that compare, for people.  Not a format to read back. */
#ifndef FM_RECORD_SHOW_H
#define FM_RECORD_SHOW_H

#include "base/text.h"
#include "record/record.h"

/** Adds the line of a valid record to `text`, without a line end.  8 KiB hold any record but one of
 *  long binary strings; text->cut says when not. */
void fm_rec_show(const struct fm_rec *rec, struct fm_text *text);

#endif
