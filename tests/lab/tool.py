#!/usr/bin/python3
"""tool.py OUT: the attack tool that is fetched in the laboratory: a Windows program to everybody who
looks at its first bytes (DOS header, PE header, one section), 1.3 MB, the same at every call. It
does nothing: its code is one return."""
import random
import struct
import sys

SIZE = 1300000

dos = b"MZ" + bytes(58) + struct.pack("<I", 128)
stub = b"\x0e\x1f\xba\x0e\x00\xb4\x09\xcd\x21\xb8\x01\x4c\xcd\x21This program cannot be run in DOS mode.\r\r\n$"
head = (dos + stub).ljust(128, b"\0")
body = random.Random(7).randbytes(SIZE)
coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, 240, 0x22)
optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHH", 0x20b, 14, 0, SIZE, 0, 0, 4096, 4096, 0x140000000,
                       4096, 512, 6, 0, 0, 0, 6, 0, 0, SIZE + 8192, 512, 0, 3, 0x8160)
section = struct.pack("<8sIIIIIIHHI", b".text", SIZE, 4096, SIZE, 512, 0, 0, 0, 0, 0x60000020)
with open(sys.argv[1], "wb") as out:
    out.write((head + coff + optional.ljust(240, b"\0") + section).ljust(512, b"\0") + b"\xc3" + body)
