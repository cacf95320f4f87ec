"""Debian 13 on this machine: a small root for each of its Suricatas, made once by debootstrap from
the mirror that this machine has its own packages from, in ${FURUMAI_CACHE:-/var/cache/furumai}.
Both take some forty seconds on an idle machine, and 640 MB.
"""
import fcntl
import os
import shutil
import subprocess

SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
CACHE = os.environ.get("FURUMAI_CACHE", "/var/cache/furumai")
SUITES = {7: SUITE, 8: SUITE + "-backports"}  # where each series comes from
ROOTS = {7: os.path.join(CACHE, f"{SUITE}-7-root"), 8: os.path.join(CACHE, f"{SUITE}-root")}
LIBRARIES = ["libsqlite3-0", "libnettle8t64", "liblua5.4-0"]  # the plugin's
STEP_S = 180


class Skip(Exception):
    """One line that says what is not to be had here."""


def run(words, seconds=STEP_S, **how):
    """The command's output; Skip with its last line where it fails."""
    try:
        done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=seconds, **how)
    except OSError as error:
        raise Skip(f"{words[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise Skip(f"{words[0]} took more than {seconds} s") from error
    if done.returncode != 0:
        raise Skip(f"{words[0]}: " + (done.stdout.strip().splitlines() or ["it failed"])[-1])
    return done.stdout


def mirror():
    """Where this machine has its Debian from."""
    told = run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
                "Component: main", "Origin: Debian"]).split()
    if not told:
        raise Skip("no source of Debian (main) is configured in /etc/apt")
    return told[0]


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def make_base(base, uri):
    if shutil.which("debootstrap") is None:
        raise Skip("no debootstrap; ./bootstrap installs it")
    run(["debootstrap", "--variant=minbase", f"--keyring={KEYRING}", SUITE, base, uri])
    write(os.path.join(base, "etc/apt/sources.list"),
          "".join(f"deb {uri} {suite} main\n" for suite in SUITES.values()))
    write(os.path.join(base, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", 0o755)
    run(["chroot", base, "apt-get", "-qq", "-o", "APT::Sandbox::User=root", "update"])


def install(base, series):
    """A copy of the base with the Suricata of this series, under its name when it is complete."""
    part = ROOTS[series] + ".part"
    shutil.rmtree(part, ignore_errors=True)
    run(["cp", "-a", base, part])
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["chroot", part, "apt-get", "-qq", "-o", "APT::Sandbox::User=root"]
    run([*apt, "install", "-y", "--no-install-recommends", f"suricata/{SUITES[series]}",
         *LIBRARIES], env=quiet)
    run([*apt, "clean"], env=quiet)
    os.rename(part, ROOTS[series])


def make():
    """Makes the roots that are not there; Skip where they cannot be made."""
    if os.geteuid() != 0:
        raise Skip("not root")
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, f"{SUITE}.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be making them
        missing = [series for series, root in ROOTS.items()
                   if not os.path.exists(os.path.join(root, "usr/bin/suricata"))]
        if not missing:
            return
        base = os.path.join(CACHE, f"{SUITE}-base.part")
        shutil.rmtree(base, ignore_errors=True)
        try:
            make_base(base, mirror())
            for series in missing:
                install(base, series)
        finally:
            shutil.rmtree(base, ignore_errors=True)
