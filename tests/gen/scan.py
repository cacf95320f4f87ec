"""Port scans of internal servers: what a host that looks for open doors sends.

STUDY_PORTS are 36, as `nmap` tried them in the study. A closed port refuses (RST) or, behind a
packet filter, stays silent; an open one answers and is left at once, as a connect scan does.
"""
from . import datagram
from .tcp import Tcp, refused, silent

STUDY_PORTS = (*range(21, 26), 42, 53, 80, *range(110, 114), *range(135, 144), 199, 256, 264, 280,
               301, 306, 311, 340, 366, 389, 406, 407, 416, 417, 425)


def knock(network, client, server, port, at_us, is_open, closed):
    if is_open:
        Tcp(network, client, server, port, at_us, rtt_us=400).open().reset()
    elif closed == "refused":
        refused(network, client, server, port, at_us)
    else:
        silent(network, client, server, port, at_us, again_s=(1,))


def ports(network, rng, attacker, targets, tries=STUDY_PORTS, opened=(80, 135, 139),
          closed="refused", gap_s=0.05, start_s=600):
    """Tries each port of each target, in an order that looks random, as scanners do.

    `tries` is a list of ports, or a number: the ports 1 to that number.
    """
    tries = list(range(1, tries + 1) if isinstance(tries, int) else tries)
    client, at_s = network.host(attacker), start_s
    for target in targets:
        server = network.host(target)
        rng.shuffle(tries)
        for port in tries:
            knock(network, client, server, port, network.us(at_s), port in opened, closed)
            at_s += gap_s * rng.uniform(0.5, 1.5)


def sweep_and_probe(network, rng, scanner, targets, tries, start_s=600, gap_s=0.02):
    """What a vulnerability scanner does: ping, ports, and a longer talk to each open one."""
    for number, target in enumerate(targets):
        client, server = network.host(scanner), network.host(target)
        at_us = network.us(start_s + number * (gap_s * tries + 5))
        datagram.echo(network, client, server, at_us)
        for port in range(1, tries + 1):
            knock(network, client, server, port, at_us + round(port * gap_s * 1000000),
                  port in (22, 80), "refused")
        for port in (22, 80):
            talk = Tcp(network, client, server, port, at_us + round(tries * gap_s * 1000000),
                       rtt_us=500).open()
            talk.send(b"HEAD / HTTP/1.0\r\n\r\n" if port == 80 else b"SSH-2.0-probe\r\n")
            talk.reply(b"HTTP/1.0 200 OK\r\n\r\n" if port == 80 else b"SSH-2.0-OpenSSH_9.2\r\n")
            talk.close()
