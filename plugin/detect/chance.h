/* Was this label chosen by a person, or drawn letter by letter?
 *
 * The answer is a likelihood ratio in bits: above zero for "drawn".  Drawn means each letter alone,
 * uniformly from an alphabet.  Chosen means a word or an acronym:
 *   word      a chain over three classes, vowel (with y), consonant and digit: how one follows the
 *             other, and how long runs get, by rules of thumb below; within a class the letters of
 *             English (Lewand, Cryptological Mathematics, 2000) with a fifth spread evenly
 *   acronym   letters without an order: three in ten labels of four letters, and six times fewer
 *             for each further letter
 * A drawn base32 label gives about 1.1 bits a letter; of English words and of names of programs one
 * in a hundred exceeds 4 bits, one in a thousand 9.  Blind spots: names made of words by a
 * generator look chosen; abbreviations with digits (r2b2) look drawn.
 *
 * No memory; some 20 ns a letter. */
#ifndef FM_DETECT_CHANCE_H
#define FM_DETECT_CHANCE_H

#include "furumai.h"

/** `label` of `len` bytes; case does not matter, what is neither letter nor digit counts like a
 *  digit.  `alphabet`: how many letters the drawing has.  0 for an empty label. */
double fm_chance_bits(const char *label, size_t len, unsigned alphabet);

#endif
