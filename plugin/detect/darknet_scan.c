/* Darknet Scan: contacts to many inside addresses that nobody has been seen using, over a longer
 * period.
 *
 * Nobody has business with an address that nobody uses.  What makes an address dark is that no host
 * there was ever seen to take part in a conversation, which means nothing until the network has
 * been watched for a day: before that this detector is silent and port_sweep has the word.  A
 * machine that still asks for withdrawn servers has few such addresses; a scanner has many.
 *
 * Same counting as port_sweep, with services of which nine in ten failures were dark.
 *
 * Cannot see: a scan that tries each address on a port of its own, for counting is per service; one
 * slower than slow_dark addresses in slow_window; what port_sweep cannot. */
#include "detect/sweep.h"

#define WATCHED_HOURS 24

enum { MIN_DARK, WINDOW, SLOW_DARK, SLOW_WINDOW };

static const struct fm_param params[] = {
    [MIN_DARK] = { "min_dark", FM_COUNT, 5, 65535, 30, "different dark addresses" },
    [WINDOW] = { "window", FM_SPAN, 60, 86400, 3600, "within so long" },
    [SLOW_DARK] = { "slow_dark", FM_COUNT, 8, 65535, 60, "over the slow window" },
    [SLOW_WINDOW] = { "slow_window", FM_SPAN, 3600, 7 * 86400, 86400, "of a slow scan" },
    { .name = NULL },
};

static const struct fm_term terms[] = {
    { "addresses", FM_THREAT, FM_COUNT, { { 10, 40, 200, 2000 } }, 2, "different dark ones" },
    { "addresses", FM_CERTAINTY, FM_COUNT, { { 10, 30, 100, 500 } }, 1, "different dark ones" },
    { "fail_share", FM_CERTAINTY, FM_SHARE, { { 0.5, 0.7, 0.9, 1 } }, 1,
            "share of the tries that failed" },
    { "concentration", FM_CERTAINTY, FM_SHARE, { { 0.1, 0.25, 0.5, 1 } }, 1,
            "one service over many" },
    { .name = NULL },
};

static bool look(const struct fm_context *ctx, const struct fm_obs *obs, struct fm_try *out)
{
    return fm_learn_hours(ctx->learn) >= WATCHED_HOURS && fm_sweep_look(ctx, obs, FM_INSIDE, out);
}

static bool judge(const struct fm_sight *in, struct fm_finding *out)
{
    struct fm_sweep_limits limits = {
        .fast = in->param[MIN_DARK],
        .slow = in->param[SLOW_DARK],
        .fast_window_s = in->param[WINDOW],
        .slow_window_s = in->param[SLOW_WINDOW],
        .fail_share = 0.5,
        .only_dark = true,
    };
    struct fm_sweep sweep;

    if (!fm_sweep_measure(in, &limits, &sweep, out))
        return false;
    fm_sweep_tell(in, &sweep, "unused inside", out);
    return true;
}

static const struct fm_tally_spec spec = {
    .look = look,
    .window = { [FM_FAST] = WINDOW, [FM_SLOW] = SLOW_WINDOW },
};

const struct fm_detector fm_darknet_scan = {
    .name = "darknet_scan",
    .title = "Internal Darknet Scan",
    .category = FM_RECON,
    .tactic = { "TA0007" },
    .technique = { "T1018" },
    .help = "contacts to many inside addresses that nobody has been seen using",
    .look_alikes = "inventory, a machine that asks for withdrawn servers, a new subnet",
    .next = "see which program asks, and whether the addresses were ever in use",
    .family = &fm_tally,
    .key = FM_BY_ENTITY,
    .tally = &spec,
    .needs = { { FM_FLOW_ANSWER, FM_HAS_ANSWER } },
    .assumes = FM_TWO_WAY,
    .excused = 1u << FM_ROLE_SCANNER | 1u << FM_ROLE_MONITOR | 1u << FM_ROLE_DHCP,
    .starts = FM_LIVE,
    .budget = 1.0,
    .quiet_s = 7200,
    .params = params,
    .terms = terms,
    .judge = judge,
};
