/* A sink that keeps copies of the records it is given and of the lines that are said. */
#ifndef FM_TESTS_COLLECT_H
#define FM_TESTS_COLLECT_H

#include "seeded.h"

#include "record/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLLECT_MAX 256

struct collect {
    struct fm_sink sink;
    struct fm_rec *rec[COLLECT_MAX];
    size_t count, stop_after; /* 0: never stops */
    char said[16][400];
    size_t lines;
};

static bool collect_take(void *arg, struct fm_rec *rec)
{
    struct collect *collect = arg;
    assert_true(fm_rec_valid(rec, rec->size));
    assert_true(collect->count < COLLECT_MAX);
    collect->rec[collect->count] = malloc(rec->size);
    memcpy(collect->rec[collect->count++], rec, rec->size);
    return collect->count != collect->stop_after;
}

static void collect_say(void *arg, const char *line)
{
    struct collect *collect = arg;
    if (collect->lines < 16)
        snprintf(collect->said[collect->lines++], sizeof(collect->said[0]), "%s", line);
}

static inline struct collect *collect_new(void)
{
    struct collect *collect = calloc(1, sizeof(*collect));
    collect->sink = (struct fm_sink){ .arg = collect, .take = collect_take, .say = collect_say };
    return collect;
}

static inline void collect_free(struct collect *collect)
{
    for (size_t i = 0; i < collect->count; i++)
        free(collect->rec[i]);
    free(collect);
}

/* The nth record of a kind, from 0; the test fails when there is none. */
static inline const struct fm_rec *collect_nth(const struct collect *collect, enum fm_kind kind,
        size_t n)
{
    for (size_t i = 0; i < collect->count; i++) {
        if (collect->rec[i]->kind == kind && n-- == 0)
            return collect->rec[i];
    }
    fail_msg("no such %s record", fm_kind_name[kind]);
    return NULL;
}

static inline void assert_str(const struct fm_rec *rec, struct fm_str str, const char *wanted)
{
    size_t len;
    const char *text = fm_rec_str(rec, str, &len);
    assert_int_equal(len, strlen(wanted));
    assert_memory_equal(text, wanted, len);
}

/* A file that the test fills and must unlink. */
static inline void temporary(char *path, size_t cap, const void *bytes, size_t len)
{
    snprintf(path, cap, "/tmp/furumai-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

#endif
