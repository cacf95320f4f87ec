/* The introduction: once, when the first 24 hours have been watched, what was found of the
 * network's own: whose work looks like an intruder's, what the operator may want to put aside (as
 * data to paste), and what cannot be seen from here.
 *
 * Roles and proposals are in a fixed order: equal input, equal event.
 *
 * O(detections^2) once; 20 KiB of passing memory.  Cannot see: a backup server that takes little at
 * a time or at all hours (learn/takers.h), a scanner that scans less often than daily. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/inside.h"

#define AFTER_HOURS 24
#define LEAST_HOSTS 3      /* that do the same to one party, before it is thought of */
#define LEAST_DETECTIONS 3 /* of one type and host */

/* ---- roles ---- */

static const struct {
    enum fm_role role;
    const char *learned; /* what of it shows; NULL: it can only be declared */
} told[] = {
    { FM_ROLE_SCANNER, NULL },
    { FM_ROLE_CONTROLLER, "answers Kerberos" },
    { FM_ROLE_RESOLVER, "answers questions for names" },
    { FM_ROLE_PROXY, "three hosts or more ask it for what other hosts have" },
    { FM_ROLE_BACKUP, "takes much from many hosts, at a few hours, and gives little back" },
    { FM_ROLE_NAT, "four machine names or more behind one address" },
};

static bool is_like_backup(const struct fm_engine *engine, const struct fm_entity *entity,
        struct fm_takings *takings)
{
    return fm_takers_of(fm_learn_takers(engine->learn), entity->id, takings) &&
           fm_takings_like_backup(takings, fm_learn_hosts(engine->learn));
}

/** What only looks like one has no role by that: so does a host on which somebody gathers. */
static bool has_role(const struct fm_engine *engine, const struct fm_entity *entity,
        enum fm_role role)
{
    struct fm_takings takings;

    if (role == FM_ROLE_BACKUP && is_like_backup(engine, entity, &takings))
        return true;
    return entity->roles >> role & 1 || (role == FM_ROLE_NAT && entity->flags & FM_ENTITY_SHARED);
}

static bool is_declared(const struct fm_networks *net, const struct fm_entity *entity,
        enum fm_role role)
{
    const struct fm_addr *addr = &entity->addr[0];

    return fm_roles_declared(net, addr) >> role & 1 ||
           (role == FM_ROLE_NAT && net->shared && fm_prefixes_has(net->shared, addr));
}

/** Puts it into its place by address; the last one leaves when there is no room. */
static void add_role(struct fm_introduction *intro, unsigned first, enum fm_role role,
        const char *reason, const struct fm_entity *entity)
{
    unsigned at = intro->roles;

    while (at > first &&
            fm_addr_compare(&intro->role[at - 1].entity.addr[0], &entity->addr[0]) > 0)
        at--;
    if (intro->roles == FM_INTRODUCED_ROLES)
        intro->roles_dropped++;
    else
        intro->roles++;
    if (at == FM_INTRODUCED_ROLES)
        return;
    memmove(&intro->role[at + 1], &intro->role[at],
            (intro->roles - at - 1) * sizeof intro->role[0]);
    intro->role[at].role = role;
    intro->role[at].reason = reason;
    intro->role[at].entity = *entity;
}

static void find_roles(struct fm_engine *engine, struct fm_introduction *intro)
{
    struct fm_entities *all = fm_world_entities(engine->world);

    for (unsigned i = 0; i < sizeof told / sizeof *told; i++) {
        unsigned first = intro->roles;
        for (struct fm_entity *e = fm_entity_oldest(all); e; e = fm_entity_newer(all, e)) {
            bool here = has_role(engine, e, told[i].role) && !(e->flags & FM_ENTITY_PROBATION);
            bool declared = is_declared(fm_world_net(engine->world), e, told[i].role);
            if (here)
                add_role(intro, first, told[i].role,
                        declared || !told[i].learned ? "declared" : told[i].learned, e);
        }
    }
}

/* ---- proposals ---- */

static bool counts(const struct fm_detection *d)
{
    return d->rev && d->scored;
}

static bool same_party(const struct fm_detection *a, const struct fm_detection *b)
{
    char one[FM_ADDR_TEXT], other[FM_ADDR_TEXT];

    return a->det == b->det && !strcmp(fm_engine_party(a, one), fm_engine_party(b, other));
}

static bool same_host(const struct fm_detection *a, const struct fm_detection *b)
{
    return a->det == b->det && a->entity.id == b->entity.id;
}

/** How many there are like it, itself included; 0: an older one has been asked already. */
static unsigned alike(const struct fm_ledger *ledger, const struct fm_detection *d,
        bool (*same)(const struct fm_detection *a, const struct fm_detection *b))
{
    unsigned count = 0;

    for (const struct fm_detection *o = fm_ledger_oldest(ledger); o;
            o = fm_ledger_newer(ledger, o)) {
        if (!counts(o) || !same(o, d))
            continue;
        if (!count && o != d)
            return 0;
        count++;
    }
    return count;
}

/** A place for it, that of the lightest where there is no other; NULL: it is lighter than all. */
static struct fm_proposal *propose(struct fm_introduction *intro, unsigned weight)
{
    struct fm_proposal *p = &intro->proposal[0];

    if (intro->proposals < FM_INTRODUCED_PROPOSALS) {
        p = &intro->proposal[intro->proposals++];
    } else {
        for (unsigned i = 1; i < FM_INTRODUCED_PROPOSALS; i++)
            if (intro->proposal[i].weight < p->weight)
                p = &intro->proposal[i];
        intro->proposals_dropped++;
        if (p->weight >= weight)
            return NULL;
    }
    p->weight = weight;
    return p;
}

/** Many hosts, one party: everybody's updater, or everybody's intruder. */
static void propose_party(struct fm_introduction *intro, const struct fm_detection *d,
        unsigned hosts)
{
    char text[FM_ADDR_TEXT];
    bool nameable = fm_engine_party(d, text)[0] != '\0';
    struct fm_proposal *p = hosts >= LEAST_HOSTS && nameable ? propose(intro, hosts) : NULL;

    if (!p)
        return;
    fm_engine_propose_party(d, p->rule, sizeof p->rule);
    snprintf(p->reason, sizeof p->reason,
            "%u hosts show %s to it: write this if it is known here, look at them if it is not",
            hosts, d->finding.det->title);
}

static void propose_host(struct fm_introduction *intro, const struct fm_detection *d,
        unsigned detections)
{
    struct fm_proposal *p = detections >= LEAST_DETECTIONS ? propose(intro, detections) : NULL;

    if (!p)
        return;
    fm_engine_propose_host(d, p->rule, sizeof p->rule);
    snprintf(p->reason, sizeof p->reason, "%u times %s within a day: write this if it is its work",
            detections, d->finding.det->title);
}

static bool is_recon(const struct fm_detection *d, const struct fm_detection *of)
{
    return d->finding.det->category == FM_RECON && d->entity.id == of->entity.id;
}

/** Several kinds of reconnaissance by one host: somebody's scanner, or a scanner. */
static void propose_scanner(const struct fm_ledger *ledger, struct fm_introduction *intro,
        const struct fm_detection *d)
{
    char text[FM_ADDR_TEXT];
    unsigned kinds = 0;

    if (d->finding.det->category != FM_RECON || alike(ledger, d, is_recon) < 2)
        return;
    for (const struct fm_detection *o = fm_ledger_oldest(ledger); o; o = fm_ledger_newer(ledger, o))
        kinds += counts(o) && is_recon(o, d) && alike(ledger, o, same_host) > 0;
    struct fm_proposal *p = kinds >= 2 ? propose(intro, kinds) : NULL;
    if (!p)
        return;
    snprintf(p->rule, sizeof p->rule, "networks = { roles = { scanner = { \"%s\" } } }",
            fm_addr_print(&d->entity.addr[0], text));
    snprintf(p->reason, sizeof p->reason,
            "%u kinds of reconnaissance within a day: write this if scanning is its work", kinds);
}

/** Somebody's backup server, or a host on which somebody gathers what others have. */
static void propose_backups(struct fm_engine *engine, struct fm_introduction *intro)
{
    struct fm_entities *all = fm_world_entities(engine->world);
    char text[FM_ADDR_TEXT], bytes[32];
    struct fm_takings t;

    for (struct fm_entity *e = fm_entity_oldest(all); e; e = fm_entity_newer(all, e)) {
        if (!is_like_backup(engine, e, &t) ||
                is_declared(fm_world_net(engine->world), e, FM_ROLE_BACKUP))
            continue;
        struct fm_proposal *p = propose(intro, (unsigned)t.givers);
        if (!p)
            continue;
        snprintf(p->rule, sizeof p->rule, "networks = { roles = { backup = { \"%s\" } } }",
                fm_addr_print(&e->addr[0], text));
        snprintf(p->reason, sizeof p->reason,
                "took %s from %.0f hosts within %u hours of the day: write this if it is your "
                "backup, look at it if it is not",
                fm_text_bytes(bytes, sizeof bytes, t.taken), t.givers, t.hours);
    }
}

static int by_weight(const void *a, const void *b)
{
    const struct fm_proposal *one = a, *other = b;

    if (one->weight != other->weight)
        return one->weight > other->weight ? -1 : 1;
    return strcmp(one->rule, other->rule);
}

static void find_proposals(struct fm_engine *engine, struct fm_introduction *intro)
{
    const struct fm_ledger *ledger = engine->ledger;

    for (const struct fm_detection *d = fm_ledger_oldest(ledger); d;
            d = fm_ledger_newer(ledger, d)) {
        if (!counts(d))
            continue;
        propose_scanner(ledger, intro, d);
        propose_party(intro, d, alike(ledger, d, same_party));
        propose_host(intro, d, alike(ledger, d, same_host));
    }
    propose_backups(engine, intro);
    qsort(intro->proposal, intro->proposals, sizeof intro->proposal[0], by_weight);
}

/* ---- the event ---- */

static void introduce(struct fm_engine *engine)
{
    struct fm_introduction *intro = fm_alloc(&engine->mem, sizeof *intro);
    char bytes[FM_EVENT_MAX];
    struct fm_text text;

    if (!intro)
        return;
    intro->hours = fm_learn_hours(engine->learn) - 1;
    intro->hosts = fm_learn_hosts(engine->learn);
    find_roles(engine, intro);
    find_proposals(engine, intro);
    intro->detectors = engine->policy->detectors;
    intro->tuning = engine->policy->tuning;
    for (unsigned i = 0; i < intro->detectors; i++)
        intro->blind[i] = fm_run_blind(engine->run, i);
    fm_text_init(&text, bytes, sizeof bytes);
    if (fm_event_introduction(&text, intro)) {
        struct fm_event event = { .time = engine->now, .json = text.at, .len = text.len };
        engine->events += fm_clerk_emit(engine->clerk, &event, false);
    }
    fm_free(&engine->mem, intro);
}

void fm_engine_introduce(struct fm_engine *engine)
{
    if (engine->introduced || fm_learn_hours(engine->learn) <= AFTER_HOURS)
        return;
    introduce(engine);
    engine->introduced = true;
    fm_engine_keep_introduced(engine);
}
