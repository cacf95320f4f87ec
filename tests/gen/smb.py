"""SMB 3 with encryption, as a file server of today speaks it: large reads on port 445.

Negotiation and session set-up are readable, all else travels in transform headers, so that a sensor
knows the protocol and the bytes but no share and no file. [MS-SMB2] 2.2.3, 2.2.4, 2.2.41.
"""
import struct

CHUNK_BYTES = 1 << 20


def netbios(body, more=0):
    return struct.pack(">I", len(body) + more) + body


def header(command, message_id, answer):
    return struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, 0, command, 31, answer, 0,
                       message_id, 0xFEFF, 0, 0x100000000001 if command else 0, bytes(16))


def negotiate():
    context = struct.pack("<HHI", 1, 38, 0) + struct.pack("<HHH", 1, 32, 1) + bytes(32) + bytes(2)
    body = struct.pack("<HHHHI16sIHH", 36, 1, 1, 0, 0x7F, bytes(16), 104, 1, 0)
    return netbios(header(0, 0, 0) + body + struct.pack("<H", 0x0311) + bytes(2) + context)


def negotiated():
    context = struct.pack("<HHI", 1, 38, 0) + struct.pack("<HHH", 1, 32, 1) + bytes(32)
    body = struct.pack("<HHHH16sIIIIQQHHI", 65, 1, 0x0311, 1, bytes(16), 0x7F, 1 << 23, 1 << 23,
                       1 << 23, 0, 0, 128, 0, 128)
    return netbios(header(0, 0, 1) + body + context)


def set_up(answer):
    if answer:
        return netbios(header(1, 1, 1) + struct.pack("<HHHH", 9, 4, 72, 0) + b"\0")
    return netbios(header(1, 1, 0) + struct.pack("<HBBIIHHQ", 25, 0, 1, 1, 0, 88, 0, 0) + b"\0")


def hidden(size):
    """The head of an encrypted message of `size` bytes."""
    return netbios(struct.pack("<4s16s16sIHHQ", b"\xfdSMB", bytes(16), bytes(16), size, 0, 1,
                               0x100000000001), size)


class Smb:
    def __init__(self, session):
        self.session = session

    def open(self):
        session = self.session
        session.send(negotiate()).reply(negotiated()).send(set_up(0)).reply(set_up(1))
        for question, answer in ((104, 80), (180, 156)):
            session.send(hidden(question), question).reply(hidden(answer), answer)
        return self

    def pull(self, length, seconds):
        """Reads `length` bytes in chunks."""
        chunks = -(-length // CHUNK_BYTES)
        for i in range(chunks):
            size = min(CHUNK_BYTES, length - i * CHUNK_BYTES)
            head = [hidden(size)]
            self.session.send(hidden(117), 117)
            self.session.bulk(1, size + len(head[0]), seconds / chunks,
                              lambda _: head.pop() if head else b"")
        return self
