/* Progress on a terminal: one line on standard error that is written over; nothing where standard
 * error is a file. */
#ifndef FM_CLI_METER_H
#define FM_CLI_METER_H

void fm_meter(const char *what, unsigned pct);
/** Wipes the line. */
void fm_meter_end(void);

#endif
