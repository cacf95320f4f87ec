"""Ordinary office clients: they browse, poll their mail, ask the time, look for updates.

Names are visited by popularity (the n-th of the catalogue is n times rarer than the first). Gaps
between visits are exponential, sizes log-normal, as people's are. About 900 packets a client-hour.
"""
from . import dns, ntp, web
from .tcp import Tcp
from .tls import BROWSER, Tls

SITES = [f"www.{word}.example" for word in (
    "search", "news", "mail", "video", "maps", "weather", "shop", "wiki", "social", "travel",
    "bank", "recipes", "football", "music", "films", "jobs", "photos", "forum", "auction", "trains",
    "books", "garden", "health", "cars", "games", "science", "radio", "city", "school", "museum",
    "hotels", "flights", "post", "tickets", "theatre", "print", "tools", "paint", "bikes", "phones",
    "lamps", "shoes", "toys", "tea", "bread", "cheese", "fish", "flowers", "chess", "poems")]
SIDE = ["static.cdn.example", "fonts.cdn.example", "metrics.example", "ads.example"]
STRAY_S = 900
POPULARITY = [1 / (n + 1) for n in range(len(SITES))]


def page(network, rng, client, name, at_us):
    """One page: look-up, one or two connections, a few objects, and at times a side service."""
    server, at_us = network.lookup(client, name, at_us)
    if rng.random() < 0.15:
        session = Tcp(network, client, server, 80, at_us, rtt_us=rng.randint(8000, 60000)).open()
        for _ in range(rng.randint(1, 3)):
            path = f"/{rng.randrange(1000)}.html"
            web.fetch(session, name, path, answer=int(rng.lognormvariate(8.5, 1)))
        session.close()
        return
    session = Tcp(network, client, server, 443, at_us, rtt_us=rng.randint(8000, 60000)).open()
    talk = Tls(session, name, BROWSER).open()
    for _ in range(rng.randint(1, 5)):
        talk.send(rng.randint(300, 900))
        talk.reply(min(int(rng.lognormvariate(9, 1)), 60000))
        session.wait(rng.expovariate(2))
    session.close()
    if rng.random() < 0.3:
        page(network, rng, client, rng.choice(SIDE), session.now)


def browse(network, rng, client, start_s, end_s, gap_s):
    at_s = start_s + rng.expovariate(1 / gap_s)
    while at_s < end_s:
        page(network, rng, client, rng.choices(SITES, POPULARITY)[0], network.us(at_s))
        at_s += rng.expovariate(1 / gap_s)


def poll_mail(network, rng, client, start_s, end_s, period_s, name="imap.post.example"):
    """IMAP over TLS: log in, look, log out; mostly nothing new, at times a message."""
    at_s = start_s + rng.random() * period_s
    while at_s < end_s:
        server, at_us = network.lookup(client, name, network.us(at_s))
        session = Tcp(network, client, server, 993, at_us, rtt_us=rng.randint(12000, 20000)).open()
        talk = Tls(session, name, BROWSER).open()
        for question, answer in ((60, 90), (45, 120), (30, 70)):
            talk.send(question).reply(answer)
        if rng.random() < 0.2:
            talk.send(60).reply(int(rng.lognormvariate(9, 1)))
        session.close()
        at_s += period_s + rng.uniform(-2, 2)


def stray(network, rng, client, start_s, end_s):
    """Look-ups that lead to no connection: a mistyped name, an address's name, a text record."""
    at_s = start_s + rng.expovariate(1 / STRAY_S)
    while at_s < end_s:
        at_us, kind = network.us(at_s), rng.randrange(3)
        if kind == 0:
            dns.missing(network, client, network.resolver, "www.serach.example", at_us)
        elif kind == 1:
            dns.reverse(network, client, network.resolver, network.clock.ip, "clock.example", at_us)
        else:
            dns.ask(network, client, network.resolver, "chat.example", at_us, kind=dns.TXT,
                    texts=["v=1"])
        at_s += rng.expovariate(1 / STRAY_S)


def day(network, rng, clients=10, hours=1.0, first=0, start_s=0, gap_s=300, mail_s=300, ntp_s=1024):
    """`clients` people at work for `hours`, beginning `start_s` after the capture's start."""
    end_s = start_s + hours * 3600
    for number in range(first, first + clients):
        client = network.client(number)
        browse(network, rng, client, start_s, end_s, gap_s)
        stray(network, rng, client, start_s, end_s)
        if mail_s:
            poll_mail(network, rng, client, start_s, end_s, mail_s)
        at_s = start_s + rng.random() * ntp_s
        while ntp_s and at_s < end_s:
            ntp.poll(network, client, network.clock, network.us(at_s))
            at_s += ntp_s


def days(network, rng, clients=10, count=8, hours=1.0, **settings):
    """The same people for an hour or so on each of `count` days."""
    for number in range(count):
        day(network, rng, clients, hours, start_s=number * 86400, **settings)
