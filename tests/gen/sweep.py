"""One service, or a few, at many addresses: who looks for somebody, and who misses old friends.

Sweeps: `inside` (ports of addresses in a row), `pings`, `outside` (a worm's next victims).
Honest: `discovery` (a printer's program: broadcast and multicast, then what answered), `withdrawn`
(a machine whose servers are gone), `outage` (the client of a cluster that is away for a while),
`down` (everybody's controllers are), `leases` (a DHCP server pings an address before it gives it
away), `crawl` and `mail` (names of the outside, many dead), `two_stacks` (browsers where IPv6 leads
nowhere), `recursion` (a resolver whose questions over TCP are filtered). References: RFC 2131 2.2,
5321, 7766, 8305; WS-Discovery 1.1.
"""
import ipaddress
import struct

from . import datagram, dns
from .clockwork import each
from .network import Host
from .poller import SNMP_GET
from .tcp import Tcp, refused, silent
from .tls import BROWSER, Tls
from .wire import ICMP, Lane, icmp

PROBE = (b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/'
         b'05/soap-envelope"><soap:Body><wsd:Probe><wsd:Types>wprt:PrintDeviceType</wsd:Types>'
         b'</wsd:Probe></soap:Body></soap:Envelope>')


def addresses(first, count):
    first = ipaddress.ip_address(first)
    return [str(first + number) for number in range(count)]


def attempt(network, client, server, port, at_us, fate):
    if fate == "open":
        Tcp(network, client, server, port, at_us, rtt_us=400).open().reset()
    elif fate == "refused":
        refused(network, client, server, port, at_us)
    else:
        silent(network, client, server, port, at_us, again_s=(1,))


# ---- sweeps


def inside(network, rng, attacker="10.1.1.12", first="10.1.0.1", count=120, ports=(445,), live=24,
           opened=8, gap_s=0.05, start_s=600):
    """Address by address, its ports one after the other; `live` of them are somebody's, of which
    `opened` offer the service."""
    here, targets, at_s = network.host(attacker), addresses(first, count), start_s
    alive = rng.sample(targets, live)
    for target in targets:
        for port in ports:
            fate = ("open" if target in alive[:opened] else "refused" if target in alive
                    else "silent")
            attempt(network, here, network.host(target), port, network.us(at_s), fate)
            at_s += gap_s * rng.uniform(0.7, 1.3)


def ping(network, client, server, at_us, answered):
    if answered:
        datagram.echo(network, client, server, at_us)
    else:
        lane = Lane(client, server, ICMP)
        network.capture.add(at_us, icmp(lane, 128 if lane.v6 else 8, 0, struct.pack(">HH", 1, 1),
                                        datagram.PING))


def pings(network, rng, attacker="10.1.1.13", first="10.1.2.1", count=60, live=15, gap_s=0.02,
          start_s=900):
    here, targets = network.host(attacker), addresses(first, count)
    alive = rng.sample(targets, live)
    for number, target in enumerate(targets):
        ping(network, here, network.host(target), network.us(start_s + number * gap_s),
             target in alive)


def outside(network, rng, attacker="10.1.1.14", count=80, ports=(23, 2323), answered=0.05,
            gap_s=1.0, start_s=700):
    """Addresses drawn by lot, as a worm draws them: most are nobody's or refuse."""
    here, at_s = network.host(attacker), start_s
    for _ in range(count):
        target = network.host("198.18." + f"{rng.randint(0, 255)}.{rng.randint(1, 254)}")
        fate = rng.random()
        attempt(network, here, target, rng.choice(ports), network.us(at_s),
                "open" if fate < answered else "refused" if fate < 0.2 else "silent")
        at_s += gap_s * rng.uniform(0.5, 1.5)


# ---- honest: inside


def discovery(network, rng, client="10.1.1.50", printers=4, hours=1, period_s=300, start_s=100):
    """Asks everybody over WS-Discovery and SNMP; the printers answer, and are asked themselves."""
    here = network.host(client)
    group, everybody = network.host("239.255.255.250"), network.host("10.1.255.255")
    snmp = SNMP_GET
    for at_s in each(rng, start_s, hours, period_s, 5):
        at_us, sport = network.us(at_s), here.port()
        datagram.exchange(network, here, group, 3702, at_us, PROBE, sport=sport)
        datagram.exchange(network, here, everybody, 161, at_us + 2000, snmp, sport=sport + 1)
        for number in range(printers):
            printer = network.host(f"10.1.4.{10 + number}")
            datagram.exchange(network, here, printer, 161, at_us + 50000 * (number + 1), snmp, snmp)
            Tcp(network, here, printer, 9100, at_us + 60000 * (number + 1),
                rtt_us=500).open().close()


def withdrawn(network, rng, client="10.1.1.51", first="10.1.5.10", servers=12, port=445, hours=30,
              period_s=900, start_s=120):
    """Old drives and printers that nobody took out of a profile are tried again and again."""
    here = network.host(client)
    for at_s in each(rng, start_s, hours, period_s, 30):
        for number, target in enumerate(addresses(first, servers)):
            silent(network, here, network.host(target), port, network.us(at_s + number * 0.3),
                   again_s=(1,))


def outage(network, rng, client="10.1.0.60", first="10.1.6.1", nodes=40, port=6379, hours=3,
           period_s=60, down_s=(7200, 8100), start_s=30):
    """A program keeps in touch with every node of a cluster; then the cluster is away."""
    here = network.host(client)
    for target in addresses(first, nodes):
        for at_s in each(rng, start_s, hours, period_s, 2):
            there, at_us = network.host(target), network.us(at_s)
            if down_s[0] <= at_s < down_s[1]:
                silent(network, here, there, port, at_us, again_s=(1,))
                continue
            session = Tcp(network, here, there, port, at_us, rtt_us=300).open()
            session.send(b"PING\r\n").reply(b"+PONG\r\n").close()


def down(network, rng, clients=8, first=20, servers=("10.1.0.10", "10.1.0.11", "10.1.0.12"),
         ports=(88, 135, 389, 445), hours=1.2, period_s=900, away_s=(2700, 3300), start_s=60):
    """Members ask their controllers now and then. While none of them is there, whatever a member
    wants it tries at each of them, service by service, again every few minutes."""
    for number in range(first, first + clients):
        here = network.client(number)
        for at_s in each(rng, start_s, hours, period_s, 60):
            if not away_s[0] <= at_s < away_s[1]:
                for port in ports:
                    for server in servers:
                        Tcp(network, here, network.host(server), port, network.us(at_s),
                            rtt_us=300).open().close()
        for again_s in (0, 180, 400):
            at_s = away_s[0] + again_s + rng.random() * 60
            for place, server in enumerate(servers):
                for turn, port in enumerate(ports):
                    silent(network, here, network.host(server), port,
                           network.us(at_s + place * 5 + turn * 0.7), again_s=(1, 3))


def dhcp(kind, mac, given="0.0.0.0", server="0.0.0.0"):
    """A message of DHCP (RFC 2131): 1 discover, 2 offer, 3 request, 5 acknowledge."""
    answer = kind in (2, 5)
    head = struct.pack(">BBBBIHH", 1 + answer, 1, 6, 0, int.from_bytes(mac[2:], "big"), 0, 0x8000)
    given, server = (ipaddress.ip_address(a).packed for a in (given, server))
    options = bytes([53, 1, kind, 54, 4]) + server + (bytes([51, 4]) + struct.pack(">I", 28800)
                                                     if answer else b"")
    return (head + bytes(4) + (given if answer else bytes(4)) + server + bytes(4) + mac + bytes(202)
            + b"\x63\x82\x53\x63" + options + b"\xff")


def leases(network, rng, server="10.1.0.3", first="10.1.7.20", count=80, start_s=300, hours=1.0):
    """Each address is pinged once before it is given away; nobody answers, as it should be."""
    here, everybody = network.host(server), Host("255.255.255.255", b"\xff" * 6, 128)
    for number, target in enumerate(addresses(first, count)):
        mac = b"\x02\x77\0\0\0" + bytes([number])
        nobody, at_us = Host("0.0.0.0", mac, 128), network.us(start_s + rng.random() * hours * 3600)
        datagram.exchange(network, nobody, everybody, 67, at_us, dhcp(1, mac), sport=68)
        ping(network, here, network.host(target), at_us + 1000, False)
        for kind, after_us in ((2, 1000000), (5, 1020000)):
            datagram.exchange(network, here, everybody, 68, at_us + after_us,
                              dhcp(kind, mac, target, server), sport=67)
        datagram.exchange(network, nobody, everybody, 67, at_us + 1010000,
                          dhcp(3, mac, target, server), sport=68)


# ---- honest: outward


def crawl(network, rng, client="10.1.1.52", sites=250, dead=0.3, start_s=200, gap_s=1.5):
    """A crawler visits site after site by name; many are gone."""
    here, at_s = network.host(client), start_s
    for number in range(sites):
        name = f"www.site{number}.example"
        server, at_us = network.lookup(here, name, network.us(at_s),
                                       f"198.18.{number // 250}.{number % 250 + 1}")
        if rng.random() < dead:
            attempt(network, here, server, 443, at_us, rng.choice(("refused", "silent")))
        else:
            talk = Tls(Tcp(network, here, server, 443, at_us).open(), name, BROWSER).open()
            talk.send(400).reply(int(rng.lognormvariate(8.5, 1)))
            talk.session.close()
        at_s += rng.expovariate(1 / gap_s)


def mail(network, rng, client="10.1.0.25", domains=200, dead=0.4, hours=1.0, start_s=100,
         looked_up=True):
    """A mail server brings notices to the exchangers of whoever was named as a sender; many of
    these are nobody."""
    here = network.host(client)
    for number in range(domains):
        name = f"mx.domain{number}.example"
        at_us = network.us(start_s + rng.random() * hours * 3600)
        server = network.host(f"198.19.{number // 250}.{number % 250 + 1}")
        if looked_up:
            server, at_us = network.lookup(here, name, at_us, server.ip)
        if rng.random() < dead:
            silent(network, here, server, 25, at_us)
            continue
        session = Tcp(network, here, server, 25, at_us, rtt_us=25000).open()
        session.reply(b"220 mx.example ESMTP\r\n").send(b"EHLO mail.office.example\r\n")
        session.reply(b"250 mx.example\r\n").send(b"QUIT\r\n").reply(b"221 Bye\r\n").close()


def two_stacks(network, rng, clients=6, first=40, sites=80, pages=60, start_s=100, hours=0.5,
               looked_up=True):
    """Each site has both kinds of addresses; the newer is tried first and a quarter of a second
    later, as it stays silent, the older. `looked_up` False: names are asked for over HTTPS."""
    for number in range(first, first + clients):
        here = network.client(number)
        here6 = Host(f"fd00:10::{number:x}", here.mac, 128)
        for _ in range(pages):
            site = rng.randrange(sites)
            name = f"www.both{site}.example"
            at_us = network.us(start_s + rng.random() * hours * 3600)
            old, new = f"198.18.9.{site + 1}", f"2001:db8:9::{site + 1:x}"
            if looked_up:
                network.lookup(here, name, at_us, new)
                _, at_us = network.lookup(here, name, at_us, old)
            silent(network, here6, network.host(new), 443, at_us)
            talk = Tls(Tcp(network, here, network.host(old), 443, at_us + 250000).open(), name,
                       BROWSER).open()
            talk.send(400).reply(int(rng.lognormvariate(8.5, 1)))
            talk.session.close()


def recursion(network, rng, servers=90, hours=1.0, start_s=60):
    """The resolver asks name servers of the outside; cut answers make it ask again over TCP, which
    the firewall drops."""
    for number in range(servers):
        there = network.host(f"198.18.53.{number + 1}")
        at_us = network.us(start_s + rng.random() * hours * 3600)
        dns.ask(network, network.resolver, there, f"host.zone{number}.example", at_us,
                ["192.0.2.77"], think_us=20000)
        silent(network, network.resolver, there, 53, at_us + 40000, again_s=(1,))
