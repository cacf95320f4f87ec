/* Which records to give up.  What nobody answered is the bulk of every flood and scan, and one in N
 * of it, counted N times, tells the same story.  Which one is drawn by a linear congruential
 * generator (its upper bits; Knuth, TAOCP 2, 3.3.4), not counted off: a scan that alternates
 * between two targets must not lose one of them.
 * O(1), no state but a word.  Blind spot: a single unanswered flow is lost with (N-1)/N. */
#include "order/shed.h"

#define START_PCT      75
#define STEP_PCT       5
#define MOST_DOUBLINGS 7 /* a weight is one byte */

static bool unanswered(const struct fm_rec *rec)
{
    if (rec->kind != FM_FLOW_NEW && rec->kind != FM_FLOW_END)
        return false;
    const struct fm_flow *flow = fm_body(rec);
    return flow->answer == FM_NO_ANSWER && (rec->kind == FM_FLOW_NEW || flow->close == FM_OPEN);
}

bool fm_shed_keep(struct fm_shed *shed, struct fm_rec *rec, unsigned fill_pct)
{
    if (fill_pct <= START_PCT || !unanswered(rec))
        return true;
    unsigned doublings = 1 + (fill_pct - START_PCT - 1) / STEP_PCT;
    if (doublings > MOST_DOUBLINGS)
        doublings = MOST_DOUBLINGS;
    shed->turn = shed->turn * 1664525u + 1013904223u;
    if (shed->turn >> (32 - doublings) != 0) {
        shed->shed[rec->kind]++;
        return false;
    }
    unsigned weight = (unsigned)rec->weight << doublings;
    rec->weight = weight < UINT8_MAX ? (uint8_t)weight : UINT8_MAX;
    return true;
}
