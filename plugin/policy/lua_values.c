/* Values across the border: a Lua table to a preorder of plain values, and back.  No metamethod is
 * called, no value of the policy is changed; the depth is bounded, the number by the sink.  What
 * lies deeper than FM_VALUE_DEPTH is not told: no reader knows such a key, so the check ends at a
 * shallower one. */
#include <stdio.h>
#include <string.h>

#include "policy/lua_inside.h"

#define KEY_TEXT 32

struct walk {
    lua_State *state;
    const struct fm_value_sink *sink;
    bool keep;
};

/* Keys that are no names: shown so that the error can name them. */
static const char *odd_key(lua_State *state, char *text)
{
    switch (lua_type(state, -2)) {
    case LUA_TNUMBER:
        if (lua_isinteger(state, -2))
            snprintf(text, KEY_TEXT, "[%lld]", (long long)lua_tointeger(state, -2));
        else
            snprintf(text, KEY_TEXT, "[%.14g]", lua_tonumber(state, -2));
        break;
    case LUA_TBOOLEAN:
        snprintf(text, KEY_TEXT, "[%s]", lua_toboolean(state, -2) ? "true" : "false");
        break;
    default:
        snprintf(text, KEY_TEXT, "[a %s]", luaL_typename(state, -2));
    }
    return text;
}

/* The key below the value on top of the stack. */
static void name_key(lua_State *state, struct fm_value *value, char *text)
{
    lua_Integer number = lua_isinteger(state, -2) ? lua_tointeger(state, -2) : 0;
    size_t len = 0;
    value->index = number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
    value->key = NULL;
    if (value->index)
        return;
    if (lua_type(state, -2) == LUA_TSTRING) {
        value->key = lua_tolstring(state, -2, &len);
        if (strlen(value->key) != len)
            value->key = "[a name that holds a NUL]";
        return;
    }
    value->key = odd_key(state, text);
}

MAY_RAISE static void read_scalar(lua_State *state, struct fm_value *value, bool keep)
{
    switch (lua_type(state, -1)) {
    case LUA_TBOOLEAN:
        value->type = FM_VALUE_BOOL;
        value->truth = lua_toboolean(state, -1);
        break;
    case LUA_TNUMBER:
        value->type = FM_VALUE_NUMBER;
        value->number = lua_tonumber(state, -1);
        value->is_whole = lua_isinteger(state, -1);
        value->whole = value->is_whole ? lua_tointeger(state, -1) : 0;
        break;
    case LUA_TSTRING:
        value->type = FM_VALUE_TEXT;
        value->text = lua_tolstring(state, -1, &value->text_len);
        break;
    case LUA_TFUNCTION:
        value->type = FM_VALUE_FUNCTION;
        value->function = LUA_NOREF;
        if (keep) {
            lua_pushvalue(state, -1);
            value->function = luaL_ref(state, LUA_REGISTRYINDEX);
        }
        break;
    case LUA_TTABLE:
        value->type = FM_VALUE_TABLE;
        break;
    default:
        value->type = FM_VALUE_OTHER;
    }
}

MAY_RAISE static bool walk_items(const struct walk *walk, unsigned depth);

/* The value on top of the stack. */
MAY_RAISE static bool walk_value(const struct walk *walk, struct fm_value *value)
{
    read_scalar(walk->state, value, walk->keep);
    if (!walk->sink->take(walk->sink->arg, value))
        return false;
    if (value->type != FM_VALUE_TABLE || value->depth == FM_VALUE_DEPTH)
        return true;
    return walk_items(walk, value->depth + 1);
}

MAY_RAISE static bool walk_items(const struct walk *walk, unsigned depth)
{
    lua_State *state = walk->state;
    luaL_checkstack(state, 4, "values nested too deep");
    lua_pushnil(state);
    while (lua_next(state, -2)) {
        char text[KEY_TEXT];
        struct fm_value value = { .depth = depth };
        name_key(state, &value, text);
        if (!walk_value(walk, &value))
            return false;
        lua_pop(state, 1);
    }
    return true;
}

MAY_RAISE bool fm_lua_walk(lua_State *state, const struct fm_value_sink *sink, bool keep)
{
    struct walk walk = { state, sink, keep };
    struct fm_value root = { 0 };
    return walk_value(&walk, &root);
}

MAY_RAISE static void push_value(lua_State *state, const struct fm_value *value)
{
    switch (value->type) {
    case FM_VALUE_BOOL:
        lua_pushboolean(state, value->truth);
        break;
    case FM_VALUE_NUMBER:
        if (value->is_whole)
            lua_pushinteger(state, value->whole);
        else
            lua_pushnumber(state, value->number);
        break;
    case FM_VALUE_TEXT:
        lua_pushlstring(state, value->text, value->text_len);
        break;
    case FM_VALUE_TABLE:
        lua_newtable(state);
        break;
    default:
        lua_pushnil(state);
    }
}

/* The table at the top of the stack becomes an item of the one below it. */
MAY_RAISE static void put_item(lua_State *state, const struct fm_value *value)
{
    if (value->index)
        lua_rawseti(state, -2, value->index);
    else
        lua_setfield(state, -2, value->key);
}

MAY_RAISE void fm_lua_build(lua_State *state, const struct fm_value *values, size_t count)
{
    const struct fm_value *open[FM_VALUE_DEPTH + 1];
    unsigned depth = 0;

    luaL_checkstack(state, FM_VALUE_DEPTH + 4, "values nested too deep");
    push_value(state, &values[0]);
    open[0] = &values[0];
    for (size_t i = 1; i < count; i++) {
        for (; depth >= values[i].depth; depth--)
            put_item(state, open[depth]);
        push_value(state, &values[i]);
        if (values[i].type == FM_VALUE_TABLE)
            open[++depth] = &values[i];
        else
            put_item(state, &values[i]);
    }
    for (; depth > 0; depth--)
        put_item(state, open[depth]);
}
