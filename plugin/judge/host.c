#include "judge/host.h"

#include "judge/profile.h"

#include <string.h>

/* How long a category stays worth half: what an intruder did with a host is true for long, what a
 * host was merely seen trying is soon over. */
static const fm_time half_life[FM_CATEGORIES] = {
    [FM_C2] = 3 * FM_DAY,
    [FM_BOTNET] = FM_DAY,
    [FM_RECON] = FM_DAY,
    [FM_LATERAL] = 3 * FM_DAY,
    [FM_EXFIL] = 7 * FM_DAY,
    [FM_INFO] = FM_DAY,
};

static double worth_now(const struct fm_detection *d, fm_time now)
{
    enum fm_category category = d->finding.det->category;
    fm_time age = now > d->last ? now - d->last : 0;

    return exp2(-(double)age / (double)half_life[category]);
}

static bool same_cause(const struct fm_detection *a, const struct fm_detection *b)
{
    uint64_t name = a->finding.key.name, other = b->finding.key.name;

    if (a->finding.det->category != b->finding.det->category)
        return false;
    if (name && other)
        return name == other; /* one name has many addresses */
    return fm_addr_equal(&a->finding.peer, &b->finding.peer);
}

static bool counts(const struct fm_detection *d, const struct fm_entity *entity)
{
    return d->entity.id == entity->id && d->scored && d->rev && d->state != FM_DET_CLOSED;
}

/** Of equals the older is. */
static bool is_stronger(const struct fm_detection *a, const struct fm_detection *b)
{
    if (a->scores.threat != b->scores.threat)
        return a->scores.threat > b->scores.threat;
    return a->opened != b->opened ? a->opened < b->opened : a->id < b->id;
}

/** Whether a stronger detection of the same cause counts already. */
static bool is_support(const struct fm_ledger *ledger, const struct fm_entity *entity,
        const struct fm_detection *d)
{
    for (const struct fm_detection *o = fm_ledger_oldest(ledger); o; o = fm_ledger_newer(ledger, o))
        if (o != d && counts(o, entity) && same_cause(o, d) && is_stronger(o, d))
            return true;
    return false;
}

static void add_stage(struct fm_stage *stage, const struct fm_detection *d)
{
    if (!stage->first || d->finding.first < stage->first)
        stage->first = d->finding.first;
    if (d->last > stage->last)
        stage->last = d->last;
    stage->threat = fmax(stage->threat, d->scores.threat);
}

static void contribute(struct fm_host *host, const struct fm_detection *d, double worth,
        bool support)
{
    if (host->contributions >= FM_CONTRIBUTIONS) {
        host->contributions_dropped++;
        return;
    }
    host->contribution[host->contributions++] = (struct fm_contribution){
        .id = d->id,
        .det = d->finding.det,
        .threat = d->scores.threat * worth,
        .certainty = d->scores.certainty * worth,
        .support = support,
    };
}

void fm_host_judge(const struct fm_ledger *ledger, const struct fm_entity *entity, fm_time now,
        struct fm_host *out)
{
    double harmless = 1, doubtful = 1;
    uint32_t categories = 0;

    memset(out, 0, sizeof *out);
    out->entity = *entity;
    out->at = now;
    for (const struct fm_detection *d = fm_ledger_oldest(ledger); d;
            d = fm_ledger_newer(ledger, d)) {
        if (!counts(d, entity))
            continue;
        double worth = worth_now(d, now);
        bool support = is_support(ledger, entity, d);
        contribute(out, d, worth, support);
        add_stage(&out->stage[d->finding.det->category], d);
        categories |= 1u << d->finding.det->category;
        if (support)
            continue;
        harmless *= 1 - d->scores.threat * worth / 100;
        doubtful *= 1 - d->scores.certainty * worth / 100;
    }
    out->threat = 100 * (1 - harmless);
    out->certainty = 100 * (1 - doubtful);
    out->quadrant = fm_quadrant_of(out->threat, out->certainty);
    out->profile = fm_profile_of(categories, entity->roles);
}

void fm_host_retune(struct fm_host *host, const struct fm_tuning *tuning)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < host->contributions; i++) {
        unsigned at = fm_tuning_find(tuning, host->contribution[i].det);
        if (at == FM_DETECTORS)
            continue;
        host->contribution[kept] = host->contribution[i];
        host->contribution[kept++].det = tuning[at].det;
    }
    host->contributions = kept;
}
