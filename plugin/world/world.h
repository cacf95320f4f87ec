/* What there is: entities, flows, names, and what can be seen.  Records go in, in order; each
 * becomes observations, told to one listener at once.  Deadlines (a flow that nobody answered, a
 * visit that lasts) fire as time is advanced. */
#ifndef FM_WORLD_WORLD_H
#define FM_WORLD_WORLD_H

#include "world/entity.h"
#include "world/gauge.h"
#include "world/names.h"
#include "world/obs.h"

#define FM_ANSWER_WAIT (10 * FM_SECOND) /* a flow without an answer for so long has none */
#define FM_VISIT_WAIT FM_MINUTE         /* a flow still open after so long is told as a visit */

struct fm_world;

struct fm_world_sizes {
    uint32_t entities, flows, names;
};

struct fm_world *fm_world_new(struct fm_mem *mem, const struct fm_networks *net,
        const struct fm_world_sizes *sizes, uint64_t seed);
void fm_world_free(struct fm_world *world);
void fm_world_networks(struct fm_world *world, const struct fm_networks *net);
void fm_world_listen(struct fm_world *world, void (*see)(void *arg, const struct fm_obs *obs),
        void *arg);

void fm_world_take(struct fm_world *world, const struct fm_rec *rec);
/** Fires what is due. */
void fm_world_advance(struct fm_world *world, fm_time now);

struct fm_entities *fm_world_entities(struct fm_world *world);
struct fm_names *fm_world_names(struct fm_world *world);
const struct fm_networks *fm_world_net(const struct fm_world *world);
struct fm_gauge *fm_world_gauge(struct fm_world *world);
uint32_t fm_world_flows(const struct fm_world *world);
uint32_t fm_world_flows_cap(const struct fm_world *world);
uint64_t fm_world_flows_evicted(const struct fm_world *world);
size_t fm_world_flow_cost_bytes(void);

#endif
