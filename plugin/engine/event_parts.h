/* What more than one kind of event tells. */
#ifndef FM_ENGINE_EVENT_PARTS_H
#define FM_ENGINE_EVENT_PARTS_H

#include "engine/event.h"
#include "engine/event_sheet.h"

/** A score as it is told: whole, 0 to 100; unknown is 0. */
double fm_whole_score(double score);
json_t *fm_json_score(double score);
/** The address that an entity is told by. */
const struct fm_addr *fm_entity_addr(const struct fm_entity *entity);
/** "pc9 (10.77.2.9)", or the address alone. */
void fm_add_subject(struct fm_text *out, const struct fm_entity *entity);
void fm_put_entity(struct fm_sheet *sheet, json_t *object, const struct fm_entity *entity);
/** Threat, certainty and the quadrant they are in. */
void fm_put_scores(struct fm_sheet *sheet, json_t *object, double threat, double certainty);
void fm_put_versions(struct fm_sheet *sheet, const struct fm_versions *versions);
/** Why the detector of that name judges nothing, and the remedy. */
void fm_append_blind(struct fm_sheet *sheet, json_t *array, const char *name,
        const struct fm_blindness *why);

#endif
