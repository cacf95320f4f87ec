/* What the ledger reports: asked of the policy's function, written as an event, kept, published as
 * host bits; then the host that it is about is judged anew. */
#include <stdio.h>
#include <string.h>

#include "base/community.h"
#include "engine/inside.h"

#define HOST_STEP 10.0 /* a host is told again when a score moved by so much */
#define BIT_DAYS 1     /* a host bit stands for so long after the last evidence */

static const fm_time bit_stands = BIT_DAYS * FM_DAY;

struct fm_versions fm_engine_versions(const struct fm_engine *engine)
{
    struct fm_versions versions = { .policy = engine->policy->hash, .model = "sum-1" };

    return versions;
}

/* ---- the event's envelope ---- */

/** The suspect is always the source, its worst peer the destination. */
static struct fm_event envelope(const struct fm_detection *d, fm_time now)
{
    const struct fm_finding *f = &d->finding;
    struct fm_event event = {
        .time = now,
        .flow_id = f->flow_id ? f->flow_id : f->samples.first[0].flow_id,
        .src = d->entity.addr[0],
        .dest = f->peer,
        .sport = f->cport,
        .dport = f->port,
        .proto = f->proto,
    };

    if (f->cport && !fm_addr_is_none(&f->peer))
        fm_community_id(event.community_id, &event.src, &event.dest, f->cport, f->port, f->proto,
                0);
    return event;
}

static void emit(struct fm_engine *engine, struct fm_event *event, const struct fm_text *text,
        bool can_wait)
{
    event->json = text->at;
    event->len = text->len;
    if (fm_clerk_emit(engine->clerk, event, can_wait))
        engine->events++;
}

/* ---- hosts ---- */

static bool moved(const struct fm_host *host)
{
    return !host->has_was || host->quadrant != host->was_quadrant ||
           fabs(host->threat - host->was_threat) >= HOST_STEP ||
           fabs(host->certainty - host->was_certainty) >= HOST_STEP;
}

static struct fm_host *last_told(struct fm_engine *engine, fm_entity_id id, bool *made)
{
    struct fm_host *told = fm_table_add(engine->hosts, &id, made);

    if (!told) {
        void *oldest = fm_table_oldest(engine->hosts);
        if (!oldest)
            return NULL;
        fm_table_del(engine->hosts, oldest);
        told = fm_table_add(engine->hosts, &id, made);
    }
    if (told)
        fm_table_touch(engine->hosts, told);
    return told;
}

static void tell_host(struct fm_engine *engine, const struct fm_entity *entity, fm_time now)
{
    char bytes[FM_EVENT_MAX];
    struct fm_text text;
    struct fm_host host;
    bool made;
    struct fm_versions versions = fm_engine_versions(engine);
    struct fm_host *told = last_told(engine, entity->id, &made);

    fm_host_judge(engine->ledger, entity, now, &host);
    if (!told || (made && host.threat <= 0 && host.certainty <= 0))
        return;
    if (!made) {
        host.has_was = true;
        host.was_threat = told->threat;
        host.was_certainty = told->certainty;
        host.was_quadrant = told->quadrant;
    }
    if (!moved(&host))
        return;
    *told = host;
    fm_text_init(&text, bytes, sizeof bytes);
    if (!fm_event_host(&text, &host, &versions))
        return;
    struct fm_event event = { .time = now, .src = entity->addr[0] };
    emit(engine, &event, &text, true);
    fm_clerk_put(engine->clerk, "host", &entity->id, sizeof entity->id, text.at, text.len, 1);
}

/* ---- detections ---- */

static void ask_policy(struct fm_engine *engine, struct fm_detection *d, struct fm_text *text)
{
    struct fm_verdict verdict = { .threat = FM_UNKNOWN, .certainty = FM_UNKNOWN, .status = -1 };
    struct fm_versions versions = fm_engine_versions(engine);

    if (!engine->policy->has_on_detection ||
            !fm_policy_on_detection(engine->policy, text->at, text->len, &verdict))
        return;
    if (fm_known(verdict.threat))
        d->scores.threat = verdict.threat;
    if (fm_known(verdict.certainty))
        d->scores.certainty = verdict.certainty;
    if (verdict.status >= 0) {
        d->status = (enum fm_status)verdict.status;
        d->scored = d->scored && d->status == FM_LIVE;
    }
    memcpy(d->note, verdict.note, sizeof d->note);
    fm_text_init(text, text->at, text->cap);
    fm_event_detection(text, d, fm_run_blind(engine->run, d->det), &versions);
}

static void publish_bits(struct fm_engine *engine, const struct fm_detection *d)
{
    const struct fm_detector *det = fm_detectors[d->det];
    const struct fm_addr *addr = &d->entity.addr[0];
    struct fm_prefixes *protect = engine->policy->networks.protect;
    char bit[64];

    if (!d->scored || d->state == FM_DET_CLOSED || (protect && fm_prefixes_has(protect, addr)))
        return;
    snprintf(bit, sizeof bit, "behavior.%s", fm_category_name[det->category]);
    fm_clerk_mark(engine->clerk, addr, bit, d->last + bit_stands);
    snprintf(bit, sizeof bit, "behavior.%s", det->name);
    fm_clerk_mark(engine->clerk, addr, bit, d->last + bit_stands);
}

static void report(void *arg, struct fm_detection *d)
{
    struct fm_engine *engine = arg;
    char bytes[FM_EVENT_MAX];
    struct fm_text text;
    struct fm_versions versions = fm_engine_versions(engine);

    fm_text_init(&text, bytes, sizeof bytes);
    if (!fm_event_detection(&text, d, fm_run_blind(engine->run, d->det), &versions))
        return;
    ask_policy(engine, d, &text);
    if (d->status != FM_OFF && d->scores.certainty >= engine->policy->report_certainty) {
        struct fm_event event = envelope(d, engine->now);
        emit(engine, &event, &text, d->state == FM_DET_UPDATE);
        fm_clerk_put(engine->clerk, "detection", &d->id, sizeof d->id, text.at, text.len, 1);
        publish_bits(engine, d);
    }
    tell_host(engine, &d->entity, engine->now);
}

void fm_engine_reports(struct fm_engine *engine)
{
    fm_ledger_on_report(engine->ledger, report, engine);
}
