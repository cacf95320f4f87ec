/* Any bytes as a policy file, and as the event that its function is called with (what follows the
 * first NUL).  Once as it is and once with an allocation that fails.  Whatever they are: a policy,
 * or one line that says why not, and no byte left behind. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "policy/inside.h"

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("FAIL fuzz_policy: %s\n", #what);                                               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(void *arg, const char *line)
{
    unsigned *lines = arg;
    MUST(strstr(line, " -- "));
    ++*lines;
}

static void check_policy(struct fm_policy *policy, const char *event, size_t event_len)
{
    struct fm_verdict verdict;
    unsigned lines = 0;
    MUST(policy->networks.internal && policy->report_certainty >= 0);
    for (unsigned d = 0; d < policy->detectors; d++) {
        for (unsigned t = 0; t < fm_detector_terms(policy->tuning[d].det); t++)
            MUST(policy->tuning[d].weight[t] > 0 && isfinite(policy->tuning[d].curve[t].at[0]));
    }
    fm_policy_show(policy, look_at, &lines);
    MUST(lines > policy->detectors);
    bool called = fm_policy_on_detection(policy, event, event_len, &verdict);
    MUST(called == policy->has_on_detection);
    MUST(!fm_known(verdict.threat) || (verdict.threat >= 0 && verdict.threat <= 100));
    MUST(verdict.status >= -1 && verdict.status < FM_STATUSES);
}

static void load(const uint8_t *data, size_t len, const char *event, size_t event_len,
        uint64_t fail_at)
{
    struct fm_mem mem = { 0 };
    struct fm_policy_file file = { .origin = FM_FROM_SHIPPED, .len = len };
    const char *name = "policy.lua";
    char error[FM_ERROR_BYTES] = "";
    file.bytes = fm_alloc(&mem, len + 1);
    memcpy(file.bytes, data, len);
    mem.fail_at = fail_at ? mem.calls + fail_at : 0;
    struct fm_policy *policy =
            fm_policy_make(&mem, "/nowhere/", &file, &name, 1, NULL, error, sizeof error);
    if (policy) {
        check_policy(policy, event, event_len);
        fm_policy_free(policy);
    } else {
        MUST(error[0] && !strchr(error, '\n'));
    }
    MUST(mem.used_bytes == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    const char *event = end ? (const char *)end + 1 : "{}";
    size_t event_len = end ? size - len - 1 : 2;
    load(data, len, event, event_len, 0);
    load(data, len, event, event_len, 1 + fm_hash(0, data, size) % 600);
    return 0;
}
