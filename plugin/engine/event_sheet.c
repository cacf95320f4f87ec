/* See event_sheet.h for what is promised.  Whatever came from the wire is made valid UTF-8: a byte
 * that is none becomes '?'. */
#include "engine/event_sheet.h"

#include "engine/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ENVELOPE 512
#define DUMP (JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6))

/* ---- values ---- */

/* Length of the UTF-8 character at `at`, 0 when there is none (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). */
static size_t utf8_len(const unsigned char *at)
{
    unsigned char least = 0x80, most = 0xbf;
    size_t len;

    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    len = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] == 0xe0)
        least = 0xa0;
    else if (at[0] == 0xed)
        most = 0x9f;
    else if (at[0] == 0xf0)
        least = 0x90;
    else if (at[0] == 0xf4)
        most = 0x8f;
    for (size_t i = 1; i < len; i++, least = 0x80, most = 0xbf)
        if (at[i] < least || at[i] > most)
            return 0;
    return len;
}

json_t *fm_json_words(const char *string)
{
    char clean[1024];
    size_t used = 0;

    if (string == NULL)
        return json_null();
    for (const unsigned char *at = (const unsigned char *)string; *at != '\0';) {
        size_t len = utf8_len(at);
        if (used + 4 >= sizeof(clean))
            break;
        memcpy(clean + used, len ? (const char *)at : "?", len ? len : 1);
        used += len ? len : 1;
        at += len ? len : 1;
    }
    return json_stringn(clean, used);
}

json_t *fm_json_number(double value)
{
    if (!fm_known(value))
        return json_null();
    value = fmax(-9e15, fmin(9e15, value));
    if (value == round(value) || fabs(value) >= 1e5)
        return json_integer((json_int_t)llround(value));
    double scale = pow(10, 4 - floor(log10(fabs(value))));
    double tidy = round(value * scale) / scale;
    return tidy == round(tidy) ? json_integer((json_int_t)tidy) : json_real(tidy);
}

json_t *fm_json_time(fm_time at)
{
    char text[40];

    return json_string(fm_text_time(text, sizeof(text), at));
}

json_t *fm_json_addr(const struct fm_addr *addr)
{
    char text[FM_ADDR_TEXT];

    return json_string(fm_addr_print(addr, text));
}

json_t *fm_json_hex(uint64_t number64)
{
    char text[20];

    snprintf(text, sizeof(text), "%016" PRIx64, number64);
    return json_string(text);
}

/* ---- the tree ---- */

void fm_put(struct fm_sheet *sheet, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        sheet->failed = true;
}

void fm_append(struct fm_sheet *sheet, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        sheet->failed = true;
}

json_t *fm_put_object(struct fm_sheet *sheet, json_t *object, const char *key)
{
    json_t *made = json_object();

    fm_put(sheet, object, key, made);
    return made;
}

json_t *fm_put_array(struct fm_sheet *sheet, json_t *object, const char *key)
{
    json_t *made = json_array();

    fm_put(sheet, object, key, made);
    return made;
}

json_t *fm_append_object(struct fm_sheet *sheet, json_t *array)
{
    json_t *made = json_object();

    fm_append(sheet, array, made);
    return made;
}

void fm_put_count(struct fm_sheet *sheet, json_t *object, const char *key, uint64_t value)
{
    fm_put(sheet, object, key, json_integer((json_int_t)value));
}

void fm_put_count_if(struct fm_sheet *sheet, json_t *object, const char *key, uint64_t value)
{
    if (value != 0)
        fm_put_count(sheet, object, key, value);
}

void fm_put_names(struct fm_sheet *sheet, json_t *object, const char *key,
        const char *const *names, size_t most)
{
    json_t *array = fm_put_array(sheet, object, key);

    for (size_t i = 0; i < most && names[i] != NULL; i++)
        fm_append(sheet, array, fm_json_words(names[i]));
}

void fm_sheet_begin(struct fm_sheet *sheet, const char *record)
{
    *sheet = (struct fm_sheet){ .top = json_object() };
    if (record != NULL)
        fm_put(sheet, sheet->top, "record", json_string(record));
}

void fm_sheet_may_shorten(struct fm_sheet *sheet, json_t *array, json_t *owner, const char *counter,
        uint64_t dropped)
{
    if (sheet->lists == FM_SHEET_LISTS)
        return;
    sheet->list[sheet->lists].array = array;
    sheet->list[sheet->lists].owner = owner;
    sheet->list[sheet->lists].counter = counter;
    sheet->list[sheet->lists].dropped = (json_int_t)dropped;
    sheet->lists++;
    fm_put_count_if(sheet, owner, counter, dropped);
}

/* Takes rows worth `over` bytes from the first list that has any; false: none has. */
static bool shorten(struct fm_sheet *sheet, size_t over)
{
    size_t gone = 0;

    for (unsigned i = 0; i < sheet->lists; i++) {
        json_t *array = sheet->list[i].array;
        json_t *told = json_object_get(sheet->list[i].owner, sheet->list[i].counter);
        size_t rows = json_array_size(array);
        if (rows == 0)
            continue;
        json_int_t dropped = json_is_integer(told) ? json_integer_value(told) : 0;
        for (; rows > 0 && gone < over; rows--, dropped++) {
            const json_t *row = json_array_get(array, rows - 1);
            gone += json_dumpb(row, NULL, 0, DUMP | JSON_ENCODE_ANY) + 1;
            json_array_remove(array, rows - 1);
        }
        fm_put(sheet, sheet->list[i].owner, sheet->list[i].counter, json_integer(dropped));
        return true;
    }
    return false;
}

bool fm_sheet_finish(struct fm_sheet *sheet, struct fm_text *out)
{
    size_t room = out->cap - out->len - 1, size = 0;

    if (room > FM_EVENT_MAX - ENVELOPE)
        room = FM_EVENT_MAX - ENVELOPE;
    while (!sheet->failed && (size = json_dumpb(sheet->top, NULL, 0, DUMP)) > room)
        if (!shorten(sheet, size - room))
            break;
    bool fits = !sheet->failed && size > 0 && size <= room;
    if (fits) {
        out->len += json_dumpb(sheet->top, out->at + out->len, size, DUMP);
        out->at[out->len] = '\0';
    } else {
        out->cut = true;
    }
    json_decref(sheet->top);
    return fits;
}
