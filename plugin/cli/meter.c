#include "cli/meter.h"

#include <stdio.h>
#include <unistd.h>

void fm_meter(const char *what, unsigned pct)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s %u %%", what, pct > 100 ? 100 : pct);
}

void fm_meter_end(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}
