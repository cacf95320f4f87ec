#include "detect/family.h"

bool fm_is_everybodys(const struct fm_context *ctx, uint64_t party, const char *name,
        const struct fm_addr *addr, uint16_t port, double popular)
{
    double share = fm_learn_share(ctx->learn, party);

    return (fm_known(share) && share >= popular) ||
           ctx->listed(ctx->listed_arg, "familiar", name, addr, port);
}

struct fm_sample fm_sample_of(const struct fm_obs *obs)
{
    struct fm_sample sample = {
        .time = obs->time,
        .flow_id = obs->flow_id,
        .peer = obs->server_addr,
        .port = obs->sport,
        .cport = obs->cport,
        .proto = obs->proto,
        .outcome = (uint8_t)obs->answer,
    };

    return sample;
}

void fm_samples_add(struct fm_samples *samples, const struct fm_sample *sample)
{
    enum { HALF = FM_SAMPLES / 2 };

    if (samples->count < HALF)
        samples->first[samples->count] = *sample;
    else
        samples->last[(samples->count - HALF) % HALF] = *sample;
    samples->count++;
}
