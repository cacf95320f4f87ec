/* A folder of policy files for one test, gone afterwards. */
#ifndef FM_TESTS_UNIT_POLICY_FIXTURE_H
#define FM_TESTS_UNIT_POLICY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/policy.h"

struct site {
    char folder[64];
    char made[32][160]; /* what to remove, in reverse order */
    unsigned count;
    struct fm_mem mem;
    char error[512];
};

static inline void site_open(struct site *site)
{
    memset(site, 0, sizeof *site);
    snprintf(site->folder, sizeof site->folder, "/tmp/furumai-policy-XXXXXX");
    assert_non_null(mkdtemp(site->folder));
}

static inline void site_folder(struct site *site, const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", site->folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    memcpy(site->made[site->count++], path, sizeof path);
}

static inline const char *site_write(struct site *site, const char *name, const char *text)
{
    char path[160];
    unsigned i = 0;
    snprintf(path, sizeof path, "%s/%s", site->folder, name);
    while (i < site->count && strcmp(site->made[i], path) != 0)
        i++;
    if (i == site->count)
        memcpy(site->made[site->count++], path, sizeof path);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
    return site->made[i];
}

static inline struct fm_policy *site_load(struct site *site)
{
    return fm_policy_load(&site->mem, site->folder, NULL, site->error, sizeof site->error);
}

/* Loads what must be right. */
static inline struct fm_policy *site_good(struct site *site, const char *policy)
{
    site_write(site, "policy.lua", policy);
    struct fm_policy *loaded = site_load(site);
    if (!loaded)
        fail_msg("%s", site->error);
    return loaded;
}

static inline void site_close(struct site *site)
{
    assert_int_equal(site->mem.used_bytes, 0);
    while (site->count)
        remove(site->made[--site->count]);
    assert_int_equal(rmdir(site->folder), 0);
}

static inline unsigned detector_number(const char *name)
{
    for (unsigned d = 0; d < fm_detectors_count; d++) {
        if (strcmp(fm_detectors[d]->name, name) == 0)
            return d;
    }
    fail_msg("no detector %s", name);
    return 0;
}

static inline double *param_of(struct fm_policy *policy, const char *detector, const char *name)
{
    unsigned d = detector_number(detector);
    for (unsigned p = 0; p < fm_detector_params(fm_detectors[d]); p++) {
        if (strcmp(fm_detectors[d]->params[p].name, name) == 0)
            return &policy->tuning[d].param[p];
    }
    fail_msg("no parameter %s.%s", detector, name);
    return NULL;
}

#endif
