#include "world/gauge.h"

/* Below so many conversations nothing is judged: a scan alone is no broken mirror. */
#define ENOUGH 8.0

void fm_gauge_tick(struct fm_gauge *gauge, fm_time now)
{
    double *count = &gauge->two_way;
    size_t counts = offsetof(struct fm_gauge, halved) / sizeof *count;

    if (!gauge->halved)
        gauge->halved = now;
    while (now - gauge->halved >= FM_HOUR) {
        for (size_t i = 0; i < counts; i++)
            count[i] /= 2;
        gauge->halved += FM_HOUR;
        if (now - gauge->halved > 64 * FM_HOUR)
            gauge->halved = now - 64 * FM_HOUR;
    }
}

bool fm_gauge_two_way(const struct fm_gauge *gauge)
{
    double one_way = gauge->only_client + gauge->only_server;

    return one_way + gauge->two_way < ENOUGH || gauge->two_way >= one_way;
}

bool fm_gauge_clients_seen(const struct fm_gauge *gauge)
{
    double seen = gauge->two_way + gauge->only_client;

    return seen + gauge->only_server < ENOUGH || seen >= gauge->only_server;
}

bool fm_gauge_dns_seen(const struct fm_gauge *gauge)
{
    return gauge->outward < ENOUGH || gauge->dns * 50 >= gauge->outward;
}

bool fm_gauge_inside_seen(const struct fm_gauge *gauge)
{
    return gauge->outward < 50 * ENOUGH || gauge->inside * 200 >= gauge->outward;
}
