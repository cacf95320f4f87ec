/* A whole engine with an outside that writes down what it is told. */
#ifndef FM_TESTS_ENGINES_H
#define FM_TESTS_ENGINES_H

#include "brain.h"

#include "detect/detector.h"
#include "engine/engine.h"

#include <jansson.h>

#define EVENTS 4096

struct office {
    struct fm_engine *engine;
    struct space space;
    unsigned events, lines, marks;
    json_t *event[EVENTS]; /* values of "behavior" */
    char line[256];        /* the last one said */
};

static inline void office_emit(void *arg, const struct fm_event *event)
{
    struct office *office = arg;
    json_t *json = json_loadb(event->json, event->len, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(json);
    assert_true(office->events < EVENTS);
    office->event[office->events++] = json;
}

static inline void office_mark(void *arg, const struct fm_mark *mark)
{
    struct office *office = arg;

    assert_true(mark->what == FM_MARK_SET || mark->what == FM_MARK_WITHDRAW);
    assert_false(fm_addr_is_none(&mark->addr));
    assert_non_null(fm_detector_find(mark->type));
    assert_int_equal(mark->category, fm_detector_find(mark->type)->category);
    assert_true(mark->threat <= 100 && mark->certainty <= 100);
    assert_true(mark->last > 0);
    office->marks++;
}

static inline void office_say(void *arg, enum fm_level level, const char *line)
{
    struct office *office = arg;

    (void)level;
    snprintf(office->line, sizeof office->line, "%s", line);
    office->lines++;
}

static inline struct fm_engine_config office_config(bool offline)
{
    return (struct fm_engine_config){ .offline = offline,
        .source = FM_SURICATA7,
        .internal = "10.0.0.0/8,fd00::/8",
        .memcap_bytes = 32u << 20,
        .sensor = "test" };
}

/* NULL when there is no engine; then the error was told. */
static inline struct office *office_new(const struct fm_engine_config *config)
{
    struct office *office = calloc(1, sizeof *office);
    char error[256] = "";

    assert_non_null(office);
    struct fm_outside outside = { .arg = office,
        .emit = office_emit,
        .mark = office_mark,
        .say = office_say };
    office->engine = fm_engine_new(config, &outside, error, sizeof error);
    if (office->engine)
        return office;
    assert_true(strlen(error) > 5);
    free(office);
    return NULL;
}

static inline void office_work(struct office *office)
{
    while (!fm_clerk_idle(fm_engine_clerk(office->engine)))
        fm_clerk_work(fm_engine_clerk(office->engine), 0);
}

static inline void office_free(struct office *office)
{
    for (unsigned i = 0; i < office->events; i++)
        json_decref(office->event[i]);
    fm_engine_free(office->engine);
    free(office);
}

/* To the end: everything worked off and written down. */
static inline void office_finish(struct office *office)
{
    fm_engine_finish(office->engine, NULL, NULL);
    office_work(office);
}

static inline const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));

    return text ? text : "";
}

/* The nth event of that record and type (NULL: any), from 0; or NULL. */
static inline const json_t *told(const struct office *office, const char *record, const char *type,
        unsigned nth)
{
    for (unsigned i = 0; i < office->events; i++)
        if (!strcmp(text_of(office->event[i], "record"), record) &&
                (!type || !strcmp(text_of(office->event[i], "type"), type)) && nth-- == 0)
            return office->event[i];
    return NULL;
}

static inline const char *host_of(const json_t *event)
{
    return text_of(json_object_get(event, "entity"), "ip");
}

#endif
