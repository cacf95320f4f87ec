/* Any bytes as a file to read, and as what stands behind a tape's header: the reader comes to its
 * end, every record is valid, and memory that fails is a slip. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "record/source.h"
#include "record/tape.h"

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("FAIL fuzz_tape: %s\n", #what);                                                 \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *arg, struct fm_rec *rec)
{
    (void)arg;
    MUST(fm_rec_valid(rec, rec->size));
    return true;
}

static void say(void *arg, const char *line)
{
    (void)arg;
    MUST(line[0] && !strchr(line, '\n'));
}

static void read_back(int fd, uint64_t fail_at)
{
    char path[64];
    struct fm_mem mem = { .fail_at = fail_at };
    struct fm_sink sink = { .take = take, .say = say };
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    fm_source_read(&mem, path, &sink);
    MUST(mem.used_bytes == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fm_mem mem = { 0 };
    int error, fd = memfd_create("source", MFD_CLOEXEC);
    char path[64];
    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    read_back(fd, 0);
    read_back(fd, 1 + fm_hash(0, data, size) % 4);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct fm_tape_writer *writer = fm_tape_create(&mem, path, 0, &error);
    MUST(writer && fm_tape_close(writer) == 0);
    MUST(lseek(fd, 0, SEEK_END) == 16 && write(fd, data, size) == (ssize_t)size);
    read_back(fd, 0);
    close(fd);
    return 0;
}
