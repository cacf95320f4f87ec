/* A whole file in memory, with one line that says why not. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/inside.h"

static const char *why_not(const struct stat *st, size_t most)
{
    if (S_ISDIR(st->st_mode))
        return "is a folder where a file is wanted";
    if (!S_ISREG(st->st_mode))
        return "is no regular file";
    if ((uint64_t)st->st_size > most)
        return "is larger than a file of its kind may be; split it or cut it down";
    return NULL;
}

static char *read_all(struct fm_mem *mem, int fd, size_t size, size_t *len)
{
    char *bytes = fm_alloc(mem, size + 1);
    size_t used = 0;
    ssize_t got = 1;
    if (!bytes) {
        errno = ENOMEM;
        return NULL;
    }
    while (used < size && got > 0) {
        got = read(fd, bytes + used, size - used);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            used += (size_t)got;
    }
    if (got < 0) {
        int keep = errno;
        fm_free(mem, bytes);
        errno = keep;
        return NULL;
    }
    *len = used;
    return bytes;
}

char *fm_file_read(struct fm_mem *mem, const char *path, size_t most, size_t *len, char *error,
        size_t cap)
{
    struct stat st;
    char text[128];
    char *bytes = NULL;
    const char *why = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool opened = fd >= 0 && fstat(fd, &st) == 0;
    if (opened)
        why = why_not(&st, most);
    if (opened && !why)
        bytes = read_all(mem, fd, (size_t)st.st_size, len);
    if (!bytes) {
        if (!why)
            why = errno == ENOMEM ? "out of memory" : strerror_r(errno, text, sizeof text);
        snprintf(error, cap, "%s: %s", path, why);
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}
