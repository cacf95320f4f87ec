/* Outbound Port Sweep: an inside host tries a service on many outside addresses, and most fail.
 *
 * What a worm or a bot does on its way to the next victim.  Peer-to-peer programs fail at many
 * outside addresses too, but at ports that their peers chose: high ones, nearly one a host; games
 * and calls use UDP.  So only TCP and pings count, only addresses that no DNS answer named, and a
 * port that is no known service needs `any_port` addresses within `window` instead of `min_hosts`:
 * the programs that all listen on one port (a currency's nodes, say) try one peer after the other.
 * What answered counts among the tries by whatever name: a server's name is often seen in its
 * answer alone, and who reads pages meets a dead address now and then.
 *
 * Browsers try IPv6 first: where it leads nowhere and look-ups are not seen, every site visited is
 * an address that fails; so IPv6 counts for hosts that were answered over it.
 *
 * A resolver meets name servers by addresses that came beside the answers, and asks them over TCP,
 * which many drop; a mail server brings notices to whoever was named as a sender: both are excused.
 *
 * Cannot see: sweeps by UDP, sweeps of names, sweeps slower than min_hosts in a day. */

#include "detect/sweep.h"

enum { MIN_HOSTS, WINDOW, SLOW_HOSTS, SLOW_WINDOW, FAIL_SHARE, ANY_PORT };

static const struct fm_param params[] = {
    [MIN_HOSTS] = { "min_hosts", FM_COUNT, 5, 65535, 10,
            "different failed outside addresses of a known service" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 300, "within so long" },
    [SLOW_HOSTS] = { "slow_hosts", FM_COUNT, 8, 65535, 60, "over the slow window" },
    [SLOW_WINDOW] = { "slow_window", FM_SPAN, 3600, 7 * 86400, 86400, "of a slow sweep" },
    [FAIL_SHARE] = { "fail_share", FM_SHARE, 0.1, 1, 0.3, "of the tries must have failed" },
    [ANY_PORT] = { "any_port", FM_COUNT, 20, 65535, 300,
            "the same for any other port, and pings; within `window` only" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "addresses", FM_THREAT, FM_COUNT, { { 5, 30, 200, 2000 } }, 2, "different ones that failed" },
    { "successes", FM_THREAT, FM_COUNT, { { 0, 5, 20, 100 } }, 1, "tries that were answered" },
    { "addresses", FM_CERTAINTY, FM_COUNT, { { 3, 15, 60, 250 } }, 2,
            "different ones that failed" },
    { "fail_share", FM_CERTAINTY, FM_SHARE, { { 0.1, 0.3, 0.7, 0.95 } }, 2,
            "share of the tries that failed" },
    { "rate", FM_CERTAINTY, FM_RATIO, { { 0.002, 0.02, 0.3, 5 } }, 1, "tries a second" },
    { .name = NULL },
};

/** Services above the well-known ports that worms look for. */
static bool is_service(uint16_t port)
{
    static const uint16_t high[] = { 1433, 1521, 2222, 2323, 3306, 3389, 5432, 5555, 5900, 5985,
        6379, 7547, 8000, 8080, 8081, 8443, 8888, 9200, 9527, 27017, 37215, 52869 };

    for (unsigned i = 0; i < sizeof high / sizeof *high; i++)
        if (port == high[i])
            return true;
    return port && port < 1024;
}

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_try *out)
{
    return fm_learn_reaches(ctx->learn, obs) && fm_sweep_look(ctx, obs, FM_OUTWARD, out) &&
           !(obs->named && out->failed);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    struct fm_sweep_limits limits = {
        .fast = in->param[MIN_HOSTS],
        .slow = in->param[SLOW_HOSTS],
        .fast_window_s = in->param[WINDOW],
        .slow_window_s = in->param[SLOW_WINDOW],
        .fail_share = in->param[FAIL_SHARE],
        .is_service = is_service,
        .any_port = in->param[ANY_PORT],
    };
    struct fm_sweep sweep;

    if (!fm_sweep_measure(in, &limits, &sweep, out))
        return false;
    fm_sweep_tell(in, &sweep, "outside", out);
    return true;
}

static const struct fm_tally_spec spec = {
    .look = look,
    .window = { [FM_FAST] = WINDOW, [FM_SLOW] = SLOW_WINDOW },
};

const struct fm_detector fm_outbound_port_sweep = {
    .name = "outbound_port_sweep",
    .title = "Outbound Port Sweep",
    .category = FM_BOTNET,
    .tactic = { "TA0043" },
    .technique = { "T1595" },
    .help = "an inside host tries a service on many outside addresses, and most fail",
    .look_alikes = "peer-to-peer start-up, a crawler, a mail server, a research scanner",
    .next = "see what the answered ones were sent, and which program does it",
    .family = &fm_tally,
    .key = FM_BY_ENTITY,
    .tally = &spec,
    .needs = { { FM_FLOW_ANSWER, FM_HAS_ANSWER } },
    .assumes = FM_TWO_WAY,
    .excused = 1u << FM_ROLE_SCANNER | 1u << FM_ROLE_PROXY | 1u << FM_ROLE_NAT |
               1u << FM_ROLE_RESOLVER | 1u << FM_ROLE_MAIL,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 3600,
    .params = params,
    .terms = terms,
    .judge = judge,
};
