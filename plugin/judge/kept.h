/* An open detection as bytes that outlive the process: a detection with its pointers written out as
 * words.  Plain bytes of one build: fm_kept_layout() changes with every size and list of names that
 * they depend on, and `form` with the terms of the detector, so that what another build wrote is
 * left out, never read wrongly.  Some 10 KiB.
 *
 * Words that a detection points to (names of facts, a kind) are literals of the detectors; those of
 * a restored one are copies that live as long as the ledger, each once. */
#ifndef FM_JUDGE_KEPT_H
#define FM_JUDGE_KEPT_H

#include "base/words.h"
#include "judge/ledger.h"

#define FM_KEPT_WORD 40 /* bytes of a fact's name or a kind, the NUL included */

struct fm_kept_detection {
    uint64_t form; /* of the detector: its name, what it counts, its terms */
    char type[FM_NAME];
    char kind[FM_KEPT_WORD]; /* "": none */
    char fact[FM_FACTS][FM_KEPT_WORD];
    struct fm_detection detection;
};

/** The version of these bytes. */
unsigned fm_kept_layout(void);
void fm_kept_write(const struct fm_detection *d, struct fm_kept_detection *out);
/** False: no detector of this tuning wrote it, or it makes no sense; `out` is then undefined. */
bool fm_kept_read(const struct fm_kept_detection *kept, const struct fm_tuning *tuning,
        struct fm_words *words, struct fm_detection *out);

#endif
