"""Check a draw of the 社会认可度 survey yourself: python3 verify_draw.py draw.json FRAME.csv

FRAME.csv is the frame or the public frame. Standard library only (Python 3.10 or later). Prints a
sentence; exits with 0: right, 1: not right, 2: cannot be checked. See draw-protocol.md.
"""

import collections
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
STRATUM["reserve_depth"] = int  # how many ids are kept in reserve; if it is not there, n


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
    draw = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    json.dumps(draw, ensure_ascii=False, allow_nan=False).encode()  # fails on half a character
    check_keys(draw, DRAW | {"strata": list})
    check_keys(draw.get("rules", {"id": "", "digest": ""}), {"id": str, "digest": str})
    is_known = (draw.get("kind", "draw"), draw["format"]) == ("draw", 1) and "design" not in draw
    demand(is_known, "expected format 1; a draw with a design needs renkedu verify", ValueError)
    for stratum in draw["strata"]:
        stratum.setdefault("reserve_depth", stratum.get("n"))
        check_keys(stratum, STRATUM)
        for texts in (stratum["sample"], stratum["reserve"], *stratum["cell"].values()):
            demand(type(texts) is list and {*map(type, texts)} <= {str}, "no texts", ValueError)
    return draw


def read_frame(path):
    """Read the units, each a dict of its columns, trimmed and NFC-normalised, sorted by id."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, strict=True) if any(v.strip() for v in row)]
    rows = [[unicodedata.normalize("NFC", text.strip()) for text in row] for row in rows]
    is_table = rows[1:] and sorted(rows[0]) in (sorted(COLUMNS), ["commitment", "id", "stratum"])
    demand(is_table, f"{path}: expected people in the columns {','.join(COLUMNS)}", ValueError)
    units = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    ids = {unit["id"] for unit in units} - {""}
    demand(len(ids) == len(units), f"{path}: an id is empty or stands twice", ValueError)
    return sorted(units, key=lambda unit: unit["id"])


def belongs(unit, cell):
    return all(column != "id" and unit.get(column) in cell[column] for column in cell)


def check_stratum(stratum, ids, seed):
    name, n = f"stratum {stratum['stratum']!r}", stratum["n"]
    demand(stratum["N"] == len(ids), f"{name}: N is {len(ids)}, not {stratum['N']}")
    demand(n == len(stratum["sample"]) > 0, f"{name}: the sample does not hold {n} ids, or none")
    order = sorted(ids, key=lambda unit_id: (ticket(seed, unit_id), unit_id))
    reserve = order[n : n + stratum["reserve_depth"]]
    for part, expected in (("sample", order[:n]), ("reserve", reserve)):
        for place, (right, got) in enumerate(itertools.zip_longest(expected, stratum[part]), 1):
            demand(right == got, f"{name}, {part}: position {place} is {right!r}, not {got!r}")


def check_draw(draw, units):
    strata = draw["strata"]
    if "stratum" in units[0]:  # the public frame, whose digest is another one, not in the draw
        cells = [{"stratum": [stratum["stratum"]]} for stratum in strata]
    else:
        cells = [stratum["cell"] for stratum in strata]
        rows = [[unit[column] for column in COLUMNS] for unit in units]
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows]
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()
        demand(draw["frame_digest"] == digest, f"this frame's digest is {digest}, not the draw's")
    demand(not {"\n", "\r"} & set(draw["seed"]), "the seed holds a line break")
    total = sum(stratum["n"] for stratum in strata)
    demand(draw["n"] == total > 0, f"the strata add up to {total}, but n is {draw['n']}")
    demand(len({s["stratum"] for s in strata}) == len(strata), "the name of a stratum stands twice")
    units = [u for u in units if (u.get("category"), u.get("grade_band")) not in NOT_ELIGIBLE]
    members = [[unit["id"] for unit in units if belongs(unit, cell)] for cell in cells]
    found = collections.Counter(itertools.chain(*members))
    for name, count in ((unit["id"], found[unit["id"]]) for unit in units):
        demand(count == 1, f"the person {name!r} is in {count} strata, not in one")
    for stratum, ids in zip(strata, members, strict=True):
        check_stratum(stratum, ids, draw["seed"])


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
