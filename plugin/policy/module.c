/* Finds and opens furumai-lua.so.
 *
 * RTLD_DEEPBIND, because the host program may hold another Lua under the same names (Suricata 7:
 * LuaJIT; Suricata 8: its own 5.4): the module must find liblua5.4's functions first.  The
 * sanitisers' runtime refuses that flag; a sanitised build is never inside Suricata. */
#include "policy/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
        __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OPEN_FLAGS (RTLD_NOW | RTLD_LOCAL)
#else
#define OPEN_FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

/* ---- memory of the state --------------------------------------------------------------------- */

static void *resize(void *arg, void *at, size_t old_size, size_t size)
{
    void *now = size ? fm_alloc(arg, size) : NULL;
    if (size && !now)
        return NULL;
    if (now && at)
        memcpy(now, at, old_size < size ? old_size : size);
    fm_free(arg, at);
    return now;
}

/* ---- where it lies --------------------------------------------------------------------------- */

/* The folder of the program or plugin that holds this code. */
static bool own_folder(char out[PATH_MAX])
{
    Dl_info info;
    struct link_map *map = NULL;
    char path[PATH_MAX];
    if (!dladdr1((const void *)(uintptr_t)fm_lua_host_open, &info, (void **)&map, RTLD_DL_LINKMAP))
        return false;
    /* the program itself has no name there */
    if (!realpath(map->l_name[0] ? map->l_name : "/proc/self/exe", path))
        return false;
    char *slash = strrchr(path, '/');
    if (!slash)
        return false;
    *slash = '\0';
    /* the build tree's test programs lie two levels below the module */
    static const char *const tests[] = { "/tests/unit", "/tests/fuzz" };
    for (unsigned i = 0; i < 2; i++) {
        size_t len = strlen(path), tail = strlen(tests[i]);
        if (len > tail && strcmp(path + len - tail, tests[i]) == 0)
            path[len - tail] = '\0';
    }
    memcpy(out, path, strlen(path) + 1);
    return true;
}

static void *open_in(const char *folder, char *error, size_t cap, bool *found)
{
    char path[PATH_MAX + sizeof FM_LUA_MODULE_FILE];
    snprintf(path, sizeof path, "%s/%s", folder, FM_LUA_MODULE_FILE);
    *found = access(path, F_OK) == 0;
    if (!*found)
        return NULL;
    void *handle = dlopen(path, OPEN_FLAGS);
    if (!handle)
        snprintf(error, cap, "%s; apt-get install liblua5.4-0, or run without a policy file",
                dlerror());
    return handle;
}

static void *find_and_open(const char *folder, char *error, size_t cap)
{
    char own[PATH_MAX] = "";
    const char *folders[] = { folder, FM_PLUGIN_DIR };
    if (!folder && own_folder(own))
        folders[0] = own;
    for (unsigned i = 0; i < (folder ? 1 : 2); i++) {
        bool found = false;
        void *handle = folders[i] ? open_in(folders[i], error, cap, &found) : NULL;
        if (found)
            return handle;
    }
    snprintf(error, cap, "%s is missing in %s; install it, or run without a policy file",
            FM_LUA_MODULE_FILE, folder ? folder : FM_PLUGIN_DIR);
    return NULL;
}

/* ---- open and close -------------------------------------------------------------------------- */

bool fm_lua_host_open(struct fm_lua_host *host, struct fm_mem *mem, const char *folder, char *error,
        size_t cap)
{
    struct fm_lua_memory memory = { mem, resize };
    *host = (struct fm_lua_host){ .handle = find_and_open(folder, error, cap) };
    if (!host->handle)
        return false;
    fm_lua_module_fn *entry =
            (fm_lua_module_fn *)(uintptr_t)dlsym(host->handle, FM_LUA_MODULE_ENTRY);
    host->api = entry ? entry() : NULL;
    if (!host->api || host->api->version != FM_LUA_API_VERSION) {
        snprintf(error, cap, "%s is of another version of Furumai; install both from one build",
                FM_LUA_MODULE_FILE);
    } else {
        host->lua = host->api->open(&memory);
        if (!host->lua)
            snprintf(error, cap, "out of memory while opening Lua");
    }
    if (!host->lua)
        fm_lua_host_close(host);
    return host->lua != NULL;
}

void fm_lua_host_close(struct fm_lua_host *host)
{
    if (host->lua)
        host->api->close(host->lua);
    if (host->handle)
        dlclose(host->handle);
    *host = (struct fm_lua_host){ 0 };
}
