#include "cli/captures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/lengths.h"

#define COPY_BYTES (64u << 20) /* at a time */

/* How captures begin that libpcap reads. */
static const unsigned char magics[][4] = {
    { 0xd4, 0xc3, 0xb2, 0xa1 },
    { 0xa1, 0xb2, 0xc3, 0xd4 },
    { 0x4d, 0x3c, 0xb2, 0xa1 }, /* nanoseconds */
    { 0xa1, 0xb2, 0x3c, 0x4d },
    { 0x34, 0xcd, 0xb2, 0xa1 }, /* Kuznetzov's */
    { 0xa1, 0xb2, 0xcd, 0x34 },
    { 0x0a, 0x0d, 0x0d, 0x0a }, /* pcapng */
};

static const struct {
    unsigned char byte[4];
    size_t len;
    const char *remedy;
} packed[] = {
    { { 0x1f, 0x8b }, 2, "it is gzip: unpack it first (gunzip)" },
    { { 0x28, 0xb5, 0x2f, 0xfd }, 4, "it is zstd: unpack it first (zstd -d)" },
    { { 0xfd, '7', 'z', 'X' }, 4, "it is xz: unpack it first (unxz)" },
    { { 'P', 'K', 3, 4 }, 4, "it is zip: unpack it first (unzip)" },
    { { '{' }, 1, "it looks like a log: furumai replay reads logs" },
    { { '#' }, 1, "it looks like a log: furumai replay reads logs" },
    { { 'F', 'M', 'T', 'A' }, 4, "it is a tape: furumai replay reads tapes" },
};

static bool is_capture(const unsigned char *start)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
        if (memcmp(start, magics[i], sizeof(magics[i])) == 0)
            return true;
    return false;
}

static const char *remedy_for(const unsigned char *start)
{
    for (size_t i = 0; i < sizeof(packed) / sizeof(*packed); i++)
        if (memcmp(start, packed[i].byte, packed[i].len) == 0)
            return packed[i].remedy;
    return "give pcap or pcapng files";
}

static bool check(const char *path, uint64_t *size)
{
    unsigned char start[4] = { 0 };
    struct stat about;
    int in = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (in < 0 || fstat(in, &about) != 0) {
        fm_cli_fail("%s cannot be read: %s; check the path and its permissions", path,
                strerror(errno));
        if (in >= 0)
            close(in);
        return false;
    }
    bool regular = S_ISREG(about.st_mode);
    ssize_t got = regular ? read(in, start, sizeof(start)) : 0;
    close(in);
    *size = (uint64_t)about.st_size;
    if (!regular)
        fm_cli_fail("%s is not a plain file; give captures one by one", path);
    else if (got != (ssize_t)sizeof(start))
        fm_cli_fail("%s is no capture: it has %zd bytes; copy it again", path, got);
    else if (!is_capture(start))
        fm_cli_fail("%s is no capture; %s", path, remedy_for(start));
    else
        return true;
    return false;
}

/* ---- several ---- */

static int copy_bytes(int in, int out)
{
    char bytes[1 << 16];
    ssize_t got;

    while ((got = copy_file_range(in, NULL, out, NULL, COPY_BYTES, 0)) > 0)
        ;
    if (got == 0)
        return 0;
    while ((got = read(in, bytes, sizeof(bytes))) > 0)
        for (ssize_t put = 0, n; put < got; put += n)
            if ((n = write(out, bytes + put, (size_t)(got - put))) < 0)
                return errno;
    return got < 0 ? errno : 0;
}

/* The copy is mended where packets tell no length; the original never is. */
static int mend(const char *name, int in, int out)
{
    uint64_t count = fm_lengths_missing(in, out);
    int problem = errno;

    if (problem == 0 && count > 0)
        fm_cli_warn("%s: %" PRIu64 " packets tell no length (captured on the sending host, before "
                    "its card cut them); read from a mended copy", name, count);
    return problem;
}

static bool needs_mending(const char *path)
{
    int in = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t count = in < 0 ? 0 : fm_lengths_missing(in, -1);

    if (in >= 0)
        close(in);
    return count > 0;
}

/* The copy's time of change is its place: Suricata reads a folder in that order. */
static int copy(const char *from, const char *folder, int place)
{
    struct timespec times[2] = { { .tv_sec = place + 1 }, { .tv_sec = place + 1 } };
    char to[FM_CLI_PATH], name[32];
    int problem = ENAMETOOLONG;

    snprintf(name, sizeof(name), "%06d.pcap", place);
    if (!fm_folder_path(to, folder, name))
        return problem;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    problem = in < 0 || out < 0 ? errno : copy_bytes(in, out);
    if (problem == 0)
        problem = mend(from, in, out);
    if (problem == 0 && futimens(out, times) != 0)
        problem = errno;
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0 && problem == 0)
        problem = errno;
    return problem;
}

static bool copy_all(struct fm_captures *captures, char *const file[], const char *out)
{
    if (!fm_folder_path(captures->folder, out, "captures.XXXXXX") ||
            mkdtemp(captures->folder) == NULL ||
            realpath(captures->folder, captures->path) == NULL) {
        captures->folder[0] = '\0';
        fm_cli_fail("%s cannot be written: %s; choose another --out", out, strerror(errno));
        return false;
    }
    for (int i = 0; i < captures->count; i++) {
        int problem = copy(file[i], captures->folder, i);
        if (problem == 0)
            continue;
        fm_cli_fail("%s cannot be copied to %s: %s; make room there or choose another --out",
                file[i], out, strerror(problem));
        return false;
    }
    return true;
}

bool fm_captures_take(struct fm_captures *captures, int count, char *const file[], const char *out)
{
    *captures = (struct fm_captures){ .count = count };
    captures->size = calloc((size_t)count, sizeof(*captures->size));
    if (captures->size == NULL) {
        fm_cli_fail("out of memory");
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (!check(file[i], &captures->size[i]))
            return false;
        captures->bytes += captures->size[i];
    }
    if (count > 1 || needs_mending(file[0]))
        return copy_all(captures, file, out);
    if (realpath(file[0], captures->path) == NULL) {
        fm_cli_fail("%s cannot be read: %s; check the path", file[0], strerror(errno));
        return false;
    }
    return true;
}

void fm_captures_clear(struct fm_captures *captures)
{
    char name[32], path[FM_CLI_PATH];

    for (int i = 0; captures->folder[0] != '\0' && i < captures->count; i++) {
        snprintf(name, sizeof(name), "%06d.pcap", i);
        if (fm_folder_path(path, captures->folder, name))
            unlink(path);
    }
    if (captures->folder[0] != '\0')
        rmdir(captures->folder);
    free(captures->size);
}

/* ---- how far ---- */

static uint64_t position(pid_t pid, const char *descriptor)
{
    char path[128];
    unsigned long long at = 0;

    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.20s", (int)pid, descriptor);
    FILE *info = fopen(path, "r");
    if (info == NULL)
        return 0;
    if (fscanf(info, "pos: %llu", &at) != 1)
        at = 0;
    fclose(info);
    return at;
}

/* Bytes of the captures before the one that this path names, or none of ours: false. */
static bool bytes_before(const struct fm_captures *captures, const char *path, uint64_t *bytes)
{
    size_t len = strlen(captures->path);

    *bytes = 0;
    if (captures->folder[0] == '\0')
        return strcmp(path, captures->path) == 0;
    if (strncmp(path, captures->path, len) != 0 || path[len] != '/')
        return false;
    int place = atoi(path + len + 1);
    for (int i = 0; i < place && i < captures->count; i++)
        *bytes += captures->size[i];
    return true;
}

unsigned fm_captures_read_pct(const struct fm_captures *captures, pid_t pid)
{
    char path[FM_CLI_PATH + 32], target[FM_CLI_PATH];
    struct dirent *entry;
    uint64_t done = 0, before;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return 0;
    while ((entry = readdir(folder)) != NULL) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%.20s", (int)pid, entry->d_name);
        ssize_t len = readlink(path, target, sizeof(target) - 1);
        if (len <= 0)
            continue;
        target[len] = '\0';
        if (bytes_before(captures, target, &before))
            done = before + position(pid, entry->d_name);
    }
    closedir(folder);
    return (unsigned)(done * 100 / captures->bytes);
}
