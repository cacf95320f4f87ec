/* A detector that is judged as time passes, as the engine does it: over sight.h, with any one list,
 * keeping how often it found something and what it found last. */
#ifndef FM_TESTS_SUSPECT_H
#define FM_TESTS_SUSPECT_H

#include "sight.h"

#include "judge/score.h"

struct watch {
    struct sight *sight;
    struct space space;
    const char *listed; /* "list entry": the only entry of any list; or NULL */
    unsigned found;
    struct fm_finding last;
};

static inline bool watch_listed(void *arg, const char *list, const char *name,
        const struct fm_addr *addr, uint16_t port)
{
    const struct watch *w = arg;
    size_t len = strlen(list), all = strlen(name);
    char text[FM_ADDR_TEXT];

    (void)port;
    if (!w->listed || strncmp(w->listed, list, len) || w->listed[len] != ' ')
        return false;
    const char *entry = w->listed + len + 1;
    size_t tail = strlen(entry);
    if (addr && !strcmp(fm_addr_print(addr, text), entry))
        return true;
    return all >= tail && !strcmp(name + all - tail, entry) &&
           (all == tail || name[all - tail - 1] == '.');
}

static inline struct watch *watch_new(const char *detector)
{
    struct watch *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->sight = sight_new(fm_detector_find(detector));
    w->sight->ctx.listed = watch_listed;
    w->sight->ctx.listed_arg = w;
    return w;
}

static inline void watch_free(struct watch *w)
{
    sight_free(w->sight);
    free(w);
}

/* Time passes; what has become worth it is judged. */
static inline void watch_until(struct watch *w, fm_time now)
{
    struct fm_finding finding;

    if (!sight_judge(w->sight, now, &finding))
        return;
    w->found++;
    w->last = finding;
}

static inline void watch_take(struct watch *w, const struct fm_rec *rec)
{
    watch_until(w, rec->time);
    sight_take(w->sight, rec);
}

static inline struct fm_scores watch_scores(const struct watch *w)
{
    assert_true(w->found > 0);
    return fm_score(w->sight->det, &w->sight->tuning, &w->last);
}

static inline double watch_number(const struct watch *w, const char *name)
{
    return fact_of(&w->last, name)->number;
}

static inline const char *watch_text(const struct watch *w, const char *name)
{
    return fact_of(&w->last, name)->text;
}

#endif
