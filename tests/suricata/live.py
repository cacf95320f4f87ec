"""The plugin in a live Suricata: a daemon that watches a veth pair in a network namespace made for
the test. Packets are those of the generators, sent for real.
"""
import json
import os
import signal
import subprocess
import sys

import sensor
from offline import Check, need
from sensor import configure, counters, lines, of_type, records

HERE = os.path.dirname(os.path.abspath(__file__))
SCANNER, OTHER = "10.1.1.12", "10.1.1.13"
SOON_S = 120  # what must come comes within; a loaded machine takes its time
FLOOD = 12000  # tries, two packets each
RULES = """\
alert tcp any any -> any 22 (msg:"A scanner opens a session"; flags:S; \
hostbits:isset,behavior.recon,src; sid:10;)
alert tcp any any -> any 22 (msg:"Who met many ports opens a session"; flags:S; \
hostbits:isset,behavior.many_ports,src; sid:12;)
alert tcp any any -> any 9999 (msg:"A strange port"; flags:S; sid:11;)
"""


POLICY = """\
return {
  networks = { internal = { '10.1.0.0/16' } },
  declare = {
    many_ports = {
      family = "tally", title = "Many Ports", help = "one host tries many ports",
      category = "recon", item = "service", counts = "failed", least = 30, window = "10m",
    },
  },
}
"""


def scan(attacker):
    return [["scan.ports", {"attacker": attacker, "targets": ["10.1.0.20"], "start_s": 1}]]


def knock(port):
    return [["scan.ports", {"attacker": SCANNER, "targets": ["10.1.0.30"], "tries": [port],
                            "start_s": 1}]]


def flood():
    targets = [f"10.1.2.{n}" for n in range(1, 13)]
    return [["scan.ports", {"attacker": OTHER, "targets": targets, "tries": FLOOD // len(targets),
                            "gap_s": 0.001, "opened": []}]]


class Wire:
    """A namespace with a veth pair: what is sent on fm0 is seen on fm1."""

    def __init__(self, name):
        self.name = name
        self.inside = ["ip", "netns", "exec", name]

    def __enter__(self):
        for command in (["ip", "netns", "add", self.name],
                        [*self.inside, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                         "net.ipv6.conf.default.disable_ipv6=1"],
                        [*self.inside, "ip", "link", "add", "fm0", "type", "veth", "peer", "fm1"],
                        [*self.inside, "ip", "link", "set", "fm0", "up"],
                        [*self.inside, "ip", "link", "set", "fm1", "up"],
                        [*self.inside, "ip", "link", "set", "lo", "up"]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                self.__exit__()
                raise PermissionError(done.stderr.strip() or f"{command} failed")
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)

    def send(self, capture, *how):
        subprocess.run([*self.inside, sys.executable, os.path.join(HERE, "send"), "fm0", capture,
                        *how], check=True, timeout=sensor.RUN_S)


def watch(wire, folder, *options, rules=os.devnull):
    """A daemon that watches the wire, as nobody."""
    command = [*sensor.words(folder, rules), "--af-packet=fm1", "--user", "nobody", "--group",
               "nogroup", *options]
    return sensor.Sensor(folder, command, before=wire.inside).watching()


def written(running, kind, condition):
    path = os.path.join(running.folder, "eve.json")
    return [event for event in (of_type(whole_lines(path), kind)) if condition(event)]


def whole_lines(path):
    """A file that is being written: its last line may be half there."""
    try:
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return []


def alerts(running, sid):
    return written(running, "alert", lambda e: e["alert"]["signature_id"] == sid)


def scans(running, attacker):
    return of_type_by(running, "port_scan", attacker)


def of_type_by(running, kind, attacker):
    return written(running, "behavior", lambda e: e["behavior"].get("type") == kind
                   and e["src_ip"] == attacker)


def message(running, command):
    fine, told = running.ask(command)
    need(fine, f"{command}: {told}")
    return told


def alert_records(running):
    return message(running, "furumai-stats")["records"].get("alert", 0)


def in_namespace(test):
    def run(place):
        if os.geteuid() != 0:
            return "SKIP needs root for a network namespace"
        try:
            with Wire(f"furumai-{os.getpid()}") as wire:
                return test(place, wire)
        except (PermissionError, FileNotFoundError) as error:
            return f"SKIP no network namespace: {error}"
    return run


def live_folder(place, name, behavior, rules=None, **settings):
    folder = place.folder(name)
    os.makedirs(folder)
    os.chmod(folder, 0o777)
    policy = os.path.join(folder, "policy.lua")
    with open(policy, "w", encoding="utf-8") as file:
        file.write(POLICY)
    configure(folder, f"policy: {policy}, state-dir: {folder}/state, {behavior}", live=True,
              stats_s=1, **settings)
    path = os.path.join(folder, "test.rules")
    with open(path, "w", encoding="utf-8") as file:
        file.write(rules or "")
    return folder, path


# ---- a day in the life of a sensor ----

def finds_and_marks(place, wire, running):
    """A scan is found live, its bit makes a rule alert, and only foreign alerts are evidence."""
    wire.send(place.make("scan.pcap", scan(SCANNER)))
    need(running.wait_for(lambda: scans(running, SCANNER), SOON_S), "the scan was not found")
    need(running.wait_for(lambda: of_type_by(running, "many_ports", SCANNER), SOON_S),
         "a declared detector did not find it")
    wire.send(place.make("knock.pcap", knock(22)))
    need(running.wait_for(lambda: alerts(running, 10), SOON_S),
         "a rule with hostbits:isset,behavior.recon,src did not alert")
    need(running.wait_for(lambda: alerts(running, 12), SOON_S),
         "a rule with the bit of a declared detector did not alert")
    wire.send(place.make("strange.pcap", knock(9999)))
    need(running.wait_for(lambda: alerts(running, 11), SOON_S), "the ordinary rule did not alert")
    running.wait_for(lambda: alert_records(running), SOON_S)
    need(alert_records(running) == 1, f"{alert_records(running)} alert records, not 1: an alert of "
         "our own bit came back as evidence")


def answers(running):
    hosts = message(running, "furumai-hosts")
    need(SCANNER in json.dumps(hosts), f"furumai-hosts does not name {SCANNER}: {hosts}")
    need("port_scan" in json.dumps(message(running, "furumai-detections")), "furumai-detections")
    need(message(running, "furumai-health")["record"] == "health", "furumai-health")
    policy = os.path.join(running.folder, "policy.lua")
    message(running, "furumai-reload")
    with open(policy, "a", encoding="utf-8") as file:
        file.write("nonsense\n")
    fine, told = running.ask("furumai-reload")
    need(not fine and "policy.lua" in told, f"a broken policy was taken over: {told}")


def reloads_rules(place, wire, running):
    before = len(alerts(running, 10))
    running.signal(signal.SIGUSR2)
    need(running.wait_for(lambda: "rule reload complete" in running.said(), SOON_S),
         "no rule reload")
    wire.send(os.path.join(place.root, "knock.pcap"))
    need(running.wait_for(lambda: len(alerts(running, 10)) > before, SOON_S),
         "no alert from the host bit after a rule reload")


def rotates_logs(place, wire, running):
    path = os.path.join(running.folder, "eve.json")
    os.rename(path, path + ".1")
    running.signal(signal.SIGHUP)
    wire.send(place.make("other.pcap", scan(OTHER)))
    need(running.wait_for(lambda: scans(running, OTHER), SOON_S),
         "no event in the new eve.json after SIGHUP")


def ends_well(running):
    need(running.stop(signal.SIGTERM), "SIGTERM did not end it")
    events = lines(os.path.join(running.folder, "eve.json"))
    health = records(events, "health")
    need(health and health[-1]["when"] == "end", "no last health event")
    told = counters(events)
    need(told["lost"] == 0 and told["invalid"] == 0, f"lost {told['lost']}")
    need(sum(told["records"].values()) == told["ring"]["pushed"], "pushed and taken differ")
    need("furumai: " not in running.said().split("rule reload complete")[-1]
         or "rror" not in running.said(), "errors in the log")


def remembers(wire, folder, rules):
    """The next process knows the hosts that the last one saw."""
    configure(folder, f"state-dir: {folder}/state", live=True, stats_s=1)
    running = watch(wire, folder, rules=rules)
    try:
        told = message(running, "furumai-stats")
        need(told["entities"] >= 3 and told["states"] >= 1, f"forgotten after a restart: {told}")
    finally:
        well = running.stop()
    need(well, "the second process did not end")


@in_namespace
def test_live(place, wire):
    folder, rules = live_folder(place, "live", "memcap: 64mb", RULES)
    running = watch(wire, folder, rules=rules)
    try:
        finds_and_marks(place, wire, running)
        answers(running)
        reloads_rules(place, wire, running)
        rotates_logs(place, wire, running)
        ends_well(running)
    finally:
        if running.alive():
            running.stop(signal.SIGKILL)
    remembers(wire, folder, rules)


# ---- more than it can take ----

def overwhelm(place, wire, running):
    """The flood waits in the capture's ring while the process stands still, and comes at once."""
    capture = place.make("flood.pcap", flood())
    for _ in range(5):
        running.signal(signal.SIGSTOP)
        try:
            wire.send(capture, "--at-once")
        finally:
            running.signal(signal.SIGCONT)
        if running.wait_for(lambda: message(running, "furumai-health")["drops"], 5):
            return
    raise Check("a small ring lost nothing of five floods")


@in_namespace
def test_overload(place, wire):
    folder, rules = live_folder(place, "overload", "ring-size: 64kb")
    running = watch(wire, folder, rules=rules)
    try:
        overwhelm(place, wire, running)
    finally:
        well = running.stop()
    need(well, "SIGTERM did not end it")
    events = lines(os.path.join(folder, "eve.json"))
    told, drops = counters(events), records(events, "health")[-1]["drops"]
    ring = told["ring"]
    lost = ring["shed"] + ring["dropped"]
    need(lost and sum(drops.values()) == told["lost"] == lost,
         f"shed and dropped {lost}, stats say {told['lost']}, health {drops}")
    need(sum(told["records"].values()) == ring["pushed"], "pushed and taken differ")
    need(set(drops) <= {"flow_new", "flow_answer", "flow_end", "flow_close"}, f"lost {drops}")


TESTS = {"live": test_live, "overload": test_overload}
