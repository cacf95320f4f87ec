/* The Lua border: what a policy's code cannot do, what it may use up, and that whatever it does in
 * a call, the detection stays as it was and the next call works. */
#include "policy_fixture.h"

#include "policy/inside.h"

/* ---- the sandbox ----------------------------------------------------------------------------- */

/* All that can be reached, sorted; a newer Lua must not bring more in by itself. */
static const char *const reachable[] = {
    "_VERSION", "assert", "error", "ipairs", "math", "math.abs", "math.ceil", "math.exp",
    "math.floor", "math.fmod", "math.huge", "math.log", "math.max", "math.maxinteger", "math.min",
    "math.mininteger", "math.modf", "math.pi", "math.sqrt", "math.tointeger", "math.type",
    "math.ult", "next", "pairs", "select", "string", "string.byte", "string.char", "string.len",
    "string.lower", "string.reverse", "string.sub", "string.upper", "table", "table.concat",
    "table.insert", "table.pack", "table.remove", "table.unpack", "tonumber", "tostring", "type",
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void test_what_can_be_reached(void **state)
{
    const struct fm_lua_limits limits = { 100000, 1 << 20, 1 << 20, 1 << 20 };
    static const char source[] = "local names = {}\n"
                                 "for k, v in pairs(_ENV) do\n"
                                 "  table.insert(names, k)\n"
                                 "  if type(v) == 'table' then\n"
                                 "    for l in pairs(v) do table.insert(names, k .. '.' .. l) end\n"
                                 "  end\n"
                                 "end\n"
                                 "return names\n";
    struct fm_mem mem = { 0 };
    struct fm_tree tree;
    struct fm_lua_host host;
    struct fm_lua_run run;
    struct fm_value_sink sink = { &tree, fm_tree_take };
    const char *names[64];
    char error[256];
    (void)state;
    fm_tree_init(&tree, &mem);
    assert_true(fm_lua_host_open(&host, &mem, NULL, error, sizeof error));
    host.api->load(host.lua, 0, source, strlen(source), &limits, &sink, &run);
    assert_int_equal(run.outcome, FM_LUA_OK);
    assert_int_equal(tree.count - 1, sizeof reachable / sizeof reachable[0]);
    for (unsigned i = 1; i < tree.count; i++)
        names[i - 1] = tree.value[i].text;
    qsort(names, tree.count - 1, sizeof names[0], by_text);
    for (unsigned i = 0; i < tree.count - 1; i++)
        assert_string_equal(names[i], reachable[i]);
    fm_tree_reset(&tree);
    fm_lua_host_close(&host);
    assert_int_equal(mem.used_bytes, 0);
}

static void test_what_cannot(void **state)
{
    static const char *const lines[] = { "io.open('/etc/passwd')", "os.time()", "load('return 1')",
        "loadfile('x')", "dofile('x')", "require('io')", "pcall(error)", "xpcall(error, error)",
        "coroutine.create(print)", "debug.sethook()", "print('x')", "collectgarbage()",
        "setmetatable({}, {})", "getmetatable('')", "rawset({}, 1, 1)", "string.rep('x', 9)",
        "('x'):rep(9)", "('x'):find('x')", "('x'):match('x')", "('x'):gsub('x', '')",
        "('x'):format()", "string.format('%d', 1)", "string.dump(next)", "string.pack('b', 1)",
        "table.sort({})", "table.move({}, 1, 9, 2)", "math.random()", "math.randomseed(1)",
        "_G.x = 1", "utf8.char(1)", "package.loadlib('x', 'y')" };
    struct site site;
    (void)state;
    site_open(&site);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char source[128];
        snprintf(source, sizeof source, "%s return {}", lines[i]);
        site_write(&site, "policy.lua", source);
        struct fm_policy *policy = site_load(&site);
        if (policy || !(strstr(site.error, "a nil value") || strstr(site.error, "field '?'")))
            fail_msg("%s: %s", lines[i], policy ? "can be called" : site.error);
    }
    site_close(&site);
}

static void test_addresses_are_not_shown(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_policy *policy = site_good(&site,
            "assert(tostring({}) == 'table' and tostring(next) == 'function')\n"
            "assert(tostring(5) == '5' and tostring(nil) == 'nil' and tostring('x') == 'x')\n"
            "return {}\n");
    fm_policy_free(policy);
    site_close(&site);
}

static void test_version(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_policy *policy = site_good(&site, "assert(_VERSION == 'Lua 5.4') return {}");
    assert_string_equal(fm_policy_usage(policy)->version, "Lua 5.4");
    fm_policy_free(policy);
    site_close(&site);
}

static void test_no_function_no_lua(void **state)
{
    struct site site;
    struct fm_verdict verdict;
    (void)state;
    site_open(&site);
    struct fm_policy *policy = site_good(&site, "return { report_certainty = 1 }");
    assert_null(((struct fm_whole *)policy)->lua.lua);
    assert_null(((struct fm_whole *)policy)->lua.handle);
    assert_false(fm_policy_on_detection(policy, "{}", 2, &verdict));
    assert_int_equal(verdict.status, -1);
    assert_int_equal(fm_policy_usage(policy)->calls, 0);
    fm_policy_free(policy);
    site_close(&site);
}

/* ---- the module ------------------------------------------------------------------------------ */

static void test_missing_or_wrong_module(void **state)
{
    struct site site;
    struct fm_lua_host host;
    char wanted[256];
    (void)state;
    site_open(&site);
    assert_false(fm_lua_host_open(&host, &site.mem, site.folder, site.error, sizeof site.error));
    snprintf(wanted, sizeof wanted,
            "furumai-lua.so is missing in %s; install it, or run without a policy file",
            site.folder);
    assert_string_equal(site.error, wanted);
    site_write(&site, "furumai-lua.so", "no shared object");
    assert_false(fm_lua_host_open(&host, &site.mem, site.folder, site.error, sizeof site.error));
    assert_non_null(strstr(site.error, "furumai-lua.so: "));
    assert_null(strchr(site.error, '\n'));
    fm_lua_host_close(&host);
    site_close(&site);
}

/* ---- on_detection ---------------------------------------------------------------------------- */

static struct fm_policy *with_function(struct site *site, const char *body)
{
    char source[4096];
    snprintf(source, sizeof source,
            "local kept = {}\nlocal big = 'x' for i = 1, 15 do big = big .. big end\n"
            "return { on_detection = function(d)\n%s\nend }", body);
    return site_good(site, source);
}

static struct fm_verdict ask(struct fm_policy *policy, const char *json)
{
    struct fm_verdict verdict;
    assert_true(fm_policy_on_detection(policy, json, strlen(json), &verdict));
    return verdict;
}

static void assert_unchanged(const struct fm_verdict *verdict)
{
    assert_false(fm_known(verdict->threat));
    assert_false(fm_known(verdict->certainty));
    assert_int_equal(verdict->status, -1);
    assert_string_equal(verdict->note, "");
}

static void test_verdicts(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_policy *policy = with_function(&site,
            "if d.type == 'beacon' then return nil end\n"
            "if d.type == 'tor' then return {} end\n"
            "if d.type == 'quiet' then return { status = 'off' } end\n"
            "return { threat = d.threat + 7.5, certainty = d.terms[2].value,\n"
            "  status = 'trial', note = d.entity.name .. ' ' .. #d.terms .. '\\n' ..\n"
            "  tostring(d.scored) .. tostring(d.learning) .. d.flow_id }\n");
    struct fm_verdict verdict = ask(policy, "{\"type\":\"beacon\"}");
    assert_unchanged(&verdict);
    verdict = ask(policy, "{\"type\":\"tor\"}");
    assert_unchanged(&verdict);
    verdict = ask(policy, "{\"type\":\"quiet\"}");
    assert_int_equal(verdict.status, FM_OFF);
    verdict = ask(policy,
            "{\"type\":\"port_scan\",\"threat\":40,\"scored\":true,\"learning\":null,"
            "\"flow_id\":1234567890123456789,\"entity\":{\"name\":\"pc\\u00e9\"},"
            "\"terms\":[{\"value\":1},{\"value\":62.25}]}");
    assert_true(verdict.threat == 47.5 && verdict.certainty == 62.25);
    assert_int_equal(verdict.status, FM_TRIAL);
    assert_string_equal(verdict.note, "pc\xc3\xa9 2 truenil1234567890123456789");
    const struct fm_lua_usage *usage = fm_policy_usage(policy);
    assert_int_equal(usage->calls, 4);
    assert_int_equal(usage->errors, 0);
    assert_string_equal(usage->last_error, "");
    assert_in_range(usage->instructions_most, 100, 200);
    assert_in_range(usage->bytes_most, 100, 10000);
    fm_policy_free(policy);
    site_close(&site);
}

struct refusal {
    const char *body, *says;
    bool limit;
};

static const struct refusal refusals[] = {
    { "return 5", "neither nil nor a table", false },
    { "return 'off'", "neither nil nor a table", false },
    { "return function() end", "neither nil nor a table", false },
    { "return { thraet = 5 }", "returned thraet: unknown key; did you mean \"threat\"?", false },
    { "return { 5 }", "returned [item]: unknown key", false },
    { "return { threat = 101 }", "threat: wants a number from 0 to 100", false },
    { "return { threat = -1 }", "threat: wants a number from 0 to 100", false },
    { "return { threat = 0/0 }", "threat: wants a number from 0 to 100", false },
    { "return { certainty = '50' }", "certainty: wants a number from 0 to 100", false },
    { "return { threat = 50, certainty = {} }", "certainty: wants a number", false },
    { "return { status = 'learning' }", "status: wants \"live\", \"trial\" or \"off\"", false },
    { "return { status = 3 }", "status: wants", false },
    { "return { note = function() end }", "note: wants a text", false },
    { "local t = {} t.note = t return t", "note: wants a text", false },
    { "local t = {} for i = 1, 9 do t[i] = t end return t", "returned too much", false },
    { "error('no')", "policy.lua:4: on_detection no", false },
    { "error({})", "error with a table instead of a text", false },
    { "error()", "error with a nil instead of a text", false },
    { "return d.entity.name.x.y", "policy.lua:4: on_detection attempt to index", false },
    { "return string.sub()", "bad argument #1 to 'sub'", false },
    { "while true do end", "policy.lua:4: on_detection runs for more than 100000 instr", true },
    { "for i = 1, 1e18 do end", "runs for more than", true },
    { "local function f() return f() end return f()", "runs for more than", true },
    { "local function f() return 1 + f() end return f()", "at once", true },
    { "return { note = big .. big .. big .. big }", "asks for more than 65536 bytes at", true },
    { "return { note = string.upper(big) .. big .. 'x' }", "at once", true },
    { "local t = {} for i = 1, 60 do t[i] = big .. i end", "holds more than 1048576 bytes", true },
    { "while true do local s = big .. d.type end", "allocates more than 8388608 bytes", true },
    { "return { note = table.concat({ big, big, big }) }", "at once", true },
    { "return table.unpack({}, 1, 1e6)", "", false },
    { "local t = {} for i = 1, 1e9 do t = { t } end", "", true },
};

static void test_errors_and_limits(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        char body[512];
        snprintf(body, sizeof body, "if d.fine then return { threat = 1 } end %s",
                refusals[i].body);
        struct fm_policy *policy = with_function(&site, body);
        const struct fm_lua_usage *usage = fm_policy_usage(policy);
        for (unsigned round = 1; round <= 3; round++) {
            struct fm_verdict verdict = ask(policy, "{\"type\":\"x\",\"entity\":{\"name\":\"n\"}}");
            assert_unchanged(&verdict);
            if (usage->errors != round || !strstr(usage->last_error, refusals[i].says))
                fail_msg("%s: %s", refusals[i].body, usage->last_error);
            assert_int_equal(usage->limit_hits, refusals[i].limit ? round : 0);
            assert_null(strchr(usage->last_error, '\n'));
            verdict = ask(policy, "{\"fine\":true}");
            assert_true(verdict.threat == 1);
        }
        assert_int_equal(usage->calls, 6);
        assert_true(usage->instructions_most <= fm_call_limits.instructions + 100);
        assert_true(usage->bytes_most <= fm_call_limits.grow_bytes);
        fm_policy_free(policy);
    }
    site_close(&site);
}

/* What a function keeps from call to call is bounded as a whole. */
static void test_what_is_kept_is_bounded(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_policy *policy =
            with_function(&site, "kept[#kept + 1] = string.sub(big, 1, 20000) .. #kept");
    uint64_t before = site.mem.used_bytes, most = 0;
    for (int i = 0; i < 500; i++) {
        ask(policy, "{}");
        most = site.mem.used_bytes > most ? site.mem.used_bytes : most;
    }
    const struct fm_lua_usage *usage = fm_policy_usage(policy);
    assert_int_equal(usage->calls, 500);
    assert_in_range(usage->limit_hits, 400, 460);
    assert_true(most - before < fm_call_limits.grow_bytes + 200000);
    fm_policy_free(policy);
    site_close(&site);
}

/* Functions in what is returned are not kept for ever. */
static void test_results_are_forgotten(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_policy *policy =
            with_function(&site, "return { note = 'x', threat = function() return d end }");
    for (int i = 0; i < 2000; i++)
        ask(policy, "{}");
    uint64_t middle = site.mem.peak_bytes;
    for (int i = 0; i < 20000; i++)
        ask(policy, "{}");
    assert_true(site.mem.peak_bytes < middle + 100000);
    assert_int_equal(fm_policy_usage(policy)->limit_hits, 0);
    fm_policy_free(policy);
    site_close(&site);
}

/* A copy goes in: what the function does to it is nobody else's business, and depth ends. */
static void test_what_goes_in(void **state)
{
    struct site site;
    char deep[512] = "";
    (void)state;
    site_open(&site);
    struct fm_policy *policy = with_function(&site,
            "local n, at = 0, d\n"
            "while at.in_ do n = n + 1 at = at.in_ end\n"
            "d.type = nil d[1] = d\n"
            "return { threat = n }\n");
    for (int i = 0; i < 12; i++)
        strcat(deep, "{\"in_\":");
    strcat(deep, "1");
    for (int i = 0; i < 12; i++)
        strcat(deep, "}");
    struct fm_verdict verdict = ask(policy, deep);
    assert_true(verdict.threat == FM_VALUE_DEPTH);
    static const char *const bad[] = { "", "[]", "5", "{", "{\"a\":1}x", "{\"a\":\"\\ud800\"}" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        verdict = ask(policy, bad[i]);
        assert_unchanged(&verdict);
        assert_int_equal(fm_policy_usage(policy)->errors, i + 1);
    }
    assert_string_equal(fm_policy_usage(policy)->last_error,
            "on_detection was not called: the event is no JSON object");
    fm_policy_free(policy);
    site_close(&site);
}

static void test_the_last_layer_has_the_function(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    site_folder(&site, "local.d");
    const char *path = site_write(&site, "local.d/a.lua",
            "return { on_detection = function(d)\n return { threat = d.x.y } end }");
    struct fm_policy *policy =
            site_good(&site, "return { on_detection = function() return { threat = 1 } end }");
    struct fm_verdict verdict = ask(policy, "{\"x\":{\"y\":2}}");
    char wanted[200];
    assert_true(verdict.threat == 2);
    ask(policy, "{}");
    snprintf(wanted, sizeof wanted, "%s:2: on_detection attempt to index", path);
    assert_memory_equal(fm_policy_usage(policy)->last_error, wanted, strlen(wanted));
    fm_policy_free(policy);
    site_close(&site);
}

static void test_every_allocation_of_a_call_fails_once(void **state)
{
    struct site site;
    static const char json[] = "{\"type\":\"x\",\"terms\":[{\"value\":1},{\"value\":2}]}";
    unsigned failed = 0;
    (void)state;
    site_open(&site);
    struct fm_policy *policy = with_function(&site,
            "local s = '' for i = 1, 20 do s = s .. d.type .. i end\n"
            "return { threat = d.terms[2].value, note = s }\n");
    struct fm_verdict verdict = ask(policy, json);
    uint64_t before = site.mem.calls;
    ask(policy, json);
    uint64_t calls = site.mem.calls - before + 10;
    for (uint64_t n = 1; n <= calls; n++) {
        site.mem.fail_at = site.mem.calls + n;
        verdict = ask(policy, json);
        assert_true(!fm_known(verdict.threat) || verdict.threat == 2);
        failed += !fm_known(verdict.threat);
    }
    site.mem.fail_at = 0;
    assert_true(failed > 0);
    assert_int_equal(fm_policy_usage(policy)->errors, failed);
    assert_int_equal(fm_policy_usage(policy)->limit_hits, 0);
    verdict = ask(policy, json);
    assert_true(verdict.threat == 2);
    fm_policy_free(policy);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_can_be_reached),
        cmocka_unit_test(test_what_cannot),
        cmocka_unit_test(test_addresses_are_not_shown),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_no_function_no_lua),
        cmocka_unit_test(test_missing_or_wrong_module),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_errors_and_limits),
        cmocka_unit_test(test_what_is_kept_is_bounded),
        cmocka_unit_test(test_results_are_forgotten),
        cmocka_unit_test(test_what_goes_in),
        cmocka_unit_test(test_the_last_layer_has_the_function),
        cmocka_unit_test(test_every_allocation_of_a_call_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
