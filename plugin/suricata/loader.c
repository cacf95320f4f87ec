/* furumai.so: the one file that the operator names under `plugins:`.  It asks the running Suricata
 * for its version and opens the adapter of that series, which lies beside it: an adapter made for
 * another series would have symbols that this host lacks, and its structures would not fit.
 *
 * Has no undefined symbol of any Suricata.  Whatever is wrong is said in one line, and Suricata
 * runs on without behaviour.  Costs nothing after start-up.
 */
#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a host of series 7 expects (suricata-plugin.h, 7.0.x). */
struct plugin7 {
    const char *name, *license, *author;
    void (*init)(void);
};

/* What a host of series 8 expects (suricata-plugin.h, 8.0.x). */
struct plugin8 {
    uint64_t version;
    const char *suricata_version, *name, *plugin_version, *license, *author;
    void (*init)(void);
};

static const struct series {
    int major, minor;
    const char *adapter; /* which knows the patch releases */
} series[] = {
    { 7, 0, "furumai-7.so" },
    { 8, 0, "furumai-8.so" },
};

#define SAY_ERROR 1 /* of Suricata's levels */

/* Suricata's own log where it can be found (same in 7 and 8), else standard error. */
static void say(const char *line)
{
    void (*log)(int, const char *, const char *, int, const char *, const char *, ...);

    *(void **)&log = dlsym(RTLD_DEFAULT, "SCLogErr");
    if (log != NULL)
        log(SAY_ERROR, "loader.c", __func__, __LINE__, "furumai", "%s", line);
    else
        fprintf(stderr, "furumai: %s\n", line);
}

static void do_nothing(void)
{
}

static void *inert(int major)
{
    static struct plugin7 seven = { "furumai", "GPLv2", "The Furumai authors", do_nothing };
    static struct plugin8 eight = { 0x0800, "8", "furumai", "", "GPLv2", "The Furumai authors",
        do_nothing };

    return major >= 8 ? (void *)&eight : (void *)&seven;
}

static bool beside_us(const char *file, char *path, size_t cap)
{
    Dl_info info;

    if (dladdr((void *)&beside_us, &info) == 0 || info.dli_fname == NULL)
        return false;
    const char *slash = strrchr(info.dli_fname, '/');
    int folder = slash == NULL ? 0 : (int)(slash - info.dli_fname) + 1;
    int len = snprintf(path, cap, "%s%.*s%s", slash == NULL ? "./" : "", folder, info.dli_fname,
            file);
    return len > 0 && (size_t)len < cap;
}

static const struct series *series_of(const char *version, int *major)
{
    char line[160];
    int minor = 0;

    *major = 7;
    if (version == NULL || sscanf(version, "%d.%d", major, &minor) != 2) {
        say("this host does not tell its version; furumai needs Suricata 7.0 or 8.0. Running on "
            "without it");
        return NULL;
    }
    for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++)
        if (series[i].major == *major && series[i].minor == minor)
            return &series[i];
    snprintf(line, sizeof(line),
            "made for Suricata 7.0 and 8.0, this is %.32s. Running on without it", version);
    say(line);
    return NULL;
}

static void *plugin_of(const struct series *chosen)
{
    char path[PATH_MAX], line[PATH_MAX + 300];
    void *(*plugin)(void);

    if (!beside_us(chosen->adapter, path, sizeof(path))) {
        say("cannot tell where furumai.so lies; name it by its full path under 'plugins:'. "
            "Running on without it");
        return NULL;
    }
    void *adapter = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (adapter == NULL) {
        snprintf(line, sizeof(line), "cannot open the adapter for Suricata %d (%s); install it "
                 "beside furumai.so. Running on without it", chosen->major, dlerror());
        say(line);
        return NULL;
    }
    *(void **)&plugin = dlsym(adapter, "fm_adapter_plugin");
    if (plugin == NULL) {
        snprintf(line, sizeof(line), "%.3800s is not an adapter of furumai; install the one of "
                 "this version. Running on without it", path);
        say(line);
        return NULL;
    }
    return plugin();
}

__attribute__((visibility("default"))) void *SCPluginRegister(void);

void *SCPluginRegister(void)
{
    const char *(*version)(void);
    int major;

    *(void **)&version = dlsym(RTLD_DEFAULT, "GetProgramVersion");
    const struct series *chosen = series_of(version == NULL ? NULL : version(), &major);
    void *plugin = chosen == NULL ? NULL : plugin_of(chosen);
    return plugin == NULL ? inert(major) : plugin;
}
