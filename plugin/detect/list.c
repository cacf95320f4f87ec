/* The detectors that are built in, one line each, and what can be asked of any of them. */
#include <string.h>

#include "detect/detector.h"

extern const struct fm_detector fm_account_scan, fm_beacon, fm_brute_force,
        fm_credential_replication, fm_crypto_mining, fm_darknet_scan, fm_data_smuggler,
        fm_hidden_dns_tunnel, fm_hidden_icmp_tunnel, fm_honeypot_touch, fm_malware_update,
        fm_outbound_port_sweep, fm_port_scan, fm_port_sweep, fm_remote_execution, fm_smash_and_grab,
        fm_tor;

const struct fm_detector *const fm_detectors[] = {
    &fm_account_scan,
    &fm_beacon,
    &fm_brute_force,
    &fm_credential_replication,
    &fm_crypto_mining,
    &fm_darknet_scan,
    &fm_data_smuggler,
    &fm_hidden_dns_tunnel,
    &fm_hidden_icmp_tunnel,
    &fm_honeypot_touch,
    &fm_malware_update,
    &fm_outbound_port_sweep,
    &fm_port_scan,
    &fm_port_sweep,
    &fm_remote_execution,
    &fm_smash_and_grab,
    &fm_tor,
};
const unsigned fm_detectors_count = sizeof fm_detectors / sizeof *fm_detectors;
_Static_assert(sizeof fm_detectors / sizeof *fm_detectors <= FM_DETECTORS, "raise FM_DETECTORS");

const char *const fm_unit_name[FM_UNITS] = {
    [FM_COUNT] = "count",
    [FM_SPAN] = "s",
    [FM_BYTES] = "bytes",
    [FM_SHARE] = "share",
    [FM_RATIO] = "ratio",
    [FM_SCORE_UNIT] = "points",
};

const struct fm_detector *fm_detector_find(const char *name)
{
    for (unsigned i = 0; i < fm_detectors_count; i++)
        if (!strcmp(fm_detectors[i]->name, name))
            return fm_detectors[i];
    return NULL;
}

unsigned fm_detector_params(const struct fm_detector *det)
{
    unsigned n = 0;

    while (det->params && n < FM_PARAMS && det->params[n].name)
        n++;
    return n;
}

unsigned fm_detector_terms(const struct fm_detector *det)
{
    unsigned n = 0;

    while (n < FM_TERMS && det->terms[n].name)
        n++;
    return n;
}

void fm_tuning_preset(const struct fm_detector *det, struct fm_tuning *out)
{
    memset(out, 0, sizeof *out);
    out->det = det;
    out->status = det->starts;
    out->budget = det->budget;
    out->quiet_s = det->quiet_s;
    for (unsigned i = 0; i < fm_detector_params(det); i++)
        out->param[i] = det->params[i].preset;
    for (unsigned i = 0; i < fm_detector_terms(det); i++) {
        out->curve[i] = det->terms[i].curve;
        out->weight[i] = det->terms[i].weight;
    }
}

unsigned fm_tuning_count(const struct fm_tuning *tuning)
{
    unsigned n = 0;

    while (n < FM_DETECTORS && tuning[n].det)
        n++;
    return n;
}

unsigned fm_tuning_find(const struct fm_tuning *tuning, const struct fm_detector *det)
{
    for (unsigned i = 0; i < FM_DETECTORS && tuning[i].det; i++)
        if (tuning[i].det->identity == det->identity && !strcmp(tuning[i].det->name, det->name))
            return i;
    return FM_DETECTORS;
}
