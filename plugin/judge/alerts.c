#include "judge/alerts.h"

#include <string.h>

struct host {
    fm_entity_id entity;
    uint32_t pad;
    struct fm_alert_note naming[FM_ALERTS_NAMING], other[FM_ALERTS_OTHER];
};

struct fm_alerts {
    struct fm_mem *mem;
    struct fm_table *hosts;
};

struct fm_alerts *fm_alerts_new(struct fm_mem *mem, uint32_t cap, uint64_t seed)
{
    struct fm_alerts *all = fm_alloc(mem, sizeof *all);

    if (!all)
        return NULL;
    all->mem = mem;
    all->hosts = fm_table_new(mem, sizeof(fm_entity_id), sizeof(struct host), cap, seed);
    if (!all->hosts) {
        fm_free(mem, all);
        return NULL;
    }
    return all;
}

void fm_alerts_free(struct fm_alerts *all)
{
    if (!all)
        return;
    fm_table_free(all->hosts);
    fm_free(all->mem, all);
}

static bool is_again(const struct fm_alert_note *a, const struct fm_alert_note *b)
{
    bool same_flow = a->cport == b->cport && a->port == b->port && a->proto == b->proto;

    return a->sid == b->sid && a->gid == b->gid && fm_addr_equal(&a->peer, &b->peer) &&
           (a->claim || same_flow);
}

/** Its own place where it is known already, else that of the one longest unseen. */
static struct fm_alert_note *place_for(struct fm_alert_note *row, unsigned rows,
        const struct fm_alert_note *note)
{
    struct fm_alert_note *oldest = row;

    for (unsigned i = 0; i < rows; i++) {
        if (row[i].last && is_again(&row[i], note))
            return &row[i];
        if (row[i].last < oldest->last)
            oldest = &row[i];
    }
    return oldest;
}

void fm_alerts_add(struct fm_alerts *all, fm_entity_id entity, const struct fm_alert_note *note)
{
    struct host *host = fm_table_take(all->hosts, &entity, NULL);

    if (!host)
        return;
    struct fm_alert_note *at = note->claim ? place_for(host->naming, FM_ALERTS_NAMING, note)
                                           : place_for(host->other, FM_ALERTS_OTHER, note);
    if (at->last && is_again(at, note)) {
        at->last = note->last > at->last ? note->last : at->last;
        at->claim = note->claim;
    } else {
        *at = *note;
    }
}

void fm_alerts_of(const struct fm_alerts *all, fm_entity_id entity, fm_time now,
        void (*each)(void *arg, const struct fm_alert_note *note), void *arg)
{
    const struct host *host = fm_table_find(all->hosts, &entity);

    for (unsigned i = 0; host && i < FM_ALERTS_NAMING; i++)
        if (host->naming[i].last && now - host->naming[i].last < FM_ALERT_STANDS)
            each(arg, &host->naming[i]);
    for (unsigned i = 0; host && i < FM_ALERTS_OTHER; i++)
        if (host->other[i].last && now - host->other[i].last < FM_ALERT_STANDS)
            each(arg, &host->other[i]);
}

struct fm_room fm_alerts_room(const struct fm_alerts *all)
{
    return fm_table_room(all->hosts);
}

size_t fm_alerts_cost_bytes(void)
{
    return fm_table_cost_bytes(sizeof(struct host));
}
