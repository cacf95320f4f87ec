"""Whether captures can be run here: with a Suricata, and the plugin built for its series."""
import os
import re
import shutil
import subprocess


def series():
    """The series of $SURICATA, or of the one on PATH; None: there is none."""
    program = os.environ.get("SURICATA", "suricata")
    if shutil.which(program) is None:
        return None
    said = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=60).stdout
    version = re.search(r"version (\d+)\.", said)
    return int(version[1]) if version else None


def missing(build):
    """One line that says why not, or None."""
    number = series()
    if number is None:
        return "no suricata on PATH; ./bootstrap installs it"
    name = f"furumai-{number}.so"
    if not os.path.exists(os.path.join(build, name)):
        return f"no {name}; configure found no source of Suricata {number}"
    return None
