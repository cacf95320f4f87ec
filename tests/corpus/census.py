"""Who is in a file and for how long: what the gate must know beside the tool's own words.

Promise: of(entry, store) gives a plain dictionary, kept in the store by path, size and time of
change: `first` (address -> time in seconds of its first packet as source), `hosts` (inside
addresses that sent), `host_hours` (sum over inside hosts of the time they were seen, where a
silence of more than an hour does not count), `mend` (the capture must be mended first).
"""

import capture
import catalogue
import logs

GAP_US = 3600 * 1000000
VERSION = 2


def of(entry, store):
    key = "census-%d" % VERSION
    known = store.facts(key, entry)
    if known is None:
        seen = _capture(entry) if entry.kind == catalogue.CAPTURE else _log(entry)
        known = _summary(entry, *seen)
        store.remember(key, entry, known)
    return known


def _capture(entry):
    first, last, active = {}, {}, {}
    for time_us, link, frame in capture.frames(entry.full):
        packet = capture.decode(link, frame)
        if packet is not None:
            _see(packet.src, time_us, first, last, active)
    named = {capture.text(source): source for source in first}
    return ({name: first[source] for name, source in named.items()},
            {name: active[source] for name, source in named.items()},
            capture.needs_mending(entry.full))


def _log(entry):
    first, last, active = {}, {}, {}
    if entry.kind == catalogue.ZEEK and "conn" in entry.path:
        for time_s, source, _ in sorted(logs.flows(entry.full)):
            _see(source, int(time_s * 1000000), first, last, active)
    return first, active, False


def _see(source, time_us, first, last, active):
    if source not in first:
        first[source], active[source] = time_us, 0
    elif 0 < time_us - last[source] < GAP_US:
        active[source] += time_us - last[source]
    last[source] = time_us


def _summary(entry, first, active, mend):
    nets = catalogue.networks(entry.internal)
    hosts = sorted(name for name in first if catalogue.inside(name, nets))
    return {"first": {name: at / 1e6 for name, at in first.items()}, "hosts": hosts, "mend": mend,
            "host_hours": sum(active[name] for name in hosts) / 3.6e9}
