/* Loading: what a policy may say arrives in the structs, whatever else it says is one line that
 * names file, line, path and remedy, and nothing is left behind by a load that failed. */
#include "policy_fixture.h"

#include <ctype.h>
#include <dirent.h>

#include "base/text.h"
#include "policy/inside.h"

/* ---- errors ---------------------------------------------------------------------------------- */

struct wrong {
    const char *source;
    const char *line; /* of the error; NULL: none is told */
    const char *says[4];
};

#define WALK(keys) "return { declare = { walk = { family = 'tally', " keys " } } }"
#define WALK_HEAD "title = 'W', help = 'h', category = 'recon', "

static const struct wrong wrongs[] = {
    /* the language */
    { "return {", "1", { "unexpected symbol near <eof>" } },
    { "return {\n  preset = 'office'\n  networks = {} }", "3", { "'}' expected" } },
    { "return {\n  preset = }", "2", { "unexpected symbol" } },
    { "local x = nil\nreturn { preset = x.y }", "2", { "attempt to index" } },
    { "\n\nerror('no such site')", "3", { "no such site" } },
    { "error({})", NULL, { "error with a table instead of a text" } },
    { "return 5", NULL, { "must return a table, returns number" } },
    { "preset = 'office'", NULL, { "must return a table, returns nothing" } },
    { "\x1bLuaT", NULL, { "attempt to load a binary chunk" } },
    /* keys */
    { "return {\n  detectors = {\n    port_scan = { min_portz = 3 } } }", "3",
            { "detectors.port_scan.min_portz: unknown key", "did you mean \"min_ports\"?" } },
    { "return { detectors = { portscan = {} } }", "1",
            { "detectors.portscan: unknown key", "did you mean \"port_scan\"?" } },
    { "return { netwroks = {} }", "1", { "netwroks: unknown key", "did you mean \"networks\"?" } },
    { "return { zzzzzz = 1 }", "1",
            { "zzzzzz: unknown key", "known here: networks, preset, report_certainty" } },
    { "return { networks = { roles = { scaner = {} } } }", "1",
            { "networks.roles.scaner", "\"scanner\"" } },
    { "return { lists = { familar = 'x' } }", "1", { "lists.familar", "\"familiar\"" } },
    { "return { 'office' }", "1", { "[1]: an item without a name; write name = value" } },
    { "return { [true] = 1 }", NULL, { "[true]: unknown key" } },
    { "return { [2.5] = 1 }", NULL, { "[2.5]: unknown key" } },
    { "return { ['pre\\0set'] = 1 }", NULL, { "[a name that holds a NUL]" } },
    { "return { ['pre\\nset'] = 1 }", NULL, { "pre?set: unknown key", "\"preset\"" } },
    { "return { [function() end] = 1 }", NULL, { "[a function]: unknown key" } },
    /* types */
    { "return { preset = 7 }", "1", { "preset: wants preset, got the number 7" } },
    { "return { preset = 'offcie' }", "1", { "\"offcie\" is no preset", "\"office\"" } },
    { "return { preset = '' }", "1", { "preset: is empty" } },
    { "return { report_certainty = 'high' }", "1",
            { "report_certainty: wants a number, got the text \"high\"" } },
    { "return { report_certainty = true }", "1", { "got true" } },
    { "return { report_certainty = 130 }", "1", { "130 is out of range: 0 to 100 (points)" } },
    { "return { report_certainty = 0/0 }", "1", { "is no finite number" } },
    { "return { report_certainty = math.huge }", "1", { "is no finite number" } },
    { "return { detectors = 5 }", "1", { "detectors: wants a table, got the number 5" } },
    { "return { detectors = { beacon = function() end } }", "1",
            { "detectors.beacon: wants a table, got a function" } },
    { "return { on_detection = 'yes' }", "1", { "on_detection: wants a function" } },
    { "return { on_detection = {} }", "1", { "wants a function, got a table" } },
    /* numbers and units */
    { "return { detectors = { port_scan = { window = '15 minutes' } } }", "1",
            { "detectors.port_scan.window: wants seconds, or a text such as", "\"15 minutes\"" } },
    { "return { detectors = { port_scan = { window = '1s' } } }", "1",
            { "1 is out of range: \"1m\" to \"1d\" (s)" } },
    { "return { detectors = { port_scan = { window = {} } } }", "1", { "got a table" } },
    { "return { detectors = { port_scan = { min_ports = '20' } } }", "1",
            { "wants a number, got the text \"20\"" } },
    { "return { detectors = { port_scan = { min_ports = 20.5 } } }", "1",
            { "20.5 is no whole number" } },
    { "return { detectors = { port_scan = { fail_share = 1.5 } } }", "1",
            { "out of range: 0.1 to 1 (share)" } },
    { "return { detectors = { smash_and_grab = { min_bytes = '5 apples' } } }", "1",
            { "bytes, or a text such as \"64KiB\"" } },
    { "return { detectors = { port_scan = { quiet = '1s' } } }", "1", { "quiet: 1 is out of" } },
    { "return { detectors = { port_scan = { budget = 0 } } }", "1", { "budget: 0 is out of" } },
    { "return { detectors = { port_scan = { status = 'live!' } } }", "1",
            { "\"live!\" is no status", "\"live\"" } },
    { "return { detectors = { port_scan = { status = 'a\\nb' } } }", "1",
            { "holds a control character" } },
    /* curves and weights */
    { "return { detectors = { port_scan = { threat = {\n  { curve = { 1, 2, 3, 4 } },\n} } } }",
            "2", { "threat[1]: has no term; write { term = " } },
    { "return { detectors = { port_scan = { threat = {\n  { term = 'ports' },\n"
      "  { term = 'prts' },\n} } } }",
            "3", { "threat[2].term: \"prts\" is no term of this score", "\"ports\"" } },
    { "return { detectors = { port_scan = { threat = {\n { term = 'fail_share' } } } } }", "2",
            { "is no term of this score" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports' },\n"
      " { term = 'ports' } } } } }",
            "2", { "threat[2]: the term \"ports\" stands here twice" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports',\n"
      " curve = { 1, 2, 3 } } } } } }",
            "2", { "curve: wants four anchors (base, low, medium, high), got 3" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports', curve = {\n"
      " 1, 5,\n 3, 9 } } } } } }",
            "3", { "threat[1].curve[3]: a curve that rises may not turn" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports', curve = {\n"
      " 9, 5, 6, 1 } } } } } }",
            "2", { "curve[3]: a curve that falls may not turn" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports', curve = {\n"
      " 9, 5, 6, 9 } } } } } }",
            "1", { "the first anchor and the last are equal" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports', curve = {\n"
      " 1, 2, 0/0, 4 } } } } } }",
            "2", { "curve[3]: is no finite number" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports', curve = {\n"
      " 1, 2, nil, 4 } } } } } }",
            "1", { "curve: item 3 is missing" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports', weight = 0 } } } } }",
            "1", { "weight: 0 is out of range" } },
    { "return { detectors = { port_scan = { threat = { { term = 'ports', wieght = 1 } } } } }",
            "1", { "wieght: unknown key", "\"weight\"" } },
    { "return { detectors = { port_scan = { threat = { ports = {} } } } }", "1",
            { "threat.ports: a name where a list" } },
    { "return { detectors = { port_scan = { certainty = { 'ports' } } } }", "1",
            { "certainty[1]: wants a table" } },
    /* networks */
    { "return { networks = {\n  internal = {\n    '10.0.0.0/8',\n    '10.0.0.0/33' } } }", "4",
            { "networks.internal[2]: \"10.0.0.0/33\" is no prefix; write 10.0.0.0/8" } },
    { "return { networks = { internal = '10.0.0.0/8' } }", "1",
            { "networks.internal: wants a list of prefixes" } },
    { "return { networks = { internal = {} } }", "1", { "networks.internal: is empty" } },
    { "return { networks = { roles = { nat = { 7 } } } }", "1",
            { "networks.roles.nat[1]: wants a prefix, got the number 7" } },
    /* lists */
    { "return { lists = { familiar = 'none.txt' } }", "1",
            { "lists.familiar: ", "none.txt: No such file" } },
    { "return { lists = { familiar = { 'good.txt',\n 'bad.txt' } } }", "2",
            { "lists.familiar[2]: ", "bad.txt:3: \"10.0.0.300\" is no name, address or prefix" } },
    { "return { lists = { familiar = { 5 } } }", "1", { "wants the path of a list file" } },
    { "return { lists = { familiar = '.' } }", "1", { "is a folder where a file is wanted" } },
    { "return { lists = { familiar = '/dev/null' } }", "1", { "is no regular file" } },
    /* declared detectors */
    { "return { declare = { port_scan = {} } }", "1",
            { "declare.port_scan: is built in; tune it in detectors.port_scan" } },
    { "return { declare = { ['My walk'] = {} } }", "1",
            { "a detector's name is small letters, digits and _" } },
    { "return { declare = { {} } }", "1", { "declare[1]: a detector's name is small" } },
    { "return { declare = { walk = {} } }", "1",
            { "declare.walk: has no family; write family = \"tally\"" } },
    { "return { declare = { walk = { family = 'rhythm' } } }", "1",
            { "\"rhythm\" is no family", "known here: tally" } },
    { "return { declare = { walk = { family = 'tally', titel = 'x' } } }", "1",
            { "walk.titel: unknown key", "\"title\"" } },
    { WALK("title = 'W', help = 'h', category = 'recon', item = 'server', counts = 'failed',"
           " window = '1h'"), "1", { "declare.walk: has no least" } },
    { WALK("help = 'h', category = 'recon'"), "1", { "declare.walk: has no title" } },
    { WALK("title = 'W', help = 'h', category = 'recom'"), "1",
            { "\"recom\" is no category", "\"recon\"" } },
    { WALK(WALK_HEAD "group = 'server', item = 'server', counts = 'all', least = 9, window = 60"),
            "1", { "a group \"server\" has no many of the item \"server\"" } },
    { WALK(WALK_HEAD "item = 'all', counts = 'all', least = 9, window = 60"), "1",
            { "item: \"all\" is no item; known here: server, port, service, network" } },
    { WALK(WALK_HEAD "item = 'port', counts = 'every', least = 9, window = 60"), "1",
            { "\"every\" is no counts; known here: all, failed, unanswered" } },
    { WALK(WALK_HEAD "item = 'port', counts = 'all', least = 1, window = 60"), "1",
            { "least: 1 is out of range: 2 to 65535" } },
    { WALK(WALK_HEAD "item = 'port', counts = 'all', least = 9, window = 60, ports = {\n"
           "  22,\n  '99-80' }"), "3", { "ports[2]: 99-80 is no range of ports" } },
    { WALK(WALK_HEAD "item = 'port', counts = 'all', least = 9, window = 60, ports = { 70000 }"),
            "1", { "ports[1]: 70000 is out of range" } },
    { WALK(WALK_HEAD "item = 'port', counts = 'all', least = 9, window = 60, ports = {}"), "1",
            { "ports: names 0 ports or ranges" } },
    { WALK(WALK_HEAD "technique = { 'TA0007' }"), "1",
            { "technique[1]: \"TA0007\" is no ATT&CK technique" } },
    { WALK(WALK_HEAD "excused = { 'admins' }"), "1", { "\"admins\" is no role", "\"admin\"" } },
    { WALK(WALK_HEAD "item = 'port', counts = 'all', least = 9, window = 60,\n"
           " threat = { { term = 'share' } }"), "2",
            { "threat[1].term: \"share\" is no term of this score; known here: items" } },
    { "local t = {} for i = 1, 17 do t['walk' .. i] = { family = 'tally', title = 'W',\n"
      "  help = 'h', category = 'recon', item = 'port', counts = 'all', least = 9, window = 60 } end\n"
      "return { declare = t }", NULL, { "more than 16 detectors declared" } },
    { "return { detectors = { walk = {} }, declare = {} }", "1",
            { "detectors.walk: unknown key" } },
    /* triage */
    { "return { triage = { { host = '10.0.0.5', type = 'port_scan' } } }", "1",
            { "triage[1]: has no reason; write reason = \"misdetection\"" } },
    { "return { triage = {\n { reason = 'noise', note = 'all' } } }", "2",
            { "triage[1]: names neither host, type nor peer" } },
    { "return { triage = { { host = '10.0.0.5', reason = 'nois' } } }", "1",
            { "triage[1].reason: \"nois\" is no reason", "\"noise\"" } },
    { "return { triage = { { host = 'pc9', reason = 'noise' } } }", "1",
            { "triage[1].host: \"pc9\" is no prefix; write 10.0.0.5 or" } },
    { "return { triage = { { host = {}, reason = 'noise' } } }", "1", { "host: names 0 hosts" } },
    { "return { triage = { { host = { '10.0.0.5',\n 7 }, reason = 'noise' } } }", "2",
            { "host[2]: wants an address or a prefix, got the number 7" } },
    { "return { triage = { { type = 'portscan', reason = 'noise' } } }", "1",
            { "type: \"portscan\" is no type of detection", "\"port_scan\"" } },
    { "return { triage = { { type = 'category:recom', reason = 'noise' } } }", "1",
            { "did you mean \"category:recon\"?" } },
    { "return { triage = { { peer = '10.0.0.300', reason = 'noise' } } }", "1",
            { "peer: \"10.0.0.300\" is neither a name nor a prefix" } },
    { "return { triage = { { peer = '10.0.0.0/33', reason = 'noise' } } }", "1",
            { "is neither a name nor a prefix" } },
    { "return { triage = { { peer = '!10.0.0.0/8', reason = 'noise' } } }", "1",
            { "is neither a name nor a prefix" } },
    { "return { triage = { { host = '10.0.0.5', reazon = 'noise' } } }", "1",
            { "reazon: unknown key", "\"reason\"" } },
    { "return { triage = { host = '10.0.0.5', reason = 'noise' } }", "1",
            { "triage.host: a name where a list of { host" } },
    { "local t = {} for i = 1, 257 do t[i] = { host = '10.0.0.5', reason = 'noise' } end\n"
      "return { triage = t }", NULL, { "triage[257]: more than 256 rules; name prefixes" } },
    /* tables made to hurt */
    { "local t = {} t.preset = t return t", NULL, { "preset: wants preset, got a table" } },
    { "local t = {} for i = 1, 9999 do t = { networks = t } end return t", NULL,
            { "networks.networks: unknown key" } },
    { "local t = {} t.networks = t return t", NULL, { "networks.networks: unknown key" } },
    { "local t = {} for i = 1, 70000 do t[i] = i end return t", NULL,
            { "asks for more than 262144 bytes at once" } },
    { "local t = {} for i = 1, 9 do t['k'..i] = t end return t", NULL,
            { "more than 65536 values, or a table that holds itself" } },
    { "local s = 'x' for i = 1, 18 do s = s .. s end return { preset = s }", NULL,
            { "asks for more than 262144 bytes at once; a policy is short" } },
    { "local s = 'x' for i = 1, 17 do s = s .. s end return { preset = s }", "1",
            { "preset: \"xxxx", "is no preset" } },
    { "while true do end", "1",
            { "runs for more than 200000 instructions; a policy is short tables" } },
    { "local s, t = 'x', {} for i = 1, 16 do s = s .. s end while true do t[#t + 1] = s .. #t end",
            NULL, { "holds more than 16777216 bytes; a policy is" } },
    { "local s = 'x' for i = 1, 16 do s = s .. s end while true do local u = s .. 'y' end", NULL,
            { "allocates more than 67108864 bytes in all" } },
    { "local function f() return f() end f()", "1", { "runs for more than" } },
    { "local function f() return 1 + f() end f()", NULL, { "asks for more than 262144 bytes at" } },
};

static const char *const keyed_good_txt = "a.example\n";
static const char *const keyed_bad_txt = "# times\nb.example\n10.0.0.300\n";

static void check_wrong(struct site *site, const struct wrong *wrong)
{
    const char *path = site_write(site, "policy.lua", wrong->source);
    char start[256];
    assert_null(site_load(site));
    snprintf(start, sizeof start, wrong->line ? "%s:%s: " : "%s: ", path, wrong->line);
    bool starts = strncmp(site->error, start, strlen(start)) == 0;
    if (!starts)
        fail_msg("%s\nstarts not with \"%s\" but is: %s", wrong->source, start, site->error);
    for (unsigned i = 0; i < 4 && wrong->says[i]; i++) {
        if (!strstr(site->error, wrong->says[i]))
            fail_msg("%s\nsays not \"%s\" but: %s", wrong->source, wrong->says[i], site->error);
    }
    assert_null(strchr(site->error, '\n'));
    assert_int_equal(site->mem.used_bytes, 0);
}

static void test_every_error_is_one_line(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    site_write(&site, "good.txt", keyed_good_txt);
    site_write(&site, "bad.txt", keyed_bad_txt);
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
        check_wrong(&site, &wrongs[i]);
    site_close(&site);
}

/* The parser's own depth ends before the C stack does. */
static void test_deep_source(void **state)
{
    static char source[40000] = "return ";
    struct site site;
    (void)state;
    memset(source + 7, '{', 15000);
    memset(source + 15007, '}', 15000);
    site_open(&site);
    site_write(&site, "policy.lua", source);
    assert_null(site_load(&site));
    assert_non_null(strstr(site.error, "policy.lua: C stack overflow"));
    site_close(&site);
}

static void test_missing_files(void **state)
{
    struct site site;
    char path[160];
    (void)state;
    site_open(&site);
    assert_null(site_load(&site));
    snprintf(path, sizeof path, "%s/policy.lua: No such file or directory", site.folder);
    assert_string_equal(site.error, path);
    snprintf(path, sizeof path, "%s/none/policy.lua", site.folder);
    assert_null(fm_policy_load(&site.mem, path, NULL, site.error, sizeof site.error));
    assert_non_null(strstr(site.error, "none/policy.lua: No such file"));
    site_write(&site, "policy.lua", "return {}");
    site_write(&site, "local.d", "not a folder");
    assert_null(site_load(&site));
    assert_non_null(strstr(site.error, "local.d/: Not a directory"));
    site_close(&site);
}

static void test_short_error_buffers(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    site_write(&site, "policy.lua", "return { detectors = { port_scan = { min_portz = 1 } } }");
    for (size_t cap = 1; cap < 200; cap++) {
        char error[200];
        memset(error, 'x', sizeof error);
        assert_null(fm_policy_load(&site.mem, site.folder, NULL, error, cap));
        assert_non_null(memchr(error, '\0', cap));
        assert_true(cap == sizeof error || error[cap] == 'x');
    }
    site_close(&site);
}

/* ---- what arrives ---------------------------------------------------------------------------- */

static bool inside(const struct fm_policy *policy, const char *text)
{
    struct fm_addr addr;
    assert_true(fm_addr_parse(text, strlen(text), &addr));
    return fm_inside(&policy->networks, &addr);
}

static void test_built_in(void **state)
{
    struct fm_mem mem = { 0 };
    char error[256];
    (void)state;
    struct fm_policy *policy = fm_policy_load(&mem, NULL, NULL, error, sizeof error);
    assert_non_null(policy);
    assert_int_equal(policy->preset, FM_PRESET_OFFICE);
    assert_true(policy->report_certainty == 30);
    assert_int_equal(policy->detectors, fm_detectors_count);
    for (unsigned d = 0; d < fm_detectors_count; d++) {
        struct fm_tuning tuning;
        fm_tuning_preset(fm_detectors[d], &tuning);
        assert_memory_equal(&tuning, &policy->tuning[d], sizeof tuning);
    }
    assert_true(inside(policy, "10.1.2.3") && inside(policy, "172.31.0.1"));
    assert_true(inside(policy, "fd00::1") && inside(policy, "fe80::1"));
    assert_false(inside(policy, "172.32.0.1") || inside(policy, "2001:db8::1"));
    assert_false(policy->has_on_detection || policy->internal_declared);
    assert_int_equal(policy->lists, 0);
    assert_null(fm_policy_list(policy, "familiar"));
    fm_policy_free(policy);
    assert_int_equal(mem.used_bytes, 0);
}

static void test_internal_from_the_caller(void **state)
{
    struct fm_mem mem = { 0 };
    char error[256];
    (void)state;
    struct fm_policy *policy = fm_policy_load(&mem, NULL,
            "203.0.113.0/24, 2001:db8::/32,!203.0.113.9", error, sizeof error);
    assert_non_null(policy);
    assert_true(inside(policy, "203.0.113.1") && inside(policy, "2001:db8::1"));
    assert_false(inside(policy, "203.0.113.9") || inside(policy, "10.0.0.1"));
    assert_true(policy->internal_declared);
    fm_policy_free(policy);
    assert_null(fm_policy_load(&mem, NULL, "10.0.0.0/8,x", error, sizeof error));
    assert_string_equal(error,
            "internal networks: \"x\" is no prefix; write for example 10.0.0.0/8,fc00::/7");
    assert_null(fm_policy_load(&mem, NULL, " , ", error, sizeof error));
    assert_int_equal(mem.used_bytes, 0);
}

static void test_values_arrive(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_policy *policy = site_good(&site,
            "return {\n"
            "  networks = { internal = { '192.0.2.0/24' }, dynamic = { '192.0.2.128/25' },\n"
            "    protect = { '192.0.2.1' }, roles = { scanner = { '192.0.2.7' } } },\n"
            "  report_certainty = 45.5,\n"
            "  detectors = {\n"
            "    port_scan = { status = 'trial', budget = 0.5, quiet = '2h', min_ports = 33,\n"
            "      window = '30m', threat = { { term = 'ports', curve = { 1, 2, 3, 4 },\n"
            "      weight = 2.5 } }, certainty = { { term = 'ports', weight = 9 } } },\n"
            "    smash_and_grab = { min_bytes = '64MiB', window = 90,\n"
            "      threat = { { term = 'bytes_out', curve = { '1MB', 2e6, '1GB', '2TB' } } } },\n"
            "  },\n"
            "}\n");
    unsigned scan = detector_number("port_scan"), grab = detector_number("smash_and_grab");
    const struct fm_tuning *tuning = &policy->tuning[scan];
    struct fm_addr scanner;
    assert_true(inside(policy, "192.0.2.3"));
    assert_false(inside(policy, "10.0.0.1"));
    assert_true(policy->internal_declared);
    assert_true(fm_addr_parse("192.0.2.7", 9, &scanner));
    assert_int_equal(fm_roles_declared(&policy->networks, &scanner), 1u << FM_ROLE_SCANNER);
    assert_true(fm_prefixes_has(policy->networks.protect, &scanner) == false);
    assert_null(policy->networks.shared);
    assert_true(policy->report_certainty == 45.5);
    assert_int_equal(tuning->status, FM_TRIAL);
    assert_true(tuning->budget == 0.5 && tuning->quiet_s == 7200);
    assert_true(*param_of(policy, "port_scan", "min_ports") == 33);
    assert_true(*param_of(policy, "port_scan", "window") == 1800);
    assert_true(*param_of(policy, "smash_and_grab", "min_bytes") == 64.0 * 1024 * 1024);
    assert_true(*param_of(policy, "smash_and_grab", "window") == 90);
    unsigned seen = 0;
    for (unsigned t = 0; t < fm_detector_terms(fm_detectors[scan]); t++) {
        const struct fm_term *term = &fm_detectors[scan]->terms[t];
        bool ports = strcmp(term->name, "ports") == 0;
        double weight = !ports ? term->weight : term->score == FM_THREAT ? 2.5 : 9;
        double anchor = ports && term->score == FM_THREAT ? 4 : term->curve.at[3];
        assert_true(tuning->weight[t] == weight);
        assert_true(tuning->curve[t].at[3] == anchor);
        seen += ports;
    }
    assert_int_equal(seen, 2);
    for (unsigned t = 0; t < fm_detector_terms(fm_detectors[grab]); t++) {
        if (strcmp(fm_detectors[grab]->terms[t].name, "bytes_out") == 0)
            assert_true(policy->tuning[grab].curve[t].at[3] == 2e12);
    }
    fm_policy_free(policy);
    site_close(&site);
}

static void test_lua_computes(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    struct fm_policy *policy = site_good(&site,
            "local subnets = {}\n"
            "for i = 1, 3 do subnets[i] = '10.' .. i .. '.0.0/16' end\n"
            "return { networks = { internal = subnets } }\n");
    assert_true(inside(policy, "10.3.0.1"));
    assert_false(inside(policy, "10.4.0.1"));
    fm_policy_free(policy);
    site_close(&site);
}

/* ---- layers ---------------------------------------------------------------------------------- */

struct shown {
    char text[2000][256];
    unsigned count;
};

static void keep_line(void *arg, const char *text)
{
    struct shown *shown = arg;
    assert_true(shown->count < 2000);
    snprintf(shown->text[shown->count++], sizeof shown->text[0], "%s", text);
}

/* The line that begins so, which must be there once. */
static const char *line_of(const struct shown *shown, const char *start)
{
    const char *found = NULL;
    for (unsigned i = 0; i < shown->count; i++) {
        if (strncmp(shown->text[i], start, strlen(start)) == 0) {
            assert_null(found);
            found = shown->text[i];
        }
    }
    if (!found)
        fail_msg("no line \"%s\"", start);
    return found;
}

static void assert_line(const struct shown *shown, const char *start, const char *end)
{
    const char *line = line_of(shown, start);
    if (strlen(line) < strlen(end) || strcmp(line + strlen(line) - strlen(end), end) != 0)
        fail_msg("\"%s\" does not end with \"%s\"", line, end);
}

static void test_layers_and_origins(void **state)
{
    struct site site;
    static struct shown shown;
    (void)state;
    site_open(&site);
    shown.count = 0;
    site_folder(&site, "local.d");
    site_folder(&site, "override.d");
    site_write(&site, "local.d/20-b.lua",
            "return { detectors = { port_scan = { window = '20m', min_ports = 50 } } }");
    site_write(&site, "local.d/10-a.lua",
            "return { detectors = { port_scan = { window = '10m', slow_ports = 90 } },\n"
            "  networks = { roles = { scanner = { '10.0.0.5' } } } }");
    site_write(&site, "local.d/README.md", "not Lua");
    site_write(&site, "local.d/.hidden.lua", "error('hidden')");
    site_write(&site, "override.d/last.lua",
            "return { preset = 'datacentre', detectors = { port_scan = { min_ports = 60 } },\n"
            "  networks = { roles = { scanner = { '10.0.0.6' } } } }");
    struct fm_policy *policy = site_good(&site,
            "return { preset = 'plant', report_certainty = 40,\n"
            "  detectors = { port_scan = { fail_share = 0.6, min_ports = 10 },\n"
            "    smash_and_grab = { min_bytes = '3GB' } } }");
    assert_int_equal(policy->preset, FM_PRESET_DATACENTRE);
    assert_true(*param_of(policy, "port_scan", "min_ports") == 60);
    assert_true(*param_of(policy, "port_scan", "window") == 1200);
    assert_true(*param_of(policy, "port_scan", "slow_ports") == 90);
    assert_true(*param_of(policy, "port_scan", "fail_share") == 0.6);
    /* the preset lies over what was shipped */
    assert_true(*param_of(policy, "smash_and_grab", "min_bytes") == 1e9);

    fm_policy_show(policy, keep_line, &shown);
    assert_line(&shown, "preset = \"datacentre\"", "override.d/last.lua");
    assert_line(&shown, "report_certainty = 40 ", "/policy.lua");
    assert_line(&shown, "networks.internal[1] = \"10.0.0.0/8\"", "-- built-in");
    assert_line(&shown, "networks.roles.scanner[1] = \"10.0.0.6\"", "override.d/last.lua");
    assert_line(&shown, "detectors.port_scan.min_ports = 60 ", "override.d/last.lua");
    assert_line(&shown, "detectors.port_scan.window = \"20m\" ", "local.d/20-b.lua");
    assert_line(&shown, "detectors.port_scan.slow_ports = 90 ", "local.d/10-a.lua");
    assert_line(&shown, "detectors.port_scan.slow_window = \"1d\" ", "-- built-in");
    assert_line(&shown, "detectors.smash_and_grab.min_bytes = \"1GB\" ",
            "-- preset datacentre: servers send by the gigabyte");
    fm_policy_free(policy);
    site_close(&site);
}

static void test_an_error_names_its_layer(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    site_folder(&site, "local.d");
    site_write(&site, "policy.lua", "return {}");
    const char *path = site_write(&site, "local.d/site.lua", "\nreturn {\n  prest = 'small' }");
    char start[200];
    assert_null(site_load(&site));
    snprintf(start, sizeof start, "%s:3: prest: unknown key; did you mean \"preset\"?", path);
    assert_string_equal(site.error, start);
    site_write(&site, "local.d/site.lua", "\nreturn {\n  preset = }");
    assert_null(site_load(&site));
    snprintf(start, sizeof start, "%s:3: unexpected symbol", path);
    assert_memory_equal(site.error, start, strlen(start));
    site_close(&site);
}

static void test_files_do_not_see_each_other(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    site_folder(&site, "local.d");
    site_write(&site, "local.d/a.lua", "assert(leak == nil and math.pi ~= 3) return {}");
    struct fm_policy *policy = site_good(&site, "leak = 1 math.pi = 3 return {}");
    fm_policy_free(policy);
    site_close(&site);
}

static void test_presets_name_what_there_is(void **state)
{
    (void)state;
    for (unsigned r = 0; r < fm_preset_rows_count; r++) {
        const struct fm_preset_row *row = &fm_preset_rows[r];
        const struct fm_detector *det = fm_detector_find(row->detector);
        if (!det)
            fail_msg("preset row of an unknown detector %s", row->detector);
        bool found = strcmp(row->key, "budget") == 0 || strcmp(row->key, "quiet") == 0;
        for (unsigned p = 0; p < fm_detector_params(det); p++) {
            const struct fm_param *param = &det->params[p];
            if (strcmp(param->name, row->key) != 0)
                continue;
            assert_true(row->value >= param->least && row->value <= param->most);
            assert_true(row->value != param->preset);
            found = true;
        }
        if (!found)
            fail_msg("preset row of an unknown parameter %s.%s", row->detector, row->key);
        assert_true(row->preset != FM_PRESET_OFFICE);
    }
}

static void test_every_preset_applies(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    for (int preset = 0; preset < FM_PRESETS; preset++) {
        char source[64];
        snprintf(source, sizeof source, "return { preset = '%s' }", fm_preset_name[preset]);
        struct fm_policy *policy = site_good(&site, source);
        assert_int_equal(policy->preset, preset);
        for (unsigned r = 0; r < fm_preset_rows_count; r++) {
            const struct fm_preset_row *row = &fm_preset_rows[r];
            if ((int)row->preset == preset)
                assert_true(*param_of(policy, row->detector, row->key) == row->value);
        }
        fm_policy_free(policy);
    }
    site_close(&site);
}

/* A detector's parameters may not be called as the policy's own keys are. */
static void test_no_parameter_hides_a_key(void **state)
{
    static const char *const keys[] = { "status", "budget", "quiet", "threat", "certainty" };
    (void)state;
    for (unsigned d = 0; d < fm_detectors_count; d++) {
        for (unsigned p = 0; p < fm_detector_params(fm_detectors[d]); p++) {
            for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
                assert_string_not_equal(fm_detectors[d]->params[p].name, keys[k]);
        }
    }
}

/* ---- show ------------------------------------------------------------------------------------ */

/* Every line of `show`, written as a policy file, gives the same policy again. */
static void add_assignment(char *source, size_t cap, const char *line)
{
    char path[128], value[320], *origin, *rest = path;
    struct fm_text text;
    if (sscanf(line, "%127s = %319[^\n]", path, value) != 2)
        fail_msg("no assignment: %s", line);
    origin = strstr(value, " -- ");
    assert_non_null(origin);
    *origin = '\0';
    fm_text_init(&text, source + strlen(source), cap - strlen(source));
    fm_text_adds(&text, "set({");
    for (char *part; (part = strtok_r(rest, ".[]", &rest));)
        fm_text_addf(&text, isdigit((unsigned char)*part) ? "%s," : "'%s',", part);
    fm_text_addf(&text, "}, %s)\n", value);
    assert_false(text.cut);
}

static const char *const set_function =
        "local p, rows = {}, {}\n"
        "local function set(parts, value)\n"
        "  local at = p\n"
        "  local score = parts[3] == 'threat' or parts[3] == 'certainty'\n"
        "  for i = 1, #parts - 1 do\n"
        "    local key = parts[i]\n"
        "    if score and i == 4 then\n"
        "      local name = table.concat(parts, '.', 1, 4)\n"
        "      if not rows[name] then\n"
        "        rows[name] = { term = key } table.insert(at, rows[name])\n"
        "      end\n"
        "      at = rows[name]\n"
        "    else\n"
        "      at[key] = at[key] or {}\n"
        "      at = at[key]\n"
        "    end\n"
        "  end\n"
        "  at[parts[#parts]] = value\n"
        "end\n";

static void test_show_loads_again(void **state)
{
    struct site site;
    static struct shown shown, again;
    static char source[262144];
    (void)state;
    site_open(&site);
    shown.count = again.count = 0;
    struct fm_policy *policy = site_good(&site,
            "return { preset = 'plant', report_certainty = 12.25,\n"
            "  networks = { dynamic = { '10.8.0.0/16' }, roles = { nat = { '10.0.0.1' } } },\n"
            "  declare = { walk = { family = 'tally', title = 'The \"walk\"', help = 'h',\n"
            "    category = 'recon', tactic = { 'TA0008' }, item = 'server', group = 'port',\n"
            "    counts = 'answered', least = 9, window = '1h', ports = { 22, '80-89' } } },\n"
            "  detectors = { beacon = { status = 'off', min_span = 1234.5 },\n"
            "    walk = { least = 11 } } }");
    fm_policy_show(policy, keep_line, &shown);
    snprintf(source, sizeof source, "%s", set_function);
    for (unsigned i = 0; i < shown.count; i++)
        add_assignment(source, sizeof source, shown.text[i]);
    strncat(source, "return p\n", sizeof source - strlen(source) - 1);
    struct fm_policy *second = site_good(&site, source);
    fm_policy_show(second, keep_line, &again);
    assert_int_equal(shown.count, again.count);
    for (unsigned i = 0; i < shown.count; i++) {
        size_t len = (size_t)(strstr(shown.text[i], " -- ") - shown.text[i]);
        assert_memory_equal(shown.text[i], again.text[i], len);
    }
    for (unsigned d = 0; d < policy->detectors; d++) /* all but the address of a declared one */
        assert_memory_equal((const char *)&policy->tuning[d] + sizeof policy->tuning[d].det,
                (const char *)&second->tuning[d] + sizeof policy->tuning[d].det,
                sizeof policy->tuning[d] - sizeof policy->tuning[d].det);
    fm_policy_free(policy);
    fm_policy_free(second);
    site_close(&site);
}

/* ---- triage ---------------------------------------------------------------------------------- */

static void test_triage_rules_of_all_files_add_up(void **state)
{
    struct site site;
    static struct shown shown;
    (void)state;
    site_open(&site);
    site_folder(&site, "local.d");
    shown.count = 0;
    site_write(&site, "local.d/a.lua",
            "return { triage = { { host = { '10.0.3.7', 'fd00::7' }, type = 'port_scan',\n"
            "  reason = 'over_detection', note = 'the \"inventory\"' } } }");
    site_write(&site, "local.d/b.lua",
            "return { triage = { { type = 'category:exfiltration', peer = 'Backup.Example.com',\n"
            "  reason = 'noise' }, { peer = '203.0.113.0/24', reason = 'misdetection' } } }");
    struct fm_policy *policy = site_good(&site, "return {}");
    const struct fm_triage_rule *rule = policy->triage.rule;
    assert_int_equal(policy->triage.rules, 3);
    assert_ptr_equal(policy->triage.net, &policy->networks);
    assert_string_equal(rule[0].name, "port_scan of 10.0.3.7, fd00::7: the \"inventory\"");
    assert_string_equal(rule[0].type, "port_scan");
    assert_int_equal(rule[0].category, -1);
    assert_int_equal(rule[0].reason, FM_OVER_DETECTION);
    const struct fm_addr scanner = { { [10] = 255, 255, 10, 0, 3, 7 } };
    assert_true(fm_prefixes_has(rule[0].host, &scanner));
    assert_null(rule[0].peer);
    assert_string_equal(rule[1].name,
            "category:exfiltration of any host to Backup.Example.com");
    assert_int_equal(rule[1].category, FM_EXFIL);
    assert_string_equal(rule[1].peer_name, "backup.example.com");
    assert_non_null(rule[2].peer);
    assert_string_equal(rule[2].peer_name, "");
    assert_string_equal(rule[2].name, "all of any host to 203.0.113.0/24");
    assert_true(rule[0].id != rule[1].id && rule[1].id != rule[2].id && rule[0].id != rule[2].id);
    fm_policy_show(policy, keep_line, &shown);
    assert_line(&shown, "triage[1] = { host = { \"10.0.3.7\", \"fd00::7\" }, type = \"port_scan\", "
                        "reason = \"over_detection\", note = \"the \\\"inventory\\\"\" }",
            "local.d/a.lua");
    assert_line(&shown, "triage[3] = { peer = \"203.0.113.0/24\", reason = \"misdetection\" }",
            "local.d/b.lua");
    fm_policy_free(policy);
    site_close(&site);
}

/* ---- declared detectors ---------------------------------------------------------------------- */

static void test_a_declared_detector_is_tuned_like_any_other(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    site_folder(&site, "local.d");
    site_write(&site, "local.d/a.lua",
            "return { detectors = { walk = { least = 12, status = 'trial', quiet = '2h' } },\n"
            "  triage = { { type = 'walk', host = '10.0.0.5', reason = 'noise' } } }");
    struct fm_policy *policy = site_good(&site,
            WALK(WALK_HEAD "item = 'server', counts = 'failed', least = 9, window = '10m',\n"
                           " ports = { 22, '5900-5910' }, technique = { 'T1021.004' },\n"
                           " excused = { 'admin' },\n"
                           " threat = { { term = 'items', curve = { 1, 2, 3, 4 }, weight = 7 } }"));
    assert_int_equal(policy->detectors, fm_detectors_count + 1);
    const struct fm_tuning *tuning = &policy->tuning[fm_detectors_count];
    const struct fm_declared *d = (const struct fm_declared *)tuning->det;
    assert_string_equal(tuning->det->name, "walk");
    assert_string_equal(tuning->det->technique[0], "T1021.004");
    assert_null(tuning->det->technique[1]);
    assert_int_equal(tuning->det->excused, 1u << FM_ROLE_ADMIN);
    assert_int_equal(tuning->status, FM_TRIAL);
    assert_true(tuning->quiet_s == 7200);
    assert_true(tuning->param[FM_DECLARED_LEAST] == 12);
    assert_true(tuning->param[FM_DECLARED_WINDOW] == 600);
    assert_true(tuning->param[FM_DECLARED_SHARE] == 0.5);
    assert_true(tuning->weight[0] == 7 && tuning->curve[0].at[3] == 4);
    assert_int_equal(d->ports, 2);
    assert_int_equal(d->port[1].last, 5910);
    assert_string_equal(policy->triage.rule[0].type, "walk");
    fm_policy_free(policy);
    site_write(&site, "local.d/a.lua", /* the later one stands, as a whole */
            WALK(WALK_HEAD "item = 'port', counts = 'all', least = 30, window = '1h'"));
    policy = site_good(&site,
            WALK(WALK_HEAD "item = 'server', counts = 'failed', least = 9, window = '10m'"));
    assert_int_equal(policy->detectors, fm_detectors_count + 1);
    tuning = &policy->tuning[fm_detectors_count];
    assert_true(tuning->param[FM_DECLARED_LEAST] == 30 && tuning->param[FM_DECLARED_SHARE] == 0);
    fm_policy_free(policy);
    site_close(&site);
}

/* ---- identity -------------------------------------------------------------------------------- */

static uint64_t hash_of(struct site *site, const char *source)
{
    struct fm_policy *policy = site_good(site, source);
    uint64_t hash = policy->hash;
    fm_policy_free(policy);
    return hash;
}

static void test_hash(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    site_write(&site, "list.txt", "a.example\n");
    const char *source = "return { lists = { familiar = 'list.txt' } }";
    uint64_t first = hash_of(&site, source);
    assert_int_equal(first, hash_of(&site, source));
    assert_int_not_equal(first, hash_of(&site, "return { lists = { familiar = 'list.txt' } } "));
    site_write(&site, "list.txt", "b.example\n");
    assert_int_not_equal(first, hash_of(&site, source));
    struct fm_policy *policy = fm_policy_load(&site.mem, site.folder, "10.0.0.0/8", site.error,
            sizeof site.error);
    assert_non_null(policy);
    assert_int_not_equal(first, policy->hash);
    fm_policy_free(policy);
    site_close(&site);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Every allocation fails once: an error line, nothing kept, no crash. */
static void test_every_allocation_fails_once(void **state)
{
    struct site site;
    uint64_t calls;
    (void)state;
    site_open(&site);
    site_folder(&site, "local.d");
    site_write(&site, "list.txt", "a.example\n10.0.0.1\n10.0.0.0/8\n");
    site_write(&site, "local.d/a.lua", "return { networks = { shared = { '10.9.0.0/16' } } }");
    site_write(&site, "policy.lua",
            "return { lists = { familiar = { 'list.txt', 'list.txt' } },\n"
            "  networks = { internal = { '10.0.0.0/8', 'fc00::/7' } },\n"
            "  declare = { walk = { family = 'tally', title = 'W', help = 'h',\n"
            "    category = 'recon', item = 'server', counts = 'all', least = 9, window = '1h' } },\n"
            "  triage = { { host = '10.0.0.5', peer = '10.0.0.0/8', reason = 'noise' } },\n"
            "  on_detection = function(d) return nil end }");
    struct fm_policy *policy = fm_policy_load(&site.mem, site.folder, "10.0.0.0/8", site.error,
            sizeof site.error);
    assert_non_null(policy);
    fm_policy_free(policy);
    calls = site.mem.calls;
    assert_true(calls > 100);
    unsigned failed = 0;
    for (uint64_t n = 1; n <= calls; n++) {
        site.mem = (struct fm_mem){ .fail_at = n };
        snprintf(site.error, sizeof site.error, "untouched");
        policy = fm_policy_load(&site.mem, site.folder, "10.0.0.0/8", site.error,
                sizeof site.error);
        failed += !policy;
        /* Lua collects garbage and tries again: a load may survive */
        if (!policy && !strstr(site.error, "memory"))
            fail_msg("allocation %llu: %s", (unsigned long long)n, site.error);
        fm_policy_free(policy);
        assert_int_equal(site.mem.used_bytes, 0);
    }
    assert_true(failed > 50);
    site_close(&site);
}

static void test_memory_limit_of_the_engine(void **state)
{
    struct site site;
    (void)state;
    site_open(&site);
    site_write(&site, "policy.lua", "return {}");
    site.mem.limit_bytes = 60000;
    assert_null(site_load(&site));
    assert_non_null(strstr(site.error, "memory"));
    site_close(&site);
}

/* ---- what is shipped ------------------------------------------------------------------------- */

static void test_the_shipped_policy_loads(void **state)
{
    struct fm_mem mem = { 0 };
    char path[4096], error[512];
    const char *top = getenv("FM_SRCDIR");
    (void)state;
    assert_non_null(top);
    snprintf(path, sizeof path, "%s/lua/policy.lua", top);
    struct fm_policy *policy = fm_policy_load(&mem, path, NULL, error, sizeof error);
    if (!policy)
        fail_msg("%s", error);
    const struct fm_list *familiar = fm_policy_list(policy, "familiar");
    assert_non_null(familiar);
    assert_true(fm_list_count(familiar) > 50);
    assert_true(fm_list_has_name(familiar, "2.debian.pool.ntp.org", 21, 123));
    assert_true(fm_list_has_name(familiar, "au.download.windowsupdate.com", 29, 443));
    assert_false(fm_list_has_name(familiar, "microsoft.com", 13, 443));
    assert_false(fm_list_has_name(familiar, "evilwindowsupdate.com", 21, 443));
    assert_int_equal(policy->preset, FM_PRESET_OFFICE);
    assert_false(policy->internal_declared);
    fm_policy_free(policy);
    assert_int_equal(mem.used_bytes, 0);
}

/* Each recipe is whole: copied to local.d/ it loads, and declares a detector of its file's name. */
static void test_every_recipe_loads(void **state)
{
    struct site site;
    char path[4096], name[64];
    unsigned count = 0;
    struct dirent *entry;
    (void)state;
    assert_non_null(getenv("FM_SRCDIR"));
    snprintf(path, sizeof path, "%s/lua/recipes", getenv("FM_SRCDIR"));
    DIR *dir = opendir(path);
    assert_non_null(dir);
    site_open(&site);
    while ((entry = readdir(dir))) {
        if (sscanf(entry->d_name, "%63[a-z_].lua", name) != 1)
            continue;
        snprintf(path, sizeof path, "%s/lua/recipes/%s", getenv("FM_SRCDIR"), entry->d_name);
        struct fm_policy *policy =
                fm_policy_load(&site.mem, path, NULL, site.error, sizeof site.error);
        if (!policy)
            fail_msg("%s", site.error);
        assert_int_equal(policy->detectors, fm_detectors_count + 1);
        assert_string_equal(policy->tuning[fm_detectors_count].det->name, name);
        fm_policy_free(policy);
        count++;
    }
    closedir(dir);
    assert_true(count >= 1);
    site_close(&site);
}

/* The guide's function does what its comments say. */
static void call_example(struct fm_policy *policy)
{
    static const char upload[] = "{\"type\":\"smash_and_grab\",\"entity\":{\"name\":\"render-07\"},"
                                 "\"facts\":{},\"threat\":80,\"certainty\":60}";
    static const char scan[] = "{\"type\":\"port_scan\",\"entity\":{\"id\":3},\"threat\":85,"
                               "\"facts\":{\"peers\":[{\"ip\":\"10.0.0.10\"}]}}";
    static const char other[] = "{\"type\":\"port_scan\",\"entity\":{\"id\":3},\"threat\":85,"
                                "\"facts\":{\"peers\":[{\"ip\":\"10.0.0.99\"}]}}";
    struct fm_verdict verdict;
    assert_true(fm_policy_on_detection(policy, upload, sizeof upload - 1, &verdict));
    assert_int_equal(verdict.status, FM_TRIAL);
    assert_string_equal(verdict.note, "render farm, see ticket 4711");
    assert_true(fm_policy_on_detection(policy, scan, sizeof scan - 1, &verdict));
    assert_true(verdict.threat == 100);
    assert_true(fm_policy_on_detection(policy, other, sizeof other - 1, &verdict));
    assert_false(fm_known(verdict.threat));
    assert_int_equal(fm_policy_usage(policy)->errors, 0);
}

/* Every ```lua block of the operator's guide that returns something is a policy that loads. */
static unsigned load_examples(struct site *site, char *text)
{
    unsigned count = 0;
    for (char *at = text; (at = strstr(at, "```lua\n"));) {
        char *start = at + strlen("```lua\n"), *end = strstr(start, "```");
        assert_non_null(end);
        *end = '\0';
        struct fm_policy *policy = site_good(site, start);
        if (policy->has_on_detection)
            call_example(policy);
        fm_policy_free(policy);
        count++;
        at = end + 1;
    }
    return count;
}

static void test_the_guide_tells_the_truth(void **state)
{
    static char text[65536];
    struct site site;
    char path[4096];
    (void)state;
    assert_non_null(getenv("FM_SRCDIR"));
    snprintf(path, sizeof path, "%s/lua/README.md", getenv("FM_SRCDIR"));
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t len = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[len] = '\0';
    site_open(&site);
    site_folder(&site, "lists");
    site_write(&site, "lists/update_servers.txt", "a.example\n");
    site_write(&site, "lists/ours.txt", "b.example\n");
    site_write(&site, "lists/bait.txt", "svc-backup-old\n");
    assert_true(load_examples(&site, text) >= 4);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_error_is_one_line),
        cmocka_unit_test(test_deep_source),
        cmocka_unit_test(test_missing_files),
        cmocka_unit_test(test_short_error_buffers),
        cmocka_unit_test(test_built_in),
        cmocka_unit_test(test_internal_from_the_caller),
        cmocka_unit_test(test_values_arrive),
        cmocka_unit_test(test_lua_computes),
        cmocka_unit_test(test_layers_and_origins),
        cmocka_unit_test(test_an_error_names_its_layer),
        cmocka_unit_test(test_files_do_not_see_each_other),
        cmocka_unit_test(test_presets_name_what_there_is),
        cmocka_unit_test(test_every_preset_applies),
        cmocka_unit_test(test_no_parameter_hides_a_key),
        cmocka_unit_test(test_show_loads_again),
        cmocka_unit_test(test_a_declared_detector_is_tuned_like_any_other),
        cmocka_unit_test(test_triage_rules_of_all_files_add_up),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_every_allocation_fails_once),
        cmocka_unit_test(test_memory_limit_of_the_engine),
        cmocka_unit_test(test_the_shipped_policy_loads),
        cmocka_unit_test(test_every_recipe_loads),
        cmocka_unit_test(test_the_guide_tells_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
