#include "suricata/common/shorten.h"

#include <stdbool.h>
#include <string.h>

#define DEPTH_MAX 32

static const struct measure {
    unsigned string_bytes, members;
} measures[] = { { 256, 8 }, { 64, 2 } };

struct work {
    const struct measure *measure;
    const char *in, *end;
    char *out;
    size_t cap, used;
    unsigned depth, skipped; /* `skipped`: depth of the array whose further members are left out */
    struct {
        bool array;
        unsigned members;
    } level[DEPTH_MAX];
    bool fits;
};

static void put(struct work *work, const char *bytes, size_t len)
{
    if (work->skipped != 0)
        return;
    if (len > work->cap - work->used) {
        work->fits = false;
        return;
    }
    memcpy(work->out + work->used, bytes, len);
    work->used += len;
}

/* Bytes of one character of a string: an escape or a UTF-8 sequence is never torn. */
static size_t character_bytes(const char *at, const char *end)
{
    size_t len = 1;

    if (*at == '\\')
        len = end - at > 1 && at[1] == 'u' ? 6 : 2;
    else
        while (at + len < end && ((unsigned char)at[len] & 0xc0) == 0x80)
            len++;
    return len < (size_t)(end - at) ? len : (size_t)(end - at);
}

static void copy_string(struct work *work)
{
    size_t copied = 0;

    put(work, work->in++, 1);
    while (work->in < work->end && *work->in != '"') {
        size_t len = character_bytes(work->in, work->end);
        if (copied + len <= work->measure->string_bytes)
            put(work, work->in, len);
        copied += len;
        work->in += len;
    }
    put(work, "\"", 1);
    work->in++;
}

static void open_level(struct work *work)
{
    if (work->depth + 1 >= DEPTH_MAX) {
        work->fits = false;
        return;
    }
    work->depth++;
    work->level[work->depth].array = *work->in == '[';
    work->level[work->depth].members = 1;
    put(work, work->in, 1);
}

static void close_level(struct work *work)
{
    if (work->skipped == work->depth)
        work->skipped = 0;
    put(work, work->in, 1);
    if (work->depth > 0)
        work->depth--;
}

static void next_member(struct work *work)
{
    if (work->skipped == 0 && work->level[work->depth].array
            && work->level[work->depth].members++ == work->measure->members)
        work->skipped = work->depth;
    put(work, work->in, 1);
}

static size_t shorten(char *out, size_t cap, const char *json, size_t len,
        const struct measure *measure)
{
    struct work work = { .measure = measure, .in = json, .end = json + len, .out = out,
        .cap = cap, .fits = true };

    while (work.in < work.end && work.fits) {
        switch (*work.in) {
        case '"':
            copy_string(&work);
            continue;
        case '{':
        case '[':
            open_level(&work);
            break;
        case '}':
        case ']':
            close_level(&work);
            break;
        case ',':
            next_member(&work);
            break;
        default:
            put(&work, work.in, 1);
            break;
        }
        work.in++;
    }
    return work.fits ? work.used : 0;
}

size_t fm_json_shorten(char *out, size_t cap, const char *json, size_t len)
{
    size_t used = 0;

    for (size_t i = 0; used == 0 && i < sizeof(measures) / sizeof(measures[0]); i++)
        used = shorten(out, cap, json, len, &measures[i]);
    return used;
}
