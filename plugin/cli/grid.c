#include "cli/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 16
#define GAP 2

struct fm_grid {
    unsigned columns;
    const char *const *heads;
    size_t cells, room;
    char **cell;
};

struct fm_grid *fm_grid_new(unsigned columns, const char *const *heads)
{
    struct fm_grid *grid = columns <= COLUMNS ? calloc(1, sizeof(*grid)) : NULL;

    if (grid != NULL) {
        grid->columns = columns;
        grid->heads = heads;
    }
    return grid;
}

void fm_grid_free(struct fm_grid *grid)
{
    if (grid == NULL)
        return;
    for (size_t i = 0; i < grid->cells; i++)
        free(grid->cell[i]);
    free(grid->cell);
    free(grid);
}

static void make_harmless(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

void fm_grid_add(struct fm_grid *grid, const char *text)
{
    if (grid == NULL)
        return;
    if (grid->cells == grid->room) {
        size_t room = grid->room ? grid->room * 2 : 64;
        char **more = realloc(grid->cell, room * sizeof(*more));
        if (more == NULL)
            return;
        grid->cell = more;
        grid->room = room;
    }
    char *copy = strdup(text);
    if (copy == NULL)
        return;
    make_harmless(copy);
    grid->cell[grid->cells++] = copy;
}

void fm_grid_addf(struct fm_grid *grid, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fm_grid_add(grid, text);
}

static int width_of(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_cell(FILE *out, const char *text, int width, int to_right, int is_last)
{
    int pad = width - width_of(text);

    if (to_right)
        fprintf(out, "%*s%s%*s", pad, "", text, is_last ? 0 : GAP, "");
    else
        fprintf(out, "%s%*s", text, is_last ? 0 : pad + GAP, "");
}

void fm_grid_print(const struct fm_grid *grid, FILE *out, unsigned indent)
{
    int width[COLUMNS] = { 0 };

    if (grid == NULL)
        return;
    for (unsigned i = 0; i < grid->columns; i++)
        width[i] = width_of(grid->heads[i] + (grid->heads[i][0] == '>'));
    for (size_t i = 0; i < grid->cells; i++)
        if (width_of(grid->cell[i]) > width[i % grid->columns])
            width[i % grid->columns] = width_of(grid->cell[i]);
    for (size_t row = 0; row <= grid->cells / grid->columns; row++) {
        fprintf(out, "%*s", (int)indent, "");
        for (unsigned i = 0; i < grid->columns; i++) {
            const char *head = grid->heads[i];
            int to_right = head[0] == '>';
            const char *text =
                    row == 0 ? head + to_right : grid->cell[(row - 1) * grid->columns + i];
            print_cell(out, text, width[i], to_right, i + 1 == grid->columns);
        }
        fputc('\n', out);
    }
}
