/* What the three files of the module share: the state's box, the sandbox, the walk over values. */
#ifndef FM_POLICY_LUA_INSIDE_H
#define FM_POLICY_LUA_INSIDE_H

#include <lauxlib.h>
#include <lua.h>

#include "policy/lua_module.h"

/** Why the allocator said no, last. */
enum refusal { REFUSED_NOTHING, REFUSED_GROWTH, REFUSED_BLOCK, REFUSED_CHURN, REFUSED_BY_SYSTEM };

struct fm_lua {
    lua_State *state;
    struct fm_lua_memory memory;
    struct fm_lua_limits limits; /* of the run that goes on */
    uint64_t instructions, churn_bytes;
    uint64_t used_bytes, most_bytes;
    uint64_t base_bytes; /* held when the last file was loaded: calls grow from here */
    enum refusal refusal;
    bool timed_out;
    int hook_line, hook_chunk;
};

/* Functions marked MAY_RAISE end in a longjmp when Lua raises: they are called below lua_pcall
 * only. */
#define MAY_RAISE

/** Opens the libraries and keeps the permitted part of them in the registry. */
MAY_RAISE void fm_lua_sandbox_open(lua_State *state);
/** Pushes a fresh environment: no chunk sees what another one did to its globals. */
MAY_RAISE void fm_lua_sandbox_push(lua_State *state);

/** Hands the value on top of the stack to the sink, items and all; false: the sink refused.  With
 *  `keep`, functions get a number and live as long as the state. */
MAY_RAISE bool fm_lua_walk(lua_State *state, const struct fm_value_sink *sink, bool keep);
/** Pushes the table that the values describe. */
MAY_RAISE void fm_lua_build(lua_State *state, const struct fm_value *values, size_t count);

#endif
