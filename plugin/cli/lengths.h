/* IPv4 packets that tell no length.  Where a card cuts large packets into segments itself, a
 * capture taken on the host that sends shows them as they were handed to it: tens of kilobytes,
 * with a total length of 0.  Suricata drops such a packet and says nothing, so what was sent would
 * be missing.
 *
 * Reads pcap (microseconds, nanoseconds, Kuznetzov's) and pcapng, on Ethernet with up to three VLAN
 * tags, Linux cooked, loopback and raw IP.  Other links, tunnels' inner packets and IPv6's
 * jumbograms are left as they are.  A file that is cut or damaged is looked at up to there.
 *
 * Reads 16 KiB at a time and skips what lies between headers: about 0.3 s a gigabyte of small
 * packets, less of large ones. */
#ifndef FM_CLI_LENGTHS_H
#define FM_CLI_LENGTHS_H

#include "furumai.h"

/** How many packets of the capture tell no length.  With `mend` >= 0, a file of the same bytes open
 *  for writing, each is given the length that its frame has there (65,535 at most). An error of
 *  writing ends it, with errno; else errno is 0. */
uint64_t fm_lengths_missing(int capture, int mend);

#endif
