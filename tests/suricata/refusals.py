"""What the plugin must refuse, or take with care: each said in one line, and Suricata runs on.

Releases and series that are not known are this very Suricata with another number in its binary: a
copy in which the text "8.0.8 RELEASE" reads otherwise. Its structures are those of the release it
really is, so what differs is what the plugin decides from the number.
"""
import os
import shutil

import hosts
import offline
import sensor
from gen import build

OUT = "suricata8-refused"
INTERNAL = "10.1.0.0/16"
ADAPTER = {7: "furumai-7.so", 8: "furumai-8.so"}
# a release that is not there -> what the one line says; None: it is taken with care
RELEASES = {
    7: {"7.0.11": None, "7.0.9": None, "7.1.0": "made for Suricata 7.0 and 8.0",
        "6.0.0": "made for Suricata 7.0 and 8.0"},
    8: {"8.0.9": None, "8.0.6": None, "8.0.4": "needs Suricata 8.0.5",
        "8.1.0": "made for Suricata 7.0 and 8.0", "9.0.0": "made for Suricata 7.0 and 8.0"},
}
TRAFFIC = offline.SMALL_TRAFFIC + [["downloads.tool", {"client": "10.1.1.90", "start_s": 400}]]
FOUND = {e for e in offline.EXPECTED if e[0] != "smash_and_grab"}
RULES = 'alert tcp any any -> any any (msg:"A knock"; flags:S; sid:1;)\n'


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def renamed(host, number):
    """A copy of the host's program that says it is another release."""
    with open(host.binary, "rb") as file:
        program = file.read()
    old, new = (f"{n} RELEASE".encode() for n in (host.version, number))
    if program.count(old + b"\0") != 1 or len(new) > len(old):
        raise offline.Check(f"{host.binary} does not hold its number once")
    path = os.path.join(hosts.BUILD, OUT, f"suricata-{number}")
    with open(path, "wb") as file:
        file.write(program.replace(old + b"\0", new.ljust(len(old), b"\0") + b"\0"))
    os.chmod(path, 0o755)
    return path


def run(host, name, capture, beside, program=None, policy=None):
    """One run with furumai.so in a folder and the files `beside` it ({name: from which}); returns
    (exit status, our warnings and errors, events)."""
    folder = os.path.join(hosts.BUILD, OUT, name)
    os.makedirs(folder)
    host.use(program)
    sensor.SURICATA = os.environ["SURICATA"]
    sensor.PLUGIN = shutil.copy(os.path.join(hosts.BUILD, "furumai.so"), folder)
    for file, source in beside.items():
        shutil.copy(os.path.join(hosts.BUILD, source), os.path.join(folder, file))
    behavior = f"policy: {policy}" if policy else f"internal: '{INTERNAL}'"
    sensor.configure(folder, behavior)
    status, said = sensor.read(folder, capture, rules=os.path.join(hosts.BUILD, OUT, "test.rules"))
    path = os.path.join(folder, "eve.json")
    return status, sensor.ours(said), sensor.lines(path) if os.path.exists(path) else []


def one_line(result, words):
    """Suricata ran on, logged what is its own, and one line of ours says why."""
    status, said, events = result
    offline.need(status == 0, f"exit status {status}: {said}")
    offline.need(len(said) == 1, f"{len(said)} lines: {said}")
    offline.need(words in said[0], f"said {said[0]}")
    offline.need(sensor.of_type(events, "flow"), "Suricata itself logged nothing")
    offline.need(not sensor.of_type(events, "behavior"), "behavior events though it was refused")


def modules(host, capture):
    """{name: test}: what lies beside furumai.so is wrong."""
    other = ADAPTER[15 - host.series]
    own = {ADAPTER[host.series]: ADAPTER[host.series]}
    policy = os.path.join(hosts.BUILD, OUT, "policy.lua")
    write(policy, "return { networks = { internal = { '10.1.0.0/16' } } }\n")

    def refused(beside, words, **how):
        return lambda name: one_line(run(host, name, capture, beside, **how), words)
    return {"no-adapter": refused({}, "cannot open the adapter"),
            "headers-of-the-other": refused({ADAPTER[host.series]: other}, "Running on without it"),
            "no-adapter-at-all": refused({ADAPTER[host.series]: "furumai-lua.so"},
                                         "Running on without it"),
            "no-lua": refused(own, "furumai-lua.so", policy=policy)}


def with_care(host, capture, number):
    """A release that is not known: one line says what is not read, and nothing is guessed."""
    def test(name):
        both = {file: file for file in (ADAPTER[host.series], "furumai-lua.so")}
        status, said, events = run(host, name, capture, both, program=renamed(host, number))
        offline.need(status == 0, f"exit status {status}")
        offline.need(len(said) == 1 and f"not tested with Suricata {number}" in said[0],
                     f"said {said}")
        offline.need(sensor.found(events) >= FOUND, f"found {sorted(sensor.found(events))}")
        told = sensor.counters(events)["records"]
        offline.need(told["tls"] and told["http"] and told["dns"], f"records {told}")
        offline.need(not told["alert"] and not told["fileinfo"], f"records {told}")
        offline.need(sensor.of_type(events, "alert"), "no alert for it to leave out")
    return test


def unknown(host, capture, number, words):
    return lambda name: one_line(run(host, name, capture, {ADAPTER[host.series]: ADAPTER[
        host.series]}, program=renamed(host, number)), words)


def releases(host, capture):
    return {number: unknown(host, capture, number, words) if words
            else with_care(host, capture, number)
            for number, words in RELEASES[host.series].items()}


def all_of(inside, _options, _sheet):
    folder = os.path.join(hosts.BUILD, OUT)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    write(os.path.join(folder, "test.rules"), RULES)
    capture = os.path.join(folder, "traffic.pcap")
    build.build(TRAFFIC, capture, 1)
    for host in inside:
        for name, test in {**modules(host, capture), **releases(host, capture)}.items():
            why = ""
            try:
                test(f"{host.name}-{name}")
            except offline.Check as check:
                why = str(check)
            yield "FAIL" if why else "PASS", f"{host.name}/refused-{name}", why
    shutil.rmtree(folder)
