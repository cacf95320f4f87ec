"""One short conversation of each protocol that Suricata tells the plugin as text and no other
scenario speaks: what its records must hold stands in tests/suricata/offline.py.

`ldap`       a refused simple bind, then a search that finds one entry (RFC 4511)
`http2`      one request with prior knowledge, no TLS (RFC 9113, RFC 7541: literals, no Huffman)
`websocket`  an upgrade, a message each way (RFC 6455)
`mqtt`       a login, a subscription, a message (MQTT 3.1.1)
`quic`       a client's first packet of Q046, the last version that does not hide it
`ftp`        a login that is welcomed in several lines (RFC 959, 4.2)
"""
import struct

from . import datagram, web
from .login import der, integer
from .tcp import Tcp

LDAP, MQTT, QUIC = 389, 1883, 443


# ---- LDAP

def text(value, tag=4):
    return der(tag, value.encode())


def message(number, operation):
    return der(0x30, integer(number), operation)


def result(tag, code, said=""):
    return der(tag, der(10, bytes([code])), text(""), text(said))


def ldap(network, rng, client="10.1.1.60", server="10.1.0.10", start_s=10,
         name="cn=ada,dc=office,dc=example", base="dc=office,dc=example", wanted="mail"):
    session = Tcp(network, network.host(client), network.host(server), LDAP,
                  network.us(start_s + rng.random()), rtt_us=400).open()
    session.send(message(1, der(0x60, integer(3), text(name), text("wrong", 0x80))))
    session.reply(message(1, result(0x61, 49, "no such secret")))
    session.send(message(2, der(0x63, text(base), der(10, b"\2"), der(10, b"\0"), integer(0),
                                integer(0), der(1, b"\0"), text("objectClass", 0x87),
                                der(0x30, text(wanted)))))
    session.reply(message(2, der(0x64, text(name), der(0x30)))
                  + message(2, result(0x65, 0)))
    session.close()


# ---- HTTP/2

def frame(kind, flags, stream, body=b""):
    return struct.pack(">I", len(body))[1:] + struct.pack(">BBI", kind, flags, stream) + body


def literals(headers):
    return b"".join(b"\0" + b"".join(bytes([len(part)]) + part.encode() for part in header)
                    for header in headers)


def http2(network, rng, client="10.1.1.61", server="198.18.61.1", start_s=12, port=8080,
          name="two.example", answer=400):
    session = Tcp(network, network.host(client), network.host(server), port,
                  network.us(start_s + rng.random())).open()
    session.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, struct.pack(">HI", 3, 100)))
    session.reply(frame(4, 0, 0, struct.pack(">HI", 3, 128)) + frame(4, 1, 0))
    session.send(frame(4, 1, 0) + frame(1, 5, 1, literals((
        (":method", "GET"), (":scheme", "http"), (":path", "/second"), (":authority", name),
        ("user-agent", web.CURL), ("referer", "http://first.example/")))))
    session.reply(frame(1, 4, 1, literals((
        (":status", "404"), ("content-type", "text/html; charset=utf-8"),
        ("content-length", str(answer))))) + frame(0, 1, 1, bytes(answer)))
    session.close()


# ---- WebSocket

def websocket(network, rng, client="10.1.1.62", server="198.18.62.1", start_s=14,
              name="ws.example"):
    session = Tcp(network, network.host(client), network.host(server), 80,
                  network.us(start_s + rng.random())).open()
    upgrade = (("Connection", "Upgrade"), ("Upgrade", "websocket"))
    session.send(web.lines("GET /channel HTTP/1.1", (
        ("Host", name), ("User-Agent", web.CURL), *upgrade, ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg=="))))
    session.reply(web.lines("HTTP/1.1 101 Switching Protocols", upgrade))
    session.send(b"\x81\x85" + bytes(4) + b"hello").wait(2)
    session.reply(b"\x81\x05world").wait(2)
    session.send(b"\x88\x80" + bytes(4)).reply(b"\x88\x00")
    session.close()


# ---- MQTT

def counted(value):
    return struct.pack(">H", len(value)) + value.encode()


def control(kind, body):
    return bytes([kind, len(body)]) + body


def mqtt(network, rng, client="10.1.1.63", server="10.1.0.63", start_s=16, account="ada",
         device="lamp-7", topic="house/lamp"):
    session = Tcp(network, network.host(client), network.host(server), MQTT,
                  network.us(start_s + rng.random()), rtt_us=400).open()
    session.send(control(0x10, counted("MQTT") + bytes([4, 0xC2, 0, 60]) + counted(device)
                         + counted(account) + counted("secret")))
    session.reply(control(0x20, b"\0\0"))
    session.send(control(0x82, b"\0\1" + counted(topic) + b"\0")).reply(control(0x90, b"\0\1\0"))
    session.send(control(0x30, counted(topic) + b"on")).send(b"\xe0\x00")
    session.close()


# ---- FTP

def ftp(network, rng, client="10.1.1.65", server="10.1.0.65", start_s=20, account="ada"):
    session = Tcp(network, network.host(client), network.host(server), 21,
                  network.us(start_s + rng.random()), rtt_us=400).open()
    session.reply(b"220-Files of the office\r\n220 ready\r\n")
    session.send(f"USER {account}\r\n".encode()).reply(b"331 Password required\r\n")
    session.send(b"PASS secret\r\n")
    session.reply(b"230-Welcome.\r\n Be quick.\r\n230 Logged in\r\n")
    session.send(b"QUIT\r\n").reply(b"221 Goodbye.\r\n")
    session.close()


# ---- QUIC

def quic(network, rng, client="10.1.1.64", server="198.18.64.1", start_s=18, name="quic.example"):
    tags = ((b"PAD\0", bytes(900)), (b"SNI\0", name.encode()), (b"VER\0", b"Q046"),
            (b"UAID", b"browser"))
    places, values = b"", b""
    for tag, value in tags:
        values += value
        places += tag + struct.pack("<I", len(values))
    hello = b"CHLO" + struct.pack("<HH", len(tags), 0) + places + values
    first = b"\xc3Q046\x50" + rng.randbytes(8) + struct.pack(">I", 1) + rng.randbytes(12)
    stream = b"\xa0\x01" + struct.pack(">H", len(hello)) + hello
    datagram.exchange(network, network.host(client), network.host(server), QUIC,
                      network.us(start_s + rng.random()), first + stream,
                      b"\x43" + rng.randbytes(60))
