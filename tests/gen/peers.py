"""A peer-to-peer program starts: it tries many outside peers, and most are gone.

`start`: UDP questions to high ports (few are answered), then TCP tries of which most are silent or
refused. `swarm`: TCP only, half of the peers at one port.
"""
from . import datagram
from .tcp import Tcp, refused, silent


def start(network, rng, client="10.1.1.30", peers=250, start_s=300, seconds=300):
    here = network.host(client)
    for _ in range(peers):
        peer = network.host(rng.choice(("192.0.2.", "198.51.100.", "203.0.113."))
                            + str(rng.randint(1, 254)))
        at_us = network.us(start_s + rng.random() * seconds)
        port = rng.randint(10000, 65000)
        ping = b"d1:ad2:id20:" + rng.randbytes(20) + b"e1:q4:ping1:t2:aa1:y1:qe"
        pong = b"d1:rd2:id20:" + rng.randbytes(20) + b"e1:t2:aa1:y1:re"
        datagram.exchange(network, here, peer, port, at_us, ping,
                          pong if rng.random() < 0.3 else None, sport=51413, rtt_us=80000)
        fate = rng.random()
        if fate < 0.5:
            silent(network, here, peer, port, at_us + 500000)
        elif fate < 0.8:
            refused(network, here, peer, port, at_us + 500000, rtt_us=70000)
        else:
            talk = Tcp(network, here, peer, port, at_us + 500000, rtt_us=70000).open()
            talk.send(rng.randbytes(68)).reply(rng.randbytes(68)).send(rng.randbytes(200))
            talk.reply(rng.randbytes(int(rng.lognormvariate(8, 1)))).close()


def swarm(network, rng, client="10.1.1.31", peers=260, usual=6881, others=(80, 443, 8080),
          start_s=300, seconds=280):
    """A torrent: peers that a tracker named, half at the protocol's own port, a few at a port of
    the web's; most are gone."""
    here = network.host(client)
    for _ in range(peers):
        peer = network.host("198.18." + f"{rng.randint(100, 200)}.{rng.randint(1, 254)}")
        kind, at_us = rng.random(), network.us(start_s + rng.random() * seconds)
        port = (usual if kind < 0.5 else rng.choice(others) if kind < 0.53
                else rng.randint(10000, 65000))
        fate = rng.random()
        if fate < 0.55:
            silent(network, here, peer, port, at_us)
        elif fate < 0.7:
            refused(network, here, peer, port, at_us, rtt_us=70000)
        else:
            talk = Tcp(network, here, peer, port, at_us, rtt_us=70000).open()
            talk.send(rng.randbytes(68)).reply(rng.randbytes(68)).send(rng.randbytes(200)).close()
