/* Answers to those who ask through the mailbox: each a JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inside.h"

#define BRIEF_BYTES 2048

static void add_row(struct fm_text *answer, const struct fm_text *row, unsigned *rows)
{
    if (answer->len + row->len + 64 > answer->cap) {
        answer->cut = true;
        return;
    }
    if ((*rows)++)
        fm_text_adds(answer, ",");
    fm_text_add(answer, row->at, row->len);
}

static void end_list(struct fm_text *answer, unsigned rows)
{
    fm_text_addf(answer, "],\"count\":%u,\"cut\":%s}", rows, answer->cut ? "true" : "false");
}

static bool answer_hosts(struct fm_engine *engine, struct fm_text *answer)
{
    char bytes[BRIEF_BYTES];
    struct fm_text row;
    unsigned rows = 0;

    fm_text_adds(answer, "{\"hosts\":[");
    for (struct fm_host *h = fm_table_oldest(engine->hosts); h;
            h = fm_table_newer(engine->hosts, h)) {
        fm_text_init(&row, bytes, sizeof bytes);
        if (fm_event_host_brief(&row, h))
            add_row(answer, &row, &rows);
    }
    end_list(answer, rows);
    return true;
}

static bool answer_detections(struct fm_engine *engine, struct fm_text *answer)
{
    char bytes[BRIEF_BYTES];
    struct fm_text row;
    unsigned rows = 0;

    fm_text_adds(answer, "{\"detections\":[");
    for (struct fm_detection *d = fm_ledger_oldest(engine->ledger); d;
            d = fm_ledger_newer(engine->ledger, d)) {
        fm_text_init(&row, bytes, sizeof bytes);
        if (d->rev && fm_event_detection_brief(&row, d))
            add_row(answer, &row, &rows);
    }
    end_list(answer, rows);
    return true;
}

static bool answer_stats(struct fm_engine *engine, struct fm_text *answer)
{
    struct fm_engine_counters c;
    unsigned told = 0;

    fm_engine_counters(engine, &c);
    fm_text_adds(answer, "{\"records\":{");
    for (unsigned i = 0; i < FM_KINDS; i++)
        if (c.records[i])
            fm_text_addf(answer, "%s\"%s\":%llu", told++ ? "," : "", fm_kind_name[i],
                    (unsigned long long)c.records[i]);
    fm_text_addf(answer,
            "},\"late\":%llu,\"early\":%llu,\"invalid\":%llu,\"doubles\":%llu,\"events\":%llu,"
            "\"coalesced\":%llu,\"entities\":%llu,\"flows\":%llu,\"states\":%llu,"
            "\"detections\":%llu,\"memory_bytes\":%llu,\"lag_s\":%.3f}",
            (unsigned long long)c.late, (unsigned long long)c.early,
            (unsigned long long)c.invalid, (unsigned long long)c.doubles,
            (unsigned long long)c.events, (unsigned long long)c.coalesced,
            (unsigned long long)c.entities, (unsigned long long)c.flows,
            (unsigned long long)c.states, (unsigned long long)c.detections,
            (unsigned long long)c.memory_bytes, (double)c.lag / (double)FM_SECOND);
    return true;
}

static bool answer_health(struct fm_engine *engine, struct fm_text *answer)
{
    struct fm_health health;
    struct fm_versions versions = fm_engine_versions(engine);

    fm_engine_health(engine, "asked", &health);
    return fm_event_health(answer, &health, &versions);
}

/** New policy, full check, one swap; on any error the old one stays in force.  What is open is
 *  judged by the new one at once. */
static bool reload(struct fm_engine *engine, struct fm_text *answer)
{
    char error[512];
    struct fm_policy *policy = fm_policy_load(&engine->mem, engine->config.policy,
            engine->config.internal, error, sizeof error);

    if (!policy) {
        fm_text_addf(answer, "the old policy stays in force: %s", error);
        return false;
    }
    if (!fm_run_prepare(engine->run, policy->tuning)) {
        fm_text_adds(answer, "the old policy stays in force: no memory for the states of another "
                             "detector; raise behavior.memcap");
        fm_policy_free(policy);
        return false;
    }
    fm_world_networks(engine->world, &policy->networks);
    fm_ledger_tune(engine->ledger, policy->tuning, policy->report_certainty);
    fm_run_tune(engine->run);
    for (struct fm_host *h = fm_table_oldest(engine->hosts); h;
            h = fm_table_newer(engine->hosts, h))
        fm_host_retune(h, policy->tuning);
    fm_triage_keep_hits(&policy->triage, &engine->policy->triage);
    fm_ledger_triage(engine->ledger, &policy->triage);
    fm_policy_free(engine->policy);
    engine->policy = policy;
    fm_engine_rejudge(engine);
    fm_engine_protect(engine);
    fm_text_addf(answer, "{\"policy\":\"%016llx\"}", (unsigned long long)policy->hash);
    return true;
}

bool fm_engine_ask(struct fm_engine *engine, enum fm_question question, struct fm_text *answer)
{
    switch (question) {
    case FM_ASK_HOSTS:
        return answer_hosts(engine, answer);
    case FM_ASK_DETECTIONS:
        return answer_detections(engine, answer);
    case FM_ASK_STATS:
        return answer_stats(engine, answer);
    case FM_ASK_HEALTH:
        return answer_health(engine, answer);
    case FM_ASK_RELOAD:
        return reload(engine, answer);
    }
    return false;
}
