"""A Suricata with the plugin, as an operator would configure it: its configuration, its runs over
captures, and its socket. Nothing here knows what is tested.
"""
import json
import os
import re
import socket
import subprocess
import time

SURICATA = os.environ.get("SURICATA", "suricata")
BUILD = os.path.abspath(os.environ.get("FM_BUILDDIR", "."))
PLUGIN = os.path.join(BUILD, "furumai.so")
RUN_S = 240  # ends what hangs; a run takes a second or two, but machines can be very busy

CONFIG = """%YAML 1.1
---
vars:
  address-groups:
    HOME_NET: "[10.0.0.0/8]"
    EXTERNAL_NET: "!$HOME_NET"
logging:
  default-log-level: notice
  outputs:
    - console: {{ enabled: yes }}
    - file: {{ enabled: yes, filename: suricata.log }}
stats: {{ enabled: yes, interval: {stats_s} }}
plugins: [ {plugin} ]
behavior: {{ {behavior} }}
outputs:
{outputs}
pcap-file: {{ checksum-checks: no }}
af-packet:
  - interface: default
    threads: 2
    cluster-id: 41
    cluster-type: cluster_flow
    tpacket-v3: no
    ring-size: 24000
    checksum-checks: no
unix-command: {{ enabled: {socket}, filename: {folder}/socket }}
app-layer:
  protocols:
    http: {{ enabled: yes }}
    http2: {{ enabled: yes }}
    quic: {{ enabled: yes }}
    mqtt: {{ enabled: yes }}
    ldap:
      tcp: {{ enabled: yes, detection-ports: {{ dp: 389 }} }}
    websocket: {{ enabled: yes }}
    tls: {{ enabled: yes, detection-ports: {{ dp: 443 }} }}
    dns:
      udp: {{ enabled: yes, detection-ports: {{ dp: 53 }} }}
      tcp: {{ enabled: yes, detection-ports: {{ dp: 53 }} }}
rule-files: []
"""

EVE = """  - eve-log:
      enabled: yes
      filetype: regular
      filename: {name}
      threaded: {threaded}
      types: [ alert, flow, http, tls, dns, files, {behavior}stats: {{ totals: yes, threads: no }} ]
"""


def eve(name="eve.json", threaded="no", behavior=True):
    return EVE.format(name=name, threaded=threaded, behavior="behavior, " if behavior else "")


def configure(folder, behavior="", outputs=None, live=False, stats_s=8):
    """Writes folder/suricata.yaml; `behavior` is the section's text."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "suricata.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(plugin=PLUGIN, behavior=behavior, folder=folder, stats_s=stats_s,
                                 outputs=outputs or eve(), socket="yes" if live else "no"))
    return path


def words(folder, rules=None):
    """The command up to what is read."""
    return [SURICATA, "-c", os.path.join(folder, "suricata.yaml"), "-l", folder, "-k", "none",
            *(["-S", rules] if rules else [])]


def read(folder, capture, *options, rules=None, before=(), seconds=RUN_S):
    """One run over a capture; returns (exit status, all it said)."""
    done = subprocess.run([*before, *words(folder, rules), "-r", capture, *options], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                          env={**os.environ, "TZ": "UTC"})
    return done.returncode, done.stdout


def lines(path):
    """The objects of an eve.json."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def of_type(events, kind):
    return [event for event in events if event["event_type"] == kind]


def records(events, name):
    return [e["behavior"] for e in of_type(events, "behavior") if e["behavior"]["record"] == name]


def found(events):
    """{(type, host)} of all detections."""
    return {(e["behavior"]["type"], e["src_ip"]) for e in of_type(events, "behavior")
            if e["behavior"]["record"] == "detection"}


def counters(events):
    """What the last stats event says of us."""
    told = of_type(events, "stats")
    return told[-1]["stats"].get("behavior") if told else None


def ours(said):
    """The warnings and errors of ours among what a run said."""
    return [line for line in said.splitlines()
            if "furumai: " in line and re.match(r"(\x1b\[\S*m)?(E|W|Error|Warning)", line)]


class Sensor:
    """A Suricata that runs on: a daemon, or one that waits for captures on its socket."""

    def __init__(self, folder, command, before=(), daemon=True):
        self.folder, self.pid = folder, None
        self.pidfile = os.path.join(folder, "pid")
        command = [*before, *command, "--pidfile", self.pidfile]
        log = os.path.join(folder, "start.log")
        with open(log, "w", encoding="utf-8") as file:
            self.child = subprocess.Popen([*command, "-D"] if daemon else command, stdout=file,
                                          stderr=subprocess.STDOUT, env={**os.environ, "TZ": "UTC"})
        if daemon:
            if self.child.wait(RUN_S) != 0:
                with open(log, encoding="utf-8") as file:
                    raise OSError("does not start: " + file.read().strip().splitlines()[-1])
            self.child = None

    def ready(self, seconds=RUN_S):
        """Waits until the socket answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                self.ask("version")
                with open(self.pidfile, encoding="utf-8") as file:
                    self.pid = int(file.read())
                return self
            except (OSError, ValueError):
                time.sleep(0.1)
        raise OSError(f"no answer on {self.folder}/socket within {seconds} s")

    def watching(self, seconds=RUN_S):
        """Waits until packets count: the socket answers earlier, and what the interface brings
        before all workers run is thrown away."""
        self.ready(seconds)
        if not self.wait_for(lambda: "Engine started" in self.said(), seconds):
            raise OSError(f"the workers do not run within {seconds} s")
        return self

    def ask(self, command, **arguments):
        """One command on the socket; returns (fine, message)."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(RUN_S)
            line.connect(os.path.join(self.folder, "socket"))
            self.exchange(line, {"version": "0.2"})
            request = {"command": command, **({"arguments": arguments} if arguments else {})}
            answer = self.exchange(line, request)
        return answer["return"] == "OK", answer.get("message")

    @staticmethod
    def exchange(line, request):
        line.sendall(json.dumps(request).encode() + b"\n")
        got = b""
        while True:
            part = line.recv(65536)
            if not part:
                raise OSError("the socket was closed")
            got += part
            try:
                return json.loads(got)
            except ValueError:
                continue

    def signal(self, number):
        os.kill(self.pid, number)

    def said(self):
        with open(os.path.join(self.folder, "suricata.log"), encoding="utf-8") as file:
            return file.read()

    def wait_for(self, condition, seconds, every_s=0.1):
        """Waits until condition() is true; returns its value, false when time is over."""
        end = time.monotonic() + seconds
        while not (value := condition()) and time.monotonic() < end:
            time.sleep(every_s)
        return value

    def alive(self):
        try:
            os.kill(self.pid, 0)
            return True
        except ProcessLookupError:
            return False

    def stop(self, number=15, seconds=RUN_S):
        """Ends it; returns whether it went in time."""
        if self.child is not None:
            self.child.send_signal(number)
            try:
                return self.child.wait(seconds) == 0
            except subprocess.TimeoutExpired:
                self.child.kill()
                return False
        if self.pid is None:
            return False
        self.signal(number)
        if self.wait_for(lambda: not self.alive(), seconds):
            return True
        self.signal(9)
        return False
