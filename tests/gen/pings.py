"""ICMP echoes: a tunnel in their payloads, and what honest programs send.

`tunnel`   data both ways: requests carry it out, replies of another content and size bring it in;
           while idle a keep-alive
`watch`    a monitor pings some hosts once a second: the time in front, then a pattern
`times`    another puts more times into its packets; every reply repeats its request
`sizes`    somebody tries all sizes, by hand and to find the path's MTU
`dead`     a host that is gone is pinged on and on
References: RFC 792, 4443.
"""
import struct

from .wire import ICMP, Lane, icmp

PATTERN = bytes(range(0x10, 0x100)) * 8


def packet(network, sender, receiver, at_us, number, payload, reply=False):
    lane = Lane(sender, receiver, ICMP)
    kind = (129 if reply else 128) if lane.v6 else (0 if reply else 8)
    rest = struct.pack(">HH", 77, number & 0xFFFF)
    network.capture.add(at_us, icmp(lane, kind, 0, rest, payload))


def echo(network, client, server, at_us, number, payload, answer=None, rtt_us=12000):
    """A request and its reply, which repeats it unless `answer` is another; b"" for no reply."""
    packet(network, client, server, at_us, number, payload)
    if answer != b"":
        packet(network, server, client, at_us + rtt_us, number, answer or payload, reply=True)


def stamped(at_us, size, times=1):
    stamp = struct.pack("<QQ", at_us // 1000000, at_us % 1000000) * times
    return (stamp + PATTERN)[:size]


def tunnel(network, rng, client="10.1.1.80", server="198.18.5.5", start_s=300, minutes=12):
    here, there = network.host(client), network.host(server)
    at_s, number = start_s, 0
    while at_s < start_s + minutes * 60:
        busy = rng.random() < 0.1
        for _ in range(rng.randint(5, 30) if busy else 1):
            out = rng.randbytes(rng.randint(40, 300) if busy else 84)
            back = rng.randbytes(rng.randint(60, 1000) if busy else 84)
            echo(network, here, there, network.us(at_s), number, out, back)
            at_s, number = at_s + (0.05 if busy else 1), number + 1


def watch(network, rng, client="10.1.1.81", servers=("10.1.0.2", "198.18.5.6"), start_s=60,
          minutes=40, size=56):
    here = network.host(client)
    for number in range(minutes * 60):
        for server in servers:
            at_us = network.us(start_s + number + rng.random() * 0.01)
            echo(network, here, network.host(server), at_us, number, stamped(at_us, size))


def times(network, rng, client="10.1.1.82", servers=("198.18.5.7", "198.18.5.8"), start_s=60,
          minutes=40):
    here = network.host(client)
    for number in range(minutes * 6):
        for server in servers:
            at_us = network.us(start_s + number * 10 + rng.random())
            echo(network, here, network.host(server), at_us, number, stamped(at_us, 68, times=3))


def sizes(network, rng, client="10.1.1.83", server="198.18.5.9", start_s=200):
    here, there = network.host(client), network.host(server)
    tried = [56] * 10 + [1472, 1400, 1436, 1454, 1463, 1468] * 8 + [1000] * 60
    for number, size in enumerate(tried):
        at_us = network.us(start_s + number * (1 + rng.random() * 0.1))
        echo(network, here, there, at_us, number, stamped(at_us, size))


def dead(network, rng, client="10.1.1.84", server="198.18.5.10", start_s=100, minutes=30):
    here, there = network.host(client), network.host(server)
    for number in range(minutes * 6):
        at_us = network.us(start_s + number * 10 + rng.random())
        echo(network, here, there, at_us, number, stamped(at_us, 68, times=3), b"")
