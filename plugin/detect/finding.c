#include "detect/finding.h"

#include <string.h>

void fm_finding_init(struct fm_finding *f, const struct fm_detector *det, const struct fm_key *key)
{
    memset(f, 0, sizeof *f);
    f->det = det;
    f->key = *key;
    for (unsigned i = 0; i < FM_TERMS; i++)
        f->term[i] = f->normal[i] = FM_UNKNOWN;
}

static void set(const struct fm_finding *f, double *of_term, const char *name, double value)
{
    unsigned terms = fm_detector_terms(f->det);

    for (unsigned i = 0; i < terms; i++)
        if (!strcmp(f->det->terms[i].name, name))
            of_term[i] = value;
}

void fm_finding_term(struct fm_finding *f, const char *name, double value)
{
    set(f, f->term, name, value);
}

void fm_finding_normal(struct fm_finding *f, const char *name, double value)
{
    set(f, f->normal, name, value);
}

static struct fm_fact *fact(struct fm_finding *f, const char *name, enum fm_fact_kind kind)
{
    if (f->facts < FM_FACTS)
        f->facts++;
    struct fm_fact *at = &f->fact[f->facts - 1];
    at->name = name;
    at->kind = kind;
    return at;
}

void fm_fact_number(struct fm_finding *f, const char *name, double value)
{
    fact(f, name, FM_FACT_NUMBER)->number = value;
}

void fm_fact_bytes(struct fm_finding *f, const char *name, double bytes)
{
    fact(f, name, FM_FACT_BYTES)->number = bytes;
}

void fm_fact_span(struct fm_finding *f, const char *name, double seconds)
{
    fact(f, name, FM_FACT_SPAN)->number = seconds;
}

void fm_fact_time(struct fm_finding *f, const char *name, fm_time at)
{
    fact(f, name, FM_FACT_TIME)->time = at;
}

void fm_fact_text(struct fm_finding *f, const char *name, const char *text)
{
    struct fm_fact *at = fact(f, name, FM_FACT_TEXT);
    size_t len = strnlen(text, sizeof at->text - 1);

    memcpy(at->text, text, len);
    at->text[len] = 0;
}

void fm_fact_addr(struct fm_finding *f, const char *name, const struct fm_addr *addr)
{
    fact(f, name, FM_FACT_ADDR)->addr = *addr;
}

void fm_fact_bool(struct fm_finding *f, const char *name, bool value)
{
    fact(f, name, FM_FACT_BOOL)->number = value;
}

struct fm_peer *fm_finding_row(struct fm_finding *f)
{
    if (f->peers >= FM_PEERS) {
        f->peers_dropped++;
        return NULL;
    }
    return &f->row[f->peers++];
}
