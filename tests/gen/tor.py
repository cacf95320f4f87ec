"""A program talks to the Tor network: TLS to a few relays under names that nobody looks up.

Every connection has a server name of its own, `www.` and random base32 and `.com`; what follows the
handshake are cells of 514 bytes, one a record, in bursts as pages load. TLS 1.3, as relays speak
today, so no certificate is seen. References: tor-spec, Tor's src/lib/tls/tortls.c.
"""
from .tcp import Tcp
from .tls import AGENT, Tls

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
CELL = 514


def random_name(rng, least=4, most=25):
    return "www." + "".join(rng.choice(BASE32) for _ in range(rng.randint(least, most))) + ".com"


def session(network, rng, client, relay, port, at_us, bursts, gap_s):
    talk = Tls(Tcp(network, client, relay, port, at_us, rtt_us=rng.randint(20000, 90000)).open(),
               random_name(rng), AGENT, "1.3").open()
    talk.send(CELL).reply(CELL).send(CELL).reply(CELL)
    for _ in range(bursts):
        talk.session.wait(rng.expovariate(1 / gap_s))
        for _ in range(rng.randint(1, 3)):
            talk.send(CELL)
        for _ in range(rng.randint(2, 12)):
            talk.reply(CELL, think_us=3000)
    talk.session.close()


def run(network, rng, client="10.1.1.40", relays=4, sessions=8, ports=(443, 9001), start_s=300,
        hours=1.0, bursts=12, gap_s=20):
    here = network.host(client)
    circle = [(network.host(f"198.18.77.{11 + n}"), rng.choice(ports)) for n in range(relays)]
    for number in range(sessions):
        at_s = start_s + rng.random() * hours * 3600
        relay, port = circle[number % relays]
        session(network, rng, here, relay, port, network.us(at_s), bursts, gap_s)
