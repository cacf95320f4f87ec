/* Findings made by hand, for tests of judge/. */
#ifndef FM_TESTS_FINDINGS_H
#define FM_TESTS_FINDINGS_H

#include "brain.h"

#include "detect/finding.h"

static struct fm_tuning tuning[FM_DETECTORS];

static inline void tuning_preset(void)
{
    for (unsigned i = 0; i < fm_detectors_count; i++)
        fm_tuning_preset(fm_detectors[i], &tuning[i]);
}

/* Every curve a straight line, so that any points can be asked for. */
static inline void tuning_straight(void)
{
    tuning_preset();
    for (unsigned i = 0; i < fm_detectors_count; i++)
        for (unsigned k = 0; k < FM_TERMS; k++)
            tuning[i].curve[k] = (struct fm_curve){ { 0, 33, 67, 100 } };
}

static inline unsigned detector_index(const char *name)
{
    for (unsigned i = 0; i < fm_detectors_count; i++)
        if (!strcmp(fm_detectors[i]->name, name))
            return i;
    fail_msg("no detector %s", name);
    return 0;
}

/* The value that is worth so many points on the term's curve. */
static inline double value_worth(const struct fm_curve *curve, double points)
{
    static const double worth[] = { 0, 33, 67, 100 };

    for (unsigned i = 1; i < 4; i++)
        if (points <= worth[i]) {
            double share = (points - worth[i - 1]) / (worth[i] - worth[i - 1]);
            return curve->at[i - 1] + share * (curve->at[i] - curve->at[i - 1]);
        }
    return curve->at[3];
}

/* A finding about entity `id` whose scores come out so. */
static inline struct fm_finding finding_of(unsigned det, fm_entity_id id, double threat,
        double certainty, fm_time at)
{
    struct fm_key key = { .entity = id };
    struct fm_finding f;

    fm_finding_init(&f, fm_detectors[det], &key);
    for (unsigned i = 0; i < fm_detector_terms(fm_detectors[det]); i++)
        f.term[i] = value_worth(&tuning[det].curve[i],
                fm_detectors[det]->terms[i].score == FM_THREAT ? threat : certainty);
    f.first = f.last = at;
    return f;
}

#endif
