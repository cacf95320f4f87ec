"""One login at a time, right or wrong, as a client and a server speak it.

    ftp(network, client, server, at_us, [(user, right), ...])   RFC 959, one connection
    smb(network, client, server, at_us, user, status)           [MS-SMB2], [MS-NLMP], RFC 4178
    ssh(network, client, server, at_us, tries, work)            RFC 4253; `work` bytes follow
    kerberos(network, client, server, at_us, user, error)       RFC 4120, UDP; error 0: a ticket

Each returns the time at its end. Nothing is really encrypted: keys, hashes and tickets are zeros.
`names` False: the Kerberos server names no account in an error, as Windows does not.
"""
import struct

from . import datagram, smb as smb2
from .tcp import Tcp

# ---- DER (X.690)


def der(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + size + body


def integer(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def at(number, *parts):
    return der(0xA0 + number, *parts)


# ---- words of a protocol that nobody parses


def lines(network, client, server, port, at_us, talk):
    """`talk`: pairs of who speaks (0 the client) and what."""
    session = Tcp(network, client, server, port, at_us, rtt_us=400).open()
    for side, words in talk:
        session.say(side, words)
    return session.close().now


# ---- FTP


def ftp(network, client, server, at_us, logins, port=21, think_s=0.02):
    session = Tcp(network, client, server, port, at_us, rtt_us=400).open()
    session.reply(b"220 FTP server ready.\r\n")
    for user, right in logins:
        session.send(f"USER {user}\r\n".encode())
        session.reply(f"331 Password required for {user}\r\n".encode())
        session.send(b"PASS secret\r\n").wait(think_s)
        session.reply(b"230 User logged in\r\n" if right else b"530 Login incorrect.\r\n")
    session.send(b"QUIT\r\n").reply(b"221 Goodbye.\r\n")
    return session.close().now


# ---- SMB 2 with NTLM

SUCCESS, MORE, WRONG, LOCKED = 0, 0xC0000016, 0xC000006D, 0xC0000234


def header(command, message_id, answer, status=0):
    return struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, status, command, 31, answer, 0,
                       message_id, 0xFEFF, 0, 0x100000000001 if command else 0, bytes(16))


def ntlm_negotiate():
    return b"NTLMSSP\0" + struct.pack("<IIHHIHHI", 1, 0xE2088297, 0, 0, 0, 0, 0, 0) + bytes(8)


def ntlm_challenge(name="OFFICE"):
    target = name.encode("utf-16-le")
    return (b"NTLMSSP\0" + struct.pack("<IHHII8s8sHHI", 2, len(target), len(target), 56, 0xE2898215,
                                       bytes(8), bytes(8), 0, 0, 56 + len(target)) +
            bytes([6, 1, 0, 0, 0, 0, 0, 15]) + target)


def ntlm_authenticate(user, host, domain="OFFICE"):
    """Names lie before answers, as clients send them; the fields tell answers first."""
    texts = [t.encode("utf-16-le") for t in (domain, user, host)]
    answers = [bytes(24), bytes(120), bytes(16)]
    fields, body = [], b""
    for part in texts + answers:
        fields.append(struct.pack("<HHI", len(part), len(part), 72 + len(body)))
        body += part
    fields = b"".join(fields[3:5] + fields[:3] + fields[5:])
    return (b"NTLMSSP\0" + struct.pack("<I", 3) + fields +
            struct.pack("<I", 0xE2888215) + bytes([6, 1, 0, 0, 0, 0, 0, 15]) + body)


def offered(blob):
    """SPNEGO's first token: NTLM alone is offered."""
    ntlm = der(6, bytes.fromhex("2b06010401823702020a"))
    return der(0x60, der(6, bytes.fromhex("2b0601050502")),
               at(0, der(48, at(0, der(48, ntlm)), at(2, der(4, blob)))))


def set_up(message_id, blob):
    return smb2.netbios(header(1, message_id, 0) +
                        struct.pack("<HBBIIHHQ", 25, 0, 1, 1, 0, 88, len(blob), 0) + blob)


def set_up_answer(message_id, status, blob=b""):
    if status not in (SUCCESS, MORE):
        return smb2.netbios(header(1, message_id, 1, status) + struct.pack("<HBBIB", 9, 0, 0, 0, 0))
    return smb2.netbios(header(1, message_id, 1, status) +
                        struct.pack("<HHHH", 9, 0, 72, len(blob)) + blob)


def smb(network, client, server, at_us, user, status=SUCCESS, host="PC"):
    session = Tcp(network, client, server, 445, at_us, rtt_us=400).open()
    session.send(smb2.negotiate()).reply(smb2.negotiated())
    session.send(set_up(1, offered(ntlm_negotiate())))
    session.reply(set_up_answer(1, MORE, at(1, der(48, at(2, der(4, ntlm_challenge()))))))
    session.send(set_up(2, at(1, der(48, at(2, der(4, ntlm_authenticate(user, host)))))))
    session.reply(set_up_answer(2, status))
    return session.close().now


# ---- SSH: sizes as OpenSSH's with curve25519 and Ed25519

KEXINIT, NEWKEYS, ECDH_INIT, ECDH_REPLY = 20, 21, 30, 31


def packet(kind, length):
    """An unencrypted packet of `length` bytes in all."""
    return struct.pack(">IBB", length - 4, 10, kind) + bytes(length - 6)


def ssh(network, client, server, at_us, tries=1, work=0, port=22, software="OpenSSH_9.2p1",
        wait_s=1.0):
    """`tries` refused passwords, then with `work` > 0 a login and so many bytes from the server."""
    session = Tcp(network, client, server, port, at_us, rtt_us=400).open()
    session.send(f"SSH-2.0-{software}\r\n".encode()).reply(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    session.send(packet(KEXINIT, 960)).reply(packet(KEXINIT, 1080))
    session.send(packet(ECDH_INIT, 48))
    session.reply(packet(ECDH_REPLY, 260) + packet(NEWKEYS, 16) + bytes(108))
    session.send(packet(NEWKEYS, 16) + bytes(44)).reply(bytes(44))
    for _ in range(tries):
        session.send(bytes(84)).wait(wait_s).reply(bytes(52))
    if work:
        session.send(bytes(400)).reply(bytes(36)).reply(bytes(600))
        session.send(bytes(200)).reply(bytes(0), work).send(bytes(96))
    return session.close().now


# ---- Kerberos

AS_REQ, AS_REP, ERROR = 10, 11, 30
UNKNOWN, PREAUTH_FAILED, PREAUTH_REQUIRED = 6, 24, 25


def text(value):
    return der(27, value.encode())


def principal(kind, *names):
    return der(48, at(0, integer(kind)), at(1, der(48, *(text(n) for n in names))))


def moment(value="20370913024805Z"):
    return der(24, value.encode())


def cipher():
    return der(48, at(0, integer(18)), at(2, der(4, bytes(120))))


def question(user, realm):
    body = der(48, at(0, der(3, b"\0\x40\x81\0\x10")), at(1, principal(1, user)),
               at(2, text(realm)), at(3, principal(2, "krbtgt", realm)), at(5, moment()),
               at(7, integer(155874945)), at(8, der(48, integer(18), integer(17), integer(23))))
    return der(0x60 + AS_REQ, der(48, at(1, integer(5)), at(2, integer(AS_REQ)), at(4, body)))


def refusal(user, realm, error, names):
    named = [at(7, text(realm)), at(8, principal(1, user))] if names else []
    return der(0x60 + ERROR, der(48, at(0, integer(5)), at(1, integer(ERROR)),
                                 at(4, moment("20240304090000Z")), at(5, integer(7)),
                                 at(6, integer(error)), *named, at(9, text(realm)),
                                 at(10, principal(2, "krbtgt", realm))))


def ticket(user, realm):
    inner = der(0x61, der(48, at(0, integer(5)), at(1, text(realm)),
                          at(2, principal(2, "krbtgt", realm)), at(3, cipher())))
    return der(0x60 + AS_REP, der(48, at(0, integer(5)), at(1, integer(AS_REP)), at(3, text(realm)),
                                  at(4, principal(1, user)), at(5, inner), at(6, cipher())))


def kerberos(network, client, server, at_us, user, error=0, realm="OFFICE.EXAMPLE", names=True):
    answer = refusal(user, realm, error, names) if error else ticket(user, realm)
    return datagram.exchange(network, client, server, 88, at_us, question(user, realm), answer,
                             rtt_us=900)
