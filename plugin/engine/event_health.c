/* The health event: what the sensor sees, what it loses, which detectors are blind, learn or are on
 * trial, and how full the tables are. */
#include "engine/event_parts.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void put_kinds(struct fm_sheet *sheet, const char *key, const uint64_t count[FM_KINDS])
{
    json_t *at = fm_put_object(sheet, sheet->top, key);

    for (unsigned kind = 0; kind < FM_KINDS; kind++)
        fm_put_count_if(sheet, at, fm_kind_name[kind], count[kind]);
}

static void append_fuse(struct fm_sheet *sheet, json_t *array, const char *name,
        const struct fm_fuse *fuse, const char *proposal)
{
    json_t *row = fm_append_object(sheet, array);

    fm_put(sheet, row, "detector", json_string(name));
    fm_put(sheet, row, "since", fm_json_time(fuse->at));
    fm_put(sheet, row, "count", fm_json_number(fuse->count));
    fm_put(sheet, row, "limit", fm_json_number(fuse->limit));
    fm_put(sheet, row, "reason",
            fm_json_words("more scored detections within a week than ten times its budget: it is "
                          "on trial"));
    fm_put(sheet, row, "remedy",
            fm_json_words(proposal != NULL && proposal[0] != '\0'
                            ? "if this is known here, write the row of `triage`; taking over a "
                              "policy puts a new fuse in"
                            : "tune the detector or raise its budget; taking over a policy puts a "
                              "new fuse in"));
    if (proposal != NULL && proposal[0] != '\0')
        fm_put(sheet, row, "triage", fm_json_words(proposal));
}

static void put_detectors(struct fm_sheet *sheet, const struct fm_health *health)
{
    json_t *blind = fm_put_array(sheet, sheet->top, "blind");
    json_t *learning = fm_put_array(sheet, sheet->top, "learning");
    json_t *fuses = fm_put_array(sheet, sheet->top, "fuses");

    for (unsigned i = 0; i < FM_DETECTORS && health->detector[i].det != NULL; i++) {
        const char *name = health->detector[i].det->name;
        if (health->detector[i].blind != NULL)
            fm_append_blind(sheet, blind, name, health->detector[i].blind);
        if (health->detector[i].status == FM_LEARNING) {
            json_t *row = fm_append_object(sheet, learning);
            fm_put(sheet, row, "detector", json_string(name));
            fm_put(sheet, row, "until", fm_json_time(health->detector[i].until));
        }
        if (health->detector[i].fuse != NULL)
            append_fuse(sheet, fuses, name, health->detector[i].fuse,
                    health->detector[i].proposal);
    }
    fm_sheet_may_shorten(sheet, blind, sheet->top, "dropped_rows", 0);
}

/* Rules that have kept something out of the scores. */
static void put_hits(struct fm_sheet *sheet, const struct fm_triage *triage)
{
    json_t *array = fm_put_array(sheet, sheet->top, "triage");

    for (unsigned i = 0; triage != NULL && i < triage->rules; i++) {
        const struct fm_triage_rule *rule = &triage->rule[i];
        if (rule->hits == 0)
            continue;
        json_t *row = fm_append_object(sheet, array);
        fm_put(sheet, row, "rule", fm_json_words(rule->name));
        fm_put(sheet, row, "reason", json_string(fm_triage_reason_name[rule->reason]));
        fm_put_count(sheet, row, "hits", rule->hits);
        fm_put(sheet, row, "last", fm_json_time(rule->last_hit));
    }
    fm_sheet_may_shorten(sheet, array, sheet->top, "dropped_rows", 0);
}

static void put_tables(struct fm_sheet *sheet, const struct fm_health *health)
{
    json_t *array = fm_put_array(sheet, sheet->top, "tables");

    for (unsigned i = 0; i < COUNT(health->table) && health->table[i].name != NULL; i++) {
        json_t *row = fm_append_object(sheet, array);
        fm_put(sheet, row, "name", fm_json_words(health->table[i].name));
        fm_put_count(sheet, row, "used", health->table[i].rows);
        fm_put_count(sheet, row, "cap", health->table[i].cap);
        fm_put_count(sheet, row, "evicted", health->table[i].evicted);
        fm_put_count(sheet, row, "row_bytes", health->table[i].row_bytes);
    }
    fm_sheet_may_shorten(sheet, array, sheet->top, "dropped_rows", 0);
}

static void put_flow_of_records(struct fm_sheet *sheet, const struct fm_health *health)
{
    json_t *top = sheet->top, *order;

    put_kinds(sheet, "records", health->records);
    put_kinds(sheet, "drops", health->lost);
    order = fm_put_object(sheet, top, "order");
    fm_put_count(sheet, order, "late", health->late);
    fm_put_count(sheet, order, "early", health->early);
    fm_put_count(sheet, order, "invalid", health->invalid);
    fm_put_count(sheet, order, "doubles", health->doubles);
    fm_put(sheet, top, "lag_s", fm_json_number(health->lag_s));
    fm_put_count(sheet, top, "events", health->events);
    fm_put_count(sheet, top, "coalesced", health->coalesced);
}

bool fm_event_health(struct fm_text *out, const struct fm_health *health,
        const struct fm_versions *versions)
{
    struct fm_sheet sheet;

    fm_sheet_begin(&sheet, "health");
    fm_put(&sheet, sheet.top, "when", fm_json_words(health->when));
    fm_put(&sheet, sheet.top, "at", fm_json_time(health->at));
    fm_put(&sheet, sheet.top, "sensor",
            fm_json_words(health->sensor != NULL ? health->sensor : ""));
    put_flow_of_records(&sheet, health);
    put_tables(&sheet, health); /* the first to be shortened */
    put_detectors(&sheet, health);
    put_hits(&sheet, health->triage);
    fm_put_count(&sheet, sheet.top, "hours_watched", health->hours_watched);
    fm_put(&sheet, sheet.top, "active_hosts", fm_json_number(health->active_hosts));
    fm_put(&sheet, sheet.top, "two_way_share", fm_json_number(health->two_way_share));
    fm_put(&sheet, sheet.top, "midstream_share", fm_json_number(health->midstream_share));
    fm_put_count(&sheet, sheet.top, "memory_bytes", health->memory_bytes);
    fm_put_count(&sheet, sheet.top, "memory_peak_bytes", health->memory_peak_bytes);
    fm_put_count(&sheet, sheet.top, "memcap_bytes", health->memcap_bytes);
    fm_put(&sheet, sheet.top, "lua", fm_json_words(health->lua));
    fm_put(&sheet, sheet.top, "policy_version", fm_json_words(health->policy_version));
    fm_put_versions(&sheet, versions);
    return fm_sheet_finish(&sheet, out);
}
