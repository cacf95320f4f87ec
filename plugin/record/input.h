/* A file to read, plain or gzip (told by its content), by lines or by bytes.  One buffer of 1 MiB
 * bounds a line; a longer one is skipped whole.  A gzip file that ends too early gives what could
 * be unpacked and then says so. */
#ifndef FM_RECORD_INPUT_H
#define FM_RECORD_INPUT_H

#include "base/mem.h"
#include "furumai.h"

#define FM_INPUT_LINE_MAX (1u << 20)

enum fm_input_state {
    FM_INPUT_OK,
    FM_INPUT_LONG, /* a line was too long: skipped, the next call goes on behind it */
    FM_INPUT_END,
    FM_INPUT_CUT, /* the compressed data is damaged or ends too early: nothing more comes */
};

struct fm_input;

/** NULL, with the reason in *error (an errno), when it cannot be opened. */
struct fm_input *fm_input_open(struct fm_mem *mem, const char *path, int *error);
void fm_input_close(struct fm_input *input);
/** The bytes that come next, at most `want` <= 16384, without taking them.  Returns their number.
 */
size_t fm_input_peek(struct fm_input *input, size_t want, const char **bytes);
/** The next line, without its line end and with a NUL behind it; valid until the next call. */
enum fm_input_state fm_input_line(struct fm_input *input, char **line, size_t *len);
/** Takes up to `want` bytes; fewer only at the end (or damage: see fm_input_damaged). */
size_t fm_input_read(struct fm_input *input, void *bytes, size_t want);
bool fm_input_damaged(const struct fm_input *input);
/** Lines or bytes taken so far. */
uint64_t fm_input_lines(const struct fm_input *input);
uint64_t fm_input_bytes(const struct fm_input *input);

#endif
