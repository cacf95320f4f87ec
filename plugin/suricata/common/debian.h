/* What the configure of either series says of Debian: the part that both adapters' autoconf.h share.
 * Layouts and enumerations must agree with the binary that loads us (autoconf.h says how that was
 * proved). */
#ifndef FM_SURICATA_DEBIAN_H
#define FM_SURICATA_DEBIAN_H

/* layouts and enumerations */
#define BUILD_UNIX_SOCKET 1
#define CAPTURE_OFFLOAD 1
#define CLS 64
#define HAVE_JA3 1
#define HAVE_JA4 1
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
