/* Files that Suricata found in transactions, told when they are complete or cut off: name, size,
 * and what the operator's own settings make known of them (magic, a hash).  No allocation. */
#include "suricata/common/adapter.h"

#include "app-layer-parser.h"
#include "util-file.h"

#define NAME_MAX_BYTES 255
#define MAGIC_MAX 96

static void put_hash(struct fm_rec *rec, struct fm_str *str, const uint8_t *hash, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * SC_SHA256_LEN];

    for (size_t i = 0; i < bytes; i++) {
        hex[2 * i] = digits[hash[i] >> 4];
        hex[2 * i + 1] = digits[hash[i] & 15];
    }
    fm_rec_put(rec, str, hex, 2 * bytes, sizeof(hex));
    rec->has |= FM_HAS_HASH;
}

static void put_best_hash(struct fm_rec *rec, struct fm_str *str, const File *file)
{
    if ((file->flags & FILE_SHA256) != 0)
        put_hash(rec, str, file->sha256, SC_SHA256_LEN);
    else if (file->state == FILE_STATE_CLOSED && (file->flags & FILE_SHA1) != 0)
        put_hash(rec, str, file->sha1, SC_SHA1_LEN);
    else if (file->state == FILE_STATE_CLOSED && (file->flags & FILE_MD5) != 0)
        put_hash(rec, str, file->md5, SC_MD5_LEN);
}

int fm_file_log(ThreadVars *tv, void *data, const Packet *p, const File *file, void *tx,
        const uint64_t id, uint8_t direction)
{
    struct fm_thread *thread = data;

    (void)tv, (void)tx, (void)id;
    if (thread == NULL || p->flow == NULL || !fm_host_layouts_known())
        return 0;
    struct fm_rec *rec = (struct fm_rec *)thread->rec;
    struct fm_fileinfo *info = fm_rec_begin(rec, FM_FILEINFO);
    fm_flows_header(rec, p->flow, p);
    rec->has = FM_HAS_FILE | FM_HAS_APP;
    info->bytes = FileTrackedSize(file);
    info->to_server = direction == STREAM_TOSERVER;
    info->app = (uint8_t)fm_apps_of(p->flow);
    fm_rec_put(rec, &info->name, file->name, file->name_len, NAME_MAX_BYTES);
    if (file->magic != NULL) {
        fm_rec_put(rec, &info->magic, file->magic, strlen(file->magic), MAGIC_MAX);
        rec->has |= FM_HAS_TYPE;
    }
    put_best_hash(rec, &info->hash, file);
    fm_thread_push(thread, rec);
    return 0;
}
