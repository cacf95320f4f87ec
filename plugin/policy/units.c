/* Suffixes in two tables, searched from the largest; no strtod, whose decimal point the locale of
 * the host program would choose. */
#include "policy/units.h"

#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 15 /* more would not be exact in a double */
#define EXACT 1e15

struct suffix {
    const char *name;
    double worth;
    bool printed;
};

static const struct suffix spans[] = {
    { "w", 604800, false },
    { "d", 86400, true },
    { "h", 3600, true },
    { "m", 60, true },
    { "s", 1, true },
    { "ms", 0.001, false },
    { NULL },
};

static const struct suffix sizes[] = {
    { "TB", 1e12, true },
    { "GB", 1e9, true },
    { "MB", 1e6, true },
    { "KB", 1e3, true },
    { "kB", 1e3, false },
    { "B", 1, false },
    { "TiB", 1099511627776.0, false },
    { "GiB", 1073741824.0, false },
    { "MiB", 1048576.0, false },
    { "KiB", 1024.0, false },
    { NULL },
};

static const struct suffix *suffixes(enum fm_unit unit)
{
    return unit == FM_SPAN ? spans : unit == FM_BYTES ? sizes : NULL;
}

/* Digits with at most one point; returns the bytes used, 0 when it is no number. */
static size_t read_number(const char *text, size_t len, double *out)
{
    double value = 0, place = 1;
    size_t i = 0, digits = 0;
    bool point = false;
    for (; i < len; i++) {
        if (text[i] == '.' && !point) {
            point = true;
        } else if (text[i] >= '0' && text[i] <= '9') {
            value = value * 10 + (text[i] - '0');
            place *= point ? 10 : 1;
            digits++;
        } else {
            break;
        }
    }
    if (digits == 0 || digits > DIGITS_MAX || text[i - 1] == '.')
        return 0;
    *out = value / place;
    return i;
}

bool fm_unit_read(enum fm_unit unit, const char *text, size_t len, double *out)
{
    const struct suffix *suffix = suffixes(unit);
    double number;
    size_t used = suffix ? read_number(text, len, &number) : 0;
    if (used == 0)
        return false;
    if (used < len && text[used] == ' ')
        used++;
    for (; suffix->name; suffix++) {
        if (strlen(suffix->name) == len - used &&
                memcmp(suffix->name, text + used, len - used) == 0) {
            *out = number * suffix->worth;
            return true;
        }
    }
    return false;
}

char *fm_unit_print(enum fm_unit unit, double value, char *out, size_t cap)
{
    for (const struct suffix *s = suffixes(unit); s && s->name && value > 0; s++) {
        if (s->printed && fmod(value, s->worth) == 0 && value / s->worth < EXACT) {
            snprintf(out, cap, "\"%.15g%s\"", value / s->worth, s->name);
            return out;
        }
    }
    snprintf(out, cap, "%.15g", value);
    return out;
}

const char *fm_unit_hint(enum fm_unit unit)
{
    switch (unit) {
    case FM_SPAN:
        return "seconds, or a text such as \"90s\", \"15m\", \"1h\", \"7d\"";
    case FM_BYTES:
        return "bytes, or a text such as \"64KiB\", \"100MB\", \"2GB\"";
    case FM_SHARE:
        return "a number from 0 to 1";
    default:
        return "a number";
    }
}
