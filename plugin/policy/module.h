/* The Lua module as its users see it: found, opened, checked for its version, one state. */
#ifndef FM_POLICY_MODULE_H
#define FM_POLICY_MODULE_H

#include "base/mem.h"
#include "policy/lua_module.h"

struct fm_lua_host {
    void *handle;
    const struct fm_lua_api *api;
    struct fm_lua *lua; /* NULL: not open */
};

/** Opens furumai-lua.so and a state whose memory counts in `mem`.  `folder` NULL: looked for beside
 *  the object this code is in, then where plugins are installed.  False on failure, with one line
 *  in `error`. */
bool fm_lua_host_open(struct fm_lua_host *host, struct fm_mem *mem, const char *folder, char *error,
        size_t cap);
/** Fine for a host that is not open. */
void fm_lua_host_close(struct fm_lua_host *host);

#endif
