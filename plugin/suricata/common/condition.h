/* What a rule asks of a host, as the keyword `behavior` has it:
 *
 *   behavior: NAME [, threat OP N] [, certainty OP N] [, within SPAN] [, src | dst | either]
 *
 * NAME is a category or a type as events have them; OP is > >= < <= or =, N from 0 to 100; a span
 * is 30s, 5m, 1h and at most the day for which a mark stands.  The packet's source is meant unless
 * the rule says otherwise.  Options come in any order; two comparisons of one score both hold.
 *
 * Reading costs microseconds and happens when rules are loaded; asking is a few comparisons. */
#ifndef FM_SURICATA_CONDITION_H
#define FM_SURICATA_CONDITION_H

#include "base/text.h"
#include "suricata/common/marks.h"

struct fm_range {
    int from, to;
};

struct fm_condition {
    unsigned name;
    struct fm_range threat, certainty;
    fm_time within; /* since the last evidence */
    bool src, dst;  /* any of them */
};

#define FM_NAMES_DECLARED 32 /* types that policies have declared, at most */

/** The numbers of names: categories first, then the types that are built in, then those
 *  declared. */
unsigned fm_names(void);
/** A type that a policy declares; before rules are loaded.  It keeps its number until the process
 *  ends, since rules hold it.  False: there is no room. */
bool fm_names_declare(const char *name);
/** fm_names(): there is none such. */
unsigned fm_name_of(const char *name);
const char *fm_name_text(unsigned name);

/** False: `error` says in one line what is wrong and what to write instead. */
bool fm_condition_read(struct fm_condition *condition, const char *text, struct fm_text *error);
/** Of what stands under its name. */
bool fm_condition_holds(const struct fm_condition *condition, const struct fm_standing *standing,
        fm_time now);

#endif
