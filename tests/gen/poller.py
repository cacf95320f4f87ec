"""A monitoring system looks after many servers: ping and a few ports each, every few minutes.

All of it is answered. One server may be down: its tries are refused and stay so.
"""
from . import datagram
from .tcp import Tcp, refused

# SNMP v2c: get of sysUpTime.0 with community "public", and its answer (RFC 3416)
SNMP_HEAD, SYS_UP_TIME = "0201010406" + "public".encode().hex(), "06082b06010201010300"
SNMP_GET = bytes.fromhex(f"3026{SNMP_HEAD}a019020101020100020100300e300c{SYS_UP_TIME}0500")
SNMP_ANSWER = bytes.fromhex(f"3029{SNMP_HEAD}a21c0201010201000201003011300f{SYS_UP_TIME}43030186a0")


def run(network, rng, poller="10.1.0.5", servers=30, ports=(22, 80, 443, 161, 9100), down=1,
        hours=1, period_s=300, start_s=60):
    here = network.host(poller)
    at_s = start_s
    while at_s < start_s + hours * 3600:
        for number in range(servers):
            server = network.host(network.internal[20 + number])
            at_us = network.us(at_s + number * 0.5)
            datagram.echo(network, here, server, at_us)
            for port in ports:
                at_us += 30000
                if number < down and port == 161:
                    datagram.unreachable(network, here, server, port, at_us, SNMP_GET)
                elif number < down:
                    refused(network, here, server, port, at_us)
                elif port == 161:
                    datagram.exchange(network, here, server, 161, at_us, SNMP_GET, SNMP_ANSWER,
                                      rtt_us=900)
                else:
                    Tcp(network, here, server, port, at_us, rtt_us=400).open().close()
        at_s += period_s
