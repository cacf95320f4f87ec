"""Things that go on a clock and are nobody's enemy: time, updates, mail, telemetry, push.

They keep the beacon's own periods; what tells them apart is who else does the same, over what, and
how it ends. All of them talk to one name for all hosts.
"""
from . import ntp, office, web
from .tcp import Tcp
from .tls import BROWSER, Tls


def each(rng, start_s, hours, period_s, spread_s):
    """Times from a random phase to the end, each `period_s` apart, spread by +-spread_s."""
    at_s = start_s + rng.random() * period_s
    while at_s < start_s + hours * 3600:
        yield at_s
        at_s += period_s + rng.uniform(-spread_s, spread_s)


def time(network, rng, clients=10, hours=2, period_s=64, start_s=0):
    for number in range(clients):
        for at_s in each(rng, start_s, hours, period_s, 0.2):
            ntp.poll(network, network.client(number), network.clock, network.us(at_s))


def telemetry(network, rng, clients=40, hours=2, period_s=300, spread_s=1,
              name="telemetry.vendor.example", first=0, start_s=0):
    """Each host reports its health: a short HTTPS post of the same size, on the minute."""
    for number in range(first, first + clients):
        client = network.client(number)
        for at_s in each(rng, start_s, hours, period_s, spread_s):
            server, at_us = network.lookup(client, name, network.us(at_s))
            session = Tcp(network, client, server, 443, at_us, rtt_us=16000).open()
            Tls(session, name, BROWSER).open().send(700).reply(180)
            session.close()


def updates(network, rng, clients=40, hours=6, period_s=3600, spread_s=120,
            name="updates.vendor.example", start_s=0):
    """A plain HTTP question whether something is new; now and then there is."""
    for number in range(clients):
        client = network.client(number)
        for at_s in each(rng, start_s, hours, period_s, spread_s):
            server, at_us = network.lookup(client, name, network.us(at_s))
            session = Tcp(network, client, server, 80, at_us, rtt_us=16000).open()
            web.fetch(session, name, "/v1/check", "Vendor-Update/4.2", status="304 Not Modified",
                      answer=0)
            if rng.random() < 0.1:
                web.fetch(session, name, "/v1/package.bin", "Vendor-Update/4.2",
                          answer=rng.randint(20000, 200000), kind="application/octet-stream")
            session.close()


def mail(network, rng, clients=40, hours=2, period_s=300, first=0, start_s=0):
    for number in range(first, first + clients):
        office.poll_mail(network, rng, network.client(number), start_s, start_s + hours * 3600,
                         period_s)


def push(network, rng, clients=40, hours=2, beat_s=60, spread_s=0.5, name="push.vendor.example",
         again_s=600, start_s=0):
    """A long connection kept open with small records, opened anew every `again_s`."""
    for number in range(clients):
        client = network.client(number)
        for at_s in each(rng, start_s, hours, again_s, spread_s):
            server, at_us = network.lookup(client, name, network.us(at_s))
            session = Tcp(network, client, server, 443, at_us, rtt_us=16000).open()
            talk = Tls(session, name, BROWSER).open()
            opened = session.now
            for minute in range(1, int(again_s // beat_s)):
                session.now = opened + round(minute * beat_s * 1000000)
                talk.send(24).reply(24)
            session.close()
