/* The known name nearest to one that is not known, for error lines. */
#ifndef FM_POLICY_NEAR_H
#define FM_POLICY_NEAR_H

#include "base/text.h"

/** The name with the fewest edits (insert, delete, replace, swap of neighbours), or NULL when even
 *  that one needs more than one, and one for every three letters.  O(count x length^2). */
const char *fm_near(const char *word, const char *const *names, size_t count);
/** Adds `; did you mean "x"?`, or `; known here: a, b, c`. */
void fm_near_say(struct fm_text *text, const char *word, const char *const *names, size_t count);

#endif
