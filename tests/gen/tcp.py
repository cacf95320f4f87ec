"""One TCP conversation as a sensor near the client sees it.

    session = Tcp(network, client, server, 443, at_us).open()
    session.send(b"question"); session.reply(b"answer"); session.close()

`now` is the time at the sensor and moves with every call; `wait` lets it pass. The peer's packets
come a round trip later. Data is cut at `mss`; every second segment and the last is acknowledged.
A bulk transfer (`bulk`) is paced evenly and acknowledged every fourth packet; its packets are as
a network card hands them over, several segments merged into one: 600 MB are 47,000 packets.
A conversation has no loss and no reordering: transform.py makes those.
"""
import struct

from .wire import ACK, FIN, PSH, RST, SYN, TCP, Lane, tcp

MSS = 1460
MERGED = 11                     # segments of a bulk packet: 16,060 bytes, under one TLS record
WINDOW_SHIFT = 8                # 65535 << 8 = 16 MB: no bulk transfer here meets the window's end
SEGMENT_US, ACK_US = 12, 40


class Tcp:
    def __init__(self, network, client, server, port, at_us, sport=None, rtt_us=18000):
        self.capture, self.now, self.rtt_us = network.capture, at_us, rtt_us
        self.mss = MSS - 20 * (len(client.packed) == 16)
        self.ports = (sport or client.port(), port)
        self.lanes = (Lane(client, server, TCP),
                      Lane(server, client, TCP))
        isn = self.lanes[0].pseudo * 7919 + self.ports[0] * 104729 + at_us
        self.seq = [isn & 0xFFFFFFFF, (isn >> 3) & 0xFFFFFFFF]

    def packet(self, side, flags, at_us, payload=b"", zeros=0, options=b"", window=0xFFFF):
        """side 0 is the client."""
        self.capture.add(at_us, tcp(self.lanes[side], self.ports[side], self.ports[1 - side],
                                    self.seq[side], self.seq[1 - side] if flags & ACK else 0, flags,
                                    window, options, payload, zeros))
        step = len(payload) + zeros + (flags & SYN > 0) + (flags & FIN > 0)
        self.seq[side] = self.seq[side] + step & 0xFFFFFFFF

    def wait(self, seconds):
        self.now += round(seconds * 1000000)
        return self

    def syn_options(self):
        return struct.pack(">BBHBBBBBB", 2, 4, self.mss, 1, 3, 3, WINDOW_SHIFT, 4, 2) + b"\1\1"

    def open(self):
        self.packet(0, SYN, self.now, options=self.syn_options())
        self.packet(1, SYN | ACK, self.now + self.rtt_us, options=self.syn_options())
        self.packet(0, ACK, self.now + self.rtt_us + ACK_US)
        self.now += self.rtt_us + ACK_US
        return self

    def send(self, data, zeros=0):
        """Client to server; `zeros` bytes of 0 follow `data`."""
        return self.say(0, data, zeros)

    def reply(self, data, zeros=0):
        return self.say(1, data, zeros)

    def say(self, side, data, zeros=0):
        delay = (self.rtt_us, ACK_US)[side]
        left, at, unacked = len(data) + zeros, self.now + 100, 0
        place = 0
        while left:
            size = min(left, self.mss)
            part = data[place:place + size]
            left, place = left - size, place + size
            self.packet(side, ACK | (PSH if not left else 0), at, part, size - len(part))
            unacked += 1
            if unacked == 2 or not left:
                self.packet(1 - side, ACK, at + delay)
                unacked = 0
            at += SEGMENT_US
        self.now = at + delay
        return self

    def bulk(self, side, length, seconds, record=None):
        """`length` payload bytes from one side, paced over `seconds`.

        `record(size)` gives the head of each packet's payload (of a TLS record, say); zeros fill
        the rest.
        """
        most = self.mss * MERGED
        packets = -(-length // most)
        step = seconds * 1000000 / packets
        start, delay = self.now, (self.rtt_us, ACK_US)[side]
        for i in range(packets):
            size = min(most, length - i * most)
            head = record(size) if record else b""
            at = start + round(i * step)
            self.packet(side, ACK | (PSH if i == packets - 1 else 0), at, head, size - len(head))
            if i % 4 == 3 or i == packets - 1:
                self.packet(1 - side, ACK, at + delay)
        self.now = at + delay
        return self

    def close(self, side=0):
        """Both sides finish, `side` first."""
        delay = (self.rtt_us, ACK_US)
        self.packet(side, FIN | ACK, self.now + 50)
        self.now += 50 + delay[side]
        self.packet(1 - side, FIN | ACK, self.now)
        self.now += delay[1 - side]
        self.packet(side, ACK, self.now)
        return self

    def reset(self, side=0):
        self.packet(side, RST | ACK, self.now + 50, window=0)
        self.now += 50
        return self


def refused(network, client, server, port, at_us, sport=None, rtt_us=300):
    """A try at a closed port: SYN, answered by RST."""
    session = Tcp(network, client, server, port, at_us, sport, rtt_us)
    session.packet(0, SYN, at_us, options=session.syn_options())
    session.packet(1, RST | ACK, at_us + rtt_us, window=0)


def silent(network, client, server, port, at_us, sport=None, again_s=(1, 3)):
    """A try that nobody answers: SYN, and the same SYN again after each of `again_s` seconds."""
    session = Tcp(network, client, server, port, at_us, sport)
    first = session.seq[0]
    for after_s in (0, *again_s):
        session.seq[0] = first
        session.packet(0, SYN, at_us + round(after_s * 1000000), options=session.syn_options())
