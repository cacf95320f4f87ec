"""Bytes of one packet: Ethernet, IPv4 or IPv6, then TCP, UDP or ICMP, checksums right.

A packet is a pair (head, zeros): `zeros` bytes of 0 follow `head` on the wire. Bulk payload is all
zeros, adds nothing to a checksum and is never held in memory, so a theft of 600 MB costs its heads.

A Lane is one direction between two hosts: what stays the same in every packet is made once.
About 3 us a packet. Nothing is fragmented, IPv6 has no extension headers, and VLAN
tags are transform.py's.

Formats: RFC 791, 8200, 9293, 768, 792, 4443; checksum: RFC 1071.
"""
import struct

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def word_sum(data):
    """The one's complement sum of 16-bit words, as a residue modulo 65535."""
    if len(data) & 1:
        data += b"\0"
    return int.from_bytes(data, "big") % 0xFFFF


def checksum(total):
    """The checksum of a sum of words. UDP writes 0 as 0xFFFF, since its 0 means "none"."""
    return (0xFFFF - total % 0xFFFF) % 0xFFFF


class Lane:
    """One direction: source and destination (anything with .mac, .packed, .ttl), one protocol."""

    def __init__(self, src, dst, protocol):
        self.v6 = len(src.packed) == 16
        self.ethernet = dst.mac + src.mac + (b"\x86\xdd" if self.v6 else b"\x08\x00")
        self.protocol = ICMP6 if self.v6 and protocol == ICMP else protocol
        self.addresses = src.packed + dst.packed
        self.pseudo = word_sum(self.addresses) + self.protocol
        self.ttl = src.ttl
        self.ident = self.pseudo & 0xFFF
        self.fixed = self.pseudo - self.protocol + 0x4500 + 0x4000 + (self.ttl << 8 | self.protocol)

    def head(self, length):
        """Ethernet and IP head of a packet whose transport part has `length` bytes."""
        if self.v6:
            return self.ethernet + struct.pack(">IHBB", 0x60000000, length, self.protocol,
                                               self.ttl) + self.addresses
        self.ident = self.ident + 1 & 0xFFFF
        total = length + 20
        check = checksum(self.fixed + total + self.ident)
        return self.ethernet + struct.pack(">BBHHHBBH", 0x45, 0, total, self.ident, 0x4000,
                                           self.ttl, self.protocol, check) + self.addresses


def tcp(lane, sport, dport, seq, ack, flags, window=0xFFFF, options=b"", payload=b"", zeros=0):
    offset = 5 + len(options) // 4
    length = offset * 4 + len(payload) + zeros
    head = struct.pack(">HHIIHH", sport, dport, seq, ack, offset << 12 | flags, window)
    total = lane.pseudo + length + word_sum(head) + word_sum(options) + word_sum(payload)
    tail = struct.pack(">HH", checksum(total), 0) + options + payload
    return lane.head(length) + head + tail, zeros


def udp(lane, sport, dport, payload=b"", zeros=0):
    length = 8 + len(payload) + zeros
    head = struct.pack(">HHH", sport, dport, length)
    total = lane.pseudo + length + word_sum(head) + word_sum(payload)
    return lane.head(length) + head + struct.pack(">H", checksum(total) or 0xFFFF) + payload, zeros


def icmp(lane, kind, code, rest, payload=b""):
    """`rest`: the four bytes after the checksum (an echo's identifier and sequence, else zeros)."""
    body = struct.pack(">BB", kind, code)
    total = word_sum(body) + word_sum(rest) + word_sum(payload)
    length = 8 + len(payload)
    if lane.v6:
        total += lane.pseudo + length
    return lane.head(length) + body + struct.pack(">H", checksum(total)) + rest + payload, 0
