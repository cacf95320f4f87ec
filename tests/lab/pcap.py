#!/usr/bin/python3
"""What the laboratory does to captures.

    pcap.py slim IN OUT                payload beyond the first 16,384 bytes of each direction of a flow
                                       becomes zeros; of a flow at port 443 beyond the first 800, in
                                       which the hellos of TLS 1.3 lie. Checksums become zeros too
    pcap.py retime PLAN IN OUT START   fetches go where PLAN puts them, counted from START (epoch)
    pcap.py merge OUT IN...            one capture in the order of time

IN and OUT may be "-". Lengths, ports, sequence numbers and the times within a fetch stay as they were
recorded, so byte counts stay true (read slim ones with `-k none`, as `furumai run` does). Classic
captures of Ethernet only, of whole packets; what is not IPv4 is left out by retime, left alone by slim.

PLAN has lines "recorded client place": from that recorded time on, until the client's next line, the
client's packets belong to a fetch that takes place `place` seconds after START. A TCP connection
belongs where its first SYN falls. Packets of hosts without a line (servers among themselves) are left
out.
"""
import bisect
import struct
import sys

HEAD, RECORD = 24, 16
TCP, UDP = 6, 17
SYN, ACK = 2, 16
KEEP, KEEP_TLS, HTTPS = 16384, 800, 443


def fail(text):
    sys.exit(f"pcap.py: {text}")


def opened(path, mode):
    if path == "-":
        return sys.stdin.buffer if mode == "rb" else sys.stdout.buffer
    try:
        return open(path, mode, 1 << 20)
    except OSError as error:
        fail(f"{path}: {error.strerror}")


class Capture:
    """Packets of a file, as (microseconds, frame), in the file's order."""

    def __init__(self, path):
        self.path, self.file = path, opened(path, "rb")
        self.head = self.file.read(HEAD)
        if self.head[:4] != b"\xd4\xc3\xb2\xa1" or struct.unpack_from("<I", self.head, 20)[0] != 1:
            fail(f"{path}: no classic little-endian capture of Ethernet")

    def __iter__(self):
        while True:
            record = self.file.read(RECORD)
            if len(record) < RECORD:
                return
            s, us, kept, length = struct.unpack("<IIII", record)
            frame = self.file.read(kept)
            if kept != length:
                fail(f"{self.path}: packet of {length} bytes cut to {kept}; record whole packets")
            if len(frame) == kept:
                yield s * 1000000 + us, frame


def put(out, us, frame):
    out.write(struct.pack("<IIII", us // 1000000, us % 1000000, len(frame), len(frame)))
    out.write(frame)


def is_ip(frame):
    return len(frame) >= 34 and frame[12:14] == b"\x08\x00"


def transport(frame):
    return 14 + (frame[14] & 15) * 4


# ---- slim ----

def payload(frame):
    """(start, end) of what TCP or UDP carries in the frame."""
    at = transport(frame)
    total = struct.unpack_from(">H", frame, 16)[0]
    end = 14 + total if total else len(frame)   # 0: a segment larger than a header can say
    if frame[23] == TCP:
        return at + (frame[at + 12] >> 4) * 4, end
    return at + 8, end


def without_checksums(frame):
    at = transport(frame) + (16 if frame[23] == TCP else 6)
    return frame[:24] + bytes(2) + frame[26:at] + bytes(2) + frame[at + 2:]


def slim(source, target):
    capture, seen = Capture(source), {}
    with opened(target, "wb") as out:
        out.write(capture.head)
        for us, frame in capture:
            if is_ip(frame) and frame[23] in (TCP, UDP):
                start, end = payload(frame)
                at = transport(frame)
                key = frame[26:34] + frame[at:at + 4]
                keep = KEEP_TLS if HTTPS in struct.unpack_from(">HH", frame, at) else KEEP
                left = max(0, keep - seen.get(key, 0))
                seen[key] = seen.get(key, 0) + max(0, end - start)
                if end - start > left:
                    frame = frame[:start + left] + bytes(end - start - left) + frame[end:]
                frame = without_checksums(frame)
            put(out, us, frame)


# ---- retime ----

def read_plan(path):
    """{client: ([recorded], [place])}, both in microseconds and in the order recorded"""
    plan = {}
    with opened(path, "rb") as file:
        for line in file:
            recorded, client, place = line.split()
            address = bytes(int(part) for part in client.split(b"."))
            times, places = plan.setdefault(address, ([], []))
            times.append(round(float(recorded) * 1e6))
            places.append(round(float(place) * 1e6))
    return plan


def retime(plan, source, target, start):
    plan, capture = read_plan(plan), Capture(source)
    start_us, moved, shifts = round(start * 1e6), [], {}
    for us, frame in capture:
        if not is_ip(frame) or frame[23] not in (TCP, UDP):
            continue
        client = frame[26:30] if frame[26:30] in plan else frame[30:34]
        if client not in plan:
            continue
        at = transport(frame)
        ports = (frame[at:at + 2], frame[at + 2:at + 4])
        ends = tuple(sorted(((frame[26:30], ports[0]), (frame[30:34], ports[1]))))
        first = frame[23] == TCP and frame[at + 13] & (SYN | ACK) == SYN
        if first or frame[23] == UDP or ends not in shifts:
            times, places = plan[client]
            i = bisect.bisect_right(times, us) - 1
            if i < 0:
                continue
            shifts[ends] = start_us + places[i] - times[i]
        moved.append((us + shifts[ends], len(moved), frame))
    with opened(target, "wb") as out:
        out.write(capture.head)
        for us, _, frame in sorted(moved):
            put(out, us, frame)


# ---- merge ----

def merge(target, *sources):
    captures = [Capture(path) for path in sources]
    packets = [(us, i, n, frame) for i, c in enumerate(captures) for n, (us, frame) in enumerate(c)]
    with opened(target, "wb") as out:
        out.write(captures[0].head)
        for us, _, _, frame in sorted(packets, key=lambda p: p[:3]):
            put(out, us, frame)


def main(words):
    try:
        if words[0] == "slim":
            slim(words[1], words[2])
        elif words[0] == "retime":
            retime(words[1], words[2], words[3], float(words[4]))
        elif words[0] == "merge":
            merge(words[1], *words[2:])
        else:
            sys.exit(__doc__)
    except (IndexError, ValueError):
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
