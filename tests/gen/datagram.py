"""UDP question and answer, ICMP echo, and the ICMP error that a closed UDP port gives."""
import struct

from .wire import ICMP, UDP, Lane, icmp, udp

PING = b"abcdefghijklmnopqrstuvwabcdefghi"


def exchange(network, client, server, port, at_us, question, answer=None, sport=None, rtt_us=15000):
    """One UDP question and, unless it is None, its answer. Returns when the answer was seen."""
    sport = sport or client.port()
    network.capture.add(at_us, udp(Lane(client, server, UDP), sport, port, question))
    if answer is not None:
        network.capture.add(at_us + rtt_us,
                            udp(Lane(server, client, UDP), port, sport, answer))
    return at_us + rtt_us


def unreachable(network, client, server, port, at_us, question, rtt_us=300):
    """A UDP question to a closed port, answered by ICMP port unreachable (RFC 792, 4443)."""
    lane = Lane(client, server, UDP)
    packet = udp(lane, client.port(), port, question)
    network.capture.add(at_us, packet)
    quoted = packet[0][len(lane.ethernet):]
    kind, code = (1, 4) if lane.v6 else (3, 3)
    network.capture.add(at_us + rtt_us, icmp(Lane(server, client, ICMP), kind, code,
                                             bytes(4), quoted))


def echo(network, client, server, at_us, rtt_us=400):
    """One ping and its answer."""
    rest = struct.pack(">HH", 1, 1)
    for back, (src, dst) in enumerate(((client, server), (server, client))):
        lane = Lane(src, dst, ICMP)
        kind = (128, 129)[back] if lane.v6 else (8, 0)[back]
        network.capture.add(at_us + back * rtt_us, icmp(lane, kind, 0, rest, PING))
