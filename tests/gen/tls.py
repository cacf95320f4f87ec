"""TLS 1.2 and 1.3 as a sensor sees it: real handshakes, then records that look encrypted.

    talk = Tls(session, "www.example", client=BROWSER).open()
    talk.send(420); talk.reply(15000); session.close()

Nothing is encrypted: what comes after the handshake is noise or zeros in well-formed records. The
certificate of TLS 1.2 is one static self-signed one, whoever serves it. The order of a client's
ciphers and extensions is its fingerprint (JA3, JA4): BROWSER, CURL and AGENT differ in it.

Formats: RFC 5246, 8446, 6066 (SNI), 7301 (ALPN).
"""
import base64
import hashlib
import struct

CERTIFICATE = base64.b64decode("""
MIIBpDCCAUugAwIBAgIUdCe87gkcUcF9HUaw4Pznj/+FEe4wCgYIKoZIzj0EAwIwKDEQMA4GA1UECgwHRXhhbXBsZTEUMBIG
A1UEAwwLd3d3LmV4YW1wbGUwHhcNMjYxMTIyMjAzMjU5WhcNNDYxMTE3MjAzMjU5WjAoMRAwDgYDVQQKDAdFeGFtcGxlMRQw
EgYDVQQDDAt3d3cuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNlWP0/xeNJOmzwLKTRMlbeVfCbXaQdW8vB5
u6MA47/pVrm82qsWAaWQmJ82SDVJNuCyTSk5NXpVmsLd6wWy8EqjUzBRMB0GA1UdDgQWBBS0XhnWr8qLA1MdphE+CZFkCH6/
4DAfBgNVHSMEGDAWgBS0XhnWr8qLA1MdphE+CZFkCH6/4DAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIHb+
MwGCtGJed+CCZRURAyvuGa4J/Jtqgh/5JXWU6h7aAiAh1BPGyZt1mZSS9CDi2wy19MVP36imamez2t22lFTy8w==""")
NOISE = hashlib.shake_256(b"furumai").digest(1 << 15)
RECORD_MAX = 16384
OVERHEAD = 17                   # content type and tag of an AEAD record

# fingerprint: cipher suites, extensions in order (0 SNI, 16 ALPN), groups, ALPN names
BROWSER = ((0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014),
           (0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43), (29, 23, 24), ("h2", "http/1.1"))
CURL = ((0x1302, 0x1303, 0x1301, 0xC02C, 0xC030, 0xC02B, 0xC02F, 0xC024, 0xC028, 0x009D, 0x009C),
        (0, 11, 10, 16, 22, 23, 13, 43, 45, 51), (29, 23, 30, 25, 24), ("http/1.1",))
AGENT = ((0xC02C, 0xC02B, 0xC030, 0xC02F, 0xC024, 0xC023, 0x009D, 0x009C, 0x003D, 0x003C),
         (0, 10, 11, 13, 35, 23, 65281), (29, 23, 24), ())


def vector(width, data):
    return len(data).to_bytes(width, "big") + data


def words(numbers):
    return b"".join(struct.pack(">H", n) for n in numbers)


def record(kind, body, version=0x0303):
    return struct.pack(">BHH", kind, version, len(body)) + body


def message(kind, body):
    return bytes([kind]) + vector(3, body)


def bulk_record(size):
    """The head of a record that fills a packet of `size` bytes; for Tcp.bulk."""
    return struct.pack(">BHH", 23, 0x0303, size - 5)


class Tls:
    def __init__(self, session, name, client=BROWSER, version="1.3"):
        """`name` None: no server name is sent (bare TLS)."""
        self.session, self.name, self.client = session, name, client
        self.old = version == "1.2" or client is AGENT
        self.salt = NOISE[(session.seq[0] % 20000):][:96]

    def extension(self, number):
        _, _, groups, protocols = self.client
        body = {
            0: lambda: vector(2, b"\0" + vector(2, self.name.encode())),
            5: lambda: b"\1\0\0\0\0",
            10: lambda: vector(2, words(groups)),
            11: lambda: b"\1\0",
            13: lambda: vector(2, words((0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501))),
            16: lambda: vector(2, b"".join(vector(1, p.encode()) for p in protocols)),
            43: lambda: vector(1, words((0x0304, 0x0303))),
            45: lambda: b"\1\1",
            51: lambda: vector(2, struct.pack(">HH", 29, 32) + self.salt[:32]),
            65281: lambda: b"\0",
        }.get(number, lambda: b"")()
        return struct.pack(">H", number) + vector(2, body)

    def hello(self):
        ciphers, extensions, _, _ = self.client
        new = (43, 45, 51) if self.old else ()
        wanted = [e for e in extensions if (e or self.name) and e not in new]
        return message(1, b"\3\3" + self.salt[32:64] + vector(1, self.salt[64:96])
                       + vector(2, words(ciphers)) + b"\1\0"
                       + vector(2, b"".join(self.extension(e) for e in wanted)))

    def server_hello(self):
        if self.old:
            cipher, extra = 0xC02B, words((65281,)) + b"\0\1\0"
        else:
            cipher = 0x1301
            extra = words((43, 2, 0x0304, 51, 36, 29, 32)) + self.salt[16:48]
        return message(2, b"\3\3" + self.salt[48:80] + vector(1, self.salt[64:96])
                       + words((cipher,)) + b"\0" + vector(2, extra))

    def open(self):
        session, changed = self.session, record(20, b"\1")
        session.send(record(22, self.hello(), 0x0301))
        if not self.old:
            session.reply(record(22, self.server_hello()) + changed + self.noise(2300))
            session.send(changed + self.noise(53))
            return self
        key = struct.pack(">BHB", 3, 29, 32) + self.salt[:32] + b"\4\3" + vector(2, NOISE[:71])
        session.reply(record(22, self.server_hello())
                      + record(22, message(11, vector(3, vector(3, CERTIFICATE))))
                      + record(22, message(12, key)) + record(22, message(14, b"")))
        session.send(record(22, message(16, vector(1, self.salt[:32]))) + changed
                     + record(22, NOISE[100:140]))
        session.reply(changed + record(22, NOISE[200:240]))
        return self

    def noise(self, size):
        """One record of application data whose body has `size` bytes."""
        start = self.session.seq[1] % 1000
        return record(23, NOISE[start:start + size])

    def data(self, size):
        """`size` bytes of application data in records."""
        out = []
        while size > 0:
            part = min(size, RECORD_MAX - OVERHEAD)
            out.append(self.noise(part + OVERHEAD))
            size -= part
        return b"".join(out)

    def send(self, size):
        self.session.send(self.data(size))
        return self

    def reply(self, size, think_us=9000):
        self.session.now += think_us
        self.session.reply(self.data(size))
        return self

    def bulk(self, side, length, seconds):
        """A large transfer by one side (0 the client): `length` bytes of TCP payload."""
        self.session.bulk(side, length, seconds, bulk_record)
        return self
