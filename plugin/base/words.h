/* Words that live as long as their owner, each once: for pointers that were literals in another
 * process.  A list of at most FM_WORDS; O(words) a look-up, for start-up only. */
#ifndef FM_BASE_WORDS_H
#define FM_BASE_WORDS_H

#include "base/mem.h"

#define FM_WORDS 1024

struct fm_words;

/** NULL when memory is out. */
struct fm_words *fm_words_new(struct fm_mem *mem);
void fm_words_free(struct fm_words *words);
/** The one copy of `word`, at most `cap` bytes long.  NULL when it is "", there is no room, or
 *  memory is out. */
const char *fm_words_of(struct fm_words *words, const char *word, size_t cap);

#endif
