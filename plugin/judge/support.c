#include "judge/support.h"

#include <string.h>

static bool is_named(const struct fm_finding *f, const struct fm_alert_note *note)
{
    if (note->category >= 0)
        return (int)f->det->category == note->category;
    return !strcmp(f->det->name, note->type);
}

static bool is_on_flow(const struct fm_support_case *about, const struct fm_alert_note *note)
{
    for (unsigned half = 0; half < 2; half++)
        for (unsigned i = 0; i < about->pieces[half]; i++) {
            const struct fm_sample *s = &about->evidence[half][i];
            if (s->port == note->port && s->cport == note->cport && s->proto == note->proto &&
                    fm_addr_equal(&s->peer, &note->peer))
                return true;
        }
    return false;
}

static bool is_of_party(const struct fm_finding *f, const struct fm_alert_note *note)
{
    if (fm_addr_is_none(&f->peer) && !f->peers && !f->name[0])
        return true;
    if (fm_addr_equal(&f->peer, &note->peer) || (f->name[0] && !strcmp(f->name, note->name)))
        return true;
    for (unsigned i = 0; i < f->peers && i < FM_PEERS; i++)
        if (fm_addr_equal(&f->row[i].addr, &note->peer) ||
                (f->row[i].name[0] && !strcmp(f->row[i].name, note->name)))
            return true;
    return false;
}

bool fm_support_fits(const struct fm_support_case *about, const struct fm_alert_note *note)
{
    if (!note->claim)
        return is_on_flow(about, note);
    return is_named(about->finding, note) &&
           (is_of_party(about->finding, note) || is_on_flow(about, note));
}

/** A free place, or that of the last rule which only stands beside, if `note` does more. */
static struct fm_support_rule *place_for(struct fm_support *support,
        const struct fm_alert_note *note)
{
    struct fm_support_rule *least = NULL;

    for (unsigned i = 0; i < FM_SUPPORT_RULES; i++) {
        struct fm_support_rule *rule = &support->rule[i];
        if (!rule->sid)
            return rule;
        if (!rule->claim && note->claim)
            least = rule;
    }
    return least;
}

bool fm_support_add(struct fm_support *support, const struct fm_alert_note *note)
{
    for (unsigned i = 0; i < FM_SUPPORT_RULES; i++)
        if (support->rule[i].sid == note->sid && support->rule[i].gid == note->gid)
            return false;
    struct fm_support_rule *rule = place_for(support, note);
    if (!rule)
        return false;
    *rule = (struct fm_support_rule){ .time = note->time,
        .flow_id = note->flow_id,
        .sid = note->sid,
        .gid = note->gid,
        .claim = note->claim };
    memcpy(rule->signature, note->signature, sizeof rule->signature);
    return true;
}

double fm_support_share(const struct fm_support *support)
{
    double doubt = 1;

    for (unsigned i = 0; i < FM_SUPPORT_RULES; i++)
        doubt *= 1 - support->rule[i].claim / 100.0;
    return fmin(1 - doubt, FM_CLAIM_MOST / 100.0);
}
