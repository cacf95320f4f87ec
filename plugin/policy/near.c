/* Optimal string alignment distance (Damerau 1964, Levenshtein 1966) over three rows. */
#include "policy/near.h"

#include <string.h>

#define WORD_MAX 64
#define KNOWN_LEN 100 /* bytes of a list of known names that one line bears */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned replace = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replace, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *fm_near(const char *word, const char *const *names, size_t count)
{
    size_t len = strlen(word);
    const char *best = NULL;
    unsigned best_edits = 0;
    if (len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t name_len = strlen(names[i]);
        if (name_len > WORD_MAX)
            continue;
        unsigned edits = distance(word, len, names[i], name_len);
        if (edits <= 1 + (len < name_len ? len : name_len) / 3 && edits < name_len &&
                (!best || edits < best_edits)) {
            best = names[i];
            best_edits = edits;
        }
    }
    return best;
}

void fm_near_say(struct fm_text *text, const char *word, const char *const *names, size_t count)
{
    const char *near = fm_near(word, names, count);
    size_t start = text->len;
    if (near) {
        fm_text_addf(text, "; did you mean \"%s\"?", near);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (text->len - start > KNOWN_LEN) {
            fm_text_adds(text, ", ...");
            return;
        }
        fm_text_addf(text, "%s%s", i ? ", " : "; known here: ", names[i]);
    }
}
