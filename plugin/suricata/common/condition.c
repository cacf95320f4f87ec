/* Words between commas; the first is the name, each further one is read by the option that its
 * first letters name.  Comparisons become ranges, so that asking needs no operator. */
#include "suricata/common/condition.h"

#include "detect/detector.h"
#include "engine/engine.h"
#include "policy/near.h"
#include "policy/units.h"

#include <string.h>

#define SCORE_MOST 100
#define WORD_MAX 96

/* A word of the rule, with an end. */
struct word {
    char at[WORD_MAX];
    size_t len;
};

static bool read_threat(struct fm_condition *, const char *value, struct fm_text *error);
static bool read_certainty(struct fm_condition *, const char *value, struct fm_text *error);
static bool read_within(struct fm_condition *, const char *value, struct fm_text *error);
static bool read_src(struct fm_condition *, const char *value, struct fm_text *error);
static bool read_dst(struct fm_condition *, const char *value, struct fm_text *error);
static bool read_either(struct fm_condition *, const char *value, struct fm_text *error);

static const struct option {
    const char *name;
    bool (*read)(struct fm_condition *condition, const char *value, struct fm_text *error);
} options[] = {
    { "threat", read_threat },
    { "certainty", read_certainty },
    { "within", read_within },
    { "src", read_src },
    { "dst", read_dst },
    { "either", read_either },
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

/* The longer ones first: '>' begins '>='. */
static const struct {
    const char *sign;
    bool from, to; /* which end of the range it sets, */
    int step;      /* so far from N */
} operators[] = {
    { ">=", true, false, 0 },
    { "<=", false, true, 0 },
    { ">", true, false, 1 },
    { "<", false, true, -1 },
    { "=", true, true, 0 },
};
#define OPERATORS (sizeof(operators) / sizeof(operators[0]))

/* ---- names ---- */

static char declared[FM_NAMES_DECLARED][FM_NAME];
static unsigned declared_count;

unsigned fm_names(void)
{
    return FM_CATEGORIES + fm_detectors_count + declared_count;
}

const char *fm_name_text(unsigned name)
{
    unsigned types = FM_CATEGORIES + fm_detectors_count;

    return name < FM_CATEGORIES ? fm_category_name[name]
           : name < types       ? fm_detectors[name - FM_CATEGORIES]->name
                                : declared[name - types];
}

unsigned fm_name_of(const char *name)
{
    unsigned i = 0;

    while (i < fm_names() && strcmp(fm_name_text(i), name) != 0)
        i++;
    return i;
}

bool fm_names_declare(const char *name)
{
    if (fm_name_of(name) < fm_names())
        return true;
    if (declared_count == FM_NAMES_DECLARED)
        return false;
    memcpy(declared[declared_count], name, strnlen(name, FM_NAME - 1));
    declared_count++;
    return true;
}

static bool read_name(struct fm_condition *condition, const char *text, struct fm_text *error)
{
    const char *known[FM_CATEGORIES + FM_DETECTORS + FM_NAMES_DECLARED];

    condition->name = fm_name_of(text);
    if (condition->name < fm_names())
        return true;
    for (unsigned i = 0; i < fm_names(); i++)
        known[i] = fm_name_text(i);
    fm_text_addf(error, "\"%s\" is no category and no type", text);
    fm_near_say(error, text, known, fm_names());
    if (fm_near(text, known, fm_names()) == NULL)
        fm_text_adds(error, "; \"furumai detectors\" lists the types");
    return false;
}

/* ---- options ---- */

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* -1: no number from 0 to 100. */
static int read_score(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    int score = 0;

    if (digits == 0 || digits > 3 || text[digits] != '\0')
        return -1;
    for (; *text != '\0'; text++)
        score = score * 10 + (*text - '0');
    return score <= SCORE_MOST ? score : -1;
}

static bool read_range(struct fm_range *range, const char *score, const char *value,
        struct fm_text *error)
{
    size_t i = 0;

    while (i < OPERATORS && strncmp(value, operators[i].sign, strlen(operators[i].sign)) != 0)
        i++;
    int n = i < OPERATORS ? read_score(skip_blanks(value + strlen(operators[i].sign))) : -1;
    if (n < 0) {
        fm_text_addf(error,
                "\"%s %s\" is no comparison with a number from 0 to 100; write "
                "\"%s > 50\" (or >=, <, <=, =)",
                score, value, score);
        return false;
    }
    int end = n + operators[i].step;
    if (operators[i].from && end > range->from)
        range->from = end;
    if (operators[i].to && end < range->to)
        range->to = end;
    if (range->from <= range->to)
        return true;
    fm_text_addf(error,
            "\"%s %s\" can never be: scores are from 0 to 100, and all comparisons "
            "must hold",
            score, value);
    return false;
}

static bool read_threat(struct fm_condition *condition, const char *value, struct fm_text *error)
{
    return read_range(&condition->threat, "threat", value, error);
}

static bool read_certainty(struct fm_condition *condition, const char *value, struct fm_text *error)
{
    return read_range(&condition->certainty, "certainty", value, error);
}

static bool read_within(struct fm_condition *condition, const char *value, struct fm_text *error)
{
    double span_s;

    if (condition->within != 0) {
        fm_text_adds(error, "\"within\" stands twice; keep one");
        return false;
    }
    if (!fm_unit_read(FM_SPAN, value, strlen(value), &span_s) || span_s <= 0 ||
            span_s * FM_SECOND > FM_MARK_STANDS) {
        fm_text_addf(error,
                "\"within %s\" is no span up to 1d, for which a mark stands; write "
                "30s, 5m or 1h",
                value);
        return false;
    }
    condition->within = (fm_time)(span_s * FM_SECOND);
    return true;
}

static bool read_side(struct fm_condition *condition, bool src, bool dst, const char *value,
        struct fm_text *error)
{
    bool twice = condition->src || condition->dst;

    if (*value != '\0')
        fm_text_addf(error, "\"%s\" has no place there; put a comma before it", value);
    else if (twice)
        fm_text_adds(error, "of \"src\", \"dst\" and \"either\" only one can stand; \"either\" is "
                            "any of both ends");
    condition->src = src;
    condition->dst = dst;
    return *value == '\0' && !twice;
}

static bool read_src(struct fm_condition *condition, const char *value, struct fm_text *error)
{
    return read_side(condition, true, false, value, error);
}

static bool read_dst(struct fm_condition *condition, const char *value, struct fm_text *error)
{
    return read_side(condition, false, true, value, error);
}

static bool read_either(struct fm_condition *condition, const char *value, struct fm_text *error)
{
    return read_side(condition, true, true, value, error);
}

static bool read_option(struct fm_condition *condition, char *text, struct fm_text *error)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    const char *value = skip_blanks(text + len), *known[OPTIONS];

    for (size_t i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].name) == len && strncmp(options[i].name, text, len) == 0)
            return options[i].read(condition, value, error);
        known[i] = options[i].name;
    }
    fm_text_addf(error, "\"%s\" is no option", text);
    text[len] = '\0';
    fm_near_say(error, text, known, OPTIONS);
    return false;
}

/* ---- the whole ---- */

/* The next word without blanks around it, and what follows its comma (NULL: nothing); false: it is
 * longer than any that is known. */
static bool next_word(struct word *word, const char **rest)
{
    const char *from = skip_blanks(*rest), *end = from + strcspn(from, ",");

    *rest = *end == ',' ? end + 1 : NULL;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    word->len = (size_t)(end - from);
    bool fits = word->len < WORD_MAX;
    if (!fits)
        word->len = WORD_MAX - 1;
    memcpy(word->at, from, word->len);
    word->at[word->len] = '\0';
    return fits;
}

bool fm_condition_read(struct fm_condition *condition, const char *text, struct fm_text *error)
{
    struct word word;
    bool first = true;

    *condition =
            (struct fm_condition){ .threat = { 0, SCORE_MOST }, .certainty = { 0, SCORE_MOST } };
    for (const char *rest = text; rest != NULL; first = false) {
        if (!next_word(&word, &rest)) {
            fm_text_addf(error, "\"%s...\" is too long for anything known", word.at);
            return false;
        }
        if (word.len == 0) {
            fm_text_adds(error,
                    "nothing stands before or after a comma; write \"recon\" or \"recon, "
                    "threat > 50\"");
            return false;
        }
        if (first ? !read_name(condition, word.at, error) : !read_option(condition, word.at, error))
            return false;
    }
    if (condition->within == 0)
        condition->within = FM_MARK_STANDS;
    if (!condition->dst)
        condition->src = true;
    return true;
}

static bool is_in(int value, struct fm_range range)
{
    return range.from <= value && value <= range.to;
}

bool fm_condition_holds(const struct fm_condition *condition, const struct fm_standing *standing,
        fm_time now)
{
    return is_in(standing->threat, condition->threat) &&
           is_in(standing->certainty, condition->certainty) &&
           now - standing->last <= condition->within;
}
