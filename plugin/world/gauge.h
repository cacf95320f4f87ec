/* What the sensor sees, and what it cannot: counts a site from which every assumption of a detector
 * is judged.  Counts halve every hour, so that a repaired mirror port is believed within hours. */
#ifndef FM_WORLD_GAUGE_H
#define FM_WORLD_GAUGE_H

#include "furumai.h"

struct fm_gauge {
    /* conversations, seen both ways, only the client's side, only the server's */
    double two_way, only_client, only_server;
    double midstream, starts;  /* flows whose beginning was missed; all */
    double inside, outward;    /* flows between inside hosts; to the outside */
    double dns;                /* DNS transactions of clients */
    fm_time halved;
};

void fm_gauge_tick(struct fm_gauge *gauge, fm_time now);
/** Does the assumption (FM_TWO_WAY, ... of detect/detector.h, by number) hold?  True while there is
 *  too little to tell. */
bool fm_gauge_two_way(const struct fm_gauge *gauge);
bool fm_gauge_clients_seen(const struct fm_gauge *gauge);
bool fm_gauge_dns_seen(const struct fm_gauge *gauge);
bool fm_gauge_inside_seen(const struct fm_gauge *gauge);

#endif
