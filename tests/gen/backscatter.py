"""Answers to questions nobody asked: somebody floods servers with our addresses as the sender.

SYN-ACKs, RSTs and ICMP errors come in from outside, to many internal addresses and ports.
"""
from .tcp import Tcp
from .wire import ACK, ICMP, RST, SYN, UDP, Lane, icmp, udp


def run(network, rng, packets=3000, servers=5, start_s=120, seconds=900, victims=200):
    sources = [network.host(f"203.0.113.{20 + n}") for n in range(servers)]
    for _ in range(packets):
        source, at_us = rng.choice(sources), network.us(start_s + rng.random() * seconds)
        victim = network.host(network.internal[256 + rng.randrange(victims)])
        kind = rng.random()
        if kind < 0.9:
            session = Tcp(network, victim, source, rng.choice((80, 443)), at_us,
                          sport=rng.randint(1024, 65535))
            flags = SYN | ACK if kind < 0.6 else RST | ACK
            session.packet(1, flags, at_us, options=session.syn_options() if flags & SYN else b"")
        else:
            lane = Lane(victim, source, UDP)
            sent, _ = udp(lane, rng.randint(1024, 65535), 53, bytes(30))
            network.capture.add(at_us, icmp(Lane(source, victim, ICMP), 3, 3,
                                            bytes(4), sent[len(lane.ethernet):]))
