/* Presets: how a site's kind differs from an office, for which the detectors' own tables are made.
 * A row stands here only for a reason that holds before anything was learned; it is shown with the
 * value.  Every row must name a detector and a parameter that exist, in range: a test asks. */
#include <string.h>

#include "policy/inside.h"

const char *const fm_preset_name[FM_PRESETS] = {
    [FM_PRESET_SMALL] = "small",
    [FM_PRESET_OFFICE] = "office",
    [FM_PRESET_DATACENTRE] = "datacentre",
    [FM_PRESET_PLANT] = "plant",
};

const struct fm_preset_row fm_preset_rows[] = {
    { FM_PRESET_SMALL, "beacon", "popular", 0.5,
            "of ten hosts, two that use a party do not make it everybody's" },
    { FM_PRESET_SMALL, "smash_and_grab", "popular", 0.5,
            "of ten hosts, two that use a party do not make it everybody's" },
    { FM_PRESET_SMALL, "crypto_mining", "popular", 0.5,
            "of ten hosts, two that use a party do not make it everybody's" },

    { FM_PRESET_DATACENTRE, "port_scan", "min_ports", 40,
            "balancers, pollers and service discovery try many ports of one server" },
    { FM_PRESET_DATACENTRE, "port_scan", "slow_ports", 80,
            "balancers, pollers and service discovery try many ports of one server" },
    { FM_PRESET_DATACENTRE, "beacon", "min_beats", 20,
            "servers call outside services on a clock: more visits before it decides" },
    { FM_PRESET_DATACENTRE, "smash_and_grab", "min_bytes", 1e9,
            "servers send by the gigabyte" },
    { FM_PRESET_DATACENTRE, "data_smuggler", "min_pull", 1e9,
            "servers copy from one another by the gigabyte" },
    { FM_PRESET_DATACENTRE, "data_smuggler", "min_push", 2e8, "servers send by the gigabyte" },
    { FM_PRESET_DATACENTRE, "port_sweep", "min_hosts", 30,
            "balancers and clusters ask for members that are not there yet" },
    { FM_PRESET_DATACENTRE, "port_sweep", "slow_hosts", 60,
            "balancers and clusters ask for members that are not there yet" },

    { FM_PRESET_PLANT, "port_scan", "min_ports", 8,
            "controllers and panels use a handful of ports, and never explore" },
    { FM_PRESET_PLANT, "port_scan", "slow_ports", 12,
            "controllers and panels use a handful of ports, and never explore" },
    { FM_PRESET_PLANT, "smash_and_grab", "min_bytes", 2e7,
            "little leaves a plant: recipes and reports, not bulk" },
    { FM_PRESET_PLANT, "data_smuggler", "min_pull", 2e7,
            "little is copied in a plant: projects of controllers are megabytes" },
    { FM_PRESET_PLANT, "data_smuggler", "min_push", 4e6,
            "little leaves a plant: recipes and reports, not bulk" },
    { FM_PRESET_PLANT, "port_sweep", "min_hosts", 8,
            "controllers and panels know their peers, and never explore" },
    { FM_PRESET_PLANT, "port_sweep", "slow_hosts", 12,
            "controllers and panels know their peers, and never explore" },
};
const unsigned fm_preset_rows_count = sizeof fm_preset_rows / sizeof fm_preset_rows[0];

int fm_preset_find(const char *name)
{
    for (int i = 0; i < FM_PRESETS; i++) {
        if (strcmp(fm_preset_name[i], name) == 0)
            return i;
    }
    return -1;
}

static void apply_row(struct fm_whole *whole, const struct fm_preset_row *row, unsigned d)
{
    const struct fm_detector *det = whole->pub.tuning[d].det;
    struct fm_tuning *tuning = &whole->pub.tuning[d];
    struct fm_tuning_from *from = &whole->from[d];
    const struct fm_from preset = { FM_FROM_PRESET, 0 };
    if (strcmp(row->key, "budget") == 0) {
        tuning->budget = row->value;
        from->budget = preset;
        from->why[FM_PARAMS] = row->why;
    } else if (strcmp(row->key, "quiet") == 0) {
        tuning->quiet_s = row->value;
        from->quiet = preset;
        from->why[FM_PARAMS + 1] = row->why;
    }
    for (unsigned p = 0; p < fm_detector_params(det); p++) {
        if (strcmp(row->key, det->params[p].name) == 0) {
            tuning->param[p] = row->value;
            from->param[p] = preset;
            from->why[p] = row->why;
        }
    }
}

void fm_preset_apply(struct fm_whole *whole)
{
    for (unsigned r = 0; r < fm_preset_rows_count; r++) {
        const struct fm_preset_row *row = &fm_preset_rows[r];
        for (unsigned d = 0; row->preset == whole->pub.preset && d < whole->pub.detectors; d++) {
            if (strcmp(whole->pub.tuning[d].det->name, row->detector) == 0)
                apply_row(whole, row, d);
        }
    }
}
