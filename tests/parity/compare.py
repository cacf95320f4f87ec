#!/usr/bin/env python3
"""Compares, field by field, the records of a tape that the plugin made with those read from the
eve.json of the same run.

    compare.py TAPE.jsonl EVE.jsonl eve.json [-v]     (the first two as tests/parity/show prints)

Records belong together by flow_id and kind, in the order of their time. Flows are compared whole:
the tape's deltas added up, against EVE's one event. Only fields that both sides say they can tell
(`has`) are compared. Tolerances, all of them:

  bytes      EVE counts frames: payload is estimated, retransmissions count, and what was not
             captured does not. 1 % or 20 bytes a packet of that side, whichever is more; not
             compared where eve.json tells of gaps or of frames that are not Ethernet.
  packets    5 % or 2: Suricata counts what it drops as invalid, the plugin what it is shown.
  time       1 ms; transactions carry the time of the packet that made Suricata log them: 10 s
             are allowed, and counted. Not compared where eve.json says "flow timeout": those carry
             the time of any packet.
  mac        compared as a pair: Suricata turns a flow round, but not its MAC addresses.
  ends       midstream flows may be turned round: each side guesses from what it saw.
  headers    EVE has header names only with dump-all-headers, and then all of them.
  answer     "inferred" is "answered": the answer itself was lost, and what came later was not.
  close      only compared as open or not: EVE has the OR of all flags, which does not tell
             whether a reset came before the last FIN. Suricata does not count flags of packets
             that it takes for invalid: 10 % may differ.
  start      not compared where the tape tells several flows (a long silence, time that jumps back)
             of what is one to EVE.
  tls        EVE writes nothing of a handshake that was not finished: some only on the tape are
             fine.

Kinds that EVE cannot have (flow_update, icmp, tick, gap) are left out; so are kinds of which one
side has none at all, which is said. Exit status 1 when a field differs more than allowed in more
than 1 % of the records that have it (bytes: in more than 10 %, and more than one: doubled and
retransmitted packets come in bursts), or when more than 2 % of a kind's records stand alone.
"""
import collections
import json
import sys
from datetime import datetime

FLOW = ("flow_new", "flow_answer", "flow_close", "flow_update", "flow_end")
LEFT_OUT = ("icmp", "tick", "gap")
# presence bit -> fields of each kind that it covers; a field that is not here is always compared
COVERS = {
    "http": {"name": ["host"], "agent": ["agent"], "uri": ["uri"], "method": ["method"],
             "status": ["status"], "referrer": ["referrer"], "type": ["content_type"],
             "headers": ["headers"], "bytes": ["bytes"]},
    "tls": {"name": ["sni"], "ja3": ["ja3"], "ja4": ["ja4"], "version": ["version"],
            "cert": ["subject", "issuer", "fingerprint", "serial", "not_before", "not_after"],
            "alpn": ["alpn"]},
    "quic": {"name": ["sni"], "ja3": ["ja3"], "ja4": ["ja4"], "version": ["version"],
             "alpn": ["alpn"]},
}
SKIP = {"time", "flow_id", "flags", "has", "kind", "weight", "site"}
MOST_DIFFERENT = 0.01
MOST_BYTES_DIFFERENT = 0.1
MOST_CLOSES_DIFFERENT = 0.1
MOST_ALONE = 0.02


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def micros(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


class Doubts:
    """Flows of which eve.json itself says that something is missing or invented."""

    def __init__(self, path):
        self.bytes, self.times = set(), set()
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self.read(json.loads(line))

    def read(self, event):
        flow_id = event.get("flow_id")
        tcp = event.get("tcp", {})
        if event["event_type"] == "flow" and "ether" not in event:
            self.bytes.add(flow_id)
        if tcp.get("ts_gap") or tcp.get("tc_gap"):
            self.bytes.add(flow_id)
        if event.get("pkt_src") == "stream (flow timeout)":
            self.times.add(flow_id)


class Report:
    def __init__(self, verbose, doubts):
        self.verbose = verbose
        self.doubts = doubts
        self.seen = collections.Counter()
        self.off = collections.Counter()
        self.alone = collections.Counter()
        self.pairs = collections.Counter()
        self.late = 0
        self.examples = {}

    def field(self, kind, name, tape, eve, same):
        self.seen[kind, name] += 1
        if not same:
            self.off[kind, name] += 1
            self.examples.setdefault((kind, name), []).append((tape, eve))

    def show(self):
        failed = False
        for kind in sorted(set(self.pairs) | {kind for _, kind in self.alone}):
            tape, eve = self.alone["tape", kind], self.alone["eve", kind]
            total = self.pairs[kind] + tape + eve
            bad = (eve if kind == "tls" else tape + eve) > MOST_ALONE * total
            if self.pairs[kind] == 0:
                print(f"NOTE {kind}: only in {'the tape' if tape else 'eve.json'} ({tape + eve})")
                continue
            failed |= bad
            print(f"{'FAIL' if bad else 'PASS'} {kind}: {self.pairs[kind]} together, "
                  f"{tape} only on the tape, {eve} only in eve.json")
        for (kind, name), off in sorted(self.off.items()):
            seen = self.seen[kind, name]
            bad = off > MOST_DIFFERENT * seen
            if name.startswith("bytes["):
                bad = off > max(1, MOST_BYTES_DIFFERENT * seen)
            elif name == "close":
                bad = off > MOST_CLOSES_DIFFERENT * seen
            failed |= bad
            print(f"{'FAIL' if bad else 'PASS'} {kind}.{name}: {off} of {seen} differ")
            for tape, eve in self.examples[kind, name][:5 if self.verbose else 1]:
                print(f"     tape {tape!r}  eve {eve!r}")
        print(f"{sum(self.seen.values())} fields compared, {sum(self.off.values())} differ, "
              f"{self.late} transactions with another packet's time")
        return failed


def near(a, b, share, least):
    return abs(a - b) <= max(share * max(a, b), least)


# ---- flows ----

def whole_flows(records):
    """One dict a flow_id, of all its records."""
    flows = {}
    for rec in records:
        if rec["kind"] not in FLOW:
            continue
        flow = flows.setdefault(rec["flow_id"], {
            "bytes": [0, 0], "packets": [0, 0], "answer": "none", "close": "open", "app": "",
            "has": set(), "start": None, "end": None, "news": 0})
        flow["ends"] = (rec["client"], rec["cport"], rec["server"], rec["sport"], rec["proto"])
        flow["news"] += rec["kind"] == "flow_new"
        flow["has"].update(rec["has"])
        if "midstream" in rec["flags"]:
            flow["midstream"] = True
        for way in (0, 1):
            flow["bytes"][way] += rec.get("bytes", [0, 0])[way]
            flow["packets"][way] += rec.get("packets", [0, 0])[way]
        for name in ("answer", "close", "app", "vlan", "client_mac", "server_mac"):
            if rec.get(name):
                flow[name] = rec[name]
        start = micros(rec.get("start", rec["time"]))
        flow["start"] = min(flow["start"] or start, start)
        flow["end"] = max(flow["end"] or 0, micros(rec["time"]))
    return flows


def compare_flow(report, flow_id, tape, eve):
    both = tape["has"] & eve["has"]
    turned = tape["ends"] != eve["ends"] and eve.get("midstream")
    report.field("flow", "ends", tape["ends"], eve["ends"],
                 tape["ends"] == eve["ends"] or turned)
    if turned:
        return
    if tape["news"] == 1:
        report.field("flow", "start", tape["start"], eve["start"],
                     abs(tape["start"] - eve["start"]) <= 0.001)
    report.field("flow", "end", tape["end"], eve["end"], abs(tape["end"] - eve["end"]) <= 0.001)
    for way in (0, 1):
        if "bytes" in both and flow_id not in report.doubts.bytes:
            a, b = tape["bytes"][way], eve["bytes"][way]
            report.field("flow", f"bytes[{way}]", (a, tape["packets"]), (b, eve["packets"]),
                         near(a, b, 0.01, 20 * max(tape["packets"][way], 1)))
        if "packets" in both:
            a, b = tape["packets"][way], eve["packets"][way]
            report.field("flow", f"packets[{way}]", a, b, near(a, b, 0.05, 2))
    if "answer" in both and not eve.get("midstream"):
        answers = {tape["answer"], eve["answer"]}
        report.field("flow", "answer", tape["answer"], eve["answer"],
                     len(answers) == 1 or answers == {"answered", "inferred"})
    if "close" in both:
        report.field("flow", "close", tape["close"], eve["close"],
                     (tape["close"] == "open") == (eve["close"] == "open"))
    for name in ("app", "vlan"):
        if name in both:
            a, b = tape.get(name), eve.get(name)
            report.field("flow", name, a, b, a == b)
    if "mac" in both:
        a, b = ({flow.get("client_mac"), flow.get("server_mac")} for flow in (tape, eve))
        report.field("flow", "mac", sorted(map(str, a)), sorted(map(str, b)),
                     b - {None} <= a)


def compare_flows(report, tape, eve):
    tape, eve = whole_flows(tape), whole_flows(eve)
    for flow_id in tape.keys() | eve.keys():
        if flow_id in tape and flow_id in eve:
            report.pairs["flow"] += 1
            compare_flow(report, flow_id, tape[flow_id], eve[flow_id])
        else:
            report.alone["tape" if flow_id in tape else "eve", "flow"] += 1


# ---- transactions ----

def by_flow(records):
    """(flow_id, kind) -> records, in the order of their time."""
    groups = collections.defaultdict(list)
    for rec in records:
        if rec["kind"] in FLOW + LEFT_OUT:
            continue
        kind = rec["kind"]
        if kind == "dns":
            kind = "dns answer" if rec.get("response") else "dns query"
        groups[rec["flow_id"], kind].append(rec)
    for group in groups.values():
        group.sort(key=lambda rec: rec["time"])
    return groups


def fields_of(tape, eve):
    """The fields that both could have told."""
    covers = COVERS.get(tape["kind"], {})
    both = set(tape["has"]) & set(eve["has"])
    hidden = {name for bit, names in covers.items() if bit not in both for name in names}
    return sorted((tape.keys() | eve.keys()) - SKIP - hidden)


def compare_tx(report, kind, tape, eve):
    apart = abs(micros(tape["time"]) - micros(eve["time"]))
    if tape["flow_id"] not in report.doubts.times:
        report.field(kind, "time", tape["time"], eve["time"], apart <= 10)
        report.late += 0.001 < apart <= 10
    for name in fields_of(tape, eve):
        report.field(kind, name, tape.get(name), eve.get(name), tape.get(name) == eve.get(name))


def likeness(a, b):
    return sum(a.get(name) == b.get(name) for name in (a.keys() | b.keys()) - SKIP)


def pairs(tape, eve):
    """Equal counts belong together in order; else each with the likest that is left."""
    if len(tape) == len(eve):
        return list(zip(tape, eve)), 0, 0
    found, left = [], list(eve)
    for rec in tape[:len(eve)] if len(tape) > 200 else tape:
        if not left:
            break
        best = max(left, key=lambda other: likeness(rec, other))
        left.remove(best)
        found.append((rec, best))
    return found, len(tape) - len(found), len(left)


def compare_txs(report, tape, eve):
    tape, eve = by_flow(tape), by_flow(eve)
    for key in sorted(tape.keys() | eve.keys()):
        found, only_tape, only_eve = pairs(tape.get(key, []), eve.get(key, []))
        report.pairs[key[1]] += len(found)
        report.alone["tape", key[1]] += only_tape
        report.alone["eve", key[1]] += only_eve
        for a, b in found:
            compare_tx(report, key[1], a, b)


def main(args):
    verbose = "-v" in args
    paths = [arg for arg in args if arg != "-v"]
    if len(paths) != 3:
        print(__doc__.split("\n\n")[1].strip(), file=sys.stderr)
        return 2
    tape, eve = (read(path) for path in paths[:2])
    report = Report(verbose, Doubts(paths[2]))
    compare_flows(report, tape, eve)
    compare_txs(report, tape, eve)
    return 1 if report.show() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
