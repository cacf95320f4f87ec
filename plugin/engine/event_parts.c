/* See event_parts.h. */
#include "engine/event_parts.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
    uint8_t number;
    const char *name;
} protos[] = {
    { 1, "ICMP" },
    { 6, "TCP" },
    { 17, "UDP" },
    { 58, "IPv6-ICMP" },
    { 132, "SCTP" },
};

const char *fm_event_proto(uint8_t proto, char *text)
{
    for (size_t i = 0; i < COUNT(protos); i++)
        if (protos[i].number == proto)
            return protos[i].name;
    snprintf(text, 4, "%03u", proto);
    return text;
}

double fm_whole_score(double score)
{
    return fm_known(score) ? round(fmax(0, fmin(100, score))) : 0;
}

json_t *fm_json_score(double score)
{
    return fm_json_number(fm_whole_score(score));
}

const struct fm_addr *fm_entity_addr(const struct fm_entity *entity)
{
    return &entity->addr[0];
}

void fm_add_subject(struct fm_text *out, const struct fm_entity *entity)
{
    char text[FM_ADDR_TEXT];

    fm_addr_print(fm_entity_addr(entity), text);
    if (entity->name[0] != '\0')
        fm_text_addf(out, "%s (%s)", entity->name, text);
    else
        fm_text_adds(out, text);
}

void fm_put_entity(struct fm_sheet *sheet, json_t *object, const struct fm_entity *entity)
{
    static const struct fm_mac no_mac;
    json_t *at = fm_put_object(sheet, object, "entity"), *addresses, *users;
    char mac[FM_MAC_TEXT];

    fm_put_count(sheet, at, "id", entity->id);
    fm_put(sheet, at, "ip", fm_json_addr(fm_entity_addr(entity)));
    addresses = fm_put_array(sheet, at, "addresses");
    for (unsigned i = 0; i == 0 || (i < entity->addresses && i < FM_ENTITY_ADDRESSES); i++)
        fm_append(sheet, addresses, fm_json_addr(&entity->addr[i]));
    if (memcmp(&entity->mac, &no_mac, sizeof(no_mac)) != 0)
        fm_put(sheet, at, "mac", json_string(fm_mac_print(&entity->mac, mac)));
    if (entity->name[0] != '\0') {
        fm_put(sheet, at, "name", fm_json_words(entity->name));
        if (entity->name_source != FM_NAMED_BY_NOBODY)
            fm_put(sheet, at, "name_source", json_string(fm_name_source_name[entity->name_source]));
    }
    for (unsigned role = 0; role < FM_ROLES; role++) {
        if (entity->roles & (1u << role)) {
            fm_put(sheet, at, "role", json_string(fm_role_name[role]));
            break;
        }
    }
    fm_put_count(sheet, at, "site", entity->site);
    fm_put(sheet, at, "since", fm_json_time(entity->since));
    users = fm_put_array(sheet, at, "users");
    for (unsigned i = 0; i < FM_ENTITY_USERS && entity->user[i][0] != '\0'; i++)
        fm_append(sheet, users, fm_json_words(entity->user[i]));
}

void fm_put_versions(struct fm_sheet *sheet, const struct fm_versions *versions)
{
    json_t *at = fm_put_object(sheet, sheet->top, "versions");

    fm_put(sheet, at, "policy", fm_json_hex(versions->policy));
    fm_put(sheet, at, "model", fm_json_words(versions->model));
}

void fm_put_scores(struct fm_sheet *sheet, json_t *object, double threat, double certainty)
{
    enum fm_quadrant quadrant = fm_quadrant_of(fm_whole_score(threat), fm_whole_score(certainty));

    fm_put(sheet, object, "threat", fm_json_score(threat));
    fm_put(sheet, object, "certainty", fm_json_score(certainty));
    fm_put(sheet, object, "quadrant", json_string(fm_quadrant_name[quadrant]));
}

void fm_append_blind(struct fm_sheet *sheet, json_t *array, const char *name,
        const struct fm_blindness *why)
{
    json_t *row = fm_append_object(sheet, array);

    fm_put(sheet, row, "detector", json_string(name));
    fm_put(sheet, row, "reason", fm_json_words(why->reason));
    fm_put(sheet, row, "remedy", fm_json_words(why->remedy != NULL ? why->remedy : "none"));
}
