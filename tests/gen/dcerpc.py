"""DCE/RPC calls of Windows, over TCP and in a named pipe, and files in shares over plain SMB 2.

    talk = Rpc(over_tcp(session), SVCCTL)      bind, then call(opnum) as often as wanted
    share = Share(session).open(user)          log in; then connect, write_file, pipe

Stubs are zeros: an observer has the interface, the operation and the sizes. What is bound first
may be altered on the way (`alter`), as DCOM does for every interface of an object.
C706 (DCE 1.1 RPC) 12.6; [MS-RPCE] 2.2.2; [MS-SMB2] 2.2.9 to 2.2.22.
"""
import struct
import uuid

from . import login, smb

VERSIONS = {
    "epmapper": ("e1af8308-5d1f-11c9-91a4-08002b14a0fa", 3),
    "svcctl": ("367abb81-9844-35f1-ad32-98f038001003", 2),
    "tasks": ("86d35949-83c9-4044-b424-db363231fd0c", 1),
    "activator": ("000001a0-0000-0000-c000-000000000046", 0),
    "object": ("00000143-0000-0000-c000-000000000046", 0),
    "wmi": ("9556dc99-828c-11cf-a37e-00aa003240c7", 0),
    "wmi_login": ("f309ad18-d86a-11d0-a075-00c04fb68820", 0),
    "drsuapi": ("e3514235-4b06-11d1-ab04-00c04fc2dcd2", 4),
    "netlogon": ("12345678-1234-abcd-ef00-01234567cffb", 1),
}
NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<I", 2)
REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, ALTER, ALTERED = 0, 2, 3, 11, 12, 14, 15
LARGEST = 5840


def pdu(kind, call_id, body):
    return struct.pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, 16 + len(body), 0, call_id) + body


def over_tcp(session):
    def exchange(question, answer):
        session.send(question).reply(answer)
    return exchange


class Rpc:
    def __init__(self, exchange, interface):
        self.exchange, self.call_id = exchange, 1
        self.contexts = 0
        self._negotiate(BIND, BIND_ACK, interface, struct.pack("<H", 4) + b"135\0\0\0")

    def _negotiate(self, ask, tell, interface, address):
        name, version = VERSIONS[interface]
        head = struct.pack("<HHI", LARGEST, LARGEST, 0)
        offer = struct.pack("<B3xHBx", 1, self.contexts, 1) + uuid.UUID(name).bytes_le
        taken = struct.pack("<B3xHH", 1, 0, 0) + NDR
        self.exchange(pdu(ask, self.call_id, head + offer + struct.pack("<I", version) + NDR),
                      pdu(tell, self.call_id, head[:4] + struct.pack("<I", 0x53F0) + address +
                          taken))

    def alter(self, interface):
        self.contexts += 1
        self._negotiate(ALTER, ALTERED, interface, struct.pack("<H2x", 0))
        return self

    def call(self, opnum, size=60, answer=28, fault=False):
        self.call_id += 1
        head = struct.pack("<IHH", size, self.contexts, opnum)
        back = struct.pack("<IHBx", 4 if fault else answer, self.contexts, 0)
        refused = struct.pack("<II", 5, 0)
        self.exchange(pdu(REQUEST, self.call_id, head + bytes(size)),
                      pdu(FAULT if fault else RESPONSE, self.call_id,
                          back + (refused if fault else bytes(answer))))
        return self


# ---- SMB 2 in the clear

TREE_CONNECT, CREATE, CLOSE, READ, WRITE = 3, 5, 6, 8, 9
DISK, PIPE = 1, 2
OVERWRITE, OPEN = 5, 1


class Share:
    """One SMB session over an open TCP conversation."""

    def __init__(self, session):
        self.session, self.message_id, self.tree, self.files = session, 2, 0, 0

    def open(self, user, host="PC"):
        session = self.session
        session.send(smb.negotiate()).reply(smb.negotiated())
        session.send(login.set_up(1, login.offered(login.ntlm_negotiate())))
        session.reply(login.set_up_answer(1, login.MORE, login.at(1, login.der(48, login.at(
            2, login.der(4, login.ntlm_challenge()))))))
        session.send(login.set_up(2, login.at(1, login.der(48, login.at(2, login.der(
            4, login.ntlm_authenticate(user, host)))))))
        session.reply(login.set_up_answer(2, login.SUCCESS))
        return self

    def _head(self, command, answer):
        return struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, 0, command, 31, answer, 0,
                           self.message_id, 0xFEFF, self.tree, 0x100000000001, bytes(16))

    def command(self, command, question, answer):
        self.message_id += 1
        asked = self._head(command, 0) + question
        if command == TREE_CONNECT:
            self.tree += 1
        self.session.send(smb.netbios(asked))
        self.session.reply(smb.netbios(self._head(command, 1) + answer))

    def connect(self, path, kind=DISK):
        name = path.encode("utf-16-le")
        self.command(TREE_CONNECT, struct.pack("<HHHH", 9, 0, 72, len(name)) + name,
                     struct.pack("<HBxIII", 16, kind, 0, 0, 0x1F01FF))
        return self

    def file(self, name, disposition, size=0):
        """Opens a file or a pipe; its id."""
        self.files += 1
        text = name.encode("utf-16-le")
        here = struct.pack("<QQ", self.files, self.files)
        self.command(CREATE, struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x12019F, 0, 7,
                                         disposition, 0x40, 120, len(text), 0, 0) + text,
                     struct.pack("<HBBI32xQQII16sII", 89, 0, 0, 2, size, size, 0x80, 0, here, 0,
                                 0) + b"\0")
        return here

    def write(self, here, data, offset=0):
        self.command(WRITE, struct.pack("<HHIQ16sIIHHI", 49, 112, len(data), offset, here, 0, 0, 0,
                                        0, 0) + data,
                     struct.pack("<HHIIHH", 17, 0, len(data), 0, 0, 0) + b"\0")

    def read(self, here, data):
        self.command(READ, struct.pack("<HBBIQ16sIIIHH", 49, 80, 0, 1024, 0, here, 0, 0, 0, 0,
                                       0) + b"\0",
                     struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data)

    def close(self, here):
        self.command(CLOSE, struct.pack("<HHI16s", 24, 0, 0, here),
                     struct.pack("<HHI32xQQI", 60, 0, 0, 0, 0, 0))

    def write_file(self, name, size):
        here = self.file(name, OVERWRITE)
        self.write(here, bytes(size))
        self.close(here)
        return self

    def pipe(self, server, name, interface):
        """A DCE/RPC conversation in a named pipe of IPC$."""
        self.connect(f"\\\\{server}\\IPC$", PIPE)
        here = self.file(name, OPEN)

        def exchange(question, answer):
            self.write(here, question)
            self.read(here, answer)
        return Rpc(exchange, interface)
