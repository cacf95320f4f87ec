"""DNS over UDP: a question and its answer (A, AAAA, PTR, TXT, or no such name).

Names are written without compression but for the answer's pointer to the question. RFC 1035.
"""
import ipaddress
import struct

from . import datagram

A, CNAME, PTR, TXT, AAAA = 1, 5, 12, 16, 28
NXDOMAIN = 3
OWNER = b"\xc0\x0c"             # "the name that was asked for"
TTL_S = 300


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(kind, data):
    return OWNER + struct.pack(">HHIH", kind, 1, TTL_S, len(data)) + data


def ask(network, client, server, name, at_us, addresses=(), kind=None, texts=(), names=(),
        rcode=0, think_us=200):
    """Asks once. The kind follows from the addresses unless given; returns when the answer came."""
    if kind is None:
        kind = AAAA if any(":" in a for a in addresses) else A
    ident = (at_us // 7 ^ len(name) * 977) & 0xFFFF
    question = encode(name) + struct.pack(">HH", kind, 1)
    answers = [record(kind, ipaddress.ip_address(a).packed) for a in addresses]
    answers += [record(TXT, bytes([len(t)]) + t.encode()) for t in texts]
    answers += [record(kind, encode(n)) for n in names]
    ask_head = struct.pack(">HHHHHH", ident, 0x0100, 1, 0, 0, 0)
    answer_head = struct.pack(">HHHHHH", ident, 0x8180 | rcode, 1, len(answers), 0, 0)
    return datagram.exchange(network, client, server, 53, at_us, ask_head + question,
                             answer_head + question + b"".join(answers), rtt_us=think_us + 300)


def missing(network, client, server, name, at_us):
    """A name that does not exist."""
    return ask(network, client, server, name, at_us, rcode=NXDOMAIN, kind=A)


def reverse(network, client, server, address, name, at_us):
    """The name of an address (PTR)."""
    pointer = ipaddress.ip_address(address).reverse_pointer
    return ask(network, client, server, pointer, at_us, kind=PTR, names=[name])
