/* Prints the records of a tape, of eve.json or of Zeek logs as lines of JSON, texts turned into
 * bodies: what both sides of a comparison are read from.
 *
 *     show FILE...    exit status 1 when a file or a line could not be read
 */
#include <stdio.h>

#include "record/eve.h"
#include "record/show.h"
#include "record/source.h"

union space {
    struct fm_rec rec;
    char bytes[FM_REC_MAX];
};

static void print(const struct fm_rec *rec)
{
    static char line[1 << 17];
    struct fm_text text;
    fm_text_init(&text, line, sizeof(line));
    fm_rec_show(rec, &text);
    puts(line);
}

static bool take(void *arg, struct fm_rec *rec)
{
    static union space told;
    (void)arg;
    if (!(rec->flags & FM_REC_TEXT)) {
        print(rec);
        return true;
    }
    if (fm_eve_tx(rec, &told.rec))
        print(&told.rec);
    else
        print(rec); /* stands out in the comparison */
    if (fm_eve_inner(rec, &told.rec))
        print(&told.rec);
    return true;
}

static void say(void *arg, const char *line)
{
    (void)arg;
    fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv)
{
    struct fm_mem mem = { 0 };
    struct fm_sink sink = { .take = take, .say = say };
    uint64_t files = 0;
    for (int i = 1; i < argc; i++)
        files += fm_source_read(&mem, argv[i], &sink);
    return files == (uint64_t)argc - 1 && fm_sink_slips(&sink) == 0 ? 0 : 1;
}
