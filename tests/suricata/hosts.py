"""The Suricatas that the plugin is put into: this machine's and those of the Debian 13 roots."""
import os
import shutil
import subprocess
import tempfile

import roots

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
IN_ROOT = os.path.join(HERE, "in-root")
CORPUS = os.environ.get("FURUMAI_CORPUS") or os.path.join(SOURCE, "..", "shared", "data")
BUILD = os.path.abspath(os.environ.get("FM_BUILDDIR", "."))


class Host:
    """`name` is for lines and tables, `program` what runs it once use() has been called."""

    def __init__(self, debian, series, root=None):
        self.series, self.root = series, root
        self.program = IN_ROOT if root else shutil.which("suricata")
        self.use()
        said = subprocess.run([self.program, "-V"], capture_output=True, text=True, timeout=60)
        if said.returncode != 0:
            raise roots.Skip(f"{self.program} -V: {said.stderr.strip()[-200:]}")
        self.version = said.stdout.split("version ")[-1].split()[0]
        self.name = f"{self.version}-debian{debian}"
        self.title = f"{self.version} (Debian {debian})"
        self.binary = os.path.join(root, "usr/bin/suricata") if root else self.program

    def use(self, program=None):
        """Makes it the Suricata of every test in this process and below; `program` is another
        binary, to be run where this one runs."""
        os.environ["SURICATA"] = self.program
        for name in ("FM_ROOT", "FM_ROOT_BINDS", "FM_ROOT_PROGRAM"):
            os.environ.pop(name, None)
        if self.root:
            os.environ["FM_ROOT"] = self.root
            wanted = [tempfile.gettempdir(), BUILD, SOURCE, os.path.realpath(CORPUS)]
            os.environ["FM_ROOT_BINDS"] = " ".join(filter(os.path.isdir, dict.fromkeys(wanted)))
            if program:
                os.environ["FM_ROOT_PROGRAM"] = program
        elif program:
            os.environ["SURICATA"] = program


def here():
    """This machine's, the one that baselines are made with."""
    return Host(12, 7)


def beside():
    """Those of Debian 13; Skip where there are no roots."""
    roots.make()
    return [Host(13, series, root) for series, root in roots.ROOTS.items()]
