/* What Suricata 7.0.10's own configure would have said about Debian 12, as far as its headers ask.
 *
 * No package ships Suricata's headers, and its source tarball lacks only this file. Two kinds of
 * line, and the difference matters:
 *
 *  - those that change a layout or an enumeration must agree with the Debian binary that loads us:
 *    227 sizes and offsets in 29 structures (Packet, Flow, ThreadVars, the TLS, HTTP, FTP, SMTP and
 *    DNP3 states, the output contexts, storage) are those of a full configure of 7.0.10, and the
 *    binary itself gives the same size to Flow (272) and Packet (584);
 *  - those that only choose which libc headers are read.
 *
 * Not here on purpose: HAVE_DPDK, HAVE_AF_XDP, NFQ and their like (the binary has them; they add
 * members to a union that plugin_v already holds at 64 bytes, and drag their libraries' headers),
 * HAVE_LUA (it reads lua.h), HAVE_STRLCPY and HAVE_STRLCAT (Debian 12's libc has neither).
 */
#ifndef FM_SERIES7_AUTOCONF_H
#define FM_SERIES7_AUTOCONF_H

#include "suricata/common/debian.h"

#define HAVE_LIBHTP 1

#endif
