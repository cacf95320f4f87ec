#include "judge/kept.h"

#include <string.h>

#include "base/hash.h"

unsigned fm_kept_layout(void)
{
    const uint32_t sizes[] = { sizeof(struct fm_kept_detection), sizeof(struct fm_entity),
        sizeof(struct fm_finding), sizeof(struct fm_fact), sizeof(struct fm_peer),
        sizeof(struct fm_sample), sizeof(struct fm_support), FM_TERMS, FM_FACTS, FM_PEERS,
        FM_EVIDENCE, FM_CATEGORIES, FM_STATUSES, FM_UNITS, FM_TRIAGE_REASONS };

    return (unsigned)fm_hash(0, sizes, sizeof sizes) | 1;
}

static uint64_t form_of(const struct fm_detector *det)
{
    uint64_t form = fm_hash(det->identity, det->name, strlen(det->name));

    for (unsigned i = 0; i < fm_detector_terms(det); i++)
        form = fm_hash(form, det->terms[i].name, strlen(det->terms[i].name));
    return form;
}

static void spell(char *out, const char *word)
{
    if (word)
        memcpy(out, word, strnlen(word, FM_KEPT_WORD - 1));
}

void fm_kept_write(const struct fm_detection *d, struct fm_kept_detection *out)
{
    memset(out, 0, sizeof *out);
    out->form = form_of(d->finding.det);
    memcpy(out->type, d->finding.det->name, strnlen(d->finding.det->name, sizeof out->type - 1));
    spell(out->kind, d->finding.kind);
    out->detection = *d;
    memset(&out->detection.timer, 0, sizeof out->detection.timer);
    out->detection.reason = NULL;
    out->detection.finding.det = NULL;
    out->detection.finding.kind = NULL;
    for (unsigned i = 0; i < d->finding.facts; i++) {
        spell(out->fact[i], d->finding.fact[i].name);
        out->detection.finding.fact[i].name = NULL;
    }
}

static bool makes_sense(const struct fm_kept_detection *kept)
{
    const struct fm_detection *d = &kept->detection;

    return d->rev && d->state != FM_DET_CLOSED && d->finding.facts <= FM_FACTS &&
           d->finding.peers <= FM_PEERS && d->entity.addresses <= FM_ENTITY_ADDRESSES &&
           (unsigned)d->status < FM_STATUSES && (unsigned)d->triage_reason < FM_TRIAGE_REASONS &&
           d->last > 0 && d->last <= FM_TIME_MAX;
}

static unsigned tuning_of(const struct fm_kept_detection *kept, const struct fm_tuning *tuning)
{
    unsigned i = 0, count = fm_tuning_count(tuning);

    while (i < count && (strncmp(tuning[i].det->name, kept->type, sizeof kept->type) != 0 ||
                                form_of(tuning[i].det) != kept->form))
        i++;
    return i < count ? i : FM_DETECTORS;
}

bool fm_kept_read(const struct fm_kept_detection *kept, const struct fm_tuning *tuning,
        struct fm_words *words, struct fm_detection *out)
{
    unsigned det = tuning_of(kept, tuning);

    if (det == FM_DETECTORS || !makes_sense(kept))
        return false;
    *out = kept->detection;
    out->det = det;
    out->finding.det = tuning[det].det;
    if (kept->kind[0] && !(out->finding.kind = fm_words_of(words, kept->kind, FM_KEPT_WORD)))
        return false;
    for (unsigned i = 0; i < out->finding.facts; i++)
        if (!(out->finding.fact[i].name = fm_words_of(words, kept->fact[i], FM_KEPT_WORD)))
            return false;
    return true;
}
