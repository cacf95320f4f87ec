/* furumai policy: whether a policy is right, and what it says once all its layers are one. */
#include "base/mem.h"
#include "cli/cli.h"
#include "policy/policy.h"

#include <string.h>
#include <unistd.h>

enum { INTERNAL };

static const struct fm_option options[] = {
    [INTERNAL] = { "internal", "CIDR,...", "what is inside, instead of the policy's own" },
    { .name = NULL },
};

static void print_line(void *arg, const char *text)
{
    (void)arg;
    puts(text);
}

static void print_check(const struct fm_policy *policy, const char *path)
{
    unsigned off = 0;

    for (unsigned i = 0; i < policy->detectors; i++)
        off += policy->tuning[i].status == FM_OFF;
    printf("%s: fine. Preset %s, %u detectors (%u off), %u lists, %s\n",
            path != NULL ? path : "what is built in", fm_preset_name[policy->preset],
            policy->detectors, off, policy->lists,
            policy->has_on_detection ? "with on_detection" : "no function");
}

/* The installed policy, where there is one. */
static const char *usual(void)
{
    static const char installed[] = FM_POLICY_DIR "/policy.lua";

    return access(installed, R_OK) == 0 ? installed : NULL;
}

static int run(const struct fm_call *call)
{
    const char *verb = call->count > 0 ? call->operand[0] : "";
    const char *path = call->count > 1 ? call->operand[1] : usual();
    struct fm_mem mem = { 0 };
    char error[1024] = "";
    bool show = strcmp(verb, "show") == 0;

    if ((!show && strcmp(verb, "check") != 0) || call->count > 2)
        return fm_cli_usage(call, "policy knows check and show, and takes one file or folder");
    struct fm_policy *policy =
            fm_policy_load(&mem, path, call->value[INTERNAL], error, sizeof(error));
    if (policy == NULL)
        return fm_cli_fail("%s", error);
    if (show)
        fm_policy_show(policy, print_line, NULL);
    else
        print_check(policy, path);
    fm_policy_free(policy);
    return FM_EXIT_FINE;
}

const struct fm_command fm_command_policy = {
    .name = "policy",
    .operands = "check|show [FILE]",
    .help = "checks a policy, or shows every value with its origin",
    .more = "FILE is policy.lua or its folder [" FM_POLICY_DIR ", else what is built in].",
    .options = options,
    .run = run,
};
