/* What the three detectors of sweeps share: one or few services tried on many addresses.  They
 * differ in where the addresses are and in what proves it: inside hosts that do not answer
 * (port_sweep), inside addresses that nobody uses (darknet_scan), outside addresses without a name
 * (outbound_port_sweep).  Only failed first contacts count: a service inside that has answered this
 * host within days is an old acquaintance that is away (an outage, a client switched off). */
#ifndef FM_DETECT_SWEEP_H
#define FM_DETECT_SWEEP_H

#include "detect/tally.h"

/** A try of a sweep: group is the service, item the address.  ICMP requests count as tries whatever
 *  their type; an echo that is answered is no failure. */
bool fm_sweep_look(const struct fm_context *ctx, const struct fm_obs *obs, enum fm_course course,
        struct fm_try *out);

struct fm_sweep {
    double addresses;       /* different ones that failed, over all services found */
    uint32_t tries, fails, dark;
    unsigned services;
    uint16_t port;          /* of the service with the most */
    uint8_t proto;
    const char *kind;       /* "fast", "slow" */
};

/** What is asked of a service's tries before it counts as swept. */
struct fm_sweep_limits {
    double fast, slow;  /* different failed addresses within the windows */
    double fast_window_s, slow_window_s;
    double fail_share;
    bool (*is_service)(uint16_t port); /* NULL: every port is one */
    double any_port;    /* in place of `fast` where the port is none; then there is no `slow` */
    bool only_dark;     /* judge by the tries to dark addresses alone */
};

/** Adds up the services that were swept, a row each; false: none. */
bool fm_sweep_measure(const struct fm_sight *in, const struct fm_sweep_limits *limits,
        struct fm_sweep *out, struct fm_finding *finding);
/** Terms, facts and span that all three tell. */
void fm_sweep_tell(const struct fm_sight *in, const struct fm_sweep *sweep, const char *where,
        struct fm_finding *out);

#endif
