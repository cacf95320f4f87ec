"""The judgement of a tool's results, apart from how they were got.

Promise: one operating point for both sides. A detection counts, as found and as false, when its
last state is `scored` and its certainty is at or above the floor. In a file with a row, a counted
detection of a type the row names, on the host it names, is a hit; in a *malicious* file every
other one is an extra; in a *benign* file every one is false; a *mixed* file is judged only by its
row. Everything here is a pure function of its arguments, so that null tools go through the same.

A result is {"status", "seconds", "error", "detections", "hosts"}; a detection in it is
{"id", "type", "addresses", "scored", "certainty", "threat", "first_seen", "since"} where `since`
maps a floor (as text) to the time at which it first counted at that floor; `records`, where it is
there, says how many records of the suspect came up to then.
"""

import catalogue

FLOORS = (30, 50, 70)
LOUD = ("critical", "high")


def counted(result, floor):
    return [found for found in result["detections"]
            if found["scored"] and found["certainty"] >= floor]


def on_host(detection, host):
    return host is None or host in detection["addresses"]


def expectations(entries):
    """(entry, part) for each part of each row."""
    return [(entry, part) for entry in entries for part in entry.parts]


def hits(entry, part, result, floor):
    return [found for found in counted(result, floor)
            if found["type"] in part and on_host(found, entry.host)]


def extras(entry, result, floor):
    """Counted detections that the row does not name."""
    named = {found["id"] for part in entry.parts for found in hits(entry, part, result, floor)}
    return [found for found in counted(result, floor) if found["id"] not in named]


def by_type(judged, types, floor):
    """{type: (rows that name it alone, rows that name it beside others, rows it was found in)} over
    [(entry, result)]: how much of each type was seen in traffic that others made."""
    counts = {kind: [0, 0, 0] for kind in types}
    for entry, result in judged:
        for part in entry.parts:
            found = {hit["type"] for hit in hits(entry, part, result, floor)}
            for kind in part & counts.keys():
                counts[kind][0 if len(part & counts.keys()) == 1 else 1] += 1
                counts[kind][2] += kind in found
    return counts


def loud_hosts(result):
    return [host for host in result["hosts"] if host["quadrant"] in LOUD]


def delay_s(entry, found, floor, census):
    """Seconds from the first packet of the named host to the first counted event, or None. In a
    mixed file the host does other things first: there the detection's own first_seen counts."""
    at = found["since"].get(str(floor))
    hostile = None if entry.label == "mixed" else census["first"].get(entry.host)
    start = hostile if hostile is not None else found["first_seen"]
    return None if at is None or start is None else max(0.0, at - start)


class Score:
    """Sums over all judged files at one floor."""

    def __init__(self, floor):
        self.floor = floor
        self.parts = self.found = self.meetable = self.met = 0
        self.rows = self.extra = self.benign = self.quiet = self.false = self.loud = 0
        self.failed, self.hours = [], 0.0
        self.types = {}

    def _tally(self, kind, right):
        good, bad = self.types.get(kind, (0, 0))
        self.types[kind] = (good + 1, bad) if right else (good, bad + 1)

    def row(self, entry, result, built):
        for part in entry.parts:
            found = hits(entry, part, result, self.floor)
            self.parts += 1
            self.found += bool(found)
            if part & built:
                self.meetable += 1
                self.met += bool(found)
            for detection in found:
                self._tally(detection["type"], True)
        if entry.label == "malicious":
            self.rows += 1
            for detection in extras(entry, result, self.floor):
                self.extra += 1
                self._tally(detection["type"], False)

    def benign_file(self, result, host_hours):
        wrong = counted(result, self.floor)
        loud = loud_hosts(result)
        self.benign += 1
        self.hours += host_hours
        self.false += len(wrong)
        self.loud += len(loud)
        self.quiet += not wrong and not loud
        for detection in wrong:
            self._tally(detection["type"], False)

    def add(self, entry, result, census, built):
        if result["status"]:
            self.failed.append(entry.path)
        if entry.parts:
            self.row(entry, result, built)
        elif entry.label == "benign":
            self.benign_file(result, census["host_hours"])

    def measures(self):
        """The numbers that floors.json limits."""
        return {"recall": _share(self.met, self.meetable),
                "benign_quiet": _share(self.quiet, self.benign),
                "extras_per_file": self.extra / self.rows if self.rows else None,
                "loud_benign_hosts": self.loud, "failed_runs": len(self.failed)}


def _share(part, whole):
    return part / whole if whole else None


def needle(entry, alone, merged, floor, host):
    """What a needle adds to the mosaic: (hits, others that are new). `host` is the hostile host's
    address in the mosaic, or None for any. Detections are compared by type and suspect, since an
    entity's number, and with it the id, may depend on who was met first."""
    known = {}
    for found in counted(alone, floor):
        key = (found["type"], found["addresses"][0])
        known[key] = known.get(key, 0) + 1
    right, others = [], []
    for found in counted(merged, floor):
        key = (found["type"], found["addresses"][0])
        if known.get(key, 0):
            known[key] -= 1
        elif any(found["type"] in part for part in entry.parts) and on_host(found, host):
            right.append(found)
        else:
            others.append(found)
    return right, others


def limits(measures, floors):
    """[(name, value, limit, ok)] for each limit of floors.json that has a value."""
    lines = []
    for name, limit in floors["at_least"].items():
        if measures.get(name) is not None:
            lines.append((name, measures[name], limit, measures[name] >= limit))
    for name, limit in floors["at_most"].items():
        if measures.get(name) is not None:
            lines.append((name, measures[name], limit, measures[name] <= limit))
    return lines


def null_result(entry, census, types):
    """What a tool that reports every type on every host it sees would say; with no types, what
    one that reports nothing would say."""
    names = sorted(census["first"]) if types else []
    detections = [
        {"id": "%s %s" % (name, kind), "type": kind, "addresses": [name], "scored": True,
         "certainty": 100, "threat": 100, "first_seen": census["first"][name],
         "since": {str(floor): census["first"][name] for floor in FLOORS}}
        for name in names for kind in types]
    hosts = [{"ip": name, "threat": 100, "certainty": 100, "quadrant": "critical"}
             for name in names]
    return {"status": 0, "seconds": 0.0, "error": "", "detections": detections, "hosts": hosts}


def judged(entries):
    """Files that the gate judges: those with a row and the benign ones."""
    return [entry for entry in entries
            if entry.parts or (entry.label == "benign" and entry.kind != catalogue.EVE)]
