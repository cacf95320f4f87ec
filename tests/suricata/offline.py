"""The plugin in a Suricata that reads captures: every way to run one gives the same events."""
import collections
import glob
import os
import signal
import subprocess

import adapter
import canon
import sensor
from sensor import configure, counters, eve, found, lines, of_type, ours, read, records

EXPECTED = {("beacon", "10.1.1.14"), ("port_scan", "10.1.1.12"), ("smash_and_grab", "10.1.1.14")}
STOLEN_BYTES = 150000000
TRAFFIC = [
    ["office.day", {"clients": 6, "hours": 0.7}],
    ["beacon.run", {"client": "10.1.1.14", "name": "sync.attacker.example", "beats": 30,
                    "jitter_pct": 10}],
    ["scan.ports", {"attacker": "10.1.1.12", "targets": ["10.1.0.20"]}],
    ["theft.grab", {"client": "10.1.1.14", "megabytes": STOLEN_BYTES // 1000000, "seconds": 90,
                    "pieces": 1, "start_s": 2000}],
]
SMALL_TRAFFIC = [
    ["scan.ports", {"attacker": "10.1.1.12", "targets": ["10.1.0.20"], "start_s": 5}],
    ["beacon.run", {"client": "10.1.1.14", "name": "sync.attacker.example", "start_s": 2}],
]
# protocols that cross as text: what one record must hold (series 8 alone has those of LATER)
SPOKEN = ["ldap", "http2", "websocket", "mqtt", "quic", "ftp"]
TOLD = [
    {"kind": "http", "server": "198.18.61.1", "method": "GET", "host": "two.example",
     "uri": "/second", "agent": "curl/7.55.1", "referrer": "http://first.example/", "status": 404,
     "content_type": "text/html", "bytes": [0, 400]},
    {"kind": "http", "server": "198.18.62.1", "method": "GET", "host": "ws.example",
     "uri": "/channel", "status": 101},
    {"kind": "mqtt", "command": "connect", "account": "ada", "host": "lamp-7"},
    {"kind": "mqtt", "command": "subscribe", "argument": "house/lamp", "count": 1},
    {"kind": "mqtt", "command": "publish", "argument": "house/lamp"},
    {"kind": "quic", "sni": "quic.example"},
    {"kind": "ftp", "command": "USER", "account": "ada", "status": 331},
    {"kind": "ftp", "command": "PASS", "status": 230},
]
LATER = [
    {"kind": "ldap", "command": "bind_request", "account": "cn=ada,dc=office,dc=example",
     "status": 49, "reply": "no such secret"},
    {"kind": "ldap", "command": "search_request", "domain": "dc=office,dc=example",
     "argument": "objectClass", "agent": "mail", "count": 1},
    {"kind": "flow_end", "server": "198.18.62.1", "app": "websocket"},
]
RULES = """\
alert tls any any -> any any (msg:"A page"; tls.sni; content:"attacker.example"; sid:1; rev:3; \
classtype:trojan-activity; metadata:mitre_technique_id T1071.001, confidence High;)
alert tcp any any -> any any (msg:"No bit"; flags:S; hostbits:isnotset,behavior.recon,src; sid:2;)
alert tcp any any -> any any (msg:"No bit"; flags:S; xbits:isnotset,behavior.recon,track ip_src; \
sid:3;)
"""
SUPPORT_RULES = """\
alert tls any any -> any any (msg:"Its name"; tls.sni; content:"sync.attacker.example"; sid:1; \
threshold:type limit, track by_src, seconds 60, count 1; \
metadata:behavior_type beacon, behavior_certainty 30;)
alert tls any any -> any any (msg:"Its name, of another kind"; tls.sni; \
content:"sync.attacker.example"; sid:2; metadata:behavior recon, behavior_type beacon;)
alert tls any any -> any any (msg:"Its name again"; tls.sni; content:"sync.attacker.example"; sid:3;)
"""


class Check(Exception):
    """One line that says what was not as it should be."""


def need(condition, line):
    if not condition:
        raise Check(line)


def run(place, name, *options, behavior="", capture=None, outputs=None, rules=None):
    """A run that must end well and say nothing wrong; returns its eve.json."""
    folder = place.folder(name)
    configure(folder, behavior, outputs)
    status, said = read(folder, capture or place.capture, *options, rules=rules)
    need(status == 0, f"exit status {status}: {said.strip().splitlines()[-1]}")
    need(not ours(said), f"said {ours(said)[:1]}")
    path = os.path.join(folder, "eve.json")
    return lines(path) if os.path.exists(path) else []


def canonical(events):
    return canon.canonical(of_type(events, "behavior"))


def need_same(place, events):
    where = canon.difference(canonical(place.plain()), canonical(events))
    need(where is None, f"not the events of the plain run: {where}")


# ---- what one run must have ----

def test_single(place):
    events = place.plain()
    need(found(events) == EXPECTED, f"found {sorted(found(events))}")
    need(records(events, "host"), "no host record")
    need([h["when"] for h in records(events, "health")][-1:] == ["end"], "no health at the end")


def test_counters(place):
    events = place.plain()
    told, health = counters(events), records(events, "health")[-1]
    need(told, "stats say nothing of behavior")
    kinds = {kind: n for kind, n in told["records"].items() if n}
    need(kinds == health["records"], f"stats {kinds}, health {health['records']}")
    need(sum(kinds.values()) == told["ring"]["pushed"], "pushed and taken differ")
    need(told["lost"] == told["ring"]["dropped"] == told["ring"]["shed"] == 0, "something was lost")
    seen = collections.Counter(event["event_type"] for event in events)
    wanted = {"http": seen["http"], "tls": seen["tls"], "dns": seen["dns"],
              "fileinfo": seen["fileinfo"], "flow_new": seen["flow"], "flow_end": seen["flow"]}
    got = {kind: kinds.get(kind, 0) for kind in wanted}
    need(got == wanted, f"records {got}, in eve.json {wanted}")
    need(told["events"] == seen["behavior"], f"{told['events']} events counted, "
         f"{seen['behavior']} written")


def test_tape(place):
    tape = os.path.join(place.folder("plain"), "furumai.tape")
    out = os.path.join(place.folder("plain"), "replayed")
    done = subprocess.run([os.path.join(sensor.BUILD, "furumai"), "replay", "--out", out,
                           "--internal", place.internal, tape], capture_output=True, text=True)
    need(done.returncode == 0, done.stderr.strip())
    need_same(place, lines(os.path.join(out, "eve.json")))


def test_schema(place):
    try:
        import jsonschema
    except ImportError:
        return "SKIP no python3-jsonschema"
    schema = canon.json.load(open(place.schema, encoding="utf-8"))
    judge = jsonschema.validators.validator_for(schema)(schema)
    for event in of_type(place.plain(), "behavior"):
        for error in judge.iter_errors(event):
            raise Check(f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    return None


def test_spoken(place):
    """Protocols that Suricata tells as text give records with the fields that detectors read."""
    capture = place.make("spoken.pcap", [[f"newer.{name}", {}] for name in SPOKEN])
    tape = os.path.join(place.folder("spoken"), "furumai.tape")
    events = run(place, "spoken", capture=capture, behavior=f"{place.settings}, tape: {tape}")
    done = subprocess.run([os.path.join(sensor.BUILD, "tests", "parity", "show"), tape],
                          capture_output=True, text=True)
    need(done.returncode == 0, done.stderr.strip())
    told = [canon.json.loads(line) for line in done.stdout.splitlines()]
    later = LATER if adapter.series() >= 8 else []
    for wanted in TOLD + later:
        need(any(wanted.items() <= record.items() for record in told),
             f"no record holds {wanted}: {[r for r in told if r['kind'] == wanted['kind']]}")
    count = collections.Counter(record["kind"] for record in told)
    need(count["http"] == 2, f"{count['http']} http records of two requests")
    need(sensor.counters(events)["invalid"] == 0, "records that the engine could not read")


# ---- the same events, however it is run ----

def test_twice(place):
    tape = os.path.join(place.folder("twice"), "furumai.tape")
    again = run(place, "twice", "--runmode", "single", behavior=f"{place.settings}, tape: {tape}")
    a, b = [[canon.masked(e) for e in of_type(events, "behavior")]
            for events in (place.plain(), again)]
    where = canon.difference(a, b)
    need(where is None, f"two runs over one file: {where}")


def workers(count):
    def test(place):
        options = ["--runmode", "autofp", "--set", "threading.detect-thread-ratio=%g"
                   % (count / os.cpu_count())]
        events = run(place, f"workers-{count}", *options, behavior=place.settings)
        need_same(place, events)
    return test


def test_threaded(place):
    outputs = eve(threaded="yes")
    run(place, "threaded", "--runmode", "autofp", behavior=place.settings, outputs=outputs)
    files = glob.glob(os.path.join(place.folder("threaded"), "eve.*.json"))
    need(len(files) > 1, f"{len(files)} files")
    need_same(place, [event for path in files for event in lines(path)])


def test_two_logs(place):
    events = run(place, "two", outputs=eve() + eve("more.json"), behavior=place.settings)
    need_same(place, events)
    need_same(place, lines(os.path.join(place.folder("two"), "more.json")))
    need(counters(events)["ring"]["pushed"] == counters(place.plain())["ring"]["pushed"],
         "a second eve-log tells every record twice")


def test_log_without(place):
    """Of two eve-logs only the second wants us."""
    events = run(place, "without", outputs=eve("other.json", behavior=False) + eve(),
                 behavior=place.settings)
    need_same(place, events)
    other = lines(os.path.join(place.folder("without"), "other.json"))
    need(not of_type(other, "behavior"), "an eve-log that did not ask got events")


def test_run_as(place):
    if os.geteuid() != 0:
        return "SKIP not root"
    folder = place.folder("run-as")
    os.makedirs(folder)
    os.chmod(folder, 0o777)
    events = run(place, "run-as", "--user", "nobody", "--group", "nogroup",
                 behavior=place.settings)
    need_same(place, events)
    need(os.stat(os.path.join(folder, "eve.json")).st_uid != 0, "eve.json belongs to root")
    return None


def feed(running, captures, seconds):
    """Lets it read captures one after another, each into a folder of its name; returns for how many
    of them the engine answered while they were read."""
    answered = set()
    for name, capture in captures.items():
        out = os.path.join(running.folder, name)
        os.makedirs(out)
        fine, message = running.ask("pcap-file", filename=capture, **{"output-dir": out})
        need(fine, f"pcap-file: {message}")

        def is_done():
            if running.ask("furumai-stats")[0]:
                answered.add(name)
            return running.ask("pcap-current")[1] == "None" \
                and running.ask("pcap-file-number")[1] == 0
        need(running.wait_for(is_done, seconds, 0.01), f"{name} is not read in {seconds} s")
    return len(answered)


def test_unix_socket(place):
    """Two captures in one process: each has its own engine and the events of a run of its own."""
    folder = place.folder("socket")
    configure(folder, place.settings)
    command = [*sensor.words(folder), f"--unix-socket={folder}/socket"]
    running = sensor.Sensor(folder, command, daemon=False)
    try:
        running.ready()
        answered = feed(running, {"one": place.capture, "small": place.small,
                                  "two": place.capture}, sensor.RUN_S)
        need(answered > 1, f"the engine answered during {answered} captures of 3")
        fine, message = running.ask("furumai-stats")
        need(not fine and "not running" in message, f"between captures: {message}")
    finally:
        well = running.stop(signal.SIGTERM)
    need(well, "did not end well")
    for name in ("one", "two"):
        need_same(place, lines(os.path.join(folder, name, "eve.json")))
    small = found(lines(os.path.join(folder, "small", "eve.json")))
    need(small == {e for e in EXPECTED if e[0] != "smash_and_grab"}, f"small: {sorted(small)}")


# ---- rules, bypass, settings ----

def test_alerts(place):
    rules = os.path.join(place.root, "test.rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write(RULES)
    events = run(place, "alerts", behavior=place.settings, rules=rules)
    seen = collections.Counter(e["alert"]["signature_id"] for e in of_type(events, "alert"))
    need(seen[1] and seen[2] and seen[3], f"alerts by sid: {dict(seen)}")
    got = counters(events)["records"]["alert"]
    need(got == seen[1], f"{seen[1]} alerts of an ordinary rule, {got} records: those of rules "
         "that ask for our own bits must not count")


def beacon_of(events):
    """The last report of the beacon: certainty, what alerts added to it, and their rules."""
    told = [b for b in records(events, "detection") if b["type"] == "beacon"][-1]
    added = [t["points"] for t in told["terms"] if t["name"] == "alerts"]
    return told["certainty"], added, [a["signature_id"] for a in told["evidence"]["alerts"]]


def test_support(place):
    """A rule that names a behaviour makes it surer, live and from eve.json; no other does."""
    path = os.path.join(place.root, "support.rules")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SUPPORT_RULES)
    plain, added, rules = beacon_of(place.plain())
    need(not added and not rules, f"without a rule alerts added {added}")
    events = run(place, "support", behavior=place.settings, rules=path)
    sure, added, rules = beacon_of(events)
    need(rules == [1, 3], f"listed are rules {rules}, not 1 and 3")
    need(added and abs(plain + added[0] - sure) <= 1 and abs(added[0] - (100 - plain) * 0.3) <= 1,
         f"certainty {plain} without, {sure} with the rule; {added} added")
    eve_json = os.path.join(place.folder("support"), "eve.json")
    kept = [e for e in lines(eve_json) if e["event_type"] != "behavior"]
    need(any(e["event_type"] == "alert" for e in kept), "no alert in eve.json")
    out = os.path.join(place.folder("support"), "replayed")
    done = subprocess.run([os.path.join(sensor.BUILD, "furumai"), "replay", "--out", out,
                           "--internal", place.internal, eve_json], capture_output=True, text=True)
    need(done.returncode == 0, done.stderr.strip())
    _, added, rules = beacon_of(lines(os.path.join(out, "eve.json")))
    need(added and rules == [1, 3], f"from eve.json: rules {rules} added {added}")


def test_metadata(place):
    """What a rule says of itself is there though no eve-log writes alerts."""
    path = os.path.join(place.root, "metadata.rules")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SUPPORT_RULES)
    events = run(place, "metadata", behavior=place.settings, rules=path,
                 outputs=eve().replace("alert, ", ""))
    need(not of_type(events, "alert"), "alerts were written")
    need(beacon_of(events)[2] == [1, 3], "no rule supports the beacon")


def test_bypass(place):
    """Suricata looks away after 1 MiB of a flow; the theft's bytes are still right."""
    events = run(place, "bypass", "--set", "stream.bypass=yes", "--set",
                 "stream.reassembly.depth=1mb", behavior=place.settings)
    need(any(e["flow"].get("bypass") for e in of_type(events, "flow")), "nothing was bypassed")
    sent = [b["facts"]["bytes_out"] for b in records(events, "detection")
            if b["type"] == "smash_and_grab"]
    need(sent and abs(sent[-1] / STOLEN_BYTES - 1) < 0.01, f"{sent[-1:]} of {STOLEN_BYTES} bytes")


def test_test_mode(place):
    folder = place.folder("T")
    path = configure(folder, place.settings)
    done = subprocess.run([sensor.SURICATA, "-T", "-c", path, "-l", folder], text=True,
                          timeout=sensor.RUN_S, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    need(done.returncode == 0, f"exit status {done.returncode}: {done.stdout[-200:]}")
    need(not os.path.exists(os.path.join(folder, "furumai.tape")), "-T started an engine")
    need("ref_cnt" not in done.stdout, f"-T leaves names behind: {done.stdout[-200:]}")


def test_switched_off(place):
    events = run(place, "off", capture=place.small, behavior="enabled: no")
    need(not of_type(events, "behavior"), "events though it is switched off")
    need(of_type(events, "flow"), "Suricata itself logged nothing")


def goes_on_without(place, name, behavior, what):
    """One line says what is wrong; Suricata runs on."""
    folder = place.folder(name)
    configure(folder, behavior)
    status, said = read(folder, place.small)
    need(status == 0, f"exit status {status}")
    need(len(ours(said)) == 1, f"{len(ours(said))} lines: {ours(said)}")
    need(all(word in ours(said)[0] for word in what), f"said {ours(said)[0]}")
    events = lines(os.path.join(folder, "eve.json"))
    need(of_type(events, "flow"), "Suricata itself logged nothing")
    return events


def test_bad_policy(place):
    policy = os.path.join(place.root, "bad.lua")
    with open(policy, "w", encoding="utf-8") as file:
        file.write("return {\n  detectors = { port_skan = { status = 'off' } },\n}\n")
    events = goes_on_without(place, "bad-policy", f"policy: {policy}", ["bad.lua", "port_scan"])
    need(not of_type(events, "behavior"), "events without a policy in force")


def test_bad_tape(place):
    tape = "/proc/no/furumai.tape"
    events = goes_on_without(place, "bad-tape", f"tape: {tape}", [tape])
    need(not of_type(events, "behavior"), "events without an engine")


def test_bad_setting(place):
    events = goes_on_without(place, "bad-setting", f"memcap: lots, {place.settings}",
                             ["behavior.memcap", "lots"])
    need(found(events), "a bad value must leave the default standing")


def test_lua(place):
    """Lua 5.4 inside a program that holds LuaJIT under the same names."""
    policy = os.path.join(place.root, "function.lua")
    with open(policy, "w", encoding="utf-8") as file:
        file.write("assert(_VERSION == 'Lua 5.4')\n"
                   "return { on_detection = function(d) if d.type == 'beacon' then "
                   "return { report = false } end end }\n")
    events = run(place, "lua", behavior=f"policy: {policy}, {place.settings}",
                 capture=place.small)
    lua = records(events, "health")[-1]["lua"]
    need(lua and "5.4" in str(lua), f"health says of Lua: {lua}")


TESTS = {
    "single": test_single,
    "counters": test_counters,
    "schema": test_schema,
    "tape": test_tape,
    "spoken": test_spoken,
    "twice": test_twice,
    "workers-1": workers(1),
    "workers-2": workers(2),
    "workers-4": workers(4),
    "workers-8": workers(8),
    "threaded-eve": test_threaded,
    "two-eve-logs": test_two_logs,
    "second-eve-log": test_log_without,
    "run-as": test_run_as,
    "unix-socket": test_unix_socket,
    "alerts": test_alerts,
    "support": test_support,
    "metadata": test_metadata,
    "bypass": test_bypass,
    "test-mode": test_test_mode,
    "switched-off": test_switched_off,
    "bad-policy": test_bad_policy,
    "bad-tape": test_bad_tape,
    "bad-setting": test_bad_setting,
    "lua": test_lua,
}
