/* The introduction, once after a day: roles that were found, triage that they suggest, and what is
 * blind. */
#include "engine/event_parts.h"

#include <stdio.h>

static unsigned put_blind(struct fm_sheet *sheet, const struct fm_introduction *intro)
{
    json_t *array = fm_put_array(sheet, sheet->top, "blind");
    unsigned blind = 0;

    for (unsigned i = 0; i < intro->detectors; i++) {
        if (intro->blind[i] == NULL)
            continue;
        fm_append_blind(sheet, array, intro->tuning[i].det->name, intro->blind[i]);
        blind++;
    }
    fm_sheet_may_shorten(sheet, array, sheet->top, "dropped_rows", 0);
    return blind;
}

static void put_roles(struct fm_sheet *sheet, const struct fm_introduction *intro)
{
    json_t *array = fm_put_array(sheet, sheet->top, "roles");

    for (unsigned i = 0; i < intro->roles; i++) {
        json_t *row = fm_append_object(sheet, array);
        fm_put(sheet, row, "role", json_string(fm_role_name[intro->role[i].role]));
        fm_put_entity(sheet, row, &intro->role[i].entity);
        fm_put(sheet, row, "reason", fm_json_words(intro->role[i].reason));
    }
    fm_sheet_may_shorten(sheet, array, sheet->top, "dropped_rows", intro->roles_dropped);
}

static void put_proposals(struct fm_sheet *sheet, const struct fm_introduction *intro)
{
    json_t *array = fm_put_array(sheet, sheet->top, "triage");

    for (unsigned i = 0; i < intro->proposals; i++) {
        json_t *row = fm_append_object(sheet, array);
        fm_put(sheet, row, "rule", fm_json_words(intro->proposal[i].rule));
        fm_put(sheet, row, "reason", fm_json_words(intro->proposal[i].reason));
    }
    fm_sheet_may_shorten(sheet, array, sheet->top, "dropped_rows", intro->proposals_dropped);
}

bool fm_event_introduction(struct fm_text *out, const struct fm_introduction *intro)
{
    char summary[200];
    struct fm_sheet sheet;

    fm_sheet_begin(&sheet, "introduction");
    put_roles(&sheet, intro);
    put_proposals(&sheet, intro);
    unsigned blind = put_blind(&sheet, intro);
    snprintf(summary, sizeof summary,
            "%u hours watched, %.0f hosts: %u with work of their own, %u proposal%s for triage, %u "
            "of %u detectors blind",
            intro->hours, intro->hosts, intro->roles + intro->roles_dropped,
            intro->proposals + intro->proposals_dropped,
            intro->proposals + intro->proposals_dropped == 1 ? "" : "s", blind,
            intro->detectors);
    fm_put(&sheet, sheet.top, "summary", fm_json_words(summary));
    return fm_sheet_finish(&sheet, out);
}
