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

/* layouts and enumerations */
#define BUILD_UNIX_SOCKET 1
#define CAPTURE_OFFLOAD 1
#define CLS 64
#define HAVE_JA3 1
#define HAVE_JA4 1
#define HAVE_LIBCAP_NG 1
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
