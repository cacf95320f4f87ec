/* Any bytes as lines of eve.json, and as the text of a transaction of each kind: every record that
 * comes out is valid. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/eve.h"

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("FAIL fuzz_eve: %s\n", #what);                                                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *arg, struct fm_rec *rec)
{
    (void)arg;
    MUST(fm_rec_valid(rec, rec->size));
    MUST(!(rec->flags & FM_REC_TEXT));
    return true;
}

static void lines(const char *bytes, size_t size)
{
    struct fm_mem mem = { 0 };
    struct fm_sink sink = { .take = take };
    struct fm_eve *eve = fm_eve_new(&mem);
    char why[160];
    for (size_t at = 0; at < size;) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t len = end ? (size_t)(end - bytes) - at : size - at;
        enum fm_line read = fm_eve_line(eve, bytes + at, len, &sink, why);
        MUST(read != FM_LINE_BROKEN || why[0]);
        at += len + 1;
    }
    fm_eve_free(eve);
    MUST(mem.used_bytes == 0);
}

static void texts(const char *bytes, size_t size)
{
    static union {
        struct fm_rec rec;
        char bytes[FM_REC_MAX];
    } text, told;
    for (enum fm_kind kind = FM_HTTP; kind <= FM_ALERT; kind++) {
        struct fm_rec_text *body = fm_rec_begin_text(&text.rec, kind);
        fm_rec_put(&text.rec, &body->json, bytes, size, 4096);
        if (fm_eve_tx(&text.rec, &told.rec))
            MUST(fm_rec_valid(&told.rec, told.rec.size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lines((const char *)data, size);
    texts((const char *)data, size);
    return 0;
}
