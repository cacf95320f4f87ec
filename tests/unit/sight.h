/* A whole detector without an engine: a world, what is learned, and the states of one detector, fed
 * with observations or with records. */
#ifndef FM_TESTS_SIGHT_H
#define FM_TESTS_SIGHT_H

#include "brain.h"

#include "detect/family.h"

#define SIGHT_SEED 7

struct sight {
    struct scene *scene;
    struct fm_learn *learn;
    struct fm_context ctx;
    const struct fm_detector *det;
    struct fm_tuning tuning;
    struct fm_slab *slab;
    struct fm_state *last; /* what the family last said is worth judging */
    const char *listed;    /* a name that the list `familiar` has, or NULL */
};

static inline bool sight_listed(void *arg, const char *list, const char *name,
        const struct fm_addr *addr, uint16_t port)
{
    struct sight *sight = arg;

    (void)addr;
    (void)port;
    return sight->listed && !strcmp(list, "familiar") && !strcmp(name, sight->listed);
}

static inline void sight_see(void *arg, const struct fm_obs *obs)
{
    struct sight *sight = arg;

    sight->ctx.now = obs->time;
    fm_learn_see(sight->learn, obs);
    struct fm_state *state = sight->det->family->observe(sight->det, sight->tuning.param,
            &sight->ctx, sight->slab, obs);
    if (state)
        sight->last = state;
    scene_see(sight->scene, obs);
}

static inline struct sight *sight_new(const struct fm_detector *det)
{
    struct sight *sight = calloc(1, sizeof *sight);
    struct fm_learn_sizes sizes = { .names = 1024, .baselines = 1024 };

    assert_non_null(sight);
    assert_non_null(det);
    sight->scene = scene_new(512, 4096);
    sight->learn = fm_learn_new(&sight->scene->mem, &sizes, SIGHT_SEED);
    sight->slab = fm_slab_new(&sight->scene->mem, det->family->state_bytes, 512, SIGHT_SEED);
    sight->ctx = (struct fm_context){ .world = sight->scene->world,
        .learn = sight->learn,
        .seed = SIGHT_SEED,
        .listed = sight_listed,
        .listed_arg = sight };
    sight->det = sight->ctx.det = det;
    fm_tuning_preset(det, &sight->tuning);
    fm_world_listen(sight->scene->world, sight_see, sight);
    return sight;
}

static inline void sight_free(struct sight *sight)
{
    fm_slab_free(sight->slab);
    fm_learn_free(sight->learn);
    scene_free(sight->scene);
    free(sight);
}

static inline void sight_take(struct sight *sight, const struct fm_rec *rec)
{
    fm_world_advance(sight->scene->world, rec->time);
    fm_world_take(sight->scene->world, rec);
}

/* Judges the state as of `now`. */
static inline bool sight_judge_state(struct sight *sight, const struct fm_state *state, fm_time now,
        struct fm_finding *out)
{
    static struct fm_entity nobody;
    const struct fm_entity *entity =
            fm_entity_find(fm_world_entities(sight->scene->world), state->key.entity);

    sight->ctx.now = now;
    fm_finding_init(out, sight->det, &state->key);
    struct fm_sight in = { .ctx = &sight->ctx,
        .det = sight->det,
        .param = sight->tuning.param,
        .key = &state->key,
        .state = state->bytes,
        .entity = entity ? entity : &nobody };
    if (!sight->det->judge(&in, out))
        return false;
    assert_true(out->first <= out->last);
    assert_true(strlen(out->summary) > 20 && strlen(out->summary) < sizeof out->summary - 1);
    assert_true(out->facts < FM_FACTS); /* none was overwritten */
    return true;
}

/* Judges what was last observed. */
static inline bool sight_judge(struct sight *sight, fm_time now, struct fm_finding *out)
{
    fm_world_advance(sight->scene->world, now);
    return sight->last && sight_judge_state(sight, sight->last, now, out);
}

static inline double term_of(const struct fm_finding *f, const char *name)
{
    for (unsigned i = 0; i < fm_detector_terms(f->det); i++)
        if (!strcmp(f->det->terms[i].name, name))
            return f->term[i];
    fail_msg("no term %s", name);
    return 0;
}

static inline const struct fm_fact *fact_of(const struct fm_finding *f, const char *name)
{
    for (unsigned i = 0; i < f->facts; i++)
        if (!strcmp(f->fact[i].name, name))
            return &f->fact[i];
    fail_msg("no fact %s", name);
    return NULL;
}

#endif
