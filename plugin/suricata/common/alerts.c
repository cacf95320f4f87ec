/* Alerts of a packet as records: the rule's numbers, its texts, and what its metadata says of
 * technique, confidence and behaviour.  Looks into Signature, which both series lay out their own
 * way but under the same names.  No allocation.
 */
#include "suricata/common/adapter.h"

#include "detect-engine-register.h"
#include "detect-metadata.h"
#include "detect-xbits.h"
#include "detect.h"

#define SIGNATURE_MAX 256
#define CATEGORY_MAX 96
#define METADATA_MAX 32

static void put_text(struct fm_rec *rec, struct fm_str *str, const char *text, size_t max)
{
    if (text != NULL)
        fm_rec_put(rec, str, text, strlen(text), max);
}

static const char *metadata(const Signature *s, const char *key)
{
    if (s->metadata == NULL)
        return NULL;
    for (const DetectMetadata *m = s->metadata->list; m != NULL; m = m->next)
        if (strcmp(m->key, key) == 0)
            return m->value;
    return NULL;
}

static bool asks_for_us(const Signature *s)
{
    const SigMatchData *match = s->sm_arrays[DETECT_SM_LIST_MATCH];

    for (; match != NULL; match = match->is_last ? NULL : match + 1) {
        if ((int)match->type == fm_host_keyword())
            return true;
        if ((match->type == DETECT_HOSTBITS || match->type == DETECT_XBITS)
                && fm_bits_has(((const DetectXbitsData *)match->ctx)->idx))
            return true;
    }
    return false;
}

void fm_alerts_push(struct fm_thread *thread, const Packet *p)
{
    for (uint16_t i = 0; fm_host_layouts_known() && i < p->alerts.cnt; i++) {
        const Signature *s = p->alerts.alerts[i].s;
        struct fm_rec *rec = (struct fm_rec *)thread->rec;
        struct fm_alert *alert = fm_rec_begin(rec, FM_ALERT);

        if (s == NULL || asks_for_us(s) || metadata(s, "behavior") != NULL)
            continue;
        fm_flows_header(rec, p->flow, p);
        rec->has = FM_HAS_RULE;
        alert->sid = s->id;
        alert->gid = s->gid;
        alert->rev = s->rev;
        alert->severity = (uint32_t)s->prio;
        alert->to_client = p->flow != NULL && (p->flowflags & FLOW_PKT_TOCLIENT) != 0;
        put_text(rec, &alert->signature, s->msg, SIGNATURE_MAX);
        put_text(rec, &alert->category, s->class_msg, CATEGORY_MAX);
        put_text(rec, &alert->technique, metadata(s, "mitre_technique_id"), METADATA_MAX);
        put_text(rec, &alert->confidence, metadata(s, "confidence"), METADATA_MAX);
        fm_rec_put_behavior(rec, metadata(s, "behavior_type"), metadata(s, "behavior_category"),
                metadata(s, "behavior_certainty"));
        fm_thread_push(thread, rec);
    }
}
