"""Check a draw of the 社会认可度 survey yourself: python3 verify_draw.py draw.json FRAME.csv

FRAME.csv is the frame, or the public frame (columns id,stratum,commitment). Standard library only
(Python 3.10 or later), one file, meant to be read before it is run. Prints one sentence; exits with
0 if the draw is right, 1 if it is not, 2 if it cannot be checked. See draw-protocol.md.
"""

import csv
import hashlib
import itertools
import json
import sys
import unicodedata
from pathlib import Path

COLUMNS = ("id", "category", "township", "area", "grade_band", "school")
PUBLIC_COLUMNS = ("id", "stratum", "commitment")
NOT_ELIGIBLE = {("student", "1-2")}  # the pupils' paper starts at grade 3 (学生卷:三年级及以上)


class Difference(Exception):
    """The first thing that is not as it should be."""


def demand(is_right, message):
    if not is_right:
        raise Difference(message)


def ticket(seed, unit_id):
    """SHA-256 of seed, newline, id; the same as: printf '%s\\n%s' SEED ID | sha256sum"""
    return hashlib.sha256(f"{seed}\n{unit_id}".encode()).hexdigest()


def read_frame(path):
    """Read the units, each a dict of its columns, trimmed and NFC-normalised, sorted by id."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, strict=True) if any(v.strip() for v in row)]
    rows = [[unicodedata.normalize("NFC", value.strip()) for value in row] for row in rows]
    if not rows or sorted(rows[0]) not in (sorted(COLUMNS), sorted(PUBLIC_COLUMNS)):
        raise ValueError(f"{path}: the header must hold the columns {','.join(COLUMNS)}")
    units = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    units.sort(key=lambda unit: unit["id"])
    for first, second in itertools.pairwise(units):
        demand(first["id"] != second["id"], f"the frame holds the id {first['id']!r} twice")
    return units


def frame_digest(units):
    lines = ([unit[column] for column in COLUMNS] for unit in units)
    texts = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def belongs(unit, stratum):
    if "stratum" in unit:
        return unit["stratum"] == stratum["stratum"]
    return all(unit[column] in values for column, values in stratum["cell"].items())


def sort_by_stratum(units, strata):
    """Give each stratum its ids; every eligible unit must be in exactly one."""
    members = [[] for _ in strata]
    for unit in units:
        if (unit.get("category"), unit.get("grade_band")) not in NOT_ELIGIBLE:
            found = [index for index, stratum in enumerate(strata) if belongs(unit, stratum)]
            demand(len(found) == 1, f"the person {unit['id']!r} is in {len(found)} strata, not one")
            members[found[0]].append(unit["id"])
    return members


def check_order(where, expected, recorded):
    for place, (right, got) in enumerate(itertools.zip_longest(expected, recorded), start=1):
        demand(right == got, f"{where}: position {place} should be {right!r}, not {got!r}")


def check_stratum(stratum, ids, seed):
    name, n = stratum["stratum"], stratum["n"]
    depth = stratum.get("reserve_depth", n)
    demand(stratum["N"] == len(ids), f"stratum {name}: N is {len(ids)}, not {stratum['N']}")
    demand(n == len(stratum["sample"]), f"stratum {name}: the sample does not hold {n} ids")
    in_order = sorted(ids, key=lambda unit_id: (ticket(seed, unit_id), unit_id))
    check_order(f"stratum {name}, sample", in_order[:n], stratum["sample"])
    check_order(f"stratum {name}, reserve", in_order[n : n + depth], stratum["reserve"])


def check_draw(draw, units):
    demand(draw["format"] == 1, "only format 1 is known")
    if "design" in draw:
        raise ValueError(f"the design {draw['design']['name']!r} needs renkedu verify")
    seed, strata = draw["seed"], draw["strata"]
    if not (units and "stratum" in units[0]):  # a public frame has no such digest
        digest = frame_digest(units)
        demand(draw["frame_digest"] == digest, f"this frame's digest is {digest}, not the draw's")
    demand("\n" not in seed and "\r" not in seed, "the seed holds a line break")
    total = sum(stratum["n"] for stratum in strata)
    demand(draw["n"] == total, f"the strata add up to {total}, not to n = {draw['n']}")
    for stratum, ids in zip(strata, sort_by_stratum(units, strata), strict=True):
        check_stratum(stratum, ids, seed)


def main(draw_path, frame_path):
    try:
        draw = json.loads(Path(draw_path).read_text(encoding="utf-8-sig"))
        check_draw(draw, read_frame(frame_path))
    except Difference as difference:
        return 1, f"{draw_path} is not right: {difference}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        return 2, f"cannot check: {type(error).__name__}: {error}"
    return 0, f"{draw_path} is right: {draw['n']} people in {len(draw['strata'])} strata."


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    code, sentence = main(*sys.argv[1:])
    print(sentence)
    sys.exit(code)
