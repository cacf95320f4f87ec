/* Runs a fuzz target as a plain test: every file of its corpus as it is, and each with a number of
 * seeded damages (bytes changed, left out, doubled, two inputs joined), the same in every run.
 *
 *     fuzz_X [FILE...]    default: $FM_SRCDIR/tests/fuzz/X/, in order of the names
 *
 * Built with clang -fsanitize=fuzzer and without this file, the same target fuzzes. A crash or a
 * failed assertion ends the program, and that is the failed case. */
#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 512
#define INPUT_BYTES 65536
#define DAMAGES 60

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    char *path;
    uint8_t *data;
    size_t size;
};

static struct input inputs[INPUTS_MAX];
static unsigned input_count;
static uint64_t noise_state = 0x9e3779b97f4a7c15u;

/* xorshift64* (Marsaglia 2003, Vigna 2016) */
static uint32_t noise(uint32_t below)
{
    noise_state ^= noise_state >> 12;
    noise_state ^= noise_state << 25;
    noise_state ^= noise_state >> 27;
    return (uint32_t)((noise_state * 0x2545f4914f6cdd1du) >> 32) % below;
}

static void add_input(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in || input_count == INPUTS_MAX) {
        printf("FAIL %s: %s\n", path, in ? "too many inputs" : "cannot be opened");
        exit(1);
    }
    struct input *input = &inputs[input_count++];
    input->path = strdup(path);
    input->data = malloc(INPUT_BYTES);
    input->size = fread(input->data, 1, INPUT_BYTES, in);
    fclose(in);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct input *)a)->path, ((const struct input *)b)->path);
}

static void add_folder(const char *target)
{
    char folder[4096], path[4400];
    const char *top = getenv("FM_SRCDIR");
    snprintf(folder, sizeof folder, "%s/tests/fuzz/%s", top ? top : ".", target);
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            add_input(path);
    }
    if (dir)
        closedir(dir);
    qsort(inputs, input_count, sizeof inputs[0], by_path);
}

/* The input with one to four damages; its size. */
static size_t damage(const struct input *input, uint8_t *out)
{
    size_t size = input->size;
    memcpy(out, input->data, size);
    for (uint32_t i = noise(4) + 1; i && size; i--) {
        size_t at = noise((uint32_t)size), len = noise((uint32_t)(size - at) < 64 ?
                (uint32_t)(size - at) : 64) + 1;
        const struct input *other = &inputs[noise(input_count)];
        switch (noise(5)) {
        case 0:
            out[at] = (uint8_t)noise(256);
            break;
        case 1:
            memmove(out + at, out + at + len, size - at - len);
            size -= len;
            break;
        case 2:
            if (size + len <= INPUT_BYTES) {
                memmove(out + at + len, out + at, size - at);
                size += len;
            }
            break;
        case 3:
            size = at;
            break;
        default:
            if (other->size && at + len <= INPUT_BYTES) {
                size_t from = noise((uint32_t)other->size);
                len = len < other->size - from ? len : other->size - from;
                memcpy(out + at, other->data + from, len);
                size = size > at + len ? size : at + len;
            }
        }
    }
    return size;
}

/* A copy of exactly that size: a byte read beyond it is seen by the sanitisers. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    static uint8_t damaged[INPUT_BYTES];
    const char *name = strrchr(argv[0], '/');
    name = name ? name + 1 : argv[0];
    const char *target = strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name;
    for (int i = 1; i < argc; i++)
        add_input(argv[i]);
    if (argc == 1)
        add_folder(target);
    for (unsigned i = 0; i < input_count; i++)
        run(inputs[i].data, inputs[i].size);
    for (unsigned i = 0; i < input_count * DAMAGES; i++)
        run(damaged, damage(&inputs[i % input_count], damaged));
    printf("%s %s: %u inputs, %u damaged\n", input_count ? "PASS" : "FAIL", name, input_count,
            input_count * DAMAGES);
    for (unsigned i = 0; i < input_count; i++) {
        free(inputs[i].path);
        free(inputs[i].data);
    }
    return input_count ? 0 : 1;
}
