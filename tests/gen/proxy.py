"""Clients reach the outside through an explicit proxy: the sensor sees both legs.

The client's leg is CONNECT or an absolute URI to the proxy, on port 3128; the proxy's leg is the
same talk to the real server a moment later, from the proxy's own address.
"""
from . import web
from .beacon import times
from .office import POPULARITY, SITES
from .tcp import Tcp
from .tls import BROWSER, CURL, Tls

PORT = 3128
LEG_US = 1500


def request(network, client, proxy, name, at_us, tls=True, shape=BROWSER, sizes=((600, 9000),),
            agent=web.BROWSER, path="/"):
    """One page through the proxy, both legs: the far one runs LEG_US behind the near one."""
    outside, _ = network.lookup(proxy, name, at_us)
    near = Tcp(network, client, proxy, PORT, at_us, rtt_us=400).open()
    far = Tcp(network, proxy, outside, 443 if tls else 80, near.now + LEG_US, rtt_us=20000).open()
    if tls:
        near.now = far.now
        web.connect(near, name, agent=agent)
    near.rtt_us = far.rtt_us + 2 * LEG_US
    far.now = max(far.now, near.now + LEG_US)
    for leg in (near, far):
        talk = Tls(leg, name, shape).open() if tls else None
        for question, answer in sizes:
            if tls:
                talk.send(question).reply(answer)
            else:
                web.fetch(leg, name, path, agent, answer=answer, proxied=leg is near)
        leg.close()


def browse(network, rng, clients=12, hours=1.0, proxy="10.1.0.3", gap_s=240, start_s=0):
    there = network.host(proxy)
    for number in range(clients):
        at_s = start_s + rng.expovariate(1 / gap_s)
        while at_s < start_s + hours * 3600:
            name = rng.choices(SITES, POPULARITY)[0]
            sizes = [(rng.randint(300, 900), int(rng.lognormvariate(8.5, 1)) % 60000)
                     for _ in range(rng.randint(1, 4))]
            request(network, network.client(number), there, name, network.us(at_s),
                    rng.random() < 0.8, sizes=sizes)
            at_s += rng.expovariate(1 / gap_s)


def beacon(network, rng, client, name="cc.attacker.example", proxy="10.1.0.3", period_s=60,
           beats=12, jitter_pct=0, tls=True, start_s=120):
    here, there = network.host(client), network.host(proxy)
    for at_s in times(rng, start_s, period_s, beats, jitter_pct):
        request(network, here, there, name, network.us(at_s), tls, CURL, ((90, 510),), web.CURL,
                "/command-file")
