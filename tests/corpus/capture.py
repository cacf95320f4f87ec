"""Captures as plain tuples: read pcap and pcapng, find the IP packet in a frame, write pcap.

Promise: packets(path) yields every whole packet of a file in file order as
(time_us, linktype, frame); frames(path) yields the same in time order and with their lengths. A file that ends in the
middle of a packet ends the iteration there, as tcpdump does. Nothing is ever extracted from
payloads. A frame costs about 2 us to read and 3 us to decode; frames() holds the file in memory.
Blind spots: 802.11, USB and other links without a direct IP header give no IP packet; tunnels
(GRE, VXLAN) are seen as their outer packet only.
References: the pcap and pcapng drafts of the IETF opsawg group; tcpdump.org/linktypes.html.
"""

import gzip
import ipaddress
import struct

ETHERNET = 1
RAW_LINKS = (12, 14, 101, 228, 229)
PCAP_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1), b"\xa1\xb2\xc3\xd4": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1000), b"\xa1\xb2\x3c\x4d": (">", 1000),
}
PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
ETHERTYPE_VLAN = (0x8100, 0x88a8, 0x9100, 0x9200)
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
ICMP_ERRORS = (3, 4, 5, 11, 12)
V6_SKIP = (0, 43, 60, 135)


class BadCapture(Exception):
    """The file is not a capture that can be read; the text is one line."""


def open_plain(path):
    """Open a file for reading bytes, through gzip where its first two bytes say so."""
    with open(path, "rb") as probe:
        magic = probe.read(2)
    return gzip.open(path, "rb") if magic == b"\x1f\x8b" else open(path, "rb")


def packets(path):
    with open_plain(path) as stream:
        magic = stream.read(4)
        if magic in PCAP_MAGIC:
            yield from _pcap(stream, *PCAP_MAGIC[magic])
        elif magic == PCAPNG_MAGIC:
            yield from _pcapng(stream)
        else:
            raise BadCapture("%s: neither pcap nor pcapng" % path)


def _pcap(stream, order, ns):
    head = stream.read(20)
    if len(head) < 20:
        return
    link = struct.unpack(order + "HHiIII", head)[5] & 0x0fffffff
    record = struct.Struct(order + "IIII")
    while True:
        head = stream.read(16)
        if len(head) < 16:
            return
        sec, frac, caplen, _ = record.unpack(head)
        data = stream.read(caplen)
        if len(data) < caplen:
            return
        yield sec * 1000000 + frac // ns, link, data


def _pcapng(stream):
    order, links = "<", []
    block = PCAPNG_MAGIC + stream.read(8)
    while len(block) == 12:
        if block[:4] == PCAPNG_MAGIC:
            order = "<" if block[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, length = struct.unpack(order + "II", block[:8])
        body = block[8:12] + stream.read(length - 12)
        if length < 12 or len(body) < length - 8:
            return
        if kind == 1:
            links.append((struct.unpack(order + "H", body[:2])[0],) + _clock(order, body[8:-4]))
        elif kind in (2, 6):
            iface, high, low, caplen = struct.unpack(order + "IIII", body[:16])
            link, hz, offset_s = links[iface & 0xffff if kind == 2 else iface]
            ticks = high << 32 | low
            yield ticks * 1000000 // hz + offset_s * 1000000, link, body[20:20 + caplen]
        elif kind == 3:
            yield 0, links[0][0], body[4:-4]
        block = stream.read(12)


def _clock(order, options):
    hz, offset_s = 1000000, 0
    while len(options) >= 4:
        code, length = struct.unpack(order + "HH", options[:4])
        value = options[4:4 + length]
        if code == 9 and value:
            hz = 1 << (value[0] & 0x7f) if value[0] & 0x80 else 10 ** value[0]
        elif code == 14 and len(value) == 8:
            offset_s = struct.unpack(order + "q", value)[0]
        options = options[4 + (length + 3) // 4 * 4:]
    return hz, offset_s


def whole(link, frame):
    """The frame; where its IPv4 header has no length, with the length that the frame has. A capture
    on the host that sends shows large packets so, before its card has cut them to segments."""
    at = ip_offset(link, frame)
    if at < 0 or len(frame) < at + 20 or frame[at] >> 4 != 4 or frame[at + 2:at + 4] != b"\0\0":
        return frame
    return frame[:at + 2] + struct.pack(">H", min(len(frame) - at, 0xffff)) + frame[at + 4:]


def frames(path):
    """All packets, whole and in time order; packets of equal time keep the file's order."""
    mended = ((time_us, link, whole(link, frame)) for time_us, link, frame in packets(path))
    return sorted(mended, key=lambda packet: packet[0])


def mend_into(source, target):
    """Write the packets of a capture, whole and in time order; times before 1970 become 1970."""
    writer = None
    for time_us, link, frame in frames(source):
        writer = writer or Writer(target, link)
        writer.write(max(0, time_us), frame)
    if writer:
        writer.close()


def needs_mending(path):
    """True where a packet is older than the one before it, or does not tell its length, and where
    several interfaces are in one file, which libpcap refuses if they differ."""
    last = 0
    if _interfaces(path) > 1:
        return True
    for time_us, link, frame in packets(path):
        if time_us < last or whole(link, frame) is not frame:
            return True
        last = time_us
    return False


def _interfaces(path):
    """How many interfaces a pcapng file describes; 0 for a pcap."""
    count = 0
    with open(path, "rb") as stream:
        head = stream.read(12)
        if head[:4] != PCAPNG_MAGIC:
            return 0
        order = "<" if head[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
        while len(head) == 12:
            kind, length = struct.unpack(order + "II", head[:8])
            count += kind == 1
            if length < 12:
                break
            stream.seek(length - 12, 1)
            head = stream.read(12)
    return count


def ip_offset(link, frame):
    """Where the IP header starts in a frame, or -1."""
    if link == ETHERNET:
        at = 12
    elif link in RAW_LINKS:
        return 0
    elif link in (0, 108):
        return 4
    elif link == 113:
        at = 14
    elif link == 276:
        return 20 if frame[0:2] in (b"\x08\x00", b"\x86\xdd") else -1
    elif link in (9, 50):
        start = 4 if frame[:2] == b"\xff\x03" else 2
        return start if frame[start - 2:start] in (b"\x00\x21", b"\x00\x57") else -1
    else:
        return -1
    return _after_ethertype(frame, at)


def _after_ethertype(frame, at):
    while len(frame) >= at + 2:
        kind = frame[at] << 8 | frame[at + 1]
        if kind in (0x0800, 0x86dd):
            return at + 2
        if kind in ETHERTYPE_VLAN:
            at += 4
        elif kind == 0x8864:
            return at + 10 if frame[at + 8:at + 10] in (b"\x00\x21", b"\x00\x57") else -1
        elif kind in (0x8847, 0x8848):
            at += 2
            while len(frame) >= at + 4 and not frame[at + 2] & 1:
                at += 4
            return at + 4
        else:
            return -1
    return -1


class Packet:
    """Headers of one IP packet; `ip` and `l4` are offsets into `data`, l4 is -1 in a later
    fragment, ports are 0 where the protocol has none."""
    __slots__ = ("data", "ip", "version", "src", "dst", "proto", "l4", "sport", "dport", "flags",
                 "payload", "end")


def decode(link, frame):
    """The IP packet of a frame, or None."""
    at = ip_offset(link, frame)
    if at < 0 or len(frame) < at + 20:
        return None
    packet = Packet()
    packet.data, packet.ip, packet.version = frame, at, frame[at] >> 4
    packet.sport = packet.dport = packet.flags = packet.payload = 0
    if packet.version == 4:
        return _decode4(packet, frame, at)
    if packet.version == 6 and len(frame) >= at + 40:
        return _decode6(packet, frame, at)
    return None


def _decode4(packet, frame, at):
    header = (frame[at] & 15) * 4
    total = frame[at + 2] << 8 | frame[at + 3]
    if header < 20:
        return None
    packet.src, packet.dst = frame[at + 12:at + 16], frame[at + 16:at + 20]
    packet.proto = frame[at + 9]
    packet.end = at + total if total >= header else len(frame)
    later = (frame[at + 6] & 0x1f) << 8 | frame[at + 7]
    packet.l4 = -1 if later else at + header
    return _decode_l4(packet, frame)


def _decode6(packet, frame, at):
    packet.src, packet.dst = frame[at + 8:at + 24], frame[at + 24:at + 40]
    proto, l4 = frame[at + 6], at + 40
    packet.end = at + 40 + (frame[at + 4] << 8 | frame[at + 5])
    while proto in V6_SKIP and len(frame) >= l4 + 8:
        proto, l4 = frame[l4], l4 + 8 + frame[l4 + 1] * 8
    packet.l4 = l4
    if proto == 44 and len(frame) >= l4 + 8:
        proto = frame[l4]
        packet.l4 = -1 if frame[l4 + 2] << 5 | frame[l4 + 3] >> 3 else l4 + 8
    packet.proto = proto
    return _decode_l4(packet, frame)


def _decode_l4(packet, frame):
    l4 = packet.l4
    if l4 < 0 or len(frame) < l4 + 8:
        packet.l4 = -1
        return packet
    if packet.proto in (TCP, UDP):
        packet.sport = frame[l4] << 8 | frame[l4 + 1]
        packet.dport = frame[l4 + 2] << 8 | frame[l4 + 3]
    if packet.proto == TCP and len(frame) >= l4 + 14:
        packet.flags = frame[l4 + 13]
        packet.payload = max(0, packet.end - l4 - (frame[l4 + 12] >> 4) * 4)
    elif packet.proto == UDP:
        packet.payload = max(0, packet.end - l4 - 8)
    else:
        packet.payload = max(0, packet.end - l4)
    return packet


def text(address):
    return str(ipaddress.ip_address(address))


def packed(address):
    return ipaddress.ip_address(address).packed


class Writer:
    """A pcap file; every frame has the link type given here."""

    def __init__(self, path, link=ETHERNET):
        self.stream = open(path, "wb")
        self.stream.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link))
        self.record = struct.Struct("<IIII")

    def write(self, time_us, frame):
        size = len(frame)
        self.stream.write(self.record.pack(time_us // 1000000, time_us % 1000000, size, size))
        self.stream.write(frame)

    def close(self):
        self.stream.close()
