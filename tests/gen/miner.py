"""A program mines for a pool: Stratum, lines of JSON over one TCP connection.

`stratum`  version 1: subscribe, authorize, then a job when the pool has one and a share when found
`login`    as miners of Monero do: one login with the first job in its answer

And what looks like it: `wallet` asks a server of its own port about headers; `lamps` are devices
that keep a channel of JSON lines to their vendor; `socket` is a page that follows prices over a
WebSocket (RFC 6455); `broker` a sensor that keeps a channel of MQTT; `game` a binary one at a port
that pools like.
"""
import json

from . import web
from .tcp import Tcp
from .tls import BROWSER, Tls


def line(**words):
    return (json.dumps(words) + "\n").encode()


def hexadecimal(rng, size):
    return rng.randbytes(size).hex()


def connect(network, client, name, address, port, at_us):
    server = network.host(address or network.address(name))
    if name:
        server, at_us = network.lookup(client, name, at_us, address)
    return Tcp(network, client, server, port, at_us, rtt_us=32000).open()


def stratum(network, rng, client="10.1.1.70", name=None, address="198.18.66.5", port=3333,
            start_s=200, minutes=25, job_s=30, share_s=45):
    session = connect(network, network.host(client), name, address, port, network.us(start_s))
    session.send(line(id=1, method="mining.subscribe", params=["miner/1.0"]))
    session.reply(line(id=1, result=[[], hexadecimal(rng, 4), 4], error=None))
    session.send(line(id=2, method="mining.authorize", params=["account.worker", "x"]))
    session.reply(line(id=2, result=True, error=None))
    end, number = session.now + minutes * 60000000, 3
    while session.now < end:
        if rng.random() < share_s / (job_s + share_s):
            session.wait(rng.expovariate(1 / job_s))
            session.reply(line(id=None, method="mining.notify", params=[
                hexadecimal(rng, 4), hexadecimal(rng, 32), hexadecimal(rng, 60), [], "20000000"]))
        else:
            session.wait(rng.expovariate(1 / share_s))
            session.send(line(id=number, method="mining.submit", params=[
                "account.worker", hexadecimal(rng, 4), hexadecimal(rng, 8)]))
            session.reply(line(id=number, result=True, error=None))
            number += 1
    session.close()


def login(network, rng, client="10.1.1.71", name="xmr.pool.example", address=None, port=5555,
          start_s=260, minutes=25, job_s=60):
    session = connect(network, network.host(client), name, address, port, network.us(start_s))
    session.send(line(method="login", params={"login": hexadecimal(rng, 47), "pass": "x",
                                              "agent": "miner/6.0"}, id=1))
    session.reply(line(id=1, jsonrpc="2.0", error=None, result={"job": hexadecimal(rng, 110)}))
    end = session.now + minutes * 60000000
    while session.now < end:
        session.wait(rng.expovariate(1 / job_s))
        session.reply(line(jsonrpc="2.0", method="job", params={"blob": hexadecimal(rng, 100)}))
        if rng.random() < 0.5:
            session.wait(rng.expovariate(1 / 10))
            session.send(line(method="submit", params={"result": hexadecimal(rng, 32)}, id=1))
            session.reply(line(id=1, jsonrpc="2.0", error=None, result={"status": "OK"}))
    session.close()


def wallet(network, rng, client="10.1.1.72", name="electrum.server.example", start_s=200,
           minutes=40, poll_s=60):
    session = connect(network, network.host(client), name, None, 50001, network.us(start_s))
    for number in range(int(minutes * 60 / poll_s)):
        session.send(line(id=number, method="server.ping", params=[]))
        session.reply(line(id=number, result=None, jsonrpc="2.0"))
        session.wait(poll_s * rng.uniform(0.9, 1.1))
    session.close()


def lamps(network, rng, devices=12, first=40, name="push.lamp.example", start_s=100, minutes=50,
          beat_s=55):
    for number in range(first, first + devices):
        here = network.client(number)
        session = connect(network, here, name, None, 8008,
                          network.us(start_s + rng.random() * 60))
        for beat in range(int(minutes * 60 / beat_s)):
            session.send(line(id=beat, method="status", params={"on": beat % 2 == 0}))
            session.reply(line(id=beat, result="ok", next=hexadecimal(rng, 20)))
            session.wait(beat_s * rng.uniform(0.8, 1.2))
        session.close()


def site(network, rng, client="10.1.1.73", name="www.pool.example", visits=12, start_s=100,
         hours=1.0):
    """Somebody reads a pool's web site."""
    here = network.host(client)
    for number in range(visits):
        at_us = network.us(start_s + rng.random() * hours * 3600)
        server, at_us = network.lookup(here, name, at_us)
        if number % 3 == 0:
            session = Tcp(network, here, server, 80, at_us).open()
            web.fetch(session, name, "/", answer=4000)
        else:
            session = Tcp(network, here, server, 443, at_us).open()
            Tls(session, name, BROWSER).open().send(500).reply(20000).send(300).reply(9000)
        session.close()


def frame(text):
    return bytes([0x81, 126]) + len(text).to_bytes(2, "big") + text


def socket(network, rng, client="10.1.1.74", name="stream.prices.example", start_s=150, minutes=40):
    session = connect(network, network.host(client), name, None, 8546, network.us(start_s))
    web.fetch(session, name, "/ws", headers=(("Upgrade", "websocket"), ("Connection", "Upgrade"),
              ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), ("Sec-WebSocket-Version", "13")),
              status="101 Switching Protocols", answer=0)
    session.send(frame(line(id=1, jsonrpc="2.0", method="eth_subscribe", params=["newHeads"])))
    for _ in range(minutes * 2):
        session.wait(rng.expovariate(1 / 30))
        session.reply(frame(line(jsonrpc="2.0", method="eth_subscription", params={
            "result": hexadecimal(rng, 80)})))
    session.close()


def broker(network, rng, client="10.1.1.75", name="mqtt.sensor.example", start_s=130, minutes=50):
    """CONNECT, then a PUBLISH of a little JSON or a PINGREQ each half minute (MQTT 3.1.1)."""
    session = connect(network, network.host(client), name, None, 1883, network.us(start_s))
    session.send(bytes.fromhex("101300044d51545404020078000773656e736f7237")).reply(b"\x20\2\0\0")
    for number in range(minutes * 2):
        session.wait(30 * rng.uniform(0.9, 1.1))
        if number % 2:
            session.send(b"\xc0\0").reply(b"\xd0\0")
            continue
        body = b"\0\4t/77" + line(id=number, temperature=21.5)
        session.send(bytes([0x30, len(body)]) + body)
    session.close()


def game(network, rng, client="10.1.1.76", address="198.18.66.9", port=9999, start_s=140,
         minutes=50):
    session = connect(network, network.host(client), None, address, port, network.us(start_s))
    for _ in range(minutes * 4):
        session.send(rng.randbytes(40)).reply(rng.randbytes(70)).wait(15 * rng.uniform(0.5, 1.5))
    session.close()
