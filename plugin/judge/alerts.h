/* What signatures said of a host, kept for as long as it may support a detection: a day.
 *
 * An alert whose rule names a behaviour (a type or a category) supports the detections of that kind
 * about the same host and the same party or flow.  It claims a percentage: by so much less it is
 * doubtful that the detection is true.  Several rules multiply what they leave doubtful; together
 * they take away half of the doubt at most, so that no rule makes a detection certain, and none
 * makes one less so.  An alert of any other rule on a flow that is evidence only stands beside it.
 *
 * Of a host the last 8 rules that name a behaviour are kept and the last 4 others, so that a noisy
 * rule pushes none out that counts; a rule that fires again for the same party only stands longer.
 * At the cap the host that was longest without an alert leaves, counted.  O(12) an alert.  Lost at
 * a restart; what alerts have added to an open detection is kept with it. */
#ifndef FM_JUDGE_ALERTS_H
#define FM_JUDGE_ALERTS_H

#include "base/table.h"
#include "detect/detector.h"

#define FM_ALERTS_NAMING 8
#define FM_ALERTS_OTHER 4
#define FM_ALERT_STANDS FM_DAY
#define FM_SIGNATURE 96 /* bytes of a rule's text that are kept, the NUL included */
#define FM_CLAIM_PRESET 20 /* percent, where a rule that names a behaviour claims none */
#define FM_CLAIM_MOST 50   /* of one rule, and of all together */

struct fm_alert_note {
    fm_time time, last; /* first and last time it was seen */
    uint64_t flow_id;   /* of the first */
    struct fm_addr peer;
    uint32_t sid, gid;
    uint16_t port, cport; /* of the server and of the client */
    uint8_t proto;
    uint8_t claim;  /* percent; 0: its rule names no behaviour */
    int8_t category; /* enum fm_category, or -1: it names a type */
    char type[FM_NAME];
    char name[FM_NAME]; /* of the outside party, or "" */
    char signature[FM_SIGNATURE];
};

struct fm_alerts;

struct fm_alerts *fm_alerts_new(struct fm_mem *mem, uint32_t cap, uint64_t seed);
void fm_alerts_free(struct fm_alerts *all);
void fm_alerts_add(struct fm_alerts *all, fm_entity_id entity, const struct fm_alert_note *note);
/** Calls `each` for what stands of that host at `now`; the order is always the same. */
void fm_alerts_of(const struct fm_alerts *all, fm_entity_id entity, fm_time now,
        void (*each)(void *arg, const struct fm_alert_note *note), void *arg);
struct fm_room fm_alerts_room(const struct fm_alerts *all);
size_t fm_alerts_cost_bytes(void);

#endif
