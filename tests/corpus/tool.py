"""The furumai command as the gate uses it, and a store for what it said.

Promise: a file is put through the command once for each state of the command: results are kept
under a hash of the command, its modules, its policy and the host program, and of the file and
networks. Captures out of time order, or with packets that do not tell their length, are mended
first, argus lists become conn logs. A run that fails or outlasts its time gives a result with a
status, never an exception; only processes started here are ended. The last STATES_KEPT states of
the command stay on disk.
"""

import datetime
import hashlib
import ipaddress
import json
import os
import shutil
import signal
import subprocess
import tempfile

import capture
import catalogue
import logs
import verdict

STATES_KEPT = 3
TIMEOUT_S = 180
TAPE = "furumai.tape"
HOST_PROGRAM = ("/usr/bin/suricata", "/usr/local/bin/suricata")


def _digest(*parts):
    total = hashlib.sha256()
    for part in parts:
        total.update(part if isinstance(part, bytes) else part.encode())
        total.update(b"\0")
    return total.hexdigest()[:24]


def _stamp(path):
    about = os.stat(path)
    return "%s %d %d" % (path, about.st_size, about.st_mtime_ns)


class Store:
    """Files under one folder: facts about captures, results of one state of the command."""

    def __init__(self, folder, state):
        self.folder, self.state = folder, os.path.join(folder, "results", state)
        for name in (self.state, os.path.join(folder, "facts"), os.path.join(folder, "ready")):
            os.makedirs(name, exist_ok=True)
        os.utime(self.state)
        self._forget_old_states()

    def _forget_old_states(self):
        parent = os.path.dirname(self.state)
        states = sorted((os.path.join(parent, name) for name in os.listdir(parent)),
                        key=os.path.getmtime, reverse=True)
        for old in states[STATES_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    @staticmethod
    def _read(path):
        try:
            with open(path, encoding="utf-8") as stream:
                return json.load(stream)
        except (OSError, ValueError):
            return None

    @staticmethod
    def _write(path, value):
        part = "%s.%d" % (path, os.getpid())
        with open(part, "w", encoding="utf-8") as stream:
            json.dump(value, stream)
        os.replace(part, path)

    def _facts_path(self, key, entry):
        return os.path.join(self.folder, "facts",
                            _digest(key, _stamp(entry.full), _stamp(capture.__file__),
                                    entry.internal) + ".json")

    def facts(self, key, entry):
        return self._read(self._facts_path(key, entry))

    def remember(self, key, entry, value):
        self._write(self._facts_path(key, entry), value)

    def result(self, name):
        return self._read(os.path.join(self.state, name + ".json"))

    def keep(self, name, value):
        self._write(os.path.join(self.state, name + ".json"), value)

    def ready(self, name):
        """Path of a prepared input file."""
        return os.path.join(self.folder, "ready", name)


def seconds(text):
    """ISO time with zone to seconds, or None."""
    try:
        if text.endswith("Z"):
            text = text[:-1] + "+0000"
        elif text[-3] == ":":
            text = text[:-3] + text[-2:]
        form = "%Y-%m-%dT%H:%M:%S.%f%z" if "." in text else "%Y-%m-%dT%H:%M:%S%z"
        return datetime.datetime.strptime(text, form).timestamp()
    except (ValueError, IndexError, AttributeError):
        return None


def _plain(address):
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _addresses(event, entity):
    names = [event.get("src_ip"), entity.get("ip")] + list(entity.get("addresses") or ())
    return list(dict.fromkeys(_plain(name) for name in names if name))


def read_events(path):
    """Last state of each detection and of each host in an eve.json: (detections, hosts)."""
    detections, hosts = {}, {}
    with open(path, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            event = json.loads(line) if '"behavior"' in line else {}
            if event.get("event_type") != "behavior":
                continue
            said = event["behavior"]
            if said["record"] == "detection":
                _take_detection(detections, event, said)
            elif said["record"] == "host":
                hosts[said["entity"]["id"]] = {
                    "ip": _plain(event.get("src_ip") or said["entity"]["ip"]),
                    "threat": said["threat"], "certainty": said["certainty"],
                    "quadrant": said["quadrant"]}
    return list(detections.values()), list(hosts.values())


def _take_detection(detections, event, said):
    old = detections.get(said["id"])
    if old and old["rev"] > said["rev"]:
        return
    since = old["since"] if old else {}
    for floor in verdict.FLOORS:
        if said["scored"] and said["certainty"] >= floor:
            since.setdefault(str(floor), seconds(event["timestamp"]))
    detections[said["id"]] = {
        "id": said["id"], "rev": said["rev"], "type": said["type"], "since": since,
        "addresses": _addresses(event, said.get("entity") or {}), "scored": said["scored"],
        "certainty": said["certainty"], "threat": said["threat"],
        "first_seen": seconds(said["first_seen"]), "summary": said.get("summary", "")}


class Furumai:
    """One state of the command. `state` names it; results of equal state are reused."""

    def __init__(self, command, source, folder):
        self.command = os.path.abspath(command)
        self.state = self._fingerprint(source)
        self.store = Store(folder, self.state)
        self.timeout_s = TIMEOUT_S

    def _fingerprint(self, source):
        build = os.path.dirname(self.command)
        files = [self.command]
        for base, _, names in os.walk(build):
            files += [os.path.join(base, name) for name in names if name.endswith(".so")]
        for base, _, names in os.walk(os.path.join(source, "lua")):
            files += [os.path.join(base, name) for name in names]
        root = os.environ.get("FM_ROOT", "")  # tests/suricata/in-root: another Debian's Suricata
        parts = [_stamp(root + program) for program in HOST_PROGRAM
                 if os.path.exists(root + program)]
        for name in sorted(set(files)):
            with open(name, "rb") as stream:
                parts += [name, hashlib.sha256(stream.read()).digest()]
        return _digest(*parts)

    def built(self):
        """Types of the detectors that the command knows."""
        run = subprocess.run([self.command, "detectors", "--json"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=30, check=True)
        try:
            said = json.loads(run.stdout)
            rows = said["detectors"] if isinstance(said, dict) else said
        except ValueError:
            rows = [json.loads(line) for line in run.stdout.splitlines() if line.strip()]
        return {row.get("type") or row["name"] for row in rows}

    def ready(self, entry, census):
        """The file as the command can take it."""
        if entry.kind == catalogue.CAPTURE and census["mend"]:
            path = self.store.ready(_digest(_stamp(entry.full), "mended") + ".pcap")
            if not os.path.exists(path):
                capture.mend_into(entry.full, path + ".part")
                os.replace(path + ".part", path)
            return path
        if entry.kind == catalogue.ARGUS:
            folder = self.store.ready(_digest(_stamp(entry.full)))
            path = os.path.join(folder, "conn.log")
            if not os.path.exists(path):
                os.makedirs(folder, exist_ok=True)
                logs.from_argus(entry.full, path + ".part")
                os.replace(path + ".part", path)
            return path
        return entry.full

    def judge_file(self, entry, census):
        """The result for one file of the corpus, from the store where it is known."""
        path = self.ready(entry, census)
        verb = "run" if entry.kind == catalogue.CAPTURE else "replay"
        return self.result(verb, [path], entry.internal, entry=entry)

    def result(self, verb, paths, internal, tape=None, entry=None):
        """Run the command over files; with `tape`, keep the tape it wrote at that path; with an
        `entry`, count the records that its named detections took."""
        name = _digest(verb, internal, *[_stamp(path) for path in paths])
        known = self.store.result(name)
        if known is not None and (tape is None or os.path.exists(tape)):
            return known
        with tempfile.TemporaryDirectory(prefix="furumai-corpus-") as out:
            result = self._run(verb, paths, internal, out)
            for found in result["detections"] if entry and entry.parts else ():
                found["records"] = self._records(found, entry, verb, paths, out)
            if tape and os.path.exists(os.path.join(out, TAPE)):
                shutil.move(os.path.join(out, TAPE), tape)
        if not result["status"]:
            self.store.keep(name, result)
        return result

    def _run(self, verb, paths, internal, out):
        begin = datetime.datetime.now()
        status, error = self._call([self.command, verb, "--out", out, "--internal", internal]
                                   + paths)
        took = (datetime.datetime.now() - begin).total_seconds()
        detections, hosts = [], []
        if not status:
            try:
                detections, hosts = read_events(os.path.join(out, "eve.json"))
            except (OSError, ValueError, KeyError) as fault:
                status, error = 1, "eve.json: %s: %s" % (type(fault).__name__, fault)
        return {"status": status, "seconds": took, "error": error, "detections": detections,
                "hosts": hosts}

    def _records(self, found, entry, verb, paths, out):
        """Records of the suspect from its first one (in a mixed file, from the detection's own
        first_seen) to the first counted event; None where it never counted or was not named."""
        until = found["since"].get(str(verdict.FLOORS[0]))
        if until is None or not any(found["type"] in part for part in entry.parts):
            return None
        begin = ["--from", "%.6f" % found["first_seen"]] if entry.label == "mixed" else []
        source = [os.path.join(out, TAPE)] if verb == "run" else paths
        said = subprocess.run(
            [self.command, "tape", "--host", found["addresses"][0], *begin,
             "--to", "%.6f" % until, "show", *source],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=self.timeout_s, text=True)
        count = said.stdout.split(" of ")[0]
        return int(count) if said.returncode == 0 and count.isdigit() else None

    def _call(self, arguments):
        """(status, last line of stderr); a process group of its own, ended when it is late."""
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=errors,
                                       stdout=subprocess.DEVNULL, start_new_session=True)
            try:
                status = process.wait(timeout=self.timeout_s)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return 124, "no end after %d s" % self.timeout_s
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines()
        return status, lines[-1][:300] if lines and status else ""
