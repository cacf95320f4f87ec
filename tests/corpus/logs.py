"""Flow logs as plain rows: read Zeek conn logs (TSV or JSON), turn Argus flows into one.

Promise: flows(path) yields (time_s, orig, resp) for every flow line; rewrite() copies a conn log
with other addresses and a time shift and leaves all else as it was; from_argus() writes the flow
list of argus (binetflow) as a Zeek conn.log, so that `furumai replay` can read it.
Blind spots: argus merges both directions of a long flow into one line and reports no TCP history:
the connection state comes from its two flag lists. Where a list has no source bytes, half of all
bytes is taken; no row with an expectation is of that form.
"""

import datetime
import gzip
import json

ZEEK_HEAD = ("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
             "#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\t"
             "service\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\t"
             "missed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\t"
             "tunnel_parents\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\t"
             "interval\tcount\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\t"
             "count\tset[string]\n")


def _lines(path):
    with open(path, "rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    opener = gzip.open if packed else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as stream:
        yield from stream


def flows(path):
    fields = None
    for line in _lines(path):
        if line.startswith("{"):
            row = json.loads(line)
            yield float(row["ts"]), row["id.orig_h"], row["id.resp_h"]
        elif line.startswith("#fields"):
            fields = line.rstrip("\n").split("\t")[1:]
        elif fields and not line.startswith("#"):
            row = dict(zip(fields, line.rstrip("\n").split("\t")))
            yield float(row["ts"]), row["id.orig_h"], row["id.resp_h"]


def rewrite(source, target, address, shift_s):
    """Copy a conn log; address(text) gives the new address, shift_s is added to ts."""
    fields = None
    with open(target, "w", encoding="utf-8") as out:
        for line in _lines(source):
            if line.startswith("{"):
                row = json.loads(line)
                row["ts"] += shift_s
                for key in ("id.orig_h", "id.resp_h"):
                    row[key] = address(row[key])
                line = json.dumps(row) + "\n"
            elif line.startswith("#fields"):
                fields = line.rstrip("\n").split("\t")[1:]
            elif fields and not line.startswith("#"):
                row = line.rstrip("\n").split("\t")
                row[fields.index("ts")] = "%.6f" % (float(row[fields.index("ts")]) + shift_s)
                for key in ("id.orig_h", "id.resp_h"):
                    row[fields.index(key)] = address(row[fields.index(key)])
                line = "\t".join(row) + "\n"
            out.write(line)


def _tcp_state(state):
    sent, _, got = state.partition("_")
    if "S" not in sent:
        return "OTH"
    if not got:
        return "S0"
    if "S" not in got:
        return "REJ" if "R" in got else "SH"
    if "F" in sent and "F" in got:
        return "SF"
    return "RSTO" if "R" in sent else "RSTR" if "R" in got else "S1"


def _argus_row(number, row):
    when = datetime.datetime.strptime(row["StartTime"], "%Y/%m/%d %H:%M:%S.%f")
    when = when.replace(tzinfo=datetime.timezone.utc).timestamp()
    proto = row["Proto"]
    if proto not in ("tcp", "udp", "icmp"):
        return None
    packets, both = int(row["TotPkts"]), int(row["TotBytes"])
    sent = int(row.get("SrcBytes") or both // 2)
    answered = both > sent and row["State"] not in ("INT", "S_", "S0")
    if proto == "tcp":
        state = row["State"] if "_" not in row["State"] else _tcp_state(row["State"])
    else:
        state = "SF" if answered else "S0"
    back = packets // 2 if answered else 0
    port = [str(int(row[key], 0)) if row[key] else "0" for key in ("Sport", "Dport")]
    return "\t".join((
        "%.6f" % when, "A%d" % number, row["SrcAddr"], port[0], row["DstAddr"], port[1], proto,
        "-", row["Dur"], str(sent), str(both - sent), state, "-", "-", "0", "-",
        str(packets - back), str(sent), str(back), str(both - sent), "(empty)")) + "\n"


def from_argus(source, target):
    """Write the flow list as a conn.log; lines that are no IP flow are left out."""
    with open(target, "w", encoding="utf-8") as out:
        out.write(ZEEK_HEAD)
        fields = None
        for number, line in enumerate(_lines(source)):
            parts = line.rstrip("\n").split(",")
            if fields is None:
                fields = parts
                continue
            made = _argus_row(number, dict(zip(fields, parts))) if len(parts) >= 13 else None
            if made:
                out.write(made)
