"""Names that look drawn by lot and belong to honest work, or to something else than Tor.

`generated`  a program that makes its own names asks the resolver for each, then connects
`content`    pages whose pictures come from hosts named by a digest, looked up as all are
`service`    programs of a vendor at port 9001, one name for all, of which no look-up is seen
`unseen`     people whose resolver is not seen (DoH): many sites, some named by abbreviations
"""
from .tcp import Tcp
from .tls import BROWSER, CURL, Tls
from .tor import random_name

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
SITES = [f"www.{word}.com" for word in (
    "kitchen", "garden", "bbcnews", "hsbc", "cnbc", "xkcd", "nytimes", "wsj", "ncbi", "mdpi",
    "dhl24", "weather", "gmx4", "railway", "theatre", "vk24", "rtl2", "football", "msn4", "wzrkt",
    "museum", "recipes", "nvidia", "jquery", "npmjs", "tumblr", "telegraph", "holiday", "tickets", "mpg2")]


def visit(network, rng, client, server, name, at_us, print_of):
    talk = Tls(Tcp(network, client, server, 443, at_us, rtt_us=rng.randint(9000, 60000)).open(),
               name, print_of).open()
    for _ in range(rng.randint(1, 4)):
        talk.send(rng.randint(200, 900)).reply(int(rng.lognormvariate(8, 1)))
    talk.session.close()


def generated(network, rng, client="10.1.1.41", names=12, start_s=200, hours=1.0):
    here = network.host(client)
    for _ in range(names):
        name = random_name(rng, 10, 18)
        server, at_us = network.lookup(here, name,
                                       network.us(start_s + rng.random() * hours * 3600))
        visit(network, rng, here, server, name, at_us, CURL)


def content(network, rng, client="10.1.1.42", names=60, start_s=200, hours=1.0):
    here = network.host(client)
    for _ in range(names):
        label = "d" + "".join(rng.choice(DIGITS) for _ in range(13))
        name = f"{label}.pictures.example"
        server, at_us = network.lookup(here, name,
                                       network.us(start_s + rng.random() * hours * 3600))
        visit(network, rng, here, server, name, at_us, BROWSER)


def unseen(network, rng, clients=8, first=60, visits=60, start_s=100, hours=1.0):
    for number in range(first, first + clients):
        here = network.client(number)
        for _ in range(visits):
            name = rng.choice(SITES)
            at_us = network.us(start_s + rng.random() * hours * 3600)
            visit(network, rng, here, network.host(network.address(name)), name, at_us, BROWSER)


def service(network, rng, clients=2, first=70, name="www.xq7tzk4m.com", relay="198.18.90.1",
            port=9001, sessions=10, start_s=100, hours=1.0):
    for number in range(first, first + clients):
        here = network.client(number)
        for _ in range(sessions):
            at_us = network.us(start_s + rng.random() * hours * 3600)
            talk = Tls(Tcp(network, here, network.host(relay), port, at_us).open(), name,
                       CURL).open()
            for _ in range(4):
                talk.send(514).reply(514)
            talk.session.close()
