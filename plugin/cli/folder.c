/* Folders that the command writes into. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool fm_folder_make(const char *path)
{
    char part[FM_CLI_PATH];
    size_t len = strlen(path);
    struct stat about;

    if (len == 0 || len >= sizeof(part)) {
        errno = len == 0 ? ENOENT : ENAMETOOLONG;
        return false;
    }
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return false;
    }
    if (stat(path, &about) != 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(about.st_mode);
}

bool fm_folder_path(char *out, const char *folder, const char *name)
{
    int len = snprintf(out, FM_CLI_PATH, "%s/%s", folder, name);

    return len > 0 && len < FM_CLI_PATH;
}

bool fm_folder_remove(const char *folder, const char *name)
{
    char path[FM_CLI_PATH];

    if (!fm_folder_path(path, folder, name)) {
        errno = ENAMETOOLONG;
        return false;
    }
    return unlink(path) == 0 || errno == ENOENT;
}
