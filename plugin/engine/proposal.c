/* What an operator may want to write, as rows of the policy to paste.
 *
 * Proposals are questions, never decisions: what they name counts until somebody writes the row.  A
 * name from the wire stands in one only where it is made of letters, digits, dots and hyphens,
 * since it will be pasted. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"

/** What may stand in a row of Lua; the address where the name may not. */
const char *fm_engine_party(const struct fm_detection *d, char *text)
{
    const char *name = d->finding.name;

    if (name[0] && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0')
        return name;
    return fm_addr_is_none(&d->finding.peer) ? "" : fm_addr_print(&d->finding.peer, text);
}

bool fm_engine_propose_party(const struct fm_detection *d, char *rule, size_t cap)
{
    char text[FM_ADDR_TEXT];
    const char *party = fm_engine_party(d, text);

    if (!party[0])
        return false;
    snprintf(rule, cap,
            "triage = { { type = \"%s\", peer = \"%s\", reason = \"over_detection\" } }",
            d->finding.det->name, party);
    return true;
}

void fm_engine_propose_host(const struct fm_detection *d, char *rule, size_t cap)
{
    char text[FM_ADDR_TEXT];

    snprintf(rule, cap,
            "triage = { { host = \"%s\", type = \"%s\", reason = \"over_detection\" } }",
            fm_addr_print(&d->entity.addr[0], text), d->finding.det->name);
}

/* ---- a fuse ---- */

static bool same_host(const struct fm_detection *a, const struct fm_detection *b)
{
    return a->entity.id == b->entity.id;
}

static bool same_party(const struct fm_detection *a, const struct fm_detection *b)
{
    if (a->finding.name[0] || b->finding.name[0])
        return !strcmp(a->finding.name, b->finding.name);
    return fm_addr_equal(&a->finding.peer, &b->finding.peer);
}

/** The detection of this type with the most others like it, itself included. */
static const struct fm_detection *commonest(const struct fm_ledger *ledger, unsigned det,
        bool (*same)(const struct fm_detection *a, const struct fm_detection *b), unsigned *most)
{
    const struct fm_detection *found = NULL;

    *most = 0;
    for (const struct fm_detection *d = fm_ledger_oldest(ledger); d;
            d = fm_ledger_newer(ledger, d)) {
        unsigned count = 0;
        if (d->det != det || !d->rev)
            continue;
        for (const struct fm_detection *o = d; o; o = fm_ledger_newer(ledger, o))
            count += o->det == det && o->rev && same(o, d);
        if (count > *most) {
            *most = count;
            found = d;
        }
    }
    return found;
}

void fm_engine_propose_for_fuse(const struct fm_ledger *ledger, unsigned det,
        const struct fm_fuse *fuse, char *rule, size_t cap)
{
    unsigned of_host, of_party;
    const struct fm_detection *host = commonest(ledger, det, same_host, &of_host);
    const struct fm_detection *party = commonest(ledger, det, same_party, &of_party);

    rule[0] = '\0';
    if (of_host * 3 >= fuse->count && of_host >= of_party)
        fm_engine_propose_host(host, rule, cap);
    else if (of_party * 3 >= fuse->count)
        fm_engine_propose_party(party, rule, cap);
}
