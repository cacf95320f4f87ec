/* From the JSON of one transaction to a record's body; used by eve.c alone. */
#ifndef FM_RECORD_EVE_TX_H
#define FM_RECORD_EVE_TX_H

#include "record/record.h"

#include <jansson.h>

/* jansson refuses integers above 2^63 (SMB session ids) and NUL characters (Modbus data) unless
 * told so; a double holds every number that we read exactly. */
#define FM_EVE_JSON (JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

/** Fills the body of `rec`, begun with its kind, from the whole event (or text).  False when the
 *  part that this kind reads is not there. */
bool fm_eve_fill(struct fm_rec *rec, const json_t *event);

/** An alert of a rule that asks for our host bits, as its metadata says (`behavior`): it proves
 *  nothing that was not known. */
bool fm_eve_is_own_alert(const json_t *event);

/** Members of objects; NULL objects have none. */
const char *fm_json_text(const json_t *object, const char *key, size_t *len); /* NULL: none */
bool fm_json_u64(const json_t *object, const char *key, uint64_t *out);
bool fm_json_is(const json_t *object, const char *key, const char *text);

#endif
