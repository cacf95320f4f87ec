"""The same traffic in several Suricatas: what each found, side by side."""
import concurrent.futures
import importlib.machinery
import importlib.util
import json
import os
import sys
import tempfile

import hosts

TESTS = os.path.dirname(hosts.HERE)
KNOWN = os.path.join(hosts.HERE, "differences.json")
JOBS = 2
PAIRS = 7
FLOWS = 25000  # half of tests/bench's
RECORDS = """\
What the two series cannot tell alike: only series 8 has LDAP, EtherNet/IP and WebSocket and the ALPN
of TLS; its DNS query and answer are two transactions. No detection below rests on that.

"""
sys.path.append(os.path.join(TESTS, "corpus"))


def load(folder, name):
    """tests/FOLDER/run as a module."""
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(TESTS, folder, "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def spread(work, items):
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(work, items))


class Sheet:
    """What the parts put down for TABLES.md."""

    def __init__(self):
        self.parts = []

    def add(self, title, text):
        self.parts.append(f"## {title}\n\n{text}")

    def write(self, path):
        head = ("# Suricata 7 and 8, side by side\n\nMade by `make check-suricata8 "
                "OPTIONS='--full --write-tables'`; do not edit.\n\n" + RECORDS)
        with open(path, "w", encoding="utf-8") as file:
            file.write(head + "\n".join(self.parts))


def table(head, rows):
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) + "\n"


# ---- differences that have a reason ----

def reasons():
    """{(where, type, host)}: why a detection is not the same everywhere."""
    with open(KNOWN, encoding="utf-8") as file:
        return {(d["where"], d["type"], d["host"]): d["why"] for d in json.load(file)}


def parted(where, host, reference, got, why):
    """(unexplained, explained): a line for each (type, host) that one of the sets lacks."""
    bad, fine = [], []
    for side, only in (("not in", reference - got), ("only in", got - reference)):
        for kind, suspect in sorted(only):
            line = f"{where}: {kind} of {suspect} {side} {host.title}"
            reason = why.get((where, kind, suspect))
            (fine if reason else bad).append(line + (f": {reason}" if reason else ""))
    return bad, fine


# ---- golden cases ----

def case_events(module, host, case):
    """The events of one case, or why there are none."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=module.CACHE) as folder:
        try:
            events = module.command("run", case, folder, module.capture_of(case))
        except module.Failure as failure:
            return str(failure)
        with open(os.path.join(folder, "run.log"), encoding="utf-8") as log:
            right = f"Suricata version {host.version} " in log.read()
        return events if right else f"the run was not by Suricata {host.version}"


def baseline(module, case):
    with open(os.path.join(module.HERE, case["name"], "expected.json"), encoding="utf-8") as file:
        return json.load(file)


def cells(events):
    """What a case's detections came to, each at its highest."""
    best = {}
    for event in events:
        said = event["behavior"]
        if said["record"] == "detection":
            key = (said["type"], event["src_ip"])
            score = (said["threat"], said["certainty"])
            best[key] = max(best.get(key, score), score)
    return ", ".join(f"{kind} {ip} T{t} C{c}" for (kind, ip), (t, c) in sorted(best.items()))


def ids(module, events):
    return {(f"{e['behavior']['type']} {e['behavior']['id']}", e["src_ip"])
            for e in module.canon.of(events, "detection")}


def judge_case(module, host, case, expected, events, why):
    """(verdict, line, cell)"""
    if isinstance(events, str):
        return "FAIL", events, events
    name = f"golden/{case['name']}"
    bad, fine = parted(name, host, ids(module, expected), ids(module, events), why)
    bad += module.expect.plain(case, events)
    where = module.canon.difference(expected, module.canon.canonical(events))
    cell = cells(events) if where else "same events"
    line = "; ".join(bad or fine or ([where] if where else []))
    return "FAIL" if bad else "PASS", line, cell + (f" ({where})" if where else "")


def golden(inside, options, sheet):
    module = load("golden", "golden_run")
    os.makedirs(module.CACHE, exist_ok=True)
    names = sorted(n for n in os.listdir(module.HERE)
                   if os.path.exists(os.path.join(module.HERE, n, "case.json")))
    cases = [module.load(name) for name in names]
    expected = {case["name"]: baseline(module, case) for case in cases}
    asked, why = ([hosts.here()] if options.full else []) + inside, reasons()
    rows = {name: [name, cells(expected[name]) or "nothing"] for name in names}
    for host in asked:
        host.use()
        for case, events in zip(cases, spread(lambda c, h=host: case_events(module, h, c), cases)):
            name = case["name"]
            verdict, line, cell = judge_case(module, host, case, expected[name], events, why)
            rows[name].append(cell)
            yield verdict, f"{host.name}/golden/{name}", line
    head = ["case", "detections in the baseline", *(host.title for host in asked)]
    sheet.add("Golden cases", "Type and host of each detection with its highest Threat and "
              "Certainty. *same events*: every event is equal to the\nbaseline's in every field "
              "(flow ids masked).\n\n" + table(head, list(rows.values())))


# ---- the corpus ----

def found_in(result, floor):
    from verdict import counted
    return {(d["type"], d["addresses"][0]) for d in counted(result, floor)}


def corpus_results(module, host, files, mosaic):
    """{file: result} in one Suricata; results that are known already are taken from the store."""
    import census
    import tool
    host.use()
    furumai = tool.Furumai(os.path.join(hosts.BUILD, "furumai"), hosts.SOURCE,
                           os.path.join(hosts.BUILD, "corpus"))

    def one(entry):
        seen = census.of(entry, furumai.store)
        return entry, furumai.judge_file(entry, seen), seen
    judged = spread(one, files)
    alone = module.Mosaic(furumai, mosaic).build() if mosaic else None
    return furumai.built(), judged, alone


def measures(module, built, judged):
    scores = module.score_all(judged, built)[module.verdict.FLOORS[0]]
    return {**scores.measures(), "detections in rows": scores.found, "false, benign": scores.false}


def corpus(inside, options, sheet):
    if not os.path.exists(os.path.join(hosts.CORPUS, "EXPECT.tsv")):
        yield "SKIP", "corpus", f"no EXPECT.tsv in {hosts.CORPUS} (set FURUMAI_CORPUS)"
        return
    module, why = load("corpus", "corpus_run"), reasons()
    floor = module.verdict.FLOORS[0]
    entries = module.catalogue.load(hosts.CORPUS)
    files = [entry for entry in module.sample(entries, "full" if options.full else "quick")
             if entry.kind == module.catalogue.CAPTURE]
    rows, notes, reference = {}, [], {}
    for host in [hosts.here(), *inside]:
        built, judged, alone = corpus_results(module, host, files,
                                              entries if options.full else None)
        results = {entry.path: result for entry, result, _ in judged}
        if alone:
            results["mosaic"] = alone
        bad = [f"{path}: {result['error']}" for path, result in results.items() if result["status"]]
        fine = []
        for path, result in results.items():
            got = found_in(result, floor)
            more = parted(path, host, reference.setdefault(path, got), got, why)
            bad += more[0]
            fine += more[1]
        rows[host.title] = {"captures": len(files), **measures(module, built, judged)}
        if alone:
            rows[host.title]["false, mosaic"] = len(found_in(alone, floor))
        rows[host.title]["differences"] = len(bad) + len(fine)
        notes += bad + fine
        line = "; ".join(bad) or f"{len(results)} captures" + "".join(f"; {f}" for f in fine)
        yield "FAIL" if bad else "PASS", f"{host.name}/corpus", line
    names = list(next(iter(rows.values())))
    text = table(["", *rows], [[name, *(f"{row[name]:.3f}".rstrip("0").rstrip(".")
                                        for row in rows.values())] for name in names])
    text += "\nDifferences from 7.0.10 (Debian 12), by file:\n\n" + (
        "".join(f"- {note}\n" for note in notes) or "none.\n")
    sheet.add(f"Corpus: captures, at certainty {floor}", text)


# ---- what it costs there ----

def cost(inside, options, sheet):
    if not options.full:
        return
    bench = load("bench", "bench_run")
    os.makedirs(bench.OUT, exist_ok=True)
    bench.bulk.write(bench.CAPTURE, FLOWS)
    for host in inside:
        if host.series != 8:
            continue
        host.use()
        bench.sensor.SURICATA = os.environ["SURICATA"]
        bench.sensor.PLUGIN = os.path.join(hosts.BUILD, "furumai.so")
        text = bench.whole_process(PAIRS)
        sheet.add(f"CPU of the whole process, {host.title}",
                  f"{bench.machine()}\n{FLOWS:,} flows in "
                  f"{FLOWS * bench.PACKETS_A_FLOW:,} packets, no rules; {PAIRS} times without, "
                  f"with, without the plugin in turn.\nUser and system time.\n\n{text}")
        yield "PASS", f"{host.name}/cost", " ".join(text.splitlines()[2].split())
    bench.shutil.rmtree(bench.OUT)
