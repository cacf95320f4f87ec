/* Words: each once, as long as their owner lives, and not without end. */
#include "seeded.h"

#include "base/words.h"

#include <stdio.h>
#include <string.h>

static void each_is_kept_once(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_words *words = fm_words_new(&mem);
    char word[16] = "bytes_out";

    (void)state;
    const char *kept = fm_words_of(words, word, sizeof word);
    assert_string_equal(kept, "bytes_out");
    assert_true(kept != word);
    assert_true(fm_words_of(words, "bytes_out", 64) == kept);
    assert_true(fm_words_of(words, "bytes_outward", 9) == kept); /* no further than its bound */
    assert_true(fm_words_of(words, "bytes", 64) != kept);
    assert_null(fm_words_of(words, "", 8));
    memset(word, 'x', sizeof word); /* no end in sight */
    assert_int_equal(strlen(fm_words_of(words, word, sizeof word)), sizeof word);
    fm_words_free(words);
    assert_int_equal(mem.used_bytes, 0);
}

static void there_is_an_end(void **state)
{
    struct fm_mem mem = { 0 };
    struct fm_words *words = fm_words_new(&mem);
    char word[16];

    (void)state;
    for (unsigned i = 0; i < FM_WORDS; i++) {
        snprintf(word, sizeof word, "w%u", i);
        assert_non_null(fm_words_of(words, word, sizeof word));
    }
    assert_null(fm_words_of(words, "one_more", 16));
    assert_non_null(fm_words_of(words, "w7", 16));
    fm_words_free(words);
    mem.limit_bytes = 1;
    assert_null(fm_words_new(&mem));
    fm_words_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_kept_once),
        cmocka_unit_test(there_is_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
