/* Whether anything that a policy is made of was replaced since: one number over name, size, inode
 * and time of change of policy.lua and of the files in its layers and lists.  Order of reading does
 * not matter.  Some 20 system calls; nothing is opened but folders. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "policy/policy.h"

static uint64_t stamp_of(int folder, const char *name)
{
    struct stat st;
    struct {
        uint64_t name, size, inode, seconds, nanoseconds;
    } seen = { 0 };

    if (fstatat(folder, name, &st, 0) != 0)
        return 0;
    seen.name = fm_hash(0, name, strlen(name));
    seen.size = S_ISDIR(st.st_mode) ? 0 : (uint64_t)st.st_size;
    seen.inode = (uint64_t)st.st_ino;
    seen.seconds = (uint64_t)st.st_mtim.tv_sec;
    seen.nanoseconds = (uint64_t)st.st_mtim.tv_nsec;
    return fm_hash(0, &seen, sizeof seen);
}

static uint64_t stamp_of_files(int parent, const char *sub)
{
    int fd = openat(parent, sub, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    uint64_t stamp = 0;

    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.')
            stamp += stamp_of(fd, entry->d_name);
    if (dir)
        closedir(dir);
    return stamp;
}

uint64_t fm_policy_stamp(const char *path)
{
    static const char *const folders[] = { "local.d", "override.d", "lists" };
    char folder[PATH_MAX];
    struct stat st;

    if (stat(path, &st) != 0)
        return 0;
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!S_ISDIR(st.st_mode))
        snprintf(slash ? slash : folder, 2, "%s", slash == folder ? "/" : slash ? "" : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const char *file = slash ? path + (slash - folder) + 1 : path;
    const char *name = S_ISDIR(st.st_mode) ? "policy.lua" : file;
    uint64_t stamp = stamp_of(fd, name);
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
        stamp += stamp_of_files(fd, folders[i]);
    close(fd);
    return stamp;
}
