/* Lua behind a table of functions: the only file that makes, runs and ends a Lua state.
 *
 * Invariant: Lua code runs below lua_pcall and under four limits: the instructions it executes, the
 * bytes it holds beyond those of the loaded policy, the bytes of one allocation, and the bytes of
 * all allocations.  Together they bound the time of a run, because what is left of the libraries
 * works on one value in one pass (see lua_sandbox.c).  Afterwards the state can be used again,
 * whatever the run did.
 *
 * A state costs about 25 KiB; an ordinary call 3 us.  Blind spot: an instruction may work on
 * `block_bytes`; the worst function we could write (table.concat over 3,000 empty texts, again and
 * again) took 1.2 s within the limits of a call.
 * Reference: Lua 5.4 manual, 4.6 (lua_Alloc, lua_sethook). */
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/lua_inside.h"

#define STEP 100 /* instructions between two looks at the limit */

static const struct fm_lua_limits unlimited = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };

/* One thing to do below lua_pcall. */
struct job {
    int chunk;
    const char *source;
    size_t len;
    int function;
    const struct fm_value *values;
    size_t count;
    const struct fm_value_sink *sink;
    bool refused;
    char *version;
    size_t version_cap;
};

/* ---- memory ---------------------------------------------------------------------------------- */

static enum refusal refusal_of(const struct fm_lua *lua, size_t old_size, size_t size)
{
    uint64_t held = lua->used_bytes + (size - old_size);
    if (size > lua->limits.block_bytes)
        return REFUSED_BLOCK;
    if (held > lua->base_bytes && held - lua->base_bytes > lua->limits.grow_bytes)
        return REFUSED_GROWTH;
    if (lua->churn_bytes + size > lua->limits.churn_bytes)
        return REFUSED_CHURN;
    return REFUSED_NOTHING;
}

static void *allocate(void *arg, void *at, size_t old_size, size_t size)
{
    struct fm_lua *lua = arg;
    if (!at)
        old_size = 0; /* Lua tells the type there */
    if (size > old_size) {
        enum refusal refusal = refusal_of(lua, old_size, size);
        if (refusal != REFUSED_NOTHING) {
            lua->refusal = refusal;
            return NULL;
        }
    }
    void *now = lua->memory.resize(lua->memory.arg, at, old_size, size);
    if (!now && size > 0) {
        if (size <= old_size)
            now = at; /* Lua relies on it that shrinking succeeds */
        else
            lua->refusal = REFUSED_BY_SYSTEM;
    }
    if (!now && size > 0)
        return NULL;
    lua->used_bytes += size - old_size; /* wraps and unwraps when it shrinks */
    lua->churn_bytes += size > old_size ? size : 0;
    if (lua->used_bytes > lua->most_bytes)
        lua->most_bytes = lua->used_bytes;
    return now;
}

/* ---- a run ----------------------------------------------------------------------------------- */

static struct fm_lua *box_of(lua_State *state)
{
    return *(struct fm_lua **)lua_getextraspace(state);
}

static void count_instructions(lua_State *state, lua_Debug *at)
{
    struct fm_lua *lua = box_of(state);
    lua->instructions += STEP;
    if (lua->instructions < lua->limits.instructions)
        return;
    lua->timed_out = true;
    if (lua_getinfo(state, "Sl", at)) {
        lua->hook_line = at->currentline;
        lua->hook_chunk = atoi(at->short_src);
    }
    lua_pushliteral(state, "");
    lua_error(state);
}

/* "3:12: message" names chunk and line; the rest is the message, in one line. */
static void read_message(struct fm_lua_run *run, const char *message)
{
    int chunk = 0, used = 0;
    unsigned line = 0;
    if (sscanf(message, "%9d:%9u: %n", &chunk, &line, &used) == 2 && used > 0) {
        run->chunk = chunk;
        run->line = line;
        message += used;
    }
    snprintf(run->error, sizeof run->error, "%s", message);
    for (char *c = run->error; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    }
}

static void explain_memory(const struct fm_lua *lua, struct fm_lua_run *run)
{
    const struct fm_lua_limits *limits = &lua->limits;
    run->outcome = FM_LUA_LIMIT;
    switch (lua->refusal) {
    case REFUSED_GROWTH:
        snprintf(run->error, sizeof run->error, "holds more than %llu bytes",
                (unsigned long long)limits->grow_bytes);
        break;
    case REFUSED_BLOCK:
        snprintf(run->error, sizeof run->error, "asks for more than %llu bytes at once",
                (unsigned long long)limits->block_bytes);
        break;
    case REFUSED_CHURN:
        snprintf(run->error, sizeof run->error, "allocates more than %llu bytes in all",
                (unsigned long long)limits->churn_bytes);
        break;
    default:
        run->outcome = FM_LUA_NO_MEMORY;
        snprintf(run->error, sizeof run->error, "out of memory");
    }
}

static void explain(struct fm_lua *lua, int status, const struct job *job, struct fm_lua_run *run)
{
    run->outcome = FM_LUA_ERROR;
    if (status == LUA_OK) {
        run->outcome = job->refused ? FM_LUA_SINK : FM_LUA_OK;
    } else if (lua->timed_out) {
        run->outcome = FM_LUA_LIMIT;
        run->chunk = lua->hook_chunk;
        run->line = lua->hook_line > 0 ? (unsigned)lua->hook_line : 0;
        snprintf(run->error, sizeof run->error, "runs for more than %llu instructions",
                (unsigned long long)lua->limits.instructions);
    } else if (status == LUA_ERRMEM) {
        explain_memory(lua, run);
    } else if (lua_type(lua->state, -1) == LUA_TSTRING) {
        read_message(run, lua_tostring(lua->state, -1));
    } else {
        snprintf(run->error, sizeof run->error, "error with a %s instead of a text",
                luaL_typename(lua->state, -1));
    }
}

static void protect(struct fm_lua *lua, lua_CFunction body, struct job *job,
        const struct fm_lua_limits *limits, struct fm_lua_run *run)
{
    lua->limits = *limits;
    lua->instructions = lua->churn_bytes = 0;
    const uint64_t before_bytes = lua->most_bytes = lua->used_bytes;
    lua->refusal = REFUSED_NOTHING;
    lua->timed_out = false;
    *run = (struct fm_lua_run){ .chunk = -1 };

    lua_sethook(lua->state, count_instructions, LUA_MASKCOUNT, STEP);
    lua_pushcfunction(lua->state, body);
    lua_pushlightuserdata(lua->state, job);
    int status = lua_pcall(lua->state, 1, 0, 0);
    lua_sethook(lua->state, NULL, 0, 0);

    explain(lua, status, job, run);
    run->instructions = lua->instructions + STEP;
    run->bytes = lua->most_bytes - before_bytes;
    lua_settop(lua->state, 0);
    lua->limits = unlimited;
    if (status != LUA_OK)
        lua_gc(lua->state, LUA_GCCOLLECT);
}

/* ---- what is run ----------------------------------------------------------------------------- */

static struct job *job_of(lua_State *state)
{
    return lua_touserdata(state, 1);
}

MAY_RAISE static int body_open(lua_State *state)
{
    fm_lua_sandbox_open(state);
    return 0;
}

MAY_RAISE static int body_version(lua_State *state)
{
    const struct job *job = job_of(state);
    fm_lua_sandbox_push(state);
    lua_getfield(state, -1, "_VERSION");
    snprintf(job->version, job->version_cap, "%s", luaL_checkstring(state, -1));
    return 0;
}

MAY_RAISE static int body_load(lua_State *state)
{
    struct job *job = job_of(state);
    char name[16];
    snprintf(name, sizeof name, "=%d", job->chunk);
    if (luaL_loadbufferx(state, job->source, job->len, name, "t") != LUA_OK)
        return lua_error(state);
    fm_lua_sandbox_push(state);
    lua_setupvalue(state, -2, 1);
    lua_call(state, 0, 1);
    if (!lua_istable(state, -1)) {
        lua_pushfstring(state, "%d:0: must return a table, returns %s", job->chunk,
                lua_isnil(state, -1) ? "nothing" : luaL_typename(state, -1));
        return lua_error(state);
    }
    job->refused = !fm_lua_walk(state, job->sink, true);
    return 0;
}

MAY_RAISE static int body_call(lua_State *state)
{
    struct job *job = job_of(state);
    lua_rawgeti(state, LUA_REGISTRYINDEX, job->function);
    fm_lua_build(state, job->values, job->count);
    lua_call(state, 1, 1);
    if (!lua_isnil(state, -1))
        job->refused = !fm_lua_walk(state, job->sink, false);
    return 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void close_state(struct fm_lua *lua)
{
    if (!lua)
        return;
    if (lua->state)
        lua_close(lua->state);
    lua->memory.resize(lua->memory.arg, lua, sizeof *lua, 0);
}

static struct fm_lua *open_state(const struct fm_lua_memory *memory)
{
    struct fm_lua_run run;
    struct job job = { 0 };
    struct fm_lua *lua = memory->resize(memory->arg, NULL, 0, sizeof *lua);
    if (!lua)
        return NULL;
    *lua = (struct fm_lua){ .memory = *memory, .limits = unlimited };
    lua->state = lua_newstate(allocate, lua);
    if (lua->state) {
        lua->base_bytes = lua->used_bytes;
        *(struct fm_lua **)lua_getextraspace(lua->state) = lua;
        protect(lua, body_open, &job, &unlimited, &run);
        if (run.outcome == FM_LUA_OK)
            return lua;
    }
    close_state(lua);
    return NULL;
}

static void version_text(struct fm_lua *lua, char *out, size_t cap)
{
    struct fm_lua_run run;
    struct job job = { .version = out, .version_cap = cap };
    snprintf(out, cap, "unknown");
    protect(lua, body_version, &job, &unlimited, &run);
}

static void load(struct fm_lua *lua, int chunk, const char *source, size_t len,
        const struct fm_lua_limits *limits, const struct fm_value_sink *sink,
        struct fm_lua_run *run)
{
    struct job job = { .chunk = chunk, .source = source, .len = len, .sink = sink };
    protect(lua, body_load, &job, limits, run);
    lua_gc(lua->state, LUA_GCCOLLECT);
    lua->base_bytes = lua->used_bytes;
}

static void call(struct fm_lua *lua, int function, const struct fm_value *values, size_t count,
        const struct fm_lua_limits *limits, const struct fm_value_sink *sink,
        struct fm_lua_run *run)
{
    struct job job = { .function = function, .values = values, .count = count, .sink = sink };
    protect(lua, body_call, &job, limits, run);
}

static const struct fm_lua_api api = {
    .version = FM_LUA_API_VERSION,
    .open = open_state,
    .close = close_state,
    .version_text = version_text,
    .load = load,
    .call = call,
};

__attribute__((visibility("default"))) const struct fm_lua_api *fm_lua_module(void);

const struct fm_lua_api *fm_lua_module(void)
{
    return &api;
}
