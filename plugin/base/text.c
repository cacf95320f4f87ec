/* Bounded strings over the caller's bytes.  Invariant: len < cap and at[len] is NUL, whatever was
 * added.  Sizes and spans are written as a person would say them: three significant digits or
 * fewer, and never "1000.0 kB" or "60 s" where the next unit says it better. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void fm_text_init(struct fm_text *text, char *bytes, size_t cap)
{
    *text = (struct fm_text){ .at = bytes, .cap = cap };
    bytes[0] = 0;
}

void fm_text_add(struct fm_text *text, const char *bytes, size_t len)
{
    size_t room = text->cap - 1 - text->len;
    if (len > room) {
        len = room;
        text->cut = true;
    }
    if (len > 0)
        memcpy(text->at + text->len, bytes, len);
    text->len += len;
    text->at[text->len] = 0;
}

void fm_text_adds(struct fm_text *text, const char *string)
{
    fm_text_add(text, string, strlen(string));
}

void fm_text_addf(struct fm_text *text, const char *format, ...)
{
    size_t room = text->cap - text->len;
    va_list args;
    va_start(args, format);
    int wrote = vsnprintf(text->at + text->len, room, format, args);
    va_end(args);
    if (wrote < 0) {
        text->at[text->len] = 0;
        text->cut = true;
    } else if ((size_t)wrote >= room) {
        text->len = text->cap - 1;
        text->cut = true;
    } else {
        text->len += (size_t)wrote;
    }
}

size_t fm_text_name(char *out, size_t cap, const char *name, size_t len)
{
    if (len > 0 && name[len - 1] == '.')
        len--;
    if (len > cap - 1)
        len = cap - 1;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        out[i] = c >= 0x20 && c < 0x7f ? c : '?';
    }
    out[len] = 0;
    return len;
}

char *fm_text_bytes(char *out, size_t cap, double bytes)
{
    static const char *const unit[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
    const char *sign = bytes < 0 ? "-" : "";
    double value = fabs(bytes);
    if (!fm_known(value)) {
        snprintf(out, cap, "unknown");
        return out;
    }
    size_t u = 0;
    if (value < 999.5) {
        snprintf(out, cap, "%s%.0f B", sign, value);
        return out;
    }
    while (u + 1 < sizeof(unit) / sizeof(*unit) && (u == 0 || value >= 999.95)) {
        value /= 1000;
        u++;
    }
    snprintf(out, cap, "%s%.1f %s", sign, value, unit[u]);
    return out;
}

char *fm_text_span(char *out, size_t cap, fm_time span)
{
    static const struct {
        const char *name;
        double us, next; /* how many of them make the next unit */
    } units[] = {
        { "us", 1, 1000 },
        { "ms", 1e3, 1000 },
        { "s", 1e6, 60 },
        { "min", 60e6, 60 },
        { "h", 3600e6, 24 },
        { "d", 86400e6, INFINITY },
    };
    if (span == FM_NEVER) {
        snprintf(out, cap, "never");
        return out;
    }
    const char *sign = span < 0 ? "-" : "";
    double us = fabs((double)span);
    for (size_t u = 0; u < sizeof(units) / sizeof(*units); u++) {
        double value = us / units[u].us;
        double shown = value < 9.95 ? round(value * 10) / 10 : round(value);
        if (shown >= units[u].next)
            continue;
        snprintf(out, cap, "%s%.*f %s", sign, shown < 10 && floor(shown) < shown ? 1 : 0, shown,
                units[u].name);
        break;
    }
    return out;
}

char *fm_text_time(char *out, size_t cap, fm_time at)
{
    int64_t seconds = at / FM_SECOND, us = at % FM_SECOND;
    if (us < 0) {
        us += FM_SECOND;
        seconds--;
    }
    time_t clock = (time_t)seconds;
    struct tm tm;
    struct fm_text text;
    fm_text_init(&text, out, cap);
    if (gmtime_r(&clock, &tm) == NULL)
        return out;
    fm_text_addf(&text, "%04d-%02d-%02dT%02d:%02d:%02d.%06d+0000", tm.tm_year + 1900, tm.tm_mon + 1,
            tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)us);
    return out;
}
