#include "record/sink.h"

#include "base/text.h"

#include <inttypes.h>

const char *const fm_slip_name[FM_SLIPS] = {
#define X(slip, name, what, remedy) [slip] = name,
    FM_SLIPS_LIST(X)
#undef X
};

static const struct {
    const char *what, *remedy;
} wording[FM_SLIPS] = {
#define X(slip, name, what, remedy) [slip] = { what, remedy },
    FM_SLIPS_LIST(X)
#undef X
};

bool fm_sink_take(struct fm_sink *sink, struct fm_rec *rec)
{
    sink->records[rec->kind]++;
    if (!sink->take(sink->arg, rec))
        sink->stopped = true;
    return !sink->stopped;
}

static bool is_decade(uint64_t n)
{
    while (n >= 10 && n % 10 == 0)
        n /= 10;
    return n == 1;
}

void fm_sink_slip(struct fm_sink *sink, enum fm_slip slip, const char *file, uint64_t line,
        const char *detail)
{
    char bytes[1024];
    struct fm_text text;
    uint64_t n = ++sink->slips[slip];
    if (!sink->say || !is_decade(n))
        return;
    fm_text_init(&text, bytes, sizeof(bytes));
    fm_text_addf(&text, "%s:", file);
    if (line)
        fm_text_addf(&text, "%" PRIu64 ":", line);
    fm_text_addf(&text, " %s", wording[slip].what);
    if (detail)
        fm_text_addf(&text, " (%s)", detail);
    fm_text_addf(&text, "; %s", wording[slip].remedy);
    if (n > 1)
        fm_text_addf(&text, " [%" PRIu64 " so far]", n);
    for (size_t i = 0; i < text.len; i++) { /* what a file says must not steer a terminal */
        if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f)
            bytes[i] = '?';
    }
    sink->say(sink->arg, bytes);
}

uint64_t fm_sink_slips(const struct fm_sink *sink)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < FM_SLIPS; i++)
        n += sink->slips[i];
    return n;
}
