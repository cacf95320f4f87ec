/* A host's event: its scores, and which detections they come from. */
#include "engine/event_parts.h"

static bool is_lower(const struct fm_host *host)
{
    double threat = fm_whole_score(host->threat) - fm_whole_score(host->was_threat);
    double certainty = fm_whole_score(host->certainty) - fm_whole_score(host->was_certainty);

    return host->has_was &&
           (threat < 0 || (threat == 0 && certainty < 0));
}

static void put_stages(struct fm_sheet *sheet, const struct fm_host *host)
{
    json_t *array = fm_put_array(sheet, sheet->top, "stages");

    for (unsigned i = 0; i < FM_CATEGORIES; i++) {
        const struct fm_stage *stage = &host->stage[i];
        if (stage->first == 0)
            continue;
        json_t *row = fm_append_object(sheet, array);
        fm_put(sheet, row, "category", json_string(fm_category_name[i]));
        fm_put(sheet, row, "first_seen", fm_json_time(stage->first));
        fm_put(sheet, row, "last_seen", fm_json_time(stage->last));
    }
}

static void put_contributions(struct fm_sheet *sheet, const struct fm_host *host)
{
    json_t *array = fm_put_array(sheet, sheet->top, "contributions");

    for (unsigned i = 0; i < host->contributions && i < FM_CONTRIBUTIONS; i++) {
        const struct fm_contribution *from = &host->contribution[i];
        json_t *row = fm_append_object(sheet, array);
        fm_put(sheet, row, "id", fm_json_hex(from->id));
        fm_put(sheet, row, "type", json_string(from->det->name));
        fm_put(sheet, row, "threat", fm_json_score(from->threat));
        fm_put(sheet, row, "certainty", fm_json_score(from->certainty));
        fm_put(sheet, row, "part", json_string(from->support ? "support" : "full"));
    }
    fm_sheet_may_shorten(sheet, array, sheet->top, "dropped_rows", host->contributions_dropped);
}

static bool is_named(const struct fm_host *host, unsigned before)
{
    for (unsigned i = 0; i < before; i++)
        if (host->contribution[i].det == host->contribution[before].det)
            return true;
    return false;
}

/* Each type of detection is named once. */
static void put_reasons(struct fm_sheet *sheet, const struct fm_host *host)
{
    char bytes[640];
    struct fm_text text;
    bool named = false;

    fm_text_init(&text, bytes, sizeof(bytes));
    fm_add_subject(&text, &host->entity);
    fm_text_adds(&text, host->contributions > 0 ? " shows " : " shows nothing any more");
    for (unsigned i = 0; i < host->contributions && i < FM_CONTRIBUTIONS; i++) {
        if (is_named(host, i))
            continue;
        fm_text_addf(&text, "%s%s", named ? ", " : "", host->contribution[i].det->title);
        named = true;
    }
    fm_put(sheet, sheet->top, "summary", fm_json_words(bytes));
}

bool fm_event_host(struct fm_text *out, const struct fm_host *host,
        const struct fm_versions *versions)
{
    struct fm_sheet sheet;

    (void)versions; /* a host's scores come from detections, which name theirs */
    fm_sheet_begin(&sheet, "host");
    fm_put_entity(&sheet, sheet.top, &host->entity);
    fm_put_scores(&sheet, sheet.top, host->threat, host->certainty);
    if (host->has_was)
        fm_put_scores(&sheet, fm_put_object(&sheet, sheet.top, "was"), host->was_threat,
                host->was_certainty);
    else
        fm_put(&sheet, sheet.top, "was", json_null());
    fm_put(&sheet, sheet.top, "score_decreases", json_boolean(is_lower(host)));
    put_stages(&sheet, host);
    fm_put(&sheet, sheet.top, "profile",
            host->profile != NULL ? json_string(host->profile) : json_null());
    put_contributions(&sheet, host);
    put_reasons(&sheet, host);
    return fm_sheet_finish(&sheet, out);
}

bool fm_event_host_brief(struct fm_text *out, const struct fm_host *host)
{
    struct fm_sheet sheet;

    fm_sheet_begin(&sheet, NULL);
    fm_put_count(&sheet, sheet.top, "id", host->entity.id);
    fm_put(&sheet, sheet.top, "host", fm_json_addr(fm_entity_addr(&host->entity)));
    if (host->entity.name[0] != '\0')
        fm_put(&sheet, sheet.top, "name", fm_json_words(host->entity.name));
    fm_put_scores(&sheet, sheet.top, host->threat, host->certainty);
    put_reasons(&sheet, host);
    return fm_sheet_finish(&sheet, out);
}
