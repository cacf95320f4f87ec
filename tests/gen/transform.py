"""The same traffic seen from a worse place: capture in, capture out.

    out        only what clients send          in         only what servers send
    loss       2 % of the packets are missing  mirror     every packet twice, 3 us apart
    midstream  the first three packets of every TCP conversation of more than five are missing
    vlans      the two directions travel on two VLANs
    twin       every packet again on another VLAN between other MACs

The client of a conversation is who sent its SYN, else who spoke first (a SYN-ACK first: the other).
Works on captures of these generators; loss is seeded and the same each time.
"""
import random
import struct

from .capture import Writer, read
from .wire import ACK, ICMP, ICMP6, SYN, TCP

LOSS = 0.02
MIRROR_US = 3
HANDSHAKE, LONGER_THAN = 3, 5


def dissect(head):
    """(conversation, sender, TCP flags): conversation is equal in both directions."""
    offset = 16 if head[12:14] == b"\x81\x00" else 12
    ip = offset + 2
    if head[offset:ip] == b"\x86\xdd":
        protocol, src, dst, l4 = head[ip + 6], head[ip + 8:ip + 24], head[ip + 24:ip + 40], ip + 40
    else:
        protocol, src, dst, l4 = head[ip + 9], head[ip + 12:ip + 16], head[ip + 16:ip + 20], ip + 20
    if protocol in (ICMP, ICMP6):
        return (protocol, *sorted((src, dst))), src, head[l4]
    a, b = src + head[l4:l4 + 2], dst + head[l4 + 2:l4 + 4]
    return (protocol, *sorted((a, b))), a, head[l4 + 13] if protocol == TCP else 0


def from_server(conversation, sender, flags):
    """Whether the first packet seen of a conversation came from its server."""
    if conversation[0] == TCP:
        return flags & (SYN | ACK) == SYN | ACK
    return conversation[0] == ICMP and flags == 3 or conversation[0] == ICMP6 and flags == 1


def sided(path):
    """Yields (time_us, head, zeros, side, conversation) with side 0 for the client's packets."""
    clients = {}
    for time_us, head, zeros in read(path):
        conversation, sender, flags = dissect(head)
        if conversation not in clients:
            first = conversation[1] if sender == conversation[2] else conversation[2]
            clients[conversation] = first if from_server(conversation, sender, flags) else sender
        elif conversation[0] == TCP and flags & (SYN | ACK) == SYN:
            clients[conversation] = sender
        yield time_us, head, zeros, int(sender != clients[conversation]), conversation


def tagged(head, vlan, mac_flip=0):
    macs = bytes(b ^ mac_flip if i % 6 == 5 else b for i, b in enumerate(head[:12]))
    rest = head[16:] if head[12:14] == b"\x81\x00" else head[12:]
    return macs + struct.pack(">HH", 0x8100, vlan) + rest


def one_way(path, out, side):
    for time_us, head, zeros, from_side, _ in sided(path):
        if from_side == side:
            out.add(time_us, head, zeros)


def loss(path, out):
    rng = random.Random("loss")
    for packet in read(path):
        if rng.random() >= LOSS:
            out.add(*packet)


def mirror(path, out):
    """The copy of a packet may come after its successor: kept in order by holding copies back."""
    held = []
    for time_us, head, zeros in read(path):
        while held and held[0][0] <= time_us:
            out.add(*held.pop(0))
        out.add(time_us, head, zeros)
        held.append((time_us + MIRROR_US, head, zeros))
    for packet in held:
        out.add(*packet)


def midstream(path, out):
    lengths, seen = {}, {}
    for _, head, _ in read(path):
        conversation = dissect(head)[0]
        lengths[conversation] = lengths.get(conversation, 0) + 1
    for time_us, head, zeros in read(path):
        conversation = dissect(head)[0]
        seen[conversation] = seen.get(conversation, 0) + 1
        cut = conversation[0] == TCP and lengths[conversation] > LONGER_THAN
        if not cut or seen[conversation] > HANDSHAKE:
            out.add(time_us, head, zeros)


def vlans(path, out):
    for time_us, head, zeros, side, _ in sided(path):
        out.add(time_us, tagged(head, 20 if side else 10), zeros)


def twin(path, out):
    for time_us, head, zeros in read(path):
        out.add(time_us, tagged(head, 10), zeros)
        out.add(time_us, tagged(head, 20, mac_flip=0x40), zeros)


TRANSFORMS = {
    "out": lambda path, out: one_way(path, out, 0),
    "in": lambda path, out: one_way(path, out, 1),
    "loss": loss,
    "mirror": mirror,
    "midstream": midstream,
    "vlans": vlans,
    "twin": twin,
}


def apply(name, source, target):
    out = Writer(target)
    TRANSFORMS[name](source, out)
    out.close()
