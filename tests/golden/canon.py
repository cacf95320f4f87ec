"""The behaviour events of a run in the form that a baseline keeps: what must be equal next time.

Masked: flow_id (Suricata draws it anew in every run), versions, and the time of an alert (that of the
packet at which Suricata came to look at what had been put together). Left out: the sensor's own
fields (host, pcap file) and, of health events, everything but what is blind and why: counters of
speed and memory may differ. Ids and community_id stay.
"""
import json

MASK = "*"
MASKED = {"flow_id", "versions"}
LEFT_OUT = {"host", "pcap_filename"}
HEALTH_KEPT = {"record", "blind"}
LINE_BYTES = 8192


def events(path):
    """The behaviour events of an eve.json, as they are."""
    out = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if '"behavior"' not in line:
                continue
            try:
                event = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {error}") from error
            if event.get("event_type") != "behavior":
                continue
            if len(line.encode()) > LINE_BYTES:
                raise ValueError(f"{path}:{number}: event of {len(line.encode())} bytes")
            out.append(event)
    return out


def of(found, record):
    return [e for e in found if e["behavior"]["record"] == record]


def masked(value, name=None):
    if name in MASKED:
        return MASK
    if name == "alerts":
        return [{**masked(row), "time": MASK} for row in value]
    if name == "flow_ids":
        return [MASK] * len(value)
    if isinstance(value, dict):
        return {k: masked(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [masked(v) for v in value]
    return value


def canonical(found):
    out = []
    for event in found:
        event = {k: v for k, v in event.items() if k not in LEFT_OUT}
        behavior = event["behavior"]
        if behavior["record"] == "health":
            event["behavior"] = {k: v for k, v in behavior.items() if k in HEALTH_KEPT}
        out.append(masked(event))
    return out


def difference(expected, got):
    """One line that says where two canonical lists part, or None."""
    for number, (a, b) in enumerate(zip(expected, got)):
        where = path_of_difference(a, b, f"event {number}")
        if where:
            return where
    if len(expected) != len(got):
        return f"{len(got)} events, baseline has {len(expected)}"
    return None


def path_of_difference(a, b, path):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            if key not in a or key not in b:
                return f"{path}.{key} is {'new' if key not in a else 'gone'}"
            if where := path_of_difference(a[key], b[key], f"{path}.{key}"):
                return where
        return None
    if isinstance(a, list) and isinstance(b, list):
        for number, (x, y) in enumerate(zip(a, b)):
            if where := path_of_difference(x, y, f"{path}[{number}]"):
                return where
        return f"{path} has {len(b)} items, baseline {len(a)}" if len(a) != len(b) else None
    return None if a == b else f"{path} is {json.dumps(b)}, baseline {json.dumps(a)}"
