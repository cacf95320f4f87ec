"""The gate's numbers as plain text that a person reads: one function a table, no arithmetic that
verdict.py does not do."""

import os

import verdict

MARKS = {True: "yes", False: "-"}
ROWS_SHOWN = 80


def short(path, width=46):
    """The end of a path, which is the part that tells files apart."""
    name = "/".join(path.split("/")[-2:])
    return name if len(name) <= width else ".." + name[2 - width:]


def grid(head, rows):
    """Columns as wide as their widest cell; numbers are aligned by the caller's formatting."""
    rows = [[str(cell) for cell in row] for row in [head] + rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"


def number(value, form="%.2f"):
    return "-" if value is None else form % value


def percent(part, whole):
    return "%d of %d (%.1f %%)" % (part, whole, 100.0 * part / whole) if whole else "-"


def _named(found):
    best = max(found, key=lambda detection: detection["certainty"])
    return "%s T%d C%d" % (best["type"], best["threat"], best["certainty"])


def expected(rows, built):
    """rows: [(entry, result, census)]"""
    lines = []
    for entry, result, census in rows:
        for part in entry.parts:
            found = {floor: verdict.hits(entry, part, result, floor) for floor in verdict.FLOORS}
            low = found[verdict.FLOORS[0]]
            delay = [verdict.delay_s(entry, hit, verdict.FLOORS[0], census) for hit in low]
            delay = [value for value in delay if value is not None]
            took = [hit["records"] for hit in low if hit.get("records") is not None]
            others = verdict.extras(entry, result, verdict.FLOORS[0])
            lines.append([
                short(entry.path), "|".join(sorted(part)), entry.host or "any",
                "failed" if result["status"] else
                "/".join(MARKS[bool(found[floor])] for floor in verdict.FLOORS)
                if part & built or low else "no detector",
                _named(low) if low else "", "%.1f" % min(delay) if delay else "",
                min(took) if took else "",
                ("(%d)" if entry.label == "mixed" else "%d") % len(others),
                ", ".join(sorted({extra["type"] for extra in others}))])
    return grid(["file", "expected", "host", "found at 30/50/70", "by", "after s", "records",
                 "extras", "extra types"], lines)


def floors(scores, mosaics, needles):
    """scores: {floor: Score}; mosaics: {floor: (false, per 1000 host-hours)} or {}; needles:
    {floor: (right, all)} or {}"""
    columns = list(verdict.FLOORS)
    lines = [
        ["expectations found"] + [percent(scores[f].found, scores[f].parts) for f in columns],
        ["of those with a detector"] + [percent(scores[f].met, scores[f].meetable)
                                        for f in columns],
        ["extras a malicious file"] + [number(scores[f].measures()["extras_per_file"])
                                       for f in columns],
        ["benign files quiet"] + [percent(scores[f].quiet, scores[f].benign) for f in columns],
        ["false in benign files per 1,000 host-hours"] +
        [number(1000 * scores[f].false / scores[f].hours if scores[f].hours else None, "%.1f")
         for f in columns]]
    if mosaics:
        lines.append(["false in the mosaic per 1,000 host-hours"] +
                     ["%.2f (%d)" % (mosaics[f][1], mosaics[f][0]) for f in columns])
    if needles:
        lines.append(["needles right, nothing else new"] +
                     [percent(*needles[f]) for f in columns])
    return grid(["certainty at or above"] + ["%d" % floor for floor in columns], lines)


def precision(score):
    lines = [[kind, right, wrong, "%.0f %%" % (100.0 * right / (right + wrong))]
             for kind, (right, wrong) in sorted(score.types.items())]
    return grid(["type", "right", "wrong", "precision"], lines) if lines else "none counted\n"


def by_type(counts):
    """counts: as verdict.by_type"""
    return grid(["type", "rows of its own", "rows shared", "found in"],
                [[kind, *numbers] for kind, numbers in sorted(counts.items())])


def wrong(found):
    """found: [(path, detection)]"""
    lines = [[short(path), hit["type"], hit["addresses"][0] if hit["addresses"] else "",
              "T%d C%d" % (hit["threat"], hit["certainty"]), hit["summary"][:110]]
             for path, hit in found]
    if not lines:
        return "none\n"
    more = len(lines) - ROWS_SHOWN
    return (grid(["file", "type", "host", "scores", "sentence"], lines[:ROWS_SHOWN])
            + ("and %d more\n" % more if more > 0 else ""))


def loud(found):
    """found: [(path, host)]"""
    lines = [[short(path), host["ip"], host["quadrant"],
              "T%d C%d" % (host["threat"], host["certainty"])] for path, host in found]
    return grid(["file", "host", "quadrant", "scores"], lines) if lines else "none\n"


def needles(rows):
    """rows: [(entry, host, right, others, status)]"""
    lines = [[short(entry.path), ";".join("|".join(sorted(part)) for part in entry.parts),
              host or "any", "failed" if status else _named(right) if right else "-",
              ", ".join("%s on %s" % (other["type"], other["addresses"][0]) for other in others)]
             for entry, host, right, others, status in rows]
    return grid(["needle", "expected", "host in the mosaic", "found", "else new"], lines)


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
