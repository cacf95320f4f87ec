"""NTP: a client asks a server for the time (RFC 5905, mode 3 and 4)."""
import struct

from . import datagram

SINCE_1900_S = 2208988800


def poll(network, client, server, at_us, poll_exponent=6, rtt_us=21000):
    stamp = struct.pack(">II", at_us // 1000000 + SINCE_1900_S & 0xFFFFFFFF, at_us % 1000000 * 4294)
    question = struct.pack(">BBbb", 0x23, 0, poll_exponent, -20) + bytes(36) + stamp
    answer = struct.pack(">BBbb", 0x24, 2, poll_exponent, -23) + struct.pack(">II", 180, 600) \
        + bytes([192, 0, 2, 9]) + stamp * 4
    datagram.exchange(network, client, server, 123, at_us, question, answer, rtt_us=rtt_us)
