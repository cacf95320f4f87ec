#include "detect/chance.h"

#include <string.h>

enum { VOWEL, CONSONANT, OTHER, CLASSES };

/* Share of each letter in English text, in 1/10,000. */
static const uint16_t english[26] = { 820, 150, 280, 430, 1270, 220, 200, 610, 700, 15, 80, 400,
    240, 670, 750, 190, 10, 600, 630, 910, 280, 100, 240, 15, 200,
    7 };
enum { VOWELS = 4020, CONSONANTS = 5997 }; /* their sums, y among the vowels */

#define EVEN 0.2 /* of the letters' shares that is spread evenly */
#define DIGITS 10.0

/* Which class comes next: after nothing, and after a run of 1, 2, 3 and more of a class. */
static const double start[CLASSES] = { 0.34, 0.62, 0.04 };
static const double follows[CLASSES][3][CLASSES] = {
    [VOWEL] = { { 0.23, 0.74, 0.03 }, { 0.05, 0.93, 0.02 }, { 0.05, 0.93, 0.02 } },
    [CONSONANT] = { { 0.60, 0.37, 0.03 }, { 0.78, 0.18, 0.04 }, { 0.80, 0.14, 0.06 } },
    [OTHER] = { { 0.15, 0.25, 0.60 }, { 0.15, 0.25, 0.60 }, { 0.15, 0.25, 0.60 } },
};

#define ACRONYM_SHARE 0.3 /* of the labels of ACRONYM_LEN letters or fewer */
#define ACRONYM_LEN 4
#define ACRONYM_RARER 6.0

/** 0 to 25, or -1: no letter. */
static int letter_of(char c)
{
    int lower = c | 0x20;

    return lower >= 'a' && lower <= 'z' ? lower - 'a' : -1;
}

static unsigned class_of(int letter)
{
    if (letter < 0)
        return OTHER;
    return strchr("aeiouy", 'a' + letter) ? VOWEL : CONSONANT;
}

static double share_of(int letter, unsigned class)
{
    if (class == OTHER)
        return 1 / DIGITS;
    double sum = class == VOWEL ? VOWELS : CONSONANTS, letters = class == VOWEL ? 6 : 20;
    return (1 - EVEN) * english[letter] / sum + EVEN / letters;
}

/** log2 of how likely the label is as a word. */
static double word_bits(const char *label, size_t len)
{
    const double *next = start;
    unsigned before = CLASSES, run = 0;
    double bits = 0;

    for (size_t i = 0; i < len; i++) {
        int letter = letter_of(label[i]);
        unsigned class = class_of(letter);
        bits += log2(next[class]) + log2(share_of(letter, class));
        run = class == before ? run + 1 : 1;
        before = class;
        next = follows[class][run < 3 ? run - 1 : 2];
    }
    return bits;
}

static double acronym_bits(const char *label, size_t len)
{
    double longer = len > ACRONYM_LEN ? (double)(len - ACRONYM_LEN) : 0;

    for (size_t i = 0; i < len; i++)
        if (letter_of(label[i]) < 0)
            return -INFINITY;
    return log2(ACRONYM_SHARE) - longer * log2(ACRONYM_RARER) - (double)len * log2(26);
}

double fm_chance_bits(const char *label, size_t len, unsigned alphabet)
{
    double word = word_bits(label, len), acronym = acronym_bits(label, len);
    double most = fmax(word, acronym);

    if (!len)
        return 0;
    double chosen = most + log2(exp2(word - most) + exp2(acronym - most));
    return -(double)len * log2(alphabet) - chosen;
}
