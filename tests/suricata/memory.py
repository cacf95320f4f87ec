"""The plugin in a Suricata that runs under valgrind: no invalid access, no value used before it is
set, nothing definitely or possibly lost. Small captures: valgrind makes everything fifty times
slower.
"""
import os
import re
import shutil

import offline
import sensor
from offline import EXPECTED, RULES, need
from sensor import configure, found, lines

SECONDS = 120
SUPPRESSED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "valgrind.supp")
SMALL = {e for e in EXPECTED if e[0] != "smash_and_grab"}


def valgrind(folder):
    return ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,possible",
            "--errors-for-leak-kinds=definite,possible", "--error-exitcode=9", "--num-callers=30",
            f"--suppressions={SUPPRESSED}", f"--log-file={folder}/valgrind.log"]


def need_clean(folder):
    with open(os.path.join(folder, "valgrind.log"), encoding="utf-8") as file:
        said = [re.sub(r"^==\d+== ?", "", line).strip() for line in file]
    need(not said, " / ".join(line for line in said[:6] if line))


def with_valgrind(test):
    def run(place):
        if shutil.which("valgrind") is None:
            return "SKIP no valgrind"
        return test(place)
    return run


def prepare(place, name, more=""):
    folder = place.folder(name)
    rules = os.path.join(place.root, "test.rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write(RULES)
    os.makedirs(folder)
    configure(folder, f"{place.settings}, tape: {folder}/furumai.tape{more}")
    return folder, rules


@with_valgrind
def test_autofp(place):
    folder, rules = prepare(place, "valgrind", f", state-dir: {place.folder('valgrind')}/state")
    status, said = sensor.read(folder, place.small, "--runmode", "autofp", rules=rules,
                               before=valgrind(folder), seconds=SECONDS)
    need_clean(folder)
    need(status == 0, f"exit status {status}: {said.strip().splitlines()[-1]}")
    events = lines(os.path.join(folder, "eve.json"))
    need(found(events) == SMALL, f"found {sorted(found(events))}")


@with_valgrind
def test_unix_socket(place):
    folder, rules = prepare(place, "valgrind-socket")
    command = [*valgrind(folder), *sensor.words(folder, rules), f"--unix-socket={folder}/socket"]
    running = sensor.Sensor(folder, command, daemon=False)
    try:
        running.ready(SECONDS)
        offline.feed(running, {"one": place.small, "two": place.small}, SECONDS)
        running.ask("furumai-stats")
    finally:
        well = running.stop(seconds=SECONDS)
    need_clean(folder)
    need(well, "did not end well")
    for name in ("one", "two"):
        events = lines(os.path.join(folder, name, "eve.json"))
        need(found(events) == SMALL, f"{name}: found {sorted(found(events))}")


TESTS = {"valgrind": test_autofp, "valgrind-socket": test_unix_socket}
