"""The place where traffic happens: hosts, their addresses, the outside's names, one capture.

A Network is seen by a sensor at the edge of the clients' segment. Internal hosts have a MAC of
their own, everything outside has the gateway's. Names of the outside get an address from the
documentation ranges (RFC 5737, 3849) by a digest of the name, so a name has one address in every
capture. A client asks the resolver for a name unless it did so while the answer lives.

`nat`: the sensor sits outside an address translator; every client then has this one address, and
asks a resolver outside.
`resolver_leg`: the sensor also sees the resolver's own question to the outside.
`ipv6`: clients and outside speak IPv6 (fd00:10::/64 inside, 2001:db8::/32 outside).
"""
import hashlib
import ipaddress
import random

from . import dns
from .capture import Capture

START_S = 1709542800            # Monday 4 March 2024, 09:00 UTC
FIRST_PORT, LAST_PORT = 49152, 65535
GATEWAY_MAC = bytes.fromhex("020000000001")
OUTSIDE = [ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
OUTSIDE6 = ipaddress.ip_address("2001:db8::")


def digest(text):
    return int.from_bytes(hashlib.blake2s(text.encode(), digest_size=8).digest(), "big")


class Host:
    """An address with a MAC, a time to live as seen at the sensor, and ephemeral ports."""

    def __init__(self, ip, mac, ttl):
        self.ip, self.mac, self.ttl = str(ip), mac, ttl
        self.packed = ipaddress.ip_address(ip).packed
        self.next_port = FIRST_PORT + digest(self.ip) % 8000
        self.known = {}

    def port(self):
        self.next_port = self.next_port + 1 if self.next_port < LAST_PORT else FIRST_PORT
        return self.next_port


class Network:
    def __init__(self, seed=1, internal="10.1.0.0/16", nat=None, resolver_leg=False, ipv6=False):
        self.seed = seed
        self.capture = Capture()
        self.internal = ipaddress.ip_network(internal)
        self.nat, self.resolver_leg, self.ipv6 = nat, resolver_leg, ipv6
        self.hosts = {}
        self.upstream = self.host("2001:db8::53" if ipv6 else "192.0.2.53")
        self.resolver = self.upstream if nat else self.host(
            "fd00:10::2" if ipv6 else self.internal[2])
        self.clock = self.host("2001:db8::123" if ipv6 else "192.0.2.123")

    def random(self, what):
        """A generator of its own for each scenario, so that adding one disturbs no other."""
        return random.Random(f"{self.seed}/{what}")

    def us(self, at_s):
        """Seconds after the start of the capture as microseconds since 1970."""
        return START_S * 1000000 + round(at_s * 1000000)

    def host(self, ip):
        ip = ipaddress.ip_address(ip)
        if ip not in self.hosts:
            inside = ip in self.internal or ip.version == 6 and ip.packed[0] == 0xFD
            if inside and not self.nat:
                self.hosts[ip] = Host(ip, b"\x02\x10" + ip.packed[-4:], 128)
            else:
                self.hosts[ip] = Host(ip, GATEWAY_MAC, 64 if inside else 52)
        return self.hosts[ip]

    def client(self, number):
        """Ordinary client `number` (0 to 899): 10.1.1.0 upward, or the translator's address."""
        if self.nat:
            return self.host(self.nat)
        if self.ipv6:
            return self.host(f"fd00:10::{0x100 + number:x}")
        return self.host(self.internal[256 + 10 + number])

    def address(self, name):
        """The address of an outside name."""
        number = digest(name)
        if self.ipv6:
            return str(OUTSIDE6 + (number % 0xFFFFFFFF << 64) + 1)
        return str(OUTSIDE[number % 3][1 + number // 3 % 254])

    def lookup(self, client, name, at_us, address=None):
        """Client asks for `name` if it must; returns (the host that has it, when it is known)."""
        address = address or self.address(name)
        server = self.host(address)
        if 0 <= at_us - client.known.get((name, address), at_us + 1) < dns.TTL_S * 1000000:
            return server, at_us
        client.known[name, address] = at_us
        done = dns.ask(self, client, self.resolver, name, at_us, [address], think_us=9000)
        if self.resolver_leg:
            dns.ask(self, self.resolver, self.upstream, name, at_us + 500, [address], think_us=8000)
        return server, done + 300
