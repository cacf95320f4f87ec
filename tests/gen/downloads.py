"""Downloads by machines and by people.

`tool`      curl fetches a program, as in the study: over HTTP, or over TLS from a server of its own
And honest ones:
`browser`   people download programs and archives
`updater`   a program with a name of its own fetches its next version
`packages`  a package manager: its own agent over HTTP, many requests in one connection over TLS
`admin`     somebody fetches an archive by wget from a named server
`windows`   an operating system updates itself over HTTP, in pieces, with agents of its own
`runner`    a build machine fetches releases by curl over TLS, again and again
`clone`     git fetches a repository
`polls`     a script fetches a little JSON again and again
"""
from . import web
from .tcp import Tcp
from .tls import BROWSER, CURL, Tls

WGET, APT, UPDATER = "Wget/1.21.3", "Debian APT-HTTP/1.3 (2.6.1)", "Reader Updater/11.2"


def connect(network, client, name, port, at_us, address=None):
    server, at_us = (network.lookup(client, name, at_us, address) if name
                     else (network.host(address), at_us))
    return Tcp(network, client, server, port, at_us, rtt_us=30000).open()


def http(network, client, name, path, agent, size, kind, at_us, address=None, port=80, magic=""):
    session = connect(network, client, name, port, at_us, address)
    web.fetch(session, name or address, path, agent=agent, answer=size, kind=kind, magic=magic)
    session.close()


def tls(network, client, name, size, at_us, print_of=CURL, address=None, port=443, requests=1,
        version="1.3"):
    talk = Tls(connect(network, client, name, port, at_us, address), name, print_of, version).open()
    for _ in range(requests):
        talk.send(110 if requests == 1 else 310).reply(size // requests)
    talk.session.close()


def tool(network, rng, client="10.1.1.90", scheme="http", name="cc.attacker.example", address=None,
         size=1300000, start_s=400, port=None, version="1.3", magic=""):
    here, at_us = network.host(client), network.us(start_s + rng.random())
    if scheme == "http":
        http(network, here, name, "/tool.exe", web.CURL, size, "application/x-msdos-program", at_us,
             address, port or 80, magic)
    else:
        tls(network, here, name, size, at_us, CURL, address, port or 443, version=version)


def browser(network, rng, clients=4, first=90, start_s=100, hours=1.0):
    for number in range(first, first + clients):
        here = network.client(number)
        for path, kind in (("/setup.exe", "application/x-msdownload"), ("/photos.zip",
                           "application/zip"), ("/driver.msi", "application/octet-stream")):
            at_us = network.us(start_s + rng.random() * hours * 3600)
            http(network, here, "www.freeware.example", path, web.BROWSER, 400000, kind, at_us)
        tls(network, here, "www.freeware.example", 900000,
            network.us(start_s + rng.random() * hours * 3600), BROWSER)


def updater(network, rng, clients=3, first=94, start_s=100, hours=1.0):
    for number in range(first, first + clients):
        at_us = network.us(start_s + rng.random() * hours * 3600)
        http(network, network.client(number), "update.reader.example", "/11/update.exe", UPDATER,
             500000, "application/octet-stream", at_us)


def packages(network, rng, clients=3, first=97, start_s=100, count=8):
    for number in range(first, first + clients):
        here = network.client(number)
        for package in range(count):
            at_us = network.us(start_s + number * 20 + package * 2)
            http(network, here, "deb.mirror.example", f"/pool/{package}.deb", APT, 120000,
                 "application/vnd.debian.binary-package", at_us)
        tls(network, here, "files.mirror.example", 1200000, network.us(start_s + number * 25),
            requests=9)


def admin(network, rng, client="10.1.1.110", start_s=300):
    http(network, network.host(client), "www.freeware.example", "/release-2.1.tar.gz", WGET, 600000,
         "application/gzip", network.us(start_s + rng.random()))


def windows(network, rng, clients=6, first=112, start_s=200, hours=1.0):
    for number in range(first, first + clients):
        here, at_us = network.client(number), network.us(start_s + rng.random() * hours * 3600)
        session = connect(network, here, "dl.windows.example", 80, at_us)
        for piece in range(4):
            web.fetch(session, "dl.windows.example", f"/c/msdownload/update/{number}.cab",
                      "Microsoft-Delivery-Optimization/10.0", (("Range", f"bytes={piece}-"),),
                      status="206 Partial Content", answer=90000, kind="application/octet-stream")
        web.fetch(session, "dl.windows.example", "/c/msdownload/update/defender.exe",
                  "Microsoft BITS/7.8", answer=150000, kind="application/octet-stream")
        session.close()
        http(network, here, "ctldl.windows.example", "/msdownload/trustedr/authrootstl.cab",
             "Microsoft-CryptoAPI/10.0", 60000, "application/vnd.ms-cab-compressed", at_us)


def runner(network, rng, client="10.1.1.120", sites=("releases.forge.example", "dist.lang.example",
           "get.tools.example"), jobs=5, start_s=300, gap_s=600):
    here = network.host(client)
    for job in range(jobs):
        for place, name in enumerate(sites):
            tls(network, here, name, 700000, network.us(start_s + job * gap_s + place * 7))


def clone(network, rng, client="10.1.1.121", name="git.forge.example", start_s=500):
    """A repository: a short question for what there is, then one long answer."""
    talk = Tls(connect(network, network.host(client), name, 443, network.us(start_s)), name, CURL,
               "1.3").open()
    talk.send(240).reply(4000).send(900).reply(60000).send(2400).reply(1500000)
    talk.session.close()


def polls(network, rng, client="10.1.1.111", start_s=100, count=40, gap_s=80):
    here, at_s = network.host(client), start_s
    for _ in range(count):
        http(network, here, "api.weather.example", "/now.json", "python-requests/2.31", 9000,
             "application/json", network.us(at_s))
        tls(network, here, "api.weather.example", 60000, network.us(at_s + 3))
        at_s += rng.expovariate(1 / gap_s)
