"""Check a draw of the 社会认可度 survey yourself: python3 verify_draw.py draw.json FRAME.csv

Standard library only (Python 3.10 or later), one file, meant to be read before it is run.
Prints one sentence. Exit codes: 0 the draw is right, 1 it is not, 2 the files cannot be read.
What is checked is described in draw-protocol.md.
"""

import csv
import hashlib
import itertools
import json
import sys
import unicodedata
from pathlib import Path

COLUMNS = ("id", "category", "township", "area", "grade_band", "school")
NOT_ELIGIBLE = {("student", "1-2")}  # the pupils' paper starts at grade 3 (学生卷:三年级及以上)
DRAW = {"format": int, "seed": str, "n": int, "plan_digest": str, "frame_digest": str}
STRATUM = {"stratum": str, "N": int, "n": int, "cell": dict, "sample": list, "reserve": list}


def demand(is_right, message, fault=AssertionError):
    if not is_right:
        raise fault(message)


def ticket(seed, unit_id):
    """SHA-256 of seed, newline, id; the same as: printf '%s\\n%s' SEED ID | sha256sum"""
    return hashlib.sha256(f"{seed}\n{unit_id}".encode()).hexdigest()


def check_keys(record, kinds):
    for key, kind in kinds.items():
        is_kind = type(record.get(key)) is kind and (kind is not int or record[key] >= 0)
        demand(is_kind, f"{key!r} is missing or is not of type {kind.__name__}", ValueError)


def read_draw(path):
    """Read the draw and look at its shape; whether it is right is seen later."""
    draw = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    json.dumps(draw, ensure_ascii=False, allow_nan=False).encode()  # fails on half a character
    check_keys(draw, DRAW | {"strata": list})
    check_keys(draw.get("rules", {"id": "", "digest": ""}), {"id": str, "digest": str})
    kind = draw.get("kind", "draw"), draw["format"]
    demand(kind == ("draw", 1), f"expected a draw of format 1, got {kind}", ValueError)
    for stratum in draw["strata"]:
        check_keys(stratum, STRATUM)
        for texts in (stratum["sample"], stratum["reserve"], *stratum["cell"].values()):
            is_list = type(texts) is list and all(type(text) is str for text in texts)
            demand(is_list, f"expected a list of texts, got {texts!r}", ValueError)
    return draw


def read_frame(path):
    """Read the units, each a dict of the six columns, trimmed and NFC-normalised, sorted by id."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, strict=True) if any(v.strip() for v in row)]
    rows = [[unicodedata.normalize("NFC", value.strip()) for value in row] for row in rows]
    is_table = len(rows) > 1 and sorted(rows[0]) == sorted(COLUMNS)
    demand(is_table, f"{path}: expected people in the columns {','.join(COLUMNS)}", ValueError)
    units = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    ids = {unit["id"] for unit in units} - {""}
    demand(len(ids) == len(units), f"{path}: an id is empty or stands twice", ValueError)
    return sorted(units, key=lambda unit: unit["id"])


def sort_by_stratum(units, strata):
    """Give each stratum its people; each of the units must be in exactly one."""
    cells = {stratum["stratum"]: stratum["cell"].items() for stratum in strata}
    demand(len(cells) == len(strata), "the name of a stratum stands twice")
    members = {name: [] for name in cells}
    for unit in units:
        at = {column: unit[column] for column in COLUMNS[1:]}
        found = [name for name in cells if all(at.get(c) in texts for c, texts in cells[name])]
        demand(len(found) == 1, f"the person {unit['id']!r} is in {len(found)} strata, not in one")
        members[found[0]].append(unit["id"])
    return members


def check_stratum(stratum, ids, seed):
    name, n = f"stratum {stratum['stratum']!r}", stratum["n"]
    demand(stratum["N"] == len(ids), f"{name}: N is {len(ids)}, not {stratum['N']}")
    demand(n == len(stratum["sample"]) > 0, f"{name}: the sample does not hold {n} ids, or none")
    order = sorted(ids, key=lambda unit_id: (ticket(seed, unit_id), unit_id))
    for part, expected in (("sample", order[:n]), ("reserve", order[n : 2 * n])):
        pairs = itertools.zip_longest(expected, stratum[part])
        for place, (right, got) in enumerate(pairs, start=1):
            demand(right == got, f"{name}, {part}: position {place} is {right!r}, not {got!r}")


def check_draw(draw, units):
    rows = [[unit[column] for column in COLUMNS] for unit in units]
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows]
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    demand(draw["frame_digest"] == digest, f"this frame's digest is {digest}, not the draw's")
    demand(not {"\n", "\r"} & set(draw["seed"]), "the seed holds a line break")
    total = sum(stratum["n"] for stratum in draw["strata"])
    demand(draw["n"] == total > 0, f"the strata add up to {total}, but n is {draw['n']}")
    eligible = [u for u in units if (u["category"], u["grade_band"]) not in NOT_ELIGIBLE]
    members = sort_by_stratum(eligible, draw["strata"])
    for stratum in draw["strata"]:
        check_stratum(stratum, members[stratum["stratum"]], draw["seed"])


def main(draw_path, frame_path):
    try:
        draw = read_draw(draw_path)
        check_draw(draw, read_frame(frame_path))
    except AssertionError as difference:
        return 1, f"{draw_path} is not right: {difference}"
    except (OSError, ValueError, AttributeError, RecursionError, csv.Error) as error:
        return 2, f"cannot check: {type(error).__name__}: {error}"
    return 0, f"{draw_path} is right: {draw['n']} people in {len(draw['strata'])} strata."


if __name__ == "__main__":
    code, sentence = main(*sys.argv[1:]) if len(sys.argv) == 3 else (2, __doc__)
    print(sentence)
    sys.exit(code)
