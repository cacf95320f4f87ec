"""The rule keyword `behavior` of Suricata 8, live: packets of a host that was found out match, those
before and those of others do not; mistakes are told one by one; Suricata 7 knows no such keyword.

The control is an ordinary rule of the least priority on a flow's last packet: Suricata writes a
packet's alerts by priority, so that once it is there the others of its flow are there too.
"""
import os
import re
import signal
import socket
import subprocess
import time
import types

import offline
import sensor
from gen import capture, wire
from live import SCANNER, SOON_S, alerts, in_namespace, live_folder, message, scan, scans, watch
from live import alert_records
from offline import need
from sensor import configure, counters, lines, of_type

POLICY = "return { networks = { internal = { '10.1.0.0/16' }, protect = { %s } }, triage = { %s } }\n"
NOISE = f"{{ host = '{SCANNER}', reason = 'noise' }}"
CONTROL = 90
SYN = "tcp any any -> any 22"   # the scanner knocks
BACK = "tcp any 22 -> any any"  # and is refused
ASKED = {  # sid: (head, options, whether it must match once the scan was found)
    20: (SYN, "behavior:recon", True),
    21: (SYN, "behavior: port_scan , certainty>=30,threat > 1, within 1h, src", True),
    22: (SYN, "behavior:recon, threat > 99", False),
    23: (SYN, "behavior:recon, certainty < 30", False),
    24: (SYN, "behavior:recon, within 1s", False),
    25: (SYN, "behavior:recon, dst", False),
    26: (SYN, "behavior:recon, either", True),
    27: (SYN, "behavior:beacon", False),
    28: (BACK, "behavior:recon", False),
    29: (BACK, "behavior:recon, dst", True),
    30: (BACK, "behavior:recon, either", True),
    31: (SYN, "hostbits:isset,behavior.recon,src", True),
}
MATCHES = {sid for sid, (_, _, does) in ASKED.items() if does}
ICMP_SID = 40
BROKEN = {  # option: what the line that tells of it must say
    "behavior:recn": 'did you mean "recon"?',
    "behavior:nonsense": "known here: command_and_control",
    "behavior:recon, treat > 5": 'did you mean "threat"?',
    "behavior:recon, threat 5": 'write "threat > 50"',
    "behavior:recon, threat > 100": "can never be",
    "behavior:recon, within 1w": "up to 1d",
    "behavior:recon, src, dst": "only one can stand",
}
UNKNOWN = "unknown rule keyword 'behavior'"


def rule(sid, head, options):
    return f'alert {head} (msg:"{sid}"; {options}; priority:1; sid:{sid};)\n'


def rules():
    text = "".join(rule(sid, head, options) for sid, (head, options, _) in ASKED.items())
    text += rule(ICMP_SID, "ip any any -> any any", "itype:3; behavior:recon")
    return text + f'alert {BACK} (msg:"control"; priority:9; metadata:behavior none; sid:{CONTROL};)\n'


def broken_rules():
    return "".join(rule(100 + i, "ip any any -> any any", option) for i, option in enumerate(BROKEN))


def is_8():
    done = subprocess.run([sensor.SURICATA, "-V"], text=True, stdout=subprocess.PIPE, check=True)
    return "version 8." in done.stdout


def in_8(test):
    return lambda place: test(place) if is_8() else "SKIP the keyword is Suricata 8's"


def need_told(said):
    """One line of ours for each broken rule, in their order."""
    told = [line for line in said.splitlines() if "furumai: behavior: " in line]
    need(len(told) == len(BROKEN), f"{len(told)} lines tell of {len(BROKEN)} rules: {told}")
    for line, (option, words) in zip(told, BROKEN.items()):
        need(words in line, f"of {option}: {line}")


# ---- live ----

def knocks(place, wire_, running):
    """The scanner asks one more host for a session; returns the sids that alerted."""
    before = {sid: len(alerts(running, sid)) for sid in (*ASKED, CONTROL)}
    target = f"10.1.0.{30 + before[CONTROL]}"
    wire_.send(place.make("knock.pcap", [["scan.ports", {
        "attacker": SCANNER, "targets": [target], "tries": [22], "start_s": 1}]]))
    need(running.wait_for(lambda: len(alerts(running, CONTROL)) > before[CONTROL], SOON_S),
         "the ordinary rule did not alert")
    return {sid for sid in ASKED if len(alerts(running, sid)) > before[sid]}


def need_matches(place, wire_, running, when, wanted):
    time.sleep(1.1)  # so that no evidence is younger than `within 1s`
    got = knocks(place, wire_, running)
    need(got == wanted, f"{when}: sids {sorted(got)}, not {sorted(wanted)}")


def without_flow(place):
    """A refusal of something that nobody sent: Suricata makes no flow of it."""
    ends = [types.SimpleNamespace(mac=bytes([2, 0, 0, 0, 0, n]), packed=socket.inet_aton(ip), ttl=64)
            for n, ip in enumerate((SCANNER, "10.1.0.30"))]
    question = wire.udp(wire.Lane(*reversed(ends), wire.UDP), 40000, 999, b"?")[0][14:]
    path = os.path.join(place.root, "unreachable.pcap")
    out = capture.Writer(path)
    out.add(1000000, *wire.icmp(wire.Lane(*ends, wire.ICMP), 3, 3, bytes(4), question))
    out.close()
    return path


def matches_without_flow(place, wire_, running):
    wire_.send(without_flow(place))
    need(running.wait_for(lambda: alerts(running, ICMP_SID), SOON_S), "no match without a flow")
    need("flow_id" not in alerts(running, ICMP_SID)[0], "the packet had a flow")


def reloads(place, wire_, running, path):
    """New rules ask for what was published before they came."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(rule(50, SYN, "behavior:port_scan, certainty > 29") + broken_rules())
    before = len(running.said())
    running.signal(signal.SIGUSR2)
    need(running.wait_for(lambda: "rule reload complete" in running.said(), SOON_S), "no reload")
    need_told(running.said()[before:])
    need_matches(place, wire_, running, "after a rule reload", MATCHES)
    need(running.wait_for(lambda: alerts(running, 50), SOON_S), "a rule that came later is silent")


def write_policy(folder, protect, triage):
    with open(os.path.join(folder, "policy.lua"), "w", encoding="utf-8") as file:
        file.write(POLICY % (protect, triage))


def is_withdrawn(place, wire_, running):
    """What is triaged matches no more, and again when it is not; protected hosts lose the bit too."""
    for when, protect, triage, wanted in (("triaged", "", NOISE, {31}),
                                          ("triaged no more", "", "", MATCHES),
                                          ("protected", f"'{SCANNER}'", "", set())):
        write_policy(running.folder, protect, triage)
        message(running, "furumai-reload")
        need_matches(place, wire_, running, when, wanted)


def outlives_a_restart(place, wire_, folder, path):
    """What is open is published again by the next process, before anything new is found."""
    write_policy(folder, "", "")
    running = watch(wire_, folder, rules=path)
    try:
        need_matches(place, wire_, running, "after a restart", MATCHES)
    finally:
        well = running.stop()
    need(well, "the second process did not end")


@in_8
@in_namespace
def test_live(place, wire_):
    folder, path = live_folder(place, "keyword", "memcap: 64mb", rules() + broken_rules())
    running = watch(wire_, folder, rules=path)
    try:
        need_told(running.said())
        with open(path, "w", encoding="utf-8") as file:
            file.write(rules())
        need_matches(place, wire_, running, "before the scan", set())
        wire_.send(place.make("scan.pcap", scan(SCANNER)))
        need(running.wait_for(lambda: scans(running, SCANNER), SOON_S), "the scan was not found")
        need_matches(place, wire_, running, "after it", MATCHES)
        matches_without_flow(place, wire_, running)
        need(alert_records(running) == 0, "an alert of our own keyword came back as evidence")
        reloads(place, wire_, running, path)
        is_withdrawn(place, wire_, running)
        need(running.stop(signal.SIGTERM), "SIGTERM did not end it in 40 s")
    finally:
        if running.alive():
            running.stop(signal.SIGKILL)
    marks = counters(lines(os.path.join(folder, "eve.json")))["marks"]
    need(marks["set"] >= 2 and marks["evicted"] == 0, f"counters {marks}")
    outlives_a_restart(place, wire_, folder, path)


# ---- without a wire ----

@in_8
def test_mode(place):
    """-T tells of each mistake, fails as for any broken rule, and is fine with the shipped rules."""
    folder = place.folder("keyword-T")
    path = configure(folder, place.settings)
    mine = os.path.join(folder, "broken.rules")
    with open(mine, "w", encoding="utf-8") as file:
        file.write(rules() + broken_rules())
    shipped = os.path.join(os.path.dirname(offline.__file__), "../../rules/furumai-8.rules")
    for file, status in ((mine, 1), (os.path.abspath(shipped), 0)):
        done = subprocess.run([sensor.SURICATA, "-T", "-c", path, "-l", folder, "-S", file],
                              text=True, timeout=60, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        need(done.returncode == status, f"-T with {file} gives {done.returncode}: {done.stdout}")
        if status:
            need_told(done.stdout)
            need(done.stdout.count("error parsing signature") == len(BROKEN), "other rules failed")


@in_8
def test_fresh(place):
    """Each capture of --unix-socket mode begins with nothing published: the same scan again, at the
    same time, meets no mark of the capture before."""
    folder = place.folder("keyword-socket")
    path = os.path.join(place.root, "any.rules")
    with open(path, "w", encoding="utf-8") as file:
        file.write(rule(20, "ip any any -> any any", "behavior:recon, either"))
    configure(folder, place.settings)
    command = [*sensor.words(folder, path), f"--unix-socket={folder}/socket"]
    running = sensor.Sensor(folder, command, daemon=False)
    try:
        running.ready()
        offline.feed(running, {"one": place.small, "two": place.small}, 40)
    finally:
        well = running.stop(signal.SIGTERM)
    need(well, "did not end well")
    for name in ("one", "two"):
        events = lines(os.path.join(folder, name, "eve.json"))
        need(counters(events)["marks"]["set"] > 0, f"{name}: nothing was published")
        need(not of_type(events, "alert"), f"{name}: alerts from what another capture published")


def test_unknown(place):
    """Suricata 7, or 8 without the plugin: the rule is left out in one line, the others work."""
    folder = place.folder("keyword-unknown")
    path = os.path.join(place.root, "unknown.rules")
    with open(path, "w", encoding="utf-8") as file:
        file.write(rule(20, SYN, "behavior:recon") + rule(60, "tcp any any -> any any", "flags:S"))
    yaml = configure(folder, outputs=sensor.eve(behavior=False))
    with open(yaml, encoding="utf-8") as file:
        text = file.read()
    if is_8():
        text = re.sub(r"^plugins:.*\n", "", text, flags=re.MULTILINE)
    with open(yaml, "w", encoding="utf-8") as file:
        file.write(text)
    status, said = sensor.read(folder, place.small, rules=path)
    need(status == 0 and said.count(UNKNOWN) == 1, f"exit status {status}: {said[-300:]}")
    seen = {e["alert"]["signature_id"] for e in
            of_type(lines(os.path.join(folder, "eve.json")), "alert")}
    need(seen == {60}, f"alerts by sid: {seen}")


TESTS = {"keyword": test_live, "keyword-T": test_mode, "keyword-socket": test_fresh,
         "keyword-unknown": test_unknown}
