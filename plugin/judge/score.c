#include "judge/score.h"

#include <string.h>

static const double worth[4] = { 0, 33, 67, 100 };

double fm_curve_points(const struct fm_curve *curve, double value)
{
    bool falls = curve->at[3] < curve->at[0];

    if (!fm_known(value))
        return FM_UNKNOWN;
    for (unsigned i = 3; i > 0; i--) {
        double low = curve->at[i - 1], high = curve->at[i];
        if (falls ? value <= high : value >= high)
            return worth[i];
        if (falls ? value < low : value > low)
            return worth[i - 1] + (value - low) / (high - low) * (worth[i] - worth[i - 1]);
    }
    return worth[0];
}

struct fm_scores fm_score(const struct fm_detector *det, const struct fm_tuning *tuning,
        const struct fm_finding *finding)
{
    double sum[FM_SCORES] = { 0 }, known[FM_SCORES] = { 0 }, whole[FM_SCORES] = { 0 };
    struct fm_scores out = { .known_share = 0 };
    unsigned terms = fm_detector_terms(det);

    for (unsigned i = 0; i < FM_TERMS; i++)
        out.points[i] = FM_UNKNOWN;
    for (unsigned i = 0; i < terms; i++) {
        enum fm_score score = det->terms[i].score;
        double points = fm_curve_points(&tuning->curve[i], finding->term[i]);
        whole[score] += tuning->weight[i];
        out.points[i] = points;
        if (!fm_known(points))
            continue;
        known[score] += tuning->weight[i];
        sum[score] += tuning->weight[i] * points;
    }
    if (known[FM_THREAT] > 0)
        out.threat = sum[FM_THREAT] / known[FM_THREAT];
    if (known[FM_CERTAINTY] > 0) {
        out.known_share = known[FM_CERTAINTY] / whole[FM_CERTAINTY];
        out.certainty = fmin(sum[FM_CERTAINTY] / known[FM_CERTAINTY], 40 + 60 * out.known_share);
    }
    return out;
}

void fm_score_support(struct fm_scores *scores, double share)
{
    scores->support = share;
    scores->support_points = (100 - scores->certainty) * share;
    scores->certainty += scores->support_points;
}
