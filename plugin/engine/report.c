/* What the ledger reports: asked of the policy's function, written as an event, kept, published for
 * rules; then the host that it is about is judged anew. */
#include <stdio.h>
#include <string.h>

#include "base/community.h"
#include "engine/inside.h"

#define HOST_STEP 10.0 /* a host is told again when a score moved by so much */

struct fm_versions fm_engine_versions(const struct fm_engine *engine)
{
    struct fm_versions versions = { .policy = engine->policy->hash, .model = "sum-1" };

    return versions;
}

/* ---- the event's envelope ---- */

/** A piece of evidence of a flow to the worst peer: it names the flow to begin with. */
static const struct fm_sample *pivot(const struct fm_detection *d)
{
    for (uint32_t i = 0; i < d->evidence && i < FM_EVIDENCE; i++)
        if (fm_addr_equal(&d->first_evidence[i].peer, &d->finding.peer))
            return &d->first_evidence[i];
    return NULL;
}

/** The suspect is always the source, its worst peer the destination. */
static struct fm_event envelope(const struct fm_detection *d, fm_time now)
{
    const struct fm_finding *f = &d->finding;
    const struct fm_sample *flow = pivot(d);
    struct fm_event event = {
        .time = now,
        .src = d->entity.addr[0],
        .dest = f->peer,
        .dport = f->port,
        .proto = f->proto,
    };

    if (!flow)
        return event;
    event.flow_id = flow->flow_id;
    event.sport = flow->cport;
    event.dport = flow->port;
    event.proto = flow->proto;
    fm_community_id(event.community_id, &event.src, &event.dest, event.sport, event.dport,
            event.proto, 0);
    return event;
}

/** False: left out, because the clerk is behind. */
static bool emit(struct fm_engine *engine, struct fm_event *event, const struct fm_text *text,
        bool can_wait)
{
    event->json = text->at;
    event->len = text->len;
    bool taken = fm_clerk_emit(engine->clerk, event, can_wait);
    engine->events += taken;
    return taken;
}

/* ---- hosts ---- */

static bool moved(const struct fm_host *host, const struct fm_host *told)
{
    return !told || host->quadrant != host->was_quadrant || host->profile != told->profile ||
           fabs(host->threat - host->was_threat) >= HOST_STEP ||
           fabs(host->certainty - host->was_certainty) >= HOST_STEP;
}

static void remember_host(struct fm_engine *engine, const struct fm_host *host)
{
    bool made;
    struct fm_host *told = fm_table_add(engine->hosts, &host->entity.id, &made);

    if (!told) {
        void *oldest = fm_table_oldest(engine->hosts);
        if (!oldest)
            return;
        fm_table_del(engine->hosts, oldest);
        told = fm_table_add(engine->hosts, &host->entity.id, &made);
        if (!told)
            return;
    }
    *told = *host;
    fm_table_touch(engine->hosts, told);
}

static void tell_host(struct fm_engine *engine, const struct fm_entity *entity, fm_time now)
{
    char bytes[FM_EVENT_MAX];
    struct fm_text text;
    struct fm_host host;
    struct fm_versions versions = fm_engine_versions(engine);
    const struct fm_host *told = fm_table_find(engine->hosts, &entity->id);

    fm_host_judge(engine->ledger, entity, now, &host);
    if (!told && host.threat <= 0 && host.certainty <= 0)
        return;
    if (told) {
        host.has_was = true;
        host.was_threat = told->threat;
        host.was_certainty = told->certainty;
        host.was_quadrant = told->quadrant;
    }
    if (!moved(&host, told))
        return;
    fm_text_init(&text, bytes, sizeof bytes);
    if (!fm_event_host(&text, &host, &versions))
        return;
    struct fm_event event = { .time = now, .src = entity->addr[0] };
    if (!emit(engine, &event, &text, true))
        return;
    remember_host(engine, &host);
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

static bool is_protected(const struct fm_engine *engine, const struct fm_addr *addr)
{
    const struct fm_prefixes *protect = engine->policy->networks.protect;

    return protect && fm_prefixes_has(protect, addr);
}

static void forget(struct fm_engine *engine, const struct fm_addr *addr)
{
    struct fm_mark mark = { .what = FM_MARK_FORGET, .addr = *addr };

    fm_clerk_mark(engine->clerk, &mark);
}

static uint8_t whole_points(double score)
{
    return fm_known(score) ? (uint8_t)round(fmax(0, fmin(100, score))) : 0;
}

/** For rules.  What has closed for want of evidence stands its time out; what counts no more is
 *  withdrawn at once, since a rule may be blocking the host for it. */
static void publish(struct fm_engine *engine, const struct fm_detection *d, bool shown)
{
    const struct fm_detector *det = d->finding.det;
    bool removed = d->state == FM_DET_CLOSED && strcmp(d->reason, "removed") == 0;
    bool counts = shown && d->scored && !removed;
    struct fm_mark mark = {
        .what = counts ? FM_MARK_SET : FM_MARK_WITHDRAW,
        .addr = d->entity.addr[0],
        .category = det->category,
        .detection = d->id,
        .threat = whole_points(d->scores.threat),
        .certainty = whole_points(d->scores.certainty),
        .last = d->last,
    };

    if (is_protected(engine, &mark.addr))
        return;
    memcpy(mark.type, det->name, strnlen(det->name, sizeof mark.type - 1));
    if (!counts || d->state != FM_DET_CLOSED)
        fm_clerk_mark(engine->clerk, &mark);
}

void fm_engine_protect(struct fm_engine *engine)
{
    for (struct fm_host *h = fm_table_oldest(engine->hosts); h;
            h = fm_table_newer(engine->hosts, h))
        if (is_protected(engine, &h->entity.addr[0]))
            forget(engine, &h->entity.addr[0]);
}

/** What was opened for people to see is closed for them, whatever has been decided since. */
static bool is_to_be_written(const struct fm_engine *engine, const struct fm_detection *d)
{
    bool shown = d->status == FM_LIVE || d->status == FM_TRIAL;

    if (d->state == FM_DET_CLOSED)
        return d->written;
    return shown && d->scores.certainty >= engine->policy->report_certainty;
}

static void report(void *arg, struct fm_detection *d)
{
    struct fm_engine *engine = arg;
    char bytes[FM_EVENT_MAX];
    struct fm_text text;
    struct fm_versions versions = fm_engine_versions(engine);

    if (!d->written && d->state == FM_DET_UPDATE)
        d->state = FM_DET_NEW;
    fm_text_init(&text, bytes, sizeof bytes);
    if (!fm_event_detection(&text, d, fm_run_blind(engine->run, d->det), &versions))
        return;
    ask_policy(engine, d, &text);
    bool shown = is_to_be_written(engine, d);
    d->written = d->written || shown;
    fm_engine_keep_detection(engine, d);
    if (shown) {
        struct fm_event event = envelope(d, engine->now);
        emit(engine, &event, &text, d->state == FM_DET_UPDATE);
        fm_clerk_put(engine->clerk, "detection", &d->id, sizeof d->id, text.at, text.len, 1);
    }
    if (d->written)
        publish(engine, d, shown);
    tell_host(engine, &d->entity, engine->now);
}

static const struct fm_entity *entity_of(void *arg, fm_entity_id id)
{
    struct fm_engine *engine = arg;

    return fm_entity_find(fm_world_entities(engine->world), id);
}

void fm_engine_rejudge(struct fm_engine *engine)
{
    fm_ledger_rejudge(engine->ledger, engine->now, entity_of, engine);
}

void fm_engine_resume(struct fm_engine *engine, const struct fm_detection *d)
{
    struct fm_host host;

    if (d->written && d->scored)
        publish(engine, d, true);
    if (fm_table_find(engine->hosts, &d->entity.id))
        return;
    fm_host_judge(engine->ledger, &d->entity, d->reported, &host);
    if (host.contributions)
        remember_host(engine, &host);
}

void fm_engine_reports(struct fm_engine *engine)
{
    fm_ledger_on_report(engine->ledger, report, engine);
}
