/* What kind of trouble a host is, from the mix of its detections: one word to begin with, no
 * verdict.  Data that leaves by a host with a command channel is taken by somebody outside; without
 * one it is given by somebody inside.
 *
 * The first row of a table that fits tells; none fits where there is too little to tell by, as with
 * a command channel alone.  Cannot see: whose command channel the sensor does not see, who is
 * inside and works for somebody outside. */
#ifndef FM_JUDGE_PROFILE_H
#define FM_JUDGE_PROFILE_H

#include "furumai.h"

/** `categories`: 1 << enum fm_category of what counts; `roles`: 1 << enum fm_role.  A literal,
 *  always the same for the same profile; NULL: none. */
const char *fm_profile_of(uint32_t categories, uint32_t roles);

#endif
