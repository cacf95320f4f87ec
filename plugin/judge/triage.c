#include "judge/triage.h"

#include <string.h>

const char *const fm_triage_reason_name[FM_TRIAGE_REASONS] = {
    [FM_MISDETECTION] = "misdetection",
    [FM_OVER_DETECTION] = "over_detection",
    [FM_NOISE] = "noise",
};

static bool is_host(const struct fm_triage_rule *rule, const struct fm_entity *entity)
{
    if (!rule->host || fm_prefixes_has(rule->host, &entity->addr[0]))
        return true;
    for (unsigned i = 1; i < entity->addresses && i < FM_ENTITY_ADDRESSES; i++)
        if (fm_prefixes_has(rule->host, &entity->addr[i]))
            return true;
    return false;
}

static bool is_type(const struct fm_triage_rule *rule, const struct fm_detector *det)
{
    if (rule->category >= 0 && det->category != (enum fm_category)rule->category)
        return false;
    return !rule->type[0] || !strcmp(rule->type, det->name);
}

static bool is_name(const char *wanted, const char *name)
{
    size_t longer = strlen(name), len = strlen(wanted);

    if (longer < len || strcmp(name + longer - len, wanted) != 0)
        return false;
    return longer == len || name[longer - len - 1] == '.';
}

static bool is_peer(const struct fm_triage_rule *rule, const struct fm_addr *addr, const char *name)
{
    return rule->peer ? fm_prefixes_has(rule->peer, addr) : is_name(rule->peer_name, name);
}

static bool names_no_peer(const struct fm_triage_rule *rule)
{
    return !rule->peer && !rule->peer_name[0];
}

static bool fits_rows(const struct fm_triage_rule *rule, const struct fm_networks *net,
        const struct fm_finding *f, bool side)
{
    for (unsigned i = 0; i < f->peers; i++) {
        const struct fm_peer *row = &f->row[i];
        const char *name = row->name[0] ? row->name : f->name;
        if (!fm_addr_is_none(&row->addr) && fm_inside(net, &row->addr) == side &&
                !is_peer(rule, &row->addr, name))
            return false;
    }
    return !f->peers_dropped;
}

/** Evidence tells addresses, no names. */
static bool fits_evidence(const struct fm_triage_rule *rule, const struct fm_networks *net,
        const struct fm_triage_case *about, bool side)
{
    for (unsigned half = 0; half < 2; half++)
        for (unsigned i = 0; i < about->pieces[half]; i++) {
            const struct fm_addr *peer = &about->evidence[half][i].peer;
            if (!fm_addr_is_none(peer) && fm_inside(net, peer) == side &&
                    !fm_prefixes_has(rule->peer, peer))
                return false;
        }
    return true;
}

static bool fits_peers(const struct fm_triage_rule *rule, const struct fm_networks *net,
        const struct fm_triage_case *about)
{
    const struct fm_finding *f = about->finding;
    bool side = fm_inside(net, &f->peer);

    return is_peer(rule, &f->peer, f->name) && fits_rows(rule, net, f, side) &&
           (!rule->peer || fits_evidence(rule, net, about, side));
}

struct fm_triage_rule *fm_triage_find(const struct fm_triage *triage,
        const struct fm_triage_case *about)
{
    for (unsigned i = 0; triage && i < triage->rules; i++) {
        struct fm_triage_rule *rule = &triage->rule[i];
        if (is_type(rule, about->finding->det) && is_host(rule, about->entity) &&
                (names_no_peer(rule) || fits_peers(rule, triage->net, about)))
            return rule;
    }
    return NULL;
}

void fm_triage_keep_hits(struct fm_triage *to, const struct fm_triage *from)
{
    for (unsigned i = 0; i < to->rules; i++)
        for (unsigned k = 0; k < from->rules; k++)
            if (to->rule[i].id == from->rule[k].id) {
                to->rule[i].hits = from->rule[k].hits;
                to->rule[i].last_hit = from->rule[k].last_hit;
            }
}
