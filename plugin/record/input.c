#include "record/input.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

struct fm_input {
    struct fm_mem *mem;
    gzFile file;
    size_t from, to; /* unread bytes of `bytes` */
    uint64_t lines, taken;
    bool ended, damaged;
    char bytes[FM_INPUT_LINE_MAX + 1];
};

struct fm_input *fm_input_open(struct fm_mem *mem, const char *path, int *error)
{
    struct fm_input *input = fm_alloc(mem, sizeof(*input));
    if (!input) {
        *error = ENOMEM;
        return NULL;
    }
    errno = 0;
    input->mem = mem;
    input->file = gzopen(path, "rb");
    if (!input->file) {
        *error = errno ? errno : ENOMEM;
        fm_free(mem, input);
        return NULL;
    }
    gzbuffer(input->file, 1u << 17);
    return input;
}

void fm_input_close(struct fm_input *input)
{
    if (!input)
        return;
    gzclose(input->file);
    fm_free(input->mem, input);
}

/* Reads more behind what is unread; the unread moves to the front when there is no room. */
static bool fill(struct fm_input *input)
{
    if (input->ended)
        return false;
    if (input->from > 0) {
        memmove(input->bytes, input->bytes + input->from, input->to - input->from);
        input->to -= input->from;
        input->from = 0;
    }
    size_t room = FM_INPUT_LINE_MAX - input->to;
    int got = gzread(input->file, input->bytes + input->to, (unsigned)room);
    if (got > 0)
        input->to += (size_t)got;
    if (got < (int)room) {
        int error = Z_OK;
        gzerror(input->file, &error);
        if (got < 0 || error == Z_BUF_ERROR || error == Z_DATA_ERROR) {
            input->damaged = true;
            input->ended = true;
        } else if (got == 0) {
            input->ended = true;
        }
    }
    return got > 0;
}

size_t fm_input_peek(struct fm_input *input, size_t want, const char **bytes)
{
    while (input->to - input->from < want && fill(input))
        ;
    size_t got = input->to - input->from;
    *bytes = input->bytes + input->from;
    return got < want ? got : want;
}

/* The rest of a line that filled the whole buffer. */
static enum fm_input_state skip_line(struct fm_input *input)
{
    for (;;) {
        input->taken += input->to - input->from;
        input->from = input->to = 0;
        if (!fill(input))
            return FM_INPUT_LONG;
        char *end = memchr(input->bytes, '\n', input->to);
        if (end) {
            input->from = (size_t)(end + 1 - input->bytes);
            input->taken += input->from;
            return FM_INPUT_LONG;
        }
    }
}

enum fm_input_state fm_input_line(struct fm_input *input, char **line, size_t *len)
{
    size_t looked = 0;
    for (;;) {
        char *at = input->bytes + input->from;
        size_t have = input->to - input->from;
        char *end = memchr(at + looked, '\n', have - looked);
        if (!end && have == FM_INPUT_LINE_MAX) {
            input->lines++;
            return skip_line(input);
        }
        looked = have;
        if (!end && fill(input))
            continue;
        if (!end && have == 0)
            return input->damaged ? FM_INPUT_CUT : FM_INPUT_END;
        at = input->bytes + input->from;
        *line = at;
        *len = end ? (size_t)(end - at) : have;
        input->from += *len + (end ? 1 : 0);
        input->taken += *len + (end ? 1 : 0);
        input->lines++;
        at[*len] = '\0';
        if (*len > 0 && at[*len - 1] == '\r')
            at[--*len] = '\0';
        return FM_INPUT_OK;
    }
}

size_t fm_input_read(struct fm_input *input, void *bytes, size_t want)
{
    size_t got = 0;
    while (got < want) {
        size_t have = input->to - input->from;
        if (have == 0) {
            input->from = input->to = 0;
            if (!fill(input))
                break;
            continue;
        }
        size_t take = have < want - got ? have : want - got;
        memcpy((char *)bytes + got, input->bytes + input->from, take);
        input->from += take;
        got += take;
    }
    input->taken += got;
    return got;
}

bool fm_input_damaged(const struct fm_input *input)
{
    return input->damaged;
}

uint64_t fm_input_lines(const struct fm_input *input)
{
    return input->lines;
}

uint64_t fm_input_bytes(const struct fm_input *input)
{
    return input->taken;
}
