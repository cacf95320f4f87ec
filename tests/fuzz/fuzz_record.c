/* Any bytes as a record: what is valid must be shown, compared, completed and put on a tape without
 * a byte read outside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/eve.h"
#include "record/recall.h"
#include "record/show.h"

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("FAIL fuzz_record: %s\n", #what);                                               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

union space {
    struct fm_rec rec;
    char bytes[FM_REC_MAX];
};

static void use(const struct fm_rec *rec, size_t size)
{
    static char line[8 * FM_REC_MAX];
    static union space other;
    struct fm_text text;
    struct fm_mem mem = { 0 };
    struct fm_recall *recall = fm_recall_new(&mem);
    fm_text_init(&text, line, sizeof(line));
    fm_rec_show(rec, &text);
    MUST(fm_rec_compare(rec, rec) == 0);
    for (int i = 0; i < 2; i++) {
        const struct fm_rec *more = fm_recall_fill(recall, rec, &other.rec);
        MUST(fm_rec_valid(more, more->size));
        MUST(more->size >= size);
    }
    if (rec->flags & FM_REC_TEXT) {
        MUST(!fm_eve_tx(rec, &other.rec) || fm_rec_valid(&other.rec, other.rec.size));
        MUST(!fm_eve_inner(rec, &other.rec) || fm_rec_valid(&other.rec, other.rec.size));
    }
    fm_recall_free(recall);
    MUST(mem.used_bytes == 0);
}

/* The record alone in memory, so that a byte beyond its end is noticed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FM_REC_MAX)
        size = FM_REC_MAX;
    struct fm_rec *rec = malloc(size ? size : 1);
    memcpy(rec, data, size);
    if (fm_rec_valid(rec, size))
        use(rec, size);
    if (size >= sizeof(*rec)) { /* the same with what is easily wrong put right */
        rec->size = (uint16_t)(size & ~(size_t)7);
        rec->kind %= FM_KINDS;
        rec->weight |= 1;
        rec->time &= INT64_C(0x3ffffffffffff);
        rec->flags &= 0x7f;
        if (fm_rec_valid(rec, rec->size))
            use(rec, rec->size);
    }
    free(rec);
    return 0;
}
