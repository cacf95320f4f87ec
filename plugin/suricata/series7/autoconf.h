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

/* layouts and enumerations */
#define BUILD_UNIX_SOCKET 1
#define CAPTURE_OFFLOAD 1
#define CLS 64
#define HAVE_JA3 1
#define HAVE_JA4 1
#define HAVE_LIBHTP 1
#define HAVE_LIBJANSSON 1
#define HAVE_MAGIC 1
#define HAVE_PLUGINS 1
#define HAVE_PTHREAD_SPIN_UNLOCK 1
#define HAVE_RUST 1
#define HAVE_STDATOMIC_H 1
#define PCRE2_CODE_UNIT_WIDTH 8
#define TLS_C11 1

/* libc and libpcap */
#define HAVE_ARPA_INET_H 1
#define HAVE_ASSERT_H 1
#define HAVE_CTYPE_H 1
#define HAVE_DIRENT_H 1
#define HAVE_ERRNO_H 1
#define HAVE_FCNTL_H 1
#define HAVE_FWRITE_UNLOCKED 1
#define HAVE_INTTYPES_H 1
#define HAVE_LIMITS_H 1
#define HAVE_MATH_H 1
#define HAVE_NETDB_H 1
#define HAVE_NETINET_IN_H 1
#define HAVE_PCAP_H 1
#define HAVE_POLL_H 1
#define HAVE_SCHED_H 1
#define HAVE_SIGNAL_H 1
#define HAVE_STDARG_H 1
#define HAVE_STDBOOL_H 1
#define HAVE_STDDEF_H 1
#define HAVE_STDIO_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRINGS_H 1
#define HAVE_STRING_H 1
#define HAVE_STRPTIME 1
#define HAVE_SYSLOG_H 1
#define HAVE_SYS_IOCTL_H 1
#define HAVE_SYS_MMAN_H 1
#define HAVE_SYS_PRCTL_H 1
#define HAVE_SYS_SOCKET_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_SYSCALL_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_TIME_H 1
#define HAVE_UNISTD_H 1

#endif
