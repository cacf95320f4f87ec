/* What a policy may call.  Kept is what works on values in time proportional to one allocation,
 * which is bounded; named is what stays, so that a newer Lua brings nothing in by itself.
 *
 * Left out: everything that reaches the system (io, os, require, load, debug, print); pcall and
 * coroutines, which could catch a limit; setmetatable, because the hook that counts instructions is
 * off while a __gc runs; string patterns, string.rep and string.format, of which one call can run
 * for seconds between two counted instructions; table.sort and table.move for the same reason;
 * collectgarbage; random numbers, because equal input gives equal output. */
#include <lualib.h>

#include "policy/lua_inside.h"

#define KEPT 20 /* names of one library, at most, and the NULL after them */

static const struct library {
    const char *name; /* NULL: the globals */
    lua_CFunction open;
    const char *keep[KEPT];
} libraries[] = {
    { NULL, luaopen_base,
            { "_VERSION", "assert", "error", "ipairs", "next", "pairs", "select", "tonumber",
                    "type" } },
    { LUA_MATHLIBNAME, luaopen_math,
            { "abs", "ceil", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger", "min",
                    "mininteger", "modf", "pi", "sqrt", "tointeger", "type", "ult" } },
    { LUA_STRLIBNAME, luaopen_string,
            { "byte", "char", "len", "lower", "reverse", "sub", "upper" } },
    { LUA_TABLIBNAME, luaopen_table, { "concat", "insert", "pack", "remove", "unpack" } },
};

#define LIBRARIES (sizeof libraries / sizeof libraries[0])

/* The address of a table or function differs from run to run, so it is not shown. */
static int to_string(lua_State *state)
{
    luaL_checkany(state, 1);
    switch (lua_type(state, 1)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING:
        luaL_tolstring(state, 1, NULL);
        break;
    default:
        lua_pushstring(state, luaL_typename(state, 1));
    }
    return 1;
}

MAY_RAISE static void copy_kept(lua_State *state, const struct library *lib)
{
    lua_rawgetp(state, LUA_REGISTRYINDEX, lib);
    for (size_t i = 0; lib->keep[i]; i++) {
        lua_getfield(state, -1, lib->keep[i]);
        lua_setfield(state, -3, lib->keep[i]);
    }
    lua_pop(state, 1);
}

MAY_RAISE void fm_lua_sandbox_open(lua_State *state)
{
    for (size_t i = 0; i < LIBRARIES; i++) {
        lua_pushcfunction(state, libraries[i].open);
        lua_call(state, 0, 1);
        lua_rawsetp(state, LUA_REGISTRYINDEX, &libraries[i]);
    }
    /* ("x"):sub(…) finds its function through the strings' metatable */
    lua_pushliteral(state, "");
    lua_getmetatable(state, -1);
    lua_newtable(state);
    for (size_t i = 0; i < LIBRARIES; i++) {
        if (libraries[i].open == luaopen_string)
            copy_kept(state, &libraries[i]);
    }
    lua_setfield(state, -2, "__index");
    lua_pop(state, 2);
}

MAY_RAISE void fm_lua_sandbox_push(lua_State *state)
{
    lua_newtable(state);
    for (size_t i = 0; i < LIBRARIES; i++) {
        if (libraries[i].name)
            lua_newtable(state);
        copy_kept(state, &libraries[i]);
        if (libraries[i].name)
            lua_setfield(state, -2, libraries[i].name);
    }
    lua_pushcfunction(state, to_string);
    lua_setfield(state, -2, "tostring");
}
