#include "base/words.h"

#include <string.h>

struct word {
    struct word *next;
    char text[];
};

struct fm_words {
    struct fm_mem *mem;
    struct word *first;
    unsigned count;
};

struct fm_words *fm_words_new(struct fm_mem *mem)
{
    struct fm_words *words = fm_alloc(mem, sizeof *words);

    if (words)
        words->mem = mem;
    return words;
}

void fm_words_free(struct fm_words *words)
{
    if (!words)
        return;
    for (struct word *word = words->first, *next; word; word = next) {
        next = word->next;
        fm_free(words->mem, word);
    }
    fm_free(words->mem, words);
}

const char *fm_words_of(struct fm_words *words, const char *word, size_t cap)
{
    size_t len = strnlen(word, cap);

    for (const struct word *w = words->first; w; w = w->next)
        if (strlen(w->text) == len && !memcmp(w->text, word, len))
            return w->text;
    struct word *made = len && words->count < FM_WORDS
                                ? fm_alloc(words->mem, sizeof *made + len + 1)
                                : NULL;
    if (!made)
        return NULL;
    memcpy(made->text, word, len);
    made->next = words->first;
    words->first = made;
    words->count++;
    return made->text;
}
