/* Port Sweep: one or few ports (or pings) on many inside addresses, most of which do not answer.
 *
 * Who looks for a service does not know who offers it, so its first contacts fail; who works knows
 * (Jung et al. 2004: a failed first contact is four times as likely from a scanner).  A poller's
 * targets answer; a client of a dead server has one target.  Counts different failed addresses a
 * service (family tally, group = service, item = address).  Pings answer oftener than ports,
 * because a host answers them whatever it offers: there a quarter of failures is enough, and fewer
 * addresses.
 *
 * A DHCP server pings each address before it gives it away, and hopes for silence: who gives leases
 * is excused.
 *
 * Cannot see: sweeps by ARP, by UDP, by another port for each address (counting is per service),
 * and sweeps of which only the answers pass the sensor. */
#include "detect/sweep.h"

enum { MIN_HOSTS, WINDOW, SLOW_HOSTS, SLOW_WINDOW, FAIL_SHARE, MIN_PINGED };

static const struct fm_param params[] = {
    [MIN_HOSTS] = { "min_hosts", FM_COUNT, 5, 65535, 15, "different failed addresses of a port" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 600, "within so long" },
    [SLOW_HOSTS] = { "slow_hosts", FM_COUNT, 8, 65535, 30, "over the slow window" },
    [SLOW_WINDOW] = { "slow_window", FM_SPAN, 3600, 7 * 86400, 86400, "of a slow sweep" },
    [FAIL_SHARE] = { "fail_share", FM_SHARE, 0.1, 1, 0.5, "of the tries must have failed" },
    [MIN_PINGED] = { "min_pinged", FM_COUNT, 4, 65535, 6, "different failed addresses of pings" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "addresses", FM_THREAT, FM_COUNT, { { 5, 20, 100, 1000 } }, 2, "different ones that failed" },
    { "concentration", FM_THREAT, FM_SHARE, { { 0.1, 0.25, 0.5, 1 } }, 1, "one service over many" },
    { "addresses", FM_CERTAINTY, FM_COUNT, { { 3, 12, 50, 250 } }, 2,
            "different ones that failed" },
    { "fail_share", FM_CERTAINTY, FM_SHARE, { { 0.2, 0.4, 0.7, 0.95 } }, 1,
            "share of the tries that failed" },
    { "rate", FM_CERTAINTY, FM_RATIO, { { 0.0005, 0.01, 0.3, 5 } }, 1, "tries a second" },
    { .name = NULL },
};

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_try *out)
{
    return fm_sweep_look(ctx, obs, FM_INSIDE, out);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    struct fm_sweep_limits limits = {
        .fast = in->param[MIN_HOSTS],
        .slow = in->param[SLOW_HOSTS],
        .fast_window_s = in->param[WINDOW],
        .slow_window_s = in->param[SLOW_WINDOW],
        .fail_share = in->param[FAIL_SHARE],
    };
    struct fm_sweep sweep;

    if (!fm_sweep_measure(in, &limits, &sweep, out)) {
        limits.fast = in->param[MIN_PINGED];
        limits.fail_share = in->param[FAIL_SHARE] / 2;
        if (!fm_sweep_measure(in, &limits, &sweep, out) || sweep.port)
            return false;
    }
    fm_sweep_tell(in, &sweep, "inside", out);
    return true;
}

static const struct fm_tally_spec spec = {
    .look = look,
    .window = { [FM_FAST] = WINDOW, [FM_SLOW] = SLOW_WINDOW },
};

const struct fm_detector fm_port_sweep = {
    .name = "port_sweep",
    .title = "Port Sweep",
    .category = FM_RECON,
    .tactic = { "TA0007" },
    .technique = { "T1018", "T1046" },
    .help = "one or few ports on many inside addresses, most of which do not answer",
    .look_alikes = "vulnerability scanner, monitoring, inventory, a client whose servers are gone",
    .next = "see which addresses answered and whether the host came back to them",
    .family = &fm_tally,
    .key = FM_BY_ENTITY,
    .tally = &spec,
    .needs = { { FM_FLOW_ANSWER, FM_HAS_ANSWER } },
    .assumes = FM_TWO_WAY,
    .excused = 1u << FM_ROLE_SCANNER | 1u << FM_ROLE_MONITOR | 1u << FM_ROLE_DHCP,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 3600,
    .params = params,
    .terms = terms,
    .judge = judge,
};
