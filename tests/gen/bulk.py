#!/usr/bin/python3
"""A large capture for benchmarks: 50,000 flows in one million packets, in a few seconds.

    bulk.py OUT.pcap [FLOWS]

A hundred flows overlap at a time: 40 TLS pages, 20 HTTP pages, 30 look-ups, 5 refused tries, and
5 downloads which are cut so that a hundred flows have exactly 2,000 packets. Each kind of flow is
made once by the ordinary session objects; a copy gets its addresses, client port and checksums
written over, about 2 us a packet. 2,000 clients, 499 servers; no two flows share a five-tuple, and
what a client does changes each time, or all of them would be beacons.
"""
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
from gen import dns, office, web  # noqa: E402
from gen.capture import Writer  # noqa: E402
from gen.network import START_S, Network  # noqa: E402
from gen.tcp import Tcp, refused  # noqa: E402
from gen.tls import Tls  # noqa: E402
from gen.wire import UDP, checksum, word_sum  # noqa: E402

FLOWS, HUNDRED, PACKETS_A_HUNDRED = 50000, 100, 2000
CLIENTS, SERVERS, FIRST_PORT = 2000, 499, 49200
TURN = 37                       # a client's next flow is of the kind so many further on
IP, L4 = 14, 34
BATCH_US, START_STEP_US = 1300000, 3000
NAMES = office.SITES[:10]


class Template:
    """The packets of one flow, with room for other addresses and another client port."""

    def __init__(self, make, packets=None):
        network = Network()
        client, server = network.host("10.1.0.0"), network.host("192.0.2.0")
        make(network, client, server)
        network.capture.packets.sort()
        self.packets = []
        for at_us, _, (head, zeros) in network.capture.packets[:packets]:
            self.packets.append(self.part(at_us - network.us(0), bytearray(head) + bytes(zeros),
                                          client.packed))

    @staticmethod
    def part(offset_us, data, client):
        """Splits a packet around the words that change, and sums up the words that stay."""
        udp = data[IP + 9] == UDP
        side = int(data[IP + 12:IP + 16] != client)
        at = L4 + (6 if udp else 16)
        own_port = L4 + 2 * side
        for start, end in ((IP + 10, IP + 20), (own_port, own_port + 2), (at, at + 2)):
            data[start:end] = bytes(end - start)
        sum_ip = word_sum(bytes(data[IP:L4]))
        sum_l4 = word_sum(bytes(data[L4:])) + data[IP + 9] + len(data) - L4
        port = bytes(data[L4 + 2 - 2 * side:L4 + 4 - 2 * side])
        lengths = struct.pack("<II", len(data), len(data))
        return (offset_us, side, bytes(data[:IP + 10]), sum_ip, sum_l4, port,
                bytes(data[L4 + 4:at]), bytes(data[at + 2:]), lengths, udp)


def tls_page(name):
    def make(network, client, server):
        session = Tcp(network, client, server, 443, network.us(0)).open()
        Tls(session, name).open().send(500).reply(9000)
        session.close()
    return make


def http_page(name):
    def make(network, client, server):
        session = Tcp(network, client, server, 80, network.us(0)).open()
        web.fetch(session, name, "/", answer=7000)
        session.close()
    return make


def look_up(network, client, server):
    dns.ask(network, client, server, NAMES[0], network.us(0), ["192.0.2.80"])


def closed_port(network, client, server):
    refused(network, client, server, 8080, network.us(0))


def download(network, client, server):
    session = Tcp(network, client, server, 443, network.us(0)).open()
    Tls(session, NAMES[0]).open().send(500).reply(250000)


def hundred():
    """The hundred templates of a batch; the downloads take the packets that are left."""
    few = [Template(tls_page(name)) for name in NAMES] * 4 \
        + [Template(http_page(name)) for name in NAMES] * 2 \
        + [Template(look_up)] * 30 + [Template(closed_port)] * 5
    left = PACKETS_A_HUNDRED - sum(len(t.packets) for t in few)
    last = left - left // 5 * 4
    return few + [Template(download, left // 5)] * 4 + [Template(download, last)]


def flow(template, number, start_us):
    """Yields (time, bytes of the pcap record) of flow `number`."""
    client = struct.pack(">BBH", 10, 1, 256 + number % CLIENTS)
    server = struct.pack(">BBH", 198, 51, 25600 + number % SERVERS)
    own_port = struct.pack(">H", FIRST_PORT + number // CLIENTS)
    words = word_sum(client + server)
    own = words + word_sum(own_port)
    ways = (client + server, server + client)
    for offset_us, side, head, sum_ip, sum_l4, port, middle, tail, lengths, udp in template.packets:
        at_us = start_us + offset_us
        total = checksum(sum_l4 + own)
        yield at_us, b"".join((
            struct.pack("<II", at_us // 1000000, at_us % 1000000), lengths, head,
            struct.pack(">H", checksum(sum_ip + words)), ways[side],
            port + own_port if side else own_port + port, middle,
            struct.pack(">H", total or 0xFFFF if udp else total), tail))


def write(path, flows):
    templates, out = hundred(), Writer(path)
    for first in range(0, flows, HUNDRED):
        turn = first // HUNDRED
        start_us = START_S * 1000000 + turn * BATCH_US
        batch = []
        for place in range(min(HUNDRED, flows - first)):
            kind = templates[(place + TURN * turn) % HUNDRED]
            batch += flow(kind, first + place, start_us + place * START_STEP_US)
        batch.sort()
        for _, record in batch:
            out.file.write(record)
    out.close()


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    write(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else FLOWS)


if __name__ == "__main__":
    main()
