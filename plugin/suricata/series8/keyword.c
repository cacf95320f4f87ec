/* The rule keyword `behavior`: asks what is published of a packet's end (common/condition.h has the
 * grammar, common/marks.h the table).  Some 180 instructions a packet (measured in Suricata 8.0.8),
 * two cache lines, no lock; a few while nothing was ever published.
 *
 * Not among the keywords that Suricata asks once a flow ("IP only"): a flow that is open when its
 * host is found out must still match.  Packets without a flow match too; time is the packet's.
 *
 * The table of keywords is Suricata's own structure: the entry is made by its own function, and
 * only where our view of that entry agrees with what was made is the packet's function added.  In a
 * release where it does not, rules with the keyword are refused one by one.
 */
#include "series8.h"

#include "detect-engine-helper.h"
#include "detect-engine-register.h"
#include "detect-parse.h"
#include "detect.h"

#include "suricata/common/condition.h"

#define ERROR_MAX 400
#define INSTEAD "write hostbits:isset,behavior.<name>,src"

static int keyword = -1;
static bool can_match;

int fm_host_keyword(void)
{
    return keyword;
}

static int match(DetectEngineThreadCtx *det_ctx, Packet *p, const Signature *s,
        const SigMatchCtx *ctx);

/* ---- when rules are loaded ---- */

static void release(DetectEngineCtx *de_ctx, void *condition)
{
    (void)de_ctx;
    free(condition);
}

static int refuse(const char *why)
{
    SCLogError("furumai: behavior: %s", why);
    return -1;
}

static int setup(DetectEngineCtx *de_ctx, Signature *s, const char *text)
{
    char bytes[ERROR_MAX];
    struct fm_text error;

    if (!can_match)
        return refuse("not with this release of Suricata; " INSTEAD);
    struct fm_condition *condition = calloc(1, sizeof(*condition));
    if (condition == NULL)
        return refuse("out of memory");
    fm_text_init(&error, bytes, sizeof(bytes));
    if (!fm_condition_read(condition, text, &error)) {
        free(condition);
        return refuse(bytes);
    }
    if (SCSigMatchAppendSMToList(de_ctx, s, (uint16_t)keyword, (SigMatchCtx *)condition,
                DETECT_SM_LIST_MATCH) != NULL)
        return 0;
    free(condition);
    return refuse("out of memory");
}

static const SCSigTableAppLiteElmt element = {
    .name = "behavior",
    .desc = "match on what a host was seen doing",
    .url = "",
    .Setup = setup,
    .Free = release,
};

static void register_keyword(void)
{
    int id = (int16_t)SCDetectHelperKeywordRegister(&element);

    if (id < 0 || id >= DETECT_TBLSIZE) {
        fm_say(FM_SAY_ERROR, "Suricata has no room for the keyword behavior: rules with it fail; "
                             INSTEAD);
        return;
    }
    SigTableElmt *entry = &sigmatch_table[id];
    keyword = id;
    can_match = entry->name == element.name && entry->desc == element.desc &&
                entry->Setup == setup && entry->Free == release && entry->Match == NULL;
    if (can_match)
        entry->Match = match;
}

void fm_keyword_register(void)
{
    if (SCSigTablePreRegister(register_keyword) != 0)
        fm_say(FM_SAY_ERROR, "out of memory: no keyword behavior; rules with it fail; " INSTEAD);
}

/* ---- on the packet path ---- */

static bool asks_truly(const struct fm_condition *condition, const struct fm_marks *marks,
        const Address *end, fm_time now)
{
    struct fm_standing standing;

    if (end->family != AF_INET && end->family != AF_INET6)
        return false;
    struct fm_addr addr = fm_flows_addr(end);
    return fm_marks_find(marks, &addr, condition->name, now, &standing) &&
           fm_condition_holds(condition, &standing, now);
}

static int match(DetectEngineThreadCtx *det_ctx, Packet *p, const Signature *s,
        const SigMatchCtx *ctx)
{
    const struct fm_condition *condition = (const struct fm_condition *)(const void *)ctx;
    const struct fm_marks *marks = fm_life_marks();

    (void)det_ctx, (void)s;
    if (marks == NULL || fm_marks_none(marks))
        return 0;
    fm_time now = (fm_time)SCTIME_SECS(p->ts) * FM_SECOND + (fm_time)SCTIME_USECS(p->ts);
    return (condition->src && asks_truly(condition, marks, &p->src, now)) ||
           (condition->dst && asks_truly(condition, marks, &p->dst, now));
}
