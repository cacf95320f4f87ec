/* What the tests of the three sweep detectors share: tries of a service at an address, pings, names
 * of the outside, and judging after the answers are due. */
#ifndef FM_TESTS_SWEEPS_H
#define FM_TESTS_SWEEPS_H

#include "sight.h"

static inline void sweep_try(struct sight *s, fm_time at, struct fm_addr client,
        struct fm_addr server, uint16_t port, enum fm_answer answer)
{
    static uint16_t next_port = 20000;
    struct pair p = { .client = client, .server = server, .cport = next_port++, .sport = port };

    if (next_port < 20000)
        next_port = 20000;
    sight_take(s, rec_new(&s->scene->space, at, &p));
    if (answer != FM_NO_ANSWER)
        sight_take(s, rec_answer(&s->scene->space, at + 100, at, &p, answer));
}

static inline void sweep_ping(struct sight *s, fm_time at, struct fm_addr client,
        struct fm_addr server, enum fm_answer answer)
{
    struct pair p = { .client = client, .server = server, .cport = 8, .proto = ICMP };

    sight_take(s, rec_new(&s->scene->space, at, &p));
    if (answer != FM_NO_ANSWER)
        sight_take(s, rec_answer(&s->scene->space, at + 100, at, &p, answer));
}

static inline bool sweep_judge(struct sight *s, fm_time at, struct fm_finding *f)
{
    return sight_judge(s, at + FM_ANSWER_WAIT + FM_SECOND, f);
}

/* A tuning's parameter by its name, so that tests and table cannot part. */
static inline unsigned sweep_param(const struct sight *s, const char *name)
{
    for (unsigned i = 0; i < fm_detector_params(s->det); i++)
        if (!strcmp(s->det->params[i].name, name))
            return (unsigned)s->tuning.param[i];
    fail_msg("no parameter %s", name);
    return 0;
}

#endif
