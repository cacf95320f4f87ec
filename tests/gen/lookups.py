"""Honest look-ups with much in their names.

`antivirus`  a scanner asks its vendor about digests; the answer is a code in 127/8, or no such name
`telemetry`  another asks by TXT, under a domain that the operator lists
`prefetch`   a browser looks up every link of a page: many names, few of one domain, some dead
`content`    a content network's hosts, named by digests; asked again and again
`measured`   each page has one picture under a random name, to see how fast the web is
`blocklist`  a mail program asks a block list about each sender's address
`services`   reverse look-ups of a whole subnet, and service discovery
"""
from . import dns
from .dnstunnel import base32, labels

WORDS = ("news", "video", "static", "images", "shop", "login", "api", "cdn", "weather", "sports",
         "music", "travel", "photos", "search", "books", "forum", "mail", "maps", "bank", "recipes")


def spread(network, rng, count, start_s, hours):
    for _ in range(count):
        yield network.us(start_s + rng.random() * hours * 3600)


def antivirus(network, rng, client="10.1.1.50", domain="digest.scanner.example", files=400,
              start_s=200, hours=1.0):
    here = network.host(client)
    for at_us in spread(network, rng, files, start_s, hours):
        name = f"{rng.randbytes(20).hex()}.{domain}"
        if rng.random() < 0.4:
            dns.ask(network, here, network.resolver, name, at_us, ["127.0.0.4"], think_us=20000)
        else:
            dns.missing(network, here, network.resolver, name, at_us)


def telemetry(network, rng, client="10.1.1.51", domain="lookup.vendor.example", files=300,
              start_s=200, hours=1.0):
    here = network.host(client)
    for at_us in spread(network, rng, files, start_s, hours):
        name = f"{labels(base32(rng, 40))}.{domain}"
        dns.ask(network, here, network.resolver, name, at_us, kind=dns.TXT, texts=["ok"],
                think_us=20000)


def prefetch(network, rng, clients=6, first=52, pages=40, start_s=100, hours=1.0):
    for number in range(first, first + clients):
        here = network.client(number)
        for at_us in spread(network, rng, pages, start_s, hours):
            for link in range(rng.randint(5, 25)):
                site = f"{rng.choice(WORDS)}{rng.randint(1, 400)}"
                name = f"{rng.choice(WORDS)}-{rng.choice(WORDS)}.{site}.example"
                if rng.random() < 0.06:
                    dns.missing(network, here, network.resolver, name, at_us + link * 3000)
                else:
                    network.lookup(here, name, at_us + link * 3000)


def content(network, rng, clients=6, first=52, hosts=60, pages=40, start_s=100, hours=1.0):
    names = [f"d{base32(rng, 8)}.pictures.example" for _ in range(hosts)]
    for number in range(first, first + clients):
        here = network.client(number)
        for at_us in spread(network, rng, pages, start_s, hours):
            for link in range(rng.randint(1, 4)):
                network.lookup(here, rng.choice(names), at_us + link * 2000)


def measured(network, rng, clients=6, first=52, pages=50, start_s=100, hours=1.0):
    for number in range(first, first + clients):
        here = network.client(number)
        for at_us in spread(network, rng, pages, start_s, hours):
            network.lookup(here, f"{rng.randbytes(16).hex()}.measure.example", at_us)


def blocklist(network, rng, client="10.1.1.60", domain="zen.blocked.example", mails=300,
              start_s=100, hours=1.0):
    here = network.host(client)
    for at_us in spread(network, rng, mails, start_s, hours):
        front = ".".join(str(rng.randint(1, 254)) for _ in range(4))
        if rng.random() < 0.3:
            dns.ask(network, here, network.resolver, f"{front}.{domain}", at_us, ["127.0.0.2"])
        else:
            dns.missing(network, here, network.resolver, f"{front}.{domain}", at_us)


def services(network, rng, client="10.1.1.61", start_s=300):
    here, at_us = network.host(client), network.us(start_s)
    for last in range(1, 255):
        dns.reverse(network, here, network.resolver, f"10.1.2.{last}", f"pc{last}.corp.example",
                    at_us + last * 40000)
    for number in range(60):
        dns.missing(network, here, network.resolver,
                    f"_ldap._tcp.{rng.randbytes(16).hex()}.domains._msdcs.corp.example",
                    at_us + number * 900000)
