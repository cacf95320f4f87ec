/* One call of on_detection: the event's JSON becomes a table of its own, the function returns nil
 * or a small table, which is checked like everything else of the policy.  Whatever goes wrong, the
 * detection stays as it was, and it is counted.  jansson's own allocations are not counted in the
 * engine's memory: at most a few times the event's 8 KiB, for the time of the call. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/inside.h"
#include "policy/near.h"

/* A call works on one event of at most 8 KiB. */
const struct fm_lua_limits fm_call_limits = {
    .instructions = 100000,
    .grow_bytes = 1 << 20,
    .block_bytes = 64 << 10,
    .churn_bytes = 8 << 20,
};

/* ---- JSON to values -------------------------------------------------------------------------- */

static bool take_json(struct fm_tree *tree, const json_t *json, struct fm_value *value);

static bool take_items(struct fm_tree *tree, const json_t *json, unsigned depth)
{
    const char *key;
    json_t *item;
    size_t i;
    if (json_is_array(json)) {
        json_array_foreach(json, i, item)
        {
            struct fm_value value = { .depth = depth, .index = (uint32_t)i + 1 };
            if (!take_json(tree, item, &value))
                return false;
        }
        return true;
    }
    json_object_foreach((json_t *)json, key, item)
    {
        struct fm_value value = { .depth = depth, .key = key };
        if (!take_json(tree, item, &value))
            return false;
    }
    return true;
}

/* null is Lua's nil: the key is not there. */
static bool take_json(struct fm_tree *tree, const json_t *json, struct fm_value *value)
{
    switch (json_typeof(json)) {
    case JSON_NULL:
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        value->type = FM_VALUE_BOOL;
        value->truth = json_is_true(json);
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        value->type = FM_VALUE_NUMBER;
        value->number = json_number_value(json);
        value->is_whole = json_is_integer(json);
        value->whole = json_integer_value(json);
        break;
    case JSON_STRING:
        value->type = FM_VALUE_TEXT;
        value->text = json_string_value(json);
        value->text_len = json_string_length(json);
        break;
    default:
        value->type = FM_VALUE_TABLE;
    }
    if (!fm_tree_take(tree, value))
        return false;
    return value->type != FM_VALUE_TABLE || value->depth == FM_VALUE_DEPTH ||
           take_items(tree, json, value->depth + 1);
}

static const char *decode(struct fm_tree *tree, const char *json, size_t len)
{
    struct fm_value root = { 0 };
    json_t *event = json_loadb(json, len, 0, NULL);
    const char *wrong = NULL;
    if (!json_is_object(event))
        wrong = "the event is no JSON object";
    else if (!take_json(tree, event, &root))
        wrong = "the event does not fit into memory";
    json_decref(event);
    return wrong;
}

/* ---- what it returned ------------------------------------------------------------------------ */

static const char *const verdict_keys[] = { "threat", "certainty", "status", "note" };

#define VERDICT_KEYS (sizeof verdict_keys / sizeof verdict_keys[0])

static bool read_score(const struct fm_value *value, double *out)
{
    if (value->type != FM_VALUE_NUMBER || !(value->number >= 0 && value->number <= 100))
        return false;
    *out = value->number;
    return true;
}

static bool read_status(const struct fm_value *value, int *out)
{
    for (int s = 0; value->type == FM_VALUE_TEXT && s < FM_STATUSES; s++) {
        if (s != FM_LEARNING && strcmp(fm_status_name[s], value->text) == 0) {
            *out = s;
            return true;
        }
    }
    return false;
}

static bool read_note(const struct fm_value *value, char *out, size_t cap)
{
    if (value->type != FM_VALUE_TEXT)
        return false;
    snprintf(out, cap, "%s", value->text);
    for (char *c = out; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    }
    return true;
}

/* One item into the verdict; false, and the reason, when it may not be there. */
static bool read_item(const struct fm_value *value, struct fm_verdict *out, struct fm_text *why)
{
    const char *key = value->key ? value->key : "[item]";
    fm_text_addf(why, "on_detection returned %.32s: ", key);
    if (strcmp(key, "threat") == 0 || strcmp(key, "certainty") == 0) {
        fm_text_adds(why, "wants a number from 0 to 100");
        return read_score(value, key[0] == 't' ? &out->threat : &out->certainty);
    }
    if (strcmp(key, "status") == 0) {
        fm_text_adds(why, "wants \"live\", \"trial\" or \"off\"");
        return read_status(value, &out->status);
    }
    if (strcmp(key, "note") == 0) {
        fm_text_adds(why, "wants a text");
        return read_note(value, out->note, sizeof out->note);
    }
    fm_text_adds(why, "unknown key");
    fm_near_say(why, key, verdict_keys, VERDICT_KEYS);
    return false;
}

static void unchanged(struct fm_verdict *out)
{
    *out = (struct fm_verdict){ .threat = FM_UNKNOWN, .certainty = FM_UNKNOWN, .status = -1 };
}

static bool read_verdict(const struct fm_tree *tree, struct fm_verdict *out, char *error,
        size_t cap)
{
    struct fm_text why;
    if (tree->count == 0)
        return true;
    if (tree->value[0].type != FM_VALUE_TABLE) {
        snprintf(error, cap, "on_detection returned neither nil nor a table");
        return false;
    }
    for (uint32_t i = 1; i < tree->count; i++) {
        fm_text_init(&why, error, cap);
        if (!read_item(&tree->value[i], out, &why)) {
            unchanged(out);
            return false;
        }
    }
    return true;
}

/* ---- the call -------------------------------------------------------------------------------- */

static void say_run(const struct fm_whole *whole, const struct fm_lua_run *run, char *error,
        size_t cap)
{
    if (run->outcome == FM_LUA_SINK)
        snprintf(error, cap, "on_detection returned too much");
    else if (run->chunk >= 0 && (unsigned)run->chunk < whole->files && run->line)
        snprintf(error, cap, "%s:%u: on_detection %s", whole->file[run->chunk], run->line,
                run->error);
    else
        snprintf(error, cap, "on_detection %s", run->error);
}

static bool call(struct fm_whole *whole, const struct fm_tree *in, struct fm_verdict *out,
        char *error, size_t cap)
{
    struct fm_lua_usage *usage = &whole->usage;
    const struct fm_value_sink sink = { &whole->call, fm_tree_take };
    struct fm_lua_run run;
    whole->lua.api->call(whole->lua.lua, whole->on_detection, in->value, in->count,
            &fm_call_limits, &sink, &run);
    if (run.instructions > usage->instructions_most)
        usage->instructions_most = run.instructions;
    if (run.bytes > usage->bytes_most)
        usage->bytes_most = run.bytes;
    usage->limit_hits += run.outcome == FM_LUA_LIMIT;
    if (run.outcome != FM_LUA_OK) {
        say_run(whole, &run, error, cap);
        return false;
    }
    return read_verdict(&whole->call, out, error, cap);
}

bool fm_policy_on_detection(struct fm_policy *policy, const char *json, size_t len,
        struct fm_verdict *out)
{
    struct fm_whole *whole = (struct fm_whole *)policy;
    char error[sizeof whole->usage.last_error];
    struct fm_tree in;
    unchanged(out);
    if (!policy->has_on_detection)
        return false;
    whole->usage.calls++;
    fm_tree_init(&in, whole->mem);
    const char *wrong = decode(&in, json, len);
    if (wrong)
        snprintf(error, sizeof error, "on_detection was not called: %s", wrong);
    if (wrong || !call(whole, &in, out, error, sizeof error)) {
        whole->usage.errors++;
        memcpy(whole->usage.last_error, error, sizeof error);
    }
    fm_tree_reset(&in);
    fm_tree_reset(&whole->call);
    return true;
}
