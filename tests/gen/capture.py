"""A pcap file: packets collected in any order, written in time order; and read back.

Times are integer microseconds since 1970. The format is the classic one: little-endian, version
2.4, microseconds, Ethernet. Long runs of zeros are written as holes, so that a capture of 600 MB
takes a few MB of disk; its bytes are the same whether the file system keeps the holes or not.

References: https://www.tcpdump.org/manpages/pcap-savefile.5.html
"""
import struct

GLOBAL = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
HOLE_BYTES = 4096
HEAD_BYTES = 256                # of a bulk packet when it is read back; the rest are zeros
ZEROS = bytes(65536)


class Writer:
    """Packets to a file, in the order given."""

    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        self.file.write(GLOBAL)

    def add(self, time_us, head, zeros=0):
        length = len(head) + zeros
        write = self.file.write
        write(struct.pack("<IIII", time_us // 1000000, time_us % 1000000, length, length))
        write(head)
        if zeros >= HOLE_BYTES:
            self.file.seek(zeros, 1)
        elif zeros:
            write(bytes(zeros))

    def close(self):
        self.file.truncate(self.file.tell())
        self.file.close()


class Capture:
    """Packets in memory, in any order. Equal times keep the order in which they were added."""

    def __init__(self):
        self.packets = []

    def add(self, time_us, packet):
        self.packets.append((time_us, len(self.packets), packet))

    def write(self, path):
        self.packets.sort()
        out = Writer(path)
        for time_us, _, (head, zeros) in self.packets:
            out.add(time_us, head, zeros)
        out.close()


def read(path):
    """Yields (time_us, head, zeros) of each packet of a capture that Writer made."""
    with open(path, "rb", buffering=1 << 20) as file:
        if file.read(24) != GLOBAL:
            raise ValueError(f"{path}: not a capture of these generators (microsecond, Ethernet)")
        while record := file.read(16):
            second, micro, kept, length = struct.unpack("<IIII", record)
            data = file.read(kept)
            if len(data) != length:
                raise ValueError(f"{path}: cut short at packet of {length} bytes; make it again")
            zeros = 0
            if length > HOLE_BYTES and data.endswith(ZEROS[:length - HEAD_BYTES]):
                zeros = length - HEAD_BYTES
            yield second * 1000000 + micro, data[:length - zeros], zeros
