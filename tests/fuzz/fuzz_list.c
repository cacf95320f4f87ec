/* Any bytes as a list file: entries, or one line that says which is none; then every question that
 * the bytes themselves suggest. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "policy/inside.h"

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("FAIL fuzz_list: %s\n", #what);                                                 \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct fm_list *list, const uint8_t *data, size_t size)
{
    struct fm_addr addr = { { 0 } };
    memcpy(addr.byte, data, size < 16 ? size : 16);
    fm_list_has_addr(list, &addr, (uint16_t)size);
    for (size_t at = 0; at < size; at += 7)
        fm_list_has_name(list, (const char *)data + at, size - at, (uint16_t)at);
    MUST(fm_list_count(list) <= size);
    /* what stands alone on the first line is found as it stands */
    const char *newline = memchr(data, '\n', size);
    size_t len = newline ? (size_t)(newline - (const char *)data) : 0;
    if (len && fm_addr_parse((const char *)data, len, &addr))
        MUST(fm_list_has_addr(list, &addr, 1));
}

static void load(const char *path, const uint8_t *data, size_t size, uint64_t fail_at)
{
    struct fm_mem mem = { .fail_at = fail_at };
    char error[FM_ERROR_BYTES] = "";
    uint64_t hash = 0;
    struct fm_list *list = fm_list_new(&mem);
    if (list && fm_list_add_file(list, path, &hash, error, sizeof error))
        ask(list, data, size);
    else if (list)
        MUST(error[0] && !strchr(error, '\n'));
    fm_list_free(list);
    MUST(mem.used_bytes == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("list", MFD_CLOEXEC);
    MUST(fd >= 0);
    MUST(write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    load(path, data, size, 0);
    load(path, data, size, 1 + fm_hash(0, data, size) % 12);
    close(fd);
    return 0;
}
