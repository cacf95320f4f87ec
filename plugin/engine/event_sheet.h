/* One event as a tree that is built and then written; what is too large loses rows from the end of
 * those of its lists that may be shortened.  The limit leaves room within FM_EVENT_MAX for the keys
 * that whoever writes the line puts around it (time, five-tuple, sensor name).
 *
 * Numbers have five significant digits, whole ones all of theirs.  Equal input, equal bytes.  Some
 * 60 us and 20 KiB of passing memory an event.  Memory that was out anywhere is told once, by
 * fm_sheet_finish. */
#ifndef FM_ENGINE_EVENT_SHEET_H
#define FM_ENGINE_EVENT_SHEET_H

#include "base/text.h"

#include <jansson.h>

#define FM_SHEET_LISTS 4 /* that may be shortened */

struct fm_sheet {
    json_t *top;
    bool failed; /* memory was out somewhere */
    unsigned lists;
    struct {
        json_t *array, *owner; /* borrowed */
        const char *counter;   /* key of the owner that counts what was left out */
        json_int_t dropped;
    } list[FM_SHEET_LISTS];
};

/** `record`: value of the key "record"; NULL: none. */
void fm_sheet_begin(struct fm_sheet *sheet, const char *record);
/** A list may lose its last rows when there is no room; lists lose theirs in the order given.
 *  `owner`'s key `counter` tells how many, beginning with `dropped`. */
void fm_sheet_may_shorten(struct fm_sheet *sheet, json_t *array, json_t *owner,
        const char *counter, uint64_t dropped);
/** Writes and frees the tree; false: no memory, or even the shortest form did not fit. */
bool fm_sheet_finish(struct fm_sheet *sheet, struct fm_text *out);

/* ---- to put things into it; each value given is the tree's from then on ---- */

void fm_put(struct fm_sheet *sheet, json_t *object, const char *key, json_t *value);
void fm_append(struct fm_sheet *sheet, json_t *array, json_t *value);
/** These three put an empty one and return it, borrowed. */
json_t *fm_put_object(struct fm_sheet *sheet, json_t *object, const char *key);
json_t *fm_put_array(struct fm_sheet *sheet, json_t *object, const char *key);
json_t *fm_append_object(struct fm_sheet *sheet, json_t *array);
void fm_put_count(struct fm_sheet *sheet, json_t *object, const char *key, uint64_t value);
/** Nothing for 0. */
void fm_put_count_if(struct fm_sheet *sheet, json_t *object, const char *key, uint64_t value);
/** Up to the first NULL. */
void fm_put_names(struct fm_sheet *sheet, json_t *object, const char *key,
        const char *const *names, size_t most);

/* ---- values ---- */

/** Text from anywhere, cut after some 1,000 bytes; NULL: null. */
json_t *fm_json_words(const char *string);
/** Unknown: null. */
json_t *fm_json_number(double value);
json_t *fm_json_time(fm_time at);
json_t *fm_json_addr(const struct fm_addr *addr);
/** Sixteen digits. */
json_t *fm_json_hex(uint64_t number);

#endif
