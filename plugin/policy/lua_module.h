/* The border between Furumai and Lua: one exported function that gives a narrow table of functions,
 * and plain values that are copied across.  Neither side frees what the other allocated: the module
 * asks for memory through the caller's `resize` and gives values to the caller's `sink`, which
 * copies them.  No Lua error leaves the module: every function returns.
 *
 * Includes nothing of Lua, so that both sides read it. */
#ifndef FM_POLICY_LUA_MODULE_H
#define FM_POLICY_LUA_MODULE_H

#include "furumai.h"

/** Raised with every change below: a module left over from another build is refused. */
#define FM_LUA_API_VERSION 1
#define FM_LUA_MODULE_FILE "furumai-lua.so"
#define FM_LUA_MODULE_ENTRY "fm_lua_module"

/** Tables within tables, at most.  A table that holds itself ends here too. */
#define FM_VALUE_DEPTH 8

enum fm_value_type {
    FM_VALUE_BOOL,
    FM_VALUE_NUMBER,
    FM_VALUE_TEXT,
    FM_VALUE_TABLE,    /* its items follow, one deeper */
    FM_VALUE_FUNCTION, /* `function` names it in fm_lua_api.call */
    FM_VALUE_OTHER,    /* what Lua has and data has not: a thread, a userdatum */
};

/** One value on its way across, in preorder: the items of a table follow it, one deeper. */
struct fm_value {
    enum fm_value_type type;
    unsigned depth;  /* 0: the root, which has no key */
    const char *key; /* NULL: the item has a number */
    uint32_t index;  /* from 1; 0: it has a key */
    const char *text;
    size_t text_len;
    double number;
    int64_t whole; /* the number, exactly, where `is_whole` */
    bool is_whole;
    bool truth;
    int function;
};

struct fm_value_sink {
    void *arg;
    /** Copies the value; false ends the walk (too many, no memory). */
    bool (*take)(void *arg, const struct fm_value *value);
};

struct fm_lua_limits {
    uint64_t instructions;
    uint64_t grow_bytes;  /* more than the state held when the last file was loaded */
    uint64_t block_bytes; /* one allocation: bounds what a single C call of Lua works on */
    uint64_t churn_bytes; /* all allocations of the run together */
};

enum fm_lua_outcome {
    FM_LUA_OK,
    FM_LUA_ERROR, /* the policy's own error */
    FM_LUA_LIMIT, /* instructions or bytes */
    FM_LUA_SINK,  /* the sink refused */
    FM_LUA_NO_MEMORY,
};

/** What a run cost and, when it failed, why. */
struct fm_lua_run {
    enum fm_lua_outcome outcome;
    uint64_t instructions; /* in steps of 100, rounded up */
    uint64_t bytes;        /* most held beyond what the state held before */
    int chunk;             /* where it failed; -1: unknown */
    unsigned line;         /* 0: unknown */
    char error[200];       /* one line */
};

struct fm_lua_memory {
    void *arg;
    /** realloc with the old size told: `at` NULL makes, `size` 0 frees and returns NULL. */
    void *(*resize)(void *arg, void *at, size_t old_size, size_t size);
};

struct fm_lua;

struct fm_lua_api {
    unsigned version;
    /** NULL when memory is out. */
    struct fm_lua *(*open)(const struct fm_lua_memory *memory);
    void (*close)(struct fm_lua *lua);
    /** _VERSION as a chunk of the policy sees it. */
    void (*version_text)(struct fm_lua *lua, char *out, size_t cap);
    /** Runs source text (no bytecode) as chunk number `chunk` and hands what it returned, which
     *  must be a table, to the sink. */
    void (*load)(struct fm_lua *lua, int chunk, const char *source, size_t len,
            const struct fm_lua_limits *limits, const struct fm_value_sink *sink,
            struct fm_lua_run *run);
    /** Calls a function that load() named with one table, built from `count` values in preorder.
     *  What it returned goes to the sink, which hears nothing when that is nil. */
    void (*call)(struct fm_lua *lua, int function, const struct fm_value *values, size_t count,
            const struct fm_lua_limits *limits, const struct fm_value_sink *sink,
            struct fm_lua_run *run);
};

typedef const struct fm_lua_api *fm_lua_module_fn(void);

#endif
