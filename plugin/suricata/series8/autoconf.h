/* What Suricata 8.0.x's own configure would have said about Debian 13, as far as its headers ask.
 *
 * No package ships Suricata's headers, and its source tarball lacks only this file. Two kinds of
 * line, and the difference matters:
 *
 *  - those that change a layout or an enumeration must agree with the Debian binary that loads us:
 *    without HAVE_PTHREAD_SPIN_UNLOCK a Packet's data would lie 36 bytes further on, without
 *    HAVE_MAGIC a File would be shorter; 117 sizes and offsets are those of a full configure of
 *    8.0.7, whose functions that use them are the same instructions in Debian's 8.0.8;
 *  - those that only choose which libc headers are read.
 *
 * HAVE_LIBCAP_NG is here because without it dropping capabilities is an empty macro. Not here on
 * purpose: HAVE_DPDK, HAVE_AF_XDP, NFQ and their like (they drag their libraries' headers into a
 * union that plugin_v already holds at 64 bytes), HAVE_STRLCPY and HAVE_STRLCAT (Debian 12, where
 * the adapter is built, has neither).
 */
#ifndef FM_SERIES8_AUTOCONF_H
#define FM_SERIES8_AUTOCONF_H

#include "suricata/common/debian.h"

#define HAVE_LIBCAP_NG 1

#endif
