"""An implant asks its controller for orders, again and again: the study's periodic `curl`.

Each beat is one short connection: HTTP or HTTPS, to a name or a raw address, or TLS without a
name. `jitter_pct` spreads each pause evenly around the period; `missed` beats are not made (the
machine slept). Several `addresses` behind one name are taken in turn, as a CDN answers.
"""
from . import web
from .tcp import Tcp
from .tls import AGENT, CURL, Tls


def beat(network, client, at_us, name, address, scheme, size, answer, version):
    host = name or address
    server = network.host(address)
    if name:
        server, at_us = network.lookup(client, name, at_us, address)
    port = 80 if scheme == "http" else 443
    session = Tcp(network, client, server, port, at_us, rtt_us=24000).open()
    if scheme == "http":
        web.fetch(session, host, "/command-file", web.CURL, answer=answer, kind="text/plain",
                  server="Apache/2.2.15 (CentOS)")
    else:
        talk = Tls(session, None if scheme == "bare" else name, AGENT if scheme == "bare" else CURL,
                   version).open()
        talk.send(size).reply(answer + 200)
    session.close()


def times(rng, start_s, period_s, beats, jitter_pct=0, missed=(), latency_s=0.2):
    """When the beats come: the pause is the period, spread; a little latency is always there."""
    at_s, made, number = start_s, 0, 0
    while made < beats:
        if number not in missed:
            yield at_s + rng.random() * latency_s
            made += 1
        number += 1
        at_s += period_s * (1 + rng.uniform(-1, 1) * jitter_pct / 100)


def run(network, rng, client, name="cc.attacker.example", address=None, addresses=(),
        scheme="https", period_s=60, beats=10, jitter_pct=0, missed=(), start_s=120, size=90,
        answer=310, version="1.2"):
    """`scheme`: http, https, or bare (TLS without a server name). `name` None: by address."""
    here = network.host(client)
    choices = addresses or [address or network.address(name)]
    for number, at_s in enumerate(times(rng, start_s, period_s, beats, jitter_pct, missed)):
        beat(network, here, network.us(at_s), name, choices[number % len(choices)], scheme, size,
             answer, version)
