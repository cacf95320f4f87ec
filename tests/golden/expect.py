"""What a case expects of the events, and whether they keep it.

A detection counts when it is scored and its certainty is at least FLOOR: the one operating point.
An expectation names a type and a host; one revision of that detection must reach its certainty and
threat and carry its facts. A fact is met by equality, by a number within a tolerance ([value,
percent]) or up to a limit ({"most": value}), or, in a list, by holding the wanted value. Anything
that counts and is not named by `expect` or `may` is an extra.
"""
from canon import of

FLOOR = 30


def counted(found):
    return [e["behavior"] for e in of(found, "detection")
            if e["behavior"]["scored"] and e["behavior"]["certainty"] >= FLOOR]


def is_host(detection, address):
    entity = detection["entity"]
    return address == entity["ip"] or address in entity.get("addresses", ())


def named(detection, wanted):
    return detection["type"] == wanted["type"] and is_host(detection, wanted["host"])


def met(wanted, got):
    if isinstance(wanted, dict):
        return isinstance(got, (int, float)) and got <= wanted["most"]
    if isinstance(wanted, list):
        value, percent = wanted
        return isinstance(got, (int, float)) and abs(got - value) <= abs(value) * percent / 100
    if isinstance(got, list):
        return wanted in got
    return wanted == got


def unmet(wanted, detections):
    """Why the detections do not keep one expectation, or None. Any one revision may keep it."""
    own = [d for d in detections if named(d, wanted)]
    what = f"{wanted['type']} of {wanted['host']}"
    if not own:
        return f"{what} is missing"
    reasons = []
    for detection in own:
        wrong = [f"{score} {detection[score]} < {wanted[score]}"
                 for score in ("certainty", "threat") if detection[score] < wanted.get(score, 0)]
        facts = detection.get("facts", {})
        wrong += [f"{k} is {facts.get(k)!r}, not {v!r}" for k, v in wanted.get("facts", {}).items()
                  if not met(v, facts.get(k))]
        if not wrong:
            return None
        reasons = wrong
    return f"{what}: " + ", ".join(reasons)


def extras(case, found):
    allowed = case.get("expect", []) + case.get("may", [])
    seen = {(d["type"], d["entity"]["ip"], d["certainty"]) for d in counted(found)
            if not any(named(d, a) for a in allowed)}
    return [f"unexpected {kind} of {ip} (certainty {points})" for kind, ip, points in sorted(seen)]


def plain(case, found):
    """Failures of the case as it is."""
    detections = counted(found)
    missing = [unmet(wanted, detections) for wanted in case.get("expect", [])]
    return [m for m in missing if m] + extras(case, found)


def blind(found):
    """Names of the detectors that said they cannot see."""
    return {b["detector"] for e in of(found, "health") for b in e["behavior"].get("blind", [])}


def seen(case, found):
    """Failures of the case seen from a worse place: an alarm stays or its detector is blind."""
    detections, cannot = counted(found), blind(found)
    lost = [f"{w['type']} of {w['host']} is lost and not said to be blind"
            for w in case.get("expect", [])
            if w["type"] not in cannot and not any(named(d, w) for d in detections)]
    return lost + extras(case, found)
