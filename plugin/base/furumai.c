/* The names of the shared enums, as events and policies spell them: one table each, so that a
 * reader and a writer cannot disagree.  A missing name is a compile error. */
#include "furumai.h"

const char *const fm_category_name[] = {
    [FM_C2] = "command_and_control",
    [FM_BOTNET] = "botnet",
    [FM_RECON] = "recon",
    [FM_LATERAL] = "lateral_movement",
    [FM_EXFIL] = "exfiltration",
    [FM_INFO] = "info",
};
_Static_assert(sizeof(fm_category_name) / sizeof(*fm_category_name) == FM_CATEGORIES,
        "a name each");

const char *const fm_status_name[] = {
    [FM_LEARNING] = "learning",
    [FM_TRIAL] = "trial",
    [FM_LIVE] = "live",
    [FM_OFF] = "off",
};
_Static_assert(sizeof(fm_status_name) / sizeof(*fm_status_name) == FM_STATUSES, "a name each");
