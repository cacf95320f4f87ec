"""Many captures as one site: other addresses, other times, true packets.

Promise: the site is 10.77.0.0/16 (fd77::/16, fe80::4d:…): 2 resolvers, 38 servers, 260 clients,
and dark addresses from 10.77.128.0 up. A host of a capture becomes a host of the site, chosen by
what it does (answers DNS; accepts connections; else client), in a fixed order, so that equal input
gives an equal site. An inside address that never sends becomes a dark one. Outside addresses stay.
Every host has a MAC of its own, all outside addresses share the gateway's. A capture is cut where
nothing was sent for an hour (`bursts`); each burst has its own hosts and its own hour of the day.
Checksums are carried over: a wrong one stays wrong. About 12 us a packet.

Left out, and counted: what is no IP, ARP and neighbour discovery and DHCP (they would tell the old
addresses), bursts of which no end is inside and that nobody answers (background noise between
strangers), and what lies beyond 24 hours. Blind spots: addresses inside payloads (DNS answers, SIP,
FTP PORT) stay; outer VLAN, PPPoE and MPLS headers go, tunnels keep their inner packet.
"""

import hashlib

import capture
import catalogue

DAY_START_US = 1709596800 * 1000000    # Tuesday 2024-03-05 00:00 UTC
DAY_US = 86400 * 1000000
GAP_US = 3600 * 1000000
NEEDLE_GAP_US = 24 * GAP_US            # longer silences mean that captures were stitched
NEEDLE_START_US = DAY_START_US + DAY_US // 2
SITE = "10.77.0.0/16,fd77::/16,fe80::/10"
RESOLVER, SERVER, CLIENT = "resolver", "server", "client"
HOSTS = {RESOLVER: list(range(0x0001, 0x0003)), SERVER: list(range(0x0101, 0x0127)),
         CLIENT: list(range(0x0201, 0x02c9)) + list(range(0x0301, 0x033d))}
DARK_START, DARK_END = 0x8000, 0xfff0
BROADCAST = bytes((10, 77, 255, 255))
GATEWAY_MAC = b"\x02\x4d\x0a\x4d\x00\xfe"
DHCP_PORTS = (67, 68, 546, 547)
NEIGHBOUR = range(133, 138)


def choice(text, size):
    """A number below size that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % size


def is_unicast(address):
    if len(address) == 4:
        return 0 < address[0] < 224
    return address[0] != 0xff and any(address)


def is_broadcast(address):
    return len(address) == 4 and (address[3] == 255 or address[0] == 255)


def mac_of(host):
    return b"\x02\x4d\x0a\x4d" + host.to_bytes(2, "big")


def address_of(host, old):
    """The host's address of the same kind as the old one."""
    number = host.to_bytes(2, "big")
    if len(old) == 4:
        return b"\x0a\x4d" + number
    if old[0] == 0xfe and old[1] & 0xc0 == 0x80:
        return b"\xfe\x80" + bytes(9) + b"\x4d" + bytes(2) + number
    return b"\xfd\x77" + bytes(12) + number


class Burst:
    """Packets of one capture without a long silence, and who is who in them."""

    def __init__(self, name, packets, internal):
        self.name, self.packets = name, packets
        self.start_us, self.end_us = packets[0][0], packets[-1][0]
        self.nets = catalogue.networks(internal)
        self._inside = {}
        self.macs, self.senders, self.roles, self.pairs = {}, {}, {}, {}
        self._look()
        self.local = self._find_local()
        self.by_mac = self._hosts_by_mac()

    def _look(self):
        for _, packet in self.packets:
            self.senders.setdefault(packet.src, None)
            if packet.ip >= 14:
                self.macs.setdefault(packet.data[6:12], set()).add(packet.src)
                self.senders[packet.src] = packet.data[6:12]
            if is_unicast(packet.src) and is_unicast(packet.dst) and not is_broadcast(packet.dst):
                self.pairs.setdefault((packet.src, packet.dst), len(self.pairs))
            if packet.proto == capture.UDP and packet.sport == 53:
                self.roles[packet.src] = RESOLVER
            elif packet.proto == capture.TCP and packet.flags & 0x12 == 0x12:
                self.roles.setdefault(packet.src, SERVER)

    def inside(self, address):
        known = self._inside.get(address)
        if known is None:
            known = is_unicast(address) and (
                catalogue.inside(address, self.nets)
                or address[0] == 127 and len(address) == 4 or address[:2] == b"\xa9\xfe"
                or len(address) == 16 and (address[0] == 0xfe and address[1] & 0xc0 == 0x80
                                           or address == bytes(15) + b"\x01"))
            self._inside[address] = known
        return known

    def _find_local(self):
        """Inside addresses; for pairs of strangers the end that talks to more, else who began."""
        local = {end for pair in self.pairs for end in pair if self.inside(end)}
        local |= {sender for sender in self.senders if self.inside(sender)}
        strangers = [pair for pair in self.pairs if not (pair[0] in local or pair[1] in local)]
        degree = {}
        for pair in strangers:
            for end in pair:
                degree[end] = degree.get(end, 0) + 1
        for source, target in sorted(strangers, key=self.pairs.get):
            if source in local or target in local:
                continue
            same = source[:8] == target[:8] if len(source) == 16 else source[:2] == target[:2]
            if same:
                local |= {source, target}
            else:
                local.add(target if degree[target] > degree[source] else source)
        return local

    def _hosts_by_mac(self):
        """MACs that stand for one host: only local senders, at most one IPv4 address."""
        return {mac for mac, sources in self.macs.items()
                if all(source in self.local or not is_unicast(source) for source in sources)
                and sum(len(source) == 4 and is_unicast(source) for source in sources) <= 1}

    def key(self, address, port, other, other_port):
        """What stands for the host of an address; both ends of a loopback are told by port."""
        if address == other:
            return (address, port < other_port)
        mac = self.senders.get(address)
        return mac if mac in self.by_mac else address

    def role(self, key):
        """By the addresses of the host, most specific role first."""
        if isinstance(key, tuple):
            return SERVER if key[1] else CLIENT
        sources = self.macs[key] if key in self.by_mac else {key}
        roles = {self.roles.get(source) for source in sources}
        return RESOLVER if RESOLVER in roles else SERVER if SERVER in roles else CLIENT

    def is_noise(self):
        """No end inside by its address, and no pair that answers."""
        return not any(self.inside(end) for end in self.local) and not any(
            (target, source) in self.pairs for source, target in self.pairs)


def bursts(path, name, internal, gap_us=GAP_US):
    """(bursts of a capture, packets that are left out)."""
    parts, part, last, out = [], [], None, 0
    for time_us, link, frame in capture.frames(path):
        packet = capture.decode(link, frame)
        if packet is None or _tells_old_addresses(packet):
            out += 1
            continue
        if last is not None and time_us - last > gap_us:
            parts.append(part)
            part = []
        last = time_us
        part.append((time_us, packet))
    if part:
        parts.append(part)
    return [Burst("%s#%d" % (name, number), packets, internal)
            for number, packets in enumerate(parts)], out


def _tells_old_addresses(packet):
    if packet.proto == capture.UDP:
        return packet.sport in DHCP_PORTS and packet.dport in DHCP_PORTS
    return (packet.proto == capture.ICMP6 and packet.l4 >= 0
            and packet.data[packet.l4] in NEIGHBOUR)


class Site:
    """Hands out hosts in turn, per role, and dark addresses one after the other."""

    def __init__(self):
        self.turn = {role: 0 for role in HOSTS}
        self.used, self.dark = set(), 0

    def take(self, role):
        hosts = HOSTS[role]
        host = hosts[self.turn[role] % len(hosts)]
        self.turn[role] += 1
        self.used.add(host)
        return host

    def take_dark(self):
        host = DARK_START + self.dark % (DARK_END - DARK_START)
        self.dark += 1
        return host


class NeedleSite(Site):
    """Hosts of the mosaic for the capture of one row: the hostile host is a client chosen by the
    row's name, the others are distinct hosts beside it."""

    def __init__(self, name):
        super().__init__()
        self.hostile = HOSTS[CLIENT][choice(name, len(HOSTS[CLIENT]))]
        self.turn = {role: choice(name + role, len(hosts)) for role, hosts in HOSTS.items()}

    def take(self, role):
        for kind in (role, SERVER, CLIENT):
            for _ in HOSTS[kind]:
                host = HOSTS[kind][self.turn[kind] % len(HOSTS[kind])]
                self.turn[kind] += 1
                if host != self.hostile and host not in self.used:
                    self.used.add(host)
                    return host
        return self.take_dark()


class Mapping:
    """The new address of every address of one burst."""

    def __init__(self, burst, site, fixed=None):
        self.burst, self.site, self.hosts = burst, site, dict(fixed or {})
        self.known = {}

    def host(self, key):
        if key not in self.hosts:
            self.hosts[key] = self.site.take(self.burst.role(key))
        return self.hosts[key]

    def address(self, old, port, other, other_port):
        """(new address, MAC of its owner)."""
        split = old == other and (port < other_port)
        known = self.known.get((old, split))
        if known is None:
            known = self._find(old, port, other, other_port)
            self.known[(old, split)] = known
        return known

    def _find(self, old, port, other, other_port):
        if not is_unicast(old):
            return old, _group_mac(old)
        if is_broadcast(old) and self.burst.inside(old) and old not in self.burst.senders:
            return BROADCAST, b"\xff" * 6
        if old not in self.burst.local:
            return old, GATEWAY_MAC
        key = self.burst.key(old, port, other, other_port)
        if old in self.burst.senders:
            host = self.host(key)
        else:
            host = self.hosts.setdefault(key, None) or self.site.take_dark()
            self.hosts[key] = host
        return address_of(host, old), mac_of(host)


def _group_mac(address):
    if len(address) == 16:
        return b"\x33\x33" + address[12:]
    if address[0] == 255 or not any(address):
        return b"\xff" * 6
    return bytes((1, 0, 0x5e, address[1] & 0x7f, address[2], address[3]))


def _sum16(data):
    return sum(data[0::2]) * 256 + sum(data[1::2])


def _carry(checksum, old, new):
    """A 16-bit checksum after some even-aligned bytes changed (RFC 1624)."""
    total = 0xffff - checksum + len(old) // 2 * 0xffff - _sum16(old) + _sum16(new)
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff - total


def _patch(packet, at, old, new):
    if at + 2 <= len(packet):
        value = packet[at] << 8 | packet[at + 1]
        packet[at:at + 2] = _carry(value, old, new).to_bytes(2, "big")


def rewrite(packet, mapping):
    """The Ethernet frame of a packet under a mapping."""
    source, mac = mapping.address(packet.src, packet.sport, packet.dst, packet.dport)
    target, to_mac = mapping.address(packet.dst, packet.dport, packet.src, packet.sport)
    made = bytearray(packet.data[packet.ip:packet.end])
    old, new = packet.src + packet.dst, source + target
    place = 12 if packet.version == 4 else 8
    made[place:place + len(new)] = new
    if packet.version == 4:
        _patch(made, 10, old, new)
    if packet.l4 >= 0:
        _patch_l4(made, packet, packet.l4 - packet.ip, old, new, mapping)
    kind = b"\x08\x00" if packet.version == 4 else b"\x86\xdd"
    return to_mac + mac + kind + bytes(made)


def _patch_l4(made, packet, l4, old, new, mapping):
    if packet.proto == capture.TCP:
        _patch(made, l4 + 16, old, new)
    elif packet.proto == capture.UDP and made[l4 + 6:l4 + 8] not in (b"\0\0", b""):
        _patch(made, l4 + 6, old, new)
    elif packet.proto == capture.ICMP6:
        _patch(made, l4 + 2, old, new)
        if made[l4] < 128:
            _patch_quoted(made, l4 + 8, l4 + 2, 8, 16, mapping)
    elif packet.proto == capture.ICMP and made[l4] in capture.ICMP_ERRORS:
        _patch_quoted(made, l4 + 8, None, 12, 4, mapping)


def _patch_quoted(made, at, checksum, place, size, mapping):
    """Addresses of the packet that an ICMP error quotes. In IPv4 its header checksum takes up the
    change, so the ICMP checksum stays."""
    first = at + place
    old = bytes(made[first:first + 2 * size])
    if len(old) < 2 * size:
        return
    new = b"".join(mapping.address(old[side:side + size], 0, b"", 0)[0] for side in (0, size))
    made[first:first + 2 * size] = new
    _patch(made, checksum if checksum is not None else at + 10, old, new)


def mosaic(entries, path):
    """Write the site of all captures given; returns its figures as a dictionary."""
    site, frames = Site(), []
    told = {"files": 0, "bursts": 0, "left_out": 0, "noise": [], "beyond_a_day": 0}
    for entry in entries:
        parts, out = bursts(entry.full, entry.path, entry.internal)
        told["left_out"] += out
        told["files"] += bool(parts)
        for burst in parts:
            if burst.is_noise():
                told["noise"].append(burst.name)
                continue
            told["bursts"] += 1
            length = burst.end_us - burst.start_us
            start = DAY_START_US + choice(burst.name, max(1, DAY_US - length))
            mapping = Mapping(burst, site)
            for time_us, packet in burst.packets:
                at = time_us - burst.start_us
                if at >= DAY_US:
                    told["beyond_a_day"] += 1
                    continue
                frames.append((start + at, len(frames), rewrite(packet, mapping)))
    frames.sort()
    writer = capture.Writer(path)
    for time_us, _, frame in frames:
        writer.write(time_us, frame)
    writer.close()
    told.update(packets=len(frames), hosts=len(site.used), dark=site.dark, hours=24)
    return told


def needle(entry, path):
    """Write the capture of a row as it would look inside the mosaic."""
    site = NeedleSite(entry.path)
    parts, _ = bursts(entry.full, entry.path, entry.internal, NEEDLE_GAP_US)
    writer = capture.Writer(path)
    start, fixed = NEEDLE_START_US, {}
    for burst in parts:
        if entry.host:
            fixed[burst.key(capture.packed(entry.host), 0, b"", 0)] = site.hostile
        mapping = Mapping(burst, site, fixed)
        for time_us, packet in burst.packets:
            writer.write(start + time_us - burst.start_us, rewrite(packet, mapping))
        start += burst.end_us - burst.start_us + 60 * 1000000
        fixed = mapping.hosts
    writer.close()


def needle_host(entry):
    """The hostile host's address in the mosaic, or None where the row names none."""
    if not entry.host:
        return None
    host = NeedleSite(entry.path).hostile
    return capture.text(address_of(host, capture.packed(entry.host)))


def log_addresses(entry, flows):
    """For a flow log: the function from old to new address, both as text."""
    site, known = NeedleSite(entry.path), {}
    nets = catalogue.networks(entry.internal)
    senders = {source for _, source, _ in flows}
    if entry.host:
        known[entry.host] = site.hostile

    def address(old):
        packed = capture.packed(old)
        if not is_unicast(packed) or not catalogue.inside(packed, nets):
            return old
        if old not in known:
            known[old] = site.take(CLIENT) if old in senders else site.take_dark()
        return capture.text(address_of(known[old], packed))

    return address
