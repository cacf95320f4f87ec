"""What the corpus holds: MANIFEST.tsv and EXPECT.tsv as plain objects.

Promise: load(folder) returns one Entry for each judged file, in the order of the manifest. An
expectation is one part of a row ("a|b;c" has two: a or b, and c); host "-" is None: any host.
A line that cannot be read stops with file and line, since a silently shorter list would raise
every share that the gate computes.
"""

import ipaddress
import os

CAPTURE, ZEEK, EVE, ARGUS = "capture", "zeek", "eve", "argus"
PRIVATE = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
LABELS = ("malicious", "mixed", "benign")


class BadCatalogue(Exception):
    """A list that cannot be used; the text names file, line and remedy."""


class Entry:
    """A file of the corpus. parts: list of sets of detection types; empty without a row."""

    def __init__(self, folder, path, label, note):
        self.folder, self.path, self.label, self.note = folder, path, label, note
        self.internal, self.parts, self.host, self.shows = PRIVATE, [], None, ""

    @property
    def full(self):
        return os.path.join(self.folder, self.path)

    @property
    def kind(self):
        name = os.path.basename(self.path)
        name = name[:-3] if name.endswith(".gz") else name
        if name.endswith((".pcap", ".pcapng", ".cap")):
            return CAPTURE
        if name.endswith(".binetflow"):
            return ARGUS
        if name.endswith(("eve.json", "suricata.json")):
            return EVE
        return ZEEK if name.endswith((".log", ".labeled")) else None


def networks(text):
    return [ipaddress.ip_network(part.strip()) for part in text.split(",")]


def inside(address, nets):
    """True where a packed or text address lies in one of the networks."""
    value = ipaddress.ip_address(address)
    return any(value.version == net.version and value in net for net in nets)


def _rows(path, least):
    with open(path, encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if line.startswith("#") or line.startswith("path\t") or not line.strip():
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) < least:
                raise BadCatalogue("%s:%d: %d columns instead of %d: restore the list" %
                                   (path, number, len(fields), least))
            yield number, fields


def load(folder):
    entries = {}
    manifest = os.path.join(folder, "MANIFEST.tsv")
    for number, fields in _rows(manifest, 2):
        if fields[1] not in LABELS:
            raise BadCatalogue("%s:%d: label %s is none of %s" %
                               (manifest, number, fields[1], ", ".join(LABELS)))
        note = fields[8] if len(fields) > 8 else ""
        entries[fields[0]] = Entry(folder, fields[0], fields[1], note)
    expect = os.path.join(folder, "EXPECT.tsv")
    for number, fields in _rows(expect, 4):
        entry = entries.get(fields[0])
        if entry is None:
            raise BadCatalogue("%s:%d: %s is not in MANIFEST.tsv" % (expect, number, fields[0]))
        try:
            networks(fields[1])
        except ValueError as error:
            raise BadCatalogue("%s:%d: %s" % (expect, number, error)) from None
        entry.internal = fields[1]
        entry.parts = [set(part.split("|")) for part in fields[2].split(";")]
        entry.host = None if fields[3] == "-" else str(ipaddress.ip_address(fields[3]))
        entry.shows = fields[4] if len(fields) > 4 else ""
    return [entry for entry in entries.values() if entry.kind and os.path.exists(entry.full)]
