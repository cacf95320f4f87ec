#include "policy/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/locate.h"
#include "policy/near.h"
#include "policy/units.h"

#define SHOWN_TEXT 40

/* ---- errors ---------------------------------------------------------------------------------- */

static void start_line(struct fm_reader *c, uint32_t at, struct fm_text *text)
{
    char path[FM_TREE_PATH];
    unsigned line = fm_locate(c->source->bytes, c->source->len, c->tree, at);
    fm_text_init(text, c->error, c->cap);
    fm_text_adds(text, c->whole->file[c->source->file]);
    if (line)
        fm_text_addf(text, ":%u", line);
    fm_tree_path(c->tree, at, path, sizeof path);
    fm_text_addf(text, ": %s%s", path, path[0] ? ": " : "");
}

/* A text of the policy may hold anything: one line, printable, short. */
static void add_shown(struct fm_text *text, const struct fm_value *value)
{
    char shown[SHOWN_TEXT + 1];
    size_t n = value->text_len < SHOWN_TEXT ? value->text_len : SHOWN_TEXT;
    for (size_t i = 0; i < n; i++)
        shown[i] = value->text[i] >= ' ' && value->text[i] < 0x7f ? value->text[i] : '?';
    shown[n] = '\0';
    fm_text_addf(text, "\"%s%s\"", shown, n < value->text_len ? "..." : "");
}

bool fm_read_bad(struct fm_reader *c, uint32_t at, const char *format, ...)
{
    char message[FM_ERROR_BYTES];
    struct fm_text text;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    start_line(c, at, &text);
    fm_text_adds(&text, message);
    return false;
}

bool fm_read_wrong_type(struct fm_reader *c, uint32_t at, const char *wanted)
{
    const struct fm_value *value = &c->tree->value[at];
    struct fm_text text;
    start_line(c, at, &text);
    fm_text_addf(&text, "wants %s, got ", wanted);
    switch (value->type) {
    case FM_VALUE_BOOL:
        fm_text_adds(&text, value->truth ? "true" : "false");
        break;
    case FM_VALUE_NUMBER:
        fm_text_addf(&text, "the number %.15g", value->number);
        break;
    case FM_VALUE_TEXT:
        fm_text_adds(&text, "the text ");
        add_shown(&text, value);
        break;
    case FM_VALUE_TABLE:
        fm_text_adds(&text, "a table");
        break;
    case FM_VALUE_FUNCTION:
        fm_text_adds(&text, "a function");
        break;
    case FM_VALUE_OTHER:
        fm_text_adds(&text, "what no policy may hold");
    }
    return false;
}

static bool unknown(struct fm_reader *c, uint32_t at, const char *what, const char *word,
        const char *const *names, size_t count)
{
    struct fm_text text;
    start_line(c, at, &text);
    fm_text_adds(&text, what);
    fm_near_say(&text, word, names, count);
    return false;
}

bool fm_read_no_memory(struct fm_reader *c, uint32_t at)
{
    return fm_read_bad(c, at, "out of memory");
}

/* ---- values ---------------------------------------------------------------------------------- */

bool fm_read_keys(struct fm_reader *c, uint32_t at, const char *const *names, size_t count)
{
    if (c->tree->value[at].type != FM_VALUE_TABLE)
        return fm_read_wrong_type(c, at, "a table");
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        uint32_t item = fm_tree_item(c->tree, at, n);
        const char *key = c->tree->value[item].key;
        if (!key)
            return fm_read_bad(c, item, "an item without a name; write name = value");
        size_t i = 0;
        while (i < count && strcmp(names[i], key) != 0)
            i++;
        if (i == count)
            return unknown(c, item, "unknown key", key, names, count);
    }
    return true;
}

bool fm_read_array(struct fm_reader *c, uint32_t at, const char *wanted)
{
    if (c->tree->value[at].type != FM_VALUE_TABLE)
        return fm_read_wrong_type(c, at, wanted);
    for (uint32_t n = 0; n < c->tree->items[at]; n++) {
        uint32_t item = fm_tree_item(c->tree, at, n);
        if (c->tree->value[item].key)
            return fm_read_bad(c, item, "a name where %s is wanted", wanted);
        if (c->tree->value[item].index != n + 1)
            return fm_read_bad(c, at, "item %u is missing", n + 1);
    }
    return true;
}

bool fm_read_text(struct fm_reader *c, uint32_t at, const char *wanted, const char **out)
{
    const struct fm_value *value = &c->tree->value[at];
    if (value->type != FM_VALUE_TEXT)
        return fm_read_wrong_type(c, at, wanted);
    for (size_t i = 0; i < value->text_len; i++) {
        if ((unsigned char)value->text[i] < ' ' || value->text[i] == 0x7f)
            return fm_read_bad(c, at, "holds a control character");
    }
    if (value->text_len == 0)
        return fm_read_bad(c, at, "is empty; wants %s", wanted);
    *out = value->text;
    return true;
}

bool fm_read_choice(struct fm_reader *c, uint32_t at, const char *what, const char *const *names,
        size_t count, int *out)
{
    const char *text;
    if (!fm_read_text(c, at, what, &text))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = (int)i;
            return true;
        }
    }
    char message[96];
    snprintf(message, sizeof message, "\"%.40s\" is no %s", text, what);
    return unknown(c, at, message, text, names, count);
}

bool fm_read_number(struct fm_reader *c, uint32_t at, const struct fm_range *range, double *out)
{
    const struct fm_value *value = &c->tree->value[at];
    char least[FM_UNIT_TEXT], most[FM_UNIT_TEXT];
    double number = value->number;
    if (value->type == FM_VALUE_TEXT) {
        if (!fm_unit_read(range->unit, value->text, value->text_len, &number))
            return fm_read_wrong_type(c, at, fm_unit_hint(range->unit));
    } else if (value->type != FM_VALUE_NUMBER) {
        return fm_read_wrong_type(c, at, fm_unit_hint(range->unit));
    }
    if (!isfinite(number))
        return fm_read_bad(c, at, "is no finite number");
    if (number < range->least || number > range->most)
        return fm_read_bad(c, at, "%.15g is out of range: %s to %s (%s)", number,
                fm_unit_print(range->unit, range->least, least, sizeof least),
                fm_unit_print(range->unit, range->most, most, sizeof most),
                fm_unit_name[range->unit]);
    if (range->whole && number != floor(number))
        return fm_read_bad(c, at, "%.15g is no whole number", number);
    *out = number;
    return true;
}

bool fm_read_curve(struct fm_reader *c, uint32_t at, enum fm_unit unit, struct fm_curve *out)
{
    /* an anchor below what can be measured lifts the worth of what is */
    const double most = unit == FM_SHARE ? 1 : unit == FM_SCORE_UNIT ? 100 : 1e18;
    const struct fm_range range = { unit, -most, most, false };
    struct fm_curve curve;
    if (!fm_read_array(c, at, "four anchors (base, low, medium, high)"))
        return false;
    if (c->tree->items[at] != 4)
        return fm_read_bad(c, at, "wants four anchors (base, low, medium, high), got %u",
                c->tree->items[at]);
    for (uint32_t n = 0; n < 4; n++) {
        if (!fm_read_number(c, fm_tree_item(c->tree, at, n), &range, &curve.at[n]))
            return false;
    }
    double way = curve.at[3] - curve.at[0];
    if (way == 0)
        return fm_read_bad(c, at,
                "the first anchor and the last are equal; a curve rises or falls");
    for (uint32_t n = 1; n < 4; n++) {
        if ((curve.at[n] - curve.at[n - 1]) * way < 0)
            return fm_read_bad(c, fm_tree_item(c->tree, at, n), "a curve that %s may not turn",
                    way > 0 ? "rises" : "falls");
    }
    *out = curve;
    return true;
}

