/* A shortened JSON text is still JSON and still says the same, as far as it goes. */
#include "seeded.h"

#include "suricata/common/shorten.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 65536

static char *shorten(const char *json, size_t cap)
{
    static char out[ROOM];
    size_t len = fm_json_shorten(out, cap, json, strlen(json));

    out[len] = '\0';
    return out;
}

static void short_texts_stay(void **state)
{
    static const char *const texts[] = { "{}", "[]", "{\"a\":[1,2,3],\"b\":{\"c\":\"\\\"]\"}}",
        "{\"a\":-1.5e3,\"b\":[[1],[2]],\"c\":null}" };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_string_equal(shorten(texts[i], ROOM - 1), texts[i]);
}

static void arrays_end_after_eight(void **state)
{
    (void)state;
    assert_string_equal(shorten("{\"a\":[1,2,3,4,5,6,7,8,9,[10,11]],\"b\":1}", ROOM - 1),
            "{\"a\":[1,2,3,4,5,6,7,8],\"b\":1}");
    assert_string_equal(shorten("[1,2,3,4,5,6,7,{\"a\":[1,2,3,4,5,6,7,8,9,0]},9]", ROOM - 1),
            "[1,2,3,4,5,6,7,{\"a\":[1,2,3,4,5,6,7,8]}]");
}

static void strings_end_after_256(void **state)
{
    char text[4096], *out;
    char *at = text;

    (void)state;
    at += snprintf(at, 64, "{\"message\":\"");
    for (int i = 0; i < 400; i++)
        at += snprintf(at, 8, "%s", i % 3 == 0 ? "\\u00e9" : i % 3 == 1 ? "é" : "x");
    snprintf(at, 64, "\",\"after\":\"yes\"}");
    out = shorten(text, ROOM - 1);
    json_t *object = json_loads(out, 0, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "after")), "yes");
    assert_true(strlen(out) < 300);
    json_decref(object);
}

static void long_ones_are_cut_harder(void **state)
{
    (void)state;
    assert_string_equal(shorten("{\"a\":[1,2,3,4,5,6,7,8,9],\"b\":1}", 18),
            "{\"a\":[1,2],\"b\":1}");
}

static void no_room_is_no_text(void **state)
{
    char deep[200];

    (void)state;
    assert_int_equal(strlen(shorten("{\"a\":12345}", 10)), 0);
    assert_string_equal(shorten("{\"a\":1234}", 10), "{\"a\":1234}");
    memset(deep, '[', 100);
    memset(deep + 100, ']', 99);
    deep[199] = '\0';
    assert_int_equal(strlen(shorten(deep, ROOM - 1)), 0);
}

static json_t *any(uint64_t *seed, int depth)
{
    char text[600];

    switch (seeded_below(seed, depth > 5 ? 3 : 5)) {
    case 0:
        return json_integer((json_int_t)seeded(seed));
    case 1:
        return json_true();
    case 2: {
        size_t len = seeded_below(seed, sizeof(text));
        for (size_t i = 0; i < len; i++)
            text[i] = (char)(1 + seeded_below(seed, 127));
        return json_stringn(text, len);
    }
    case 3: {
        json_t *array = json_array();
        for (uint64_t n = seeded_below(seed, 14); n > 0; n--)
            json_array_append_new(array, any(seed, depth + 1));
        return array;
    }
    default: {
        json_t *object = json_object();
        for (uint64_t n = seeded_below(seed, 6); n > 0; n--) {
            snprintf(text, sizeof(text), "k%d", (int)n);
            json_object_set_new(object, text, any(seed, depth + 1));
        }
        return object;
    }
    }
}

static void same_as_far_as_it_goes(const json_t *whole, const json_t *part)
{
    const char *key;
    json_t *value;

    assert_int_equal(json_typeof(whole), json_typeof(part));
    if (json_is_object(whole)) {
        assert_int_equal(json_object_size(whole), json_object_size(part));
        json_object_foreach ((json_t *)whole, key, value)
            same_as_far_as_it_goes(value, json_object_get(part, key));
    } else if (json_is_array(whole)) {
        size_t all = json_array_size(whole);
        assert_int_equal(json_array_size(part), all > 8 ? 8 : all);
        for (size_t i = 0; i < json_array_size(part); i++)
            same_as_far_as_it_goes(json_array_get(whole, i), json_array_get(part, i));
    } else if (json_is_string(whole)) {
        size_t kept = json_string_length(part);
        assert_memory_equal(json_string_value(whole), json_string_value(part), kept);
        assert_true(kept == json_string_length(whole) || kept >= 256 / 6);
    } else {
        assert_true(json_equal(whole, part));
    }
}

static void any_text(void **state)
{
    static char out[1 << 22];
    uint64_t seed = 11;

    (void)state;
    for (int i = 0; i < 300; i++) {
        json_t *whole = json_pack("{s:o}", "v", any(&seed, 0));
        char *text = json_dumps(whole, JSON_COMPACT | (i % 2 ? JSON_ENSURE_ASCII : 0));
        size_t len = fm_json_shorten(out, sizeof(out), text, strlen(text));
        json_t *part = json_loadb(out, len, 0, NULL);
        assert_non_null(part);
        same_as_far_as_it_goes(whole, part);
        assert_true(len <= strlen(text));
        json_decref(part);
        json_decref(whole);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_texts_stay),
        cmocka_unit_test(arrays_end_after_eight),
        cmocka_unit_test(strings_end_after_256),
        cmocka_unit_test(long_ones_are_cut_harder),
        cmocka_unit_test(no_room_is_no_text),
        cmocka_unit_test(any_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
