/* Any bytes as lines of a Zeek log whose name is none, or that of a log: every record that comes
 * out is valid. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/zeek.h"

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("FAIL fuzz_zeek: %s\n", #what);                                                 \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "", "conn.log", "http.log", "dns.log", "ssl.log", "quic.log",
    "ssh.log", "ftp.log", "smtp.log", "rdp.log", "kerberos.log", "ntlm.log", "smb_files.log",
    "smb_mapping.log", "dce_rpc.log", "ldap.log", "ldap_search.log", "dhcp.log", "files.log" };

static bool take(void *arg, struct fm_rec *rec)
{
    (void)arg;
    MUST(fm_rec_valid(rec, rec->size));
    return true;
}

/* Each line alone in memory: the reader may change it and must stay inside. */
static void lines(const char *name, const uint8_t *data, size_t size)
{
    struct fm_mem mem = { 0 };
    struct fm_sink sink = { .take = take };
    struct fm_zeek *zeek = fm_zeek_new(&mem);
    char why[160];
    fm_zeek_file(zeek, name);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;
        char *line = malloc(len + 1);
        memcpy(line, data + at, len);
        line[len] = '\0';
        enum fm_line read = fm_zeek_line(zeek, line, len, &sink, why);
        MUST(read != FM_LINE_BROKEN || why[0]);
        free(line);
        at += len + 1;
    }
    fm_zeek_free(zeek);
    MUST(mem.used_bytes == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count = sizeof(names) / sizeof(names[0]);
    lines("", data, size);
    if (size > 0)
        lines(names[data[size - 1] % count], data, size);
    return 0;
}
