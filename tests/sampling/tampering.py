"""Ways to spoil a draw certificate, each with a word that the refusal must hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# A tampered record need not have a record's shape.
Record = dict[str, Any]


def change_id(draw: Record) -> None:
    draw["strata"][0]["sample"][2] = "parent-99999"


def remove_id(draw: Record) -> None:
    del draw["strata"][0]["sample"][1]


def remove_id_and_lower_n(draw: Record) -> None:
    del draw["strata"][0]["sample"][1]
    draw["strata"][0]["n"] -= 1
    draw["n"] -= 1


def move_last_to_reserve(draw: Record) -> None:
    stratum = draw["strata"][0]
    stratum["reserve"].insert(0, stratum["sample"].pop())


def move_last_to_reserve_and_lower_n(draw: Record) -> None:
    move_last_to_reserve(draw)
    draw["strata"][0]["n"] -= 1
    draw["n"] -= 1


def swap_with_reserve(draw: Record) -> None:
    stratum = draw["strata"][0]
    stratum["sample"][-1], stratum["reserve"][0] = stratum["reserve"][0], stratum["sample"][-1]


def change_order(draw: Record) -> None:
    draw["strata"][1]["sample"].reverse()


def change_order_of_reserve(draw: Record) -> None:
    draw["strata"][1]["reserve"].reverse()


def shorten_reserve(draw: Record) -> None:
    draw["strata"][1]["reserve"].pop()


def lengthen_reserve(draw: Record) -> None:
    draw["strata"][1]["reserve"].append("parent-99999")


def change_seed(draw: Record) -> None:
    draw["seed"] += " "


def break_seed(draw: Record) -> None:
    draw["seed"] += "\n"


def change_frame_digest(draw: Record) -> None:
    draw["frame_digest"] = "0" * 64


def change_size(draw: Record) -> None:
    draw["strata"][2]["N"] += 1


def change_total(draw: Record) -> None:
    draw["n"] += 1


def drop_stratum(draw: Record) -> None:
    draw["n"] -= draw["strata"].pop()["n"]


def overlap(draw: Record) -> None:
    draw["strata"][0]["cell"] = {"category": ["parent"]}


def draw_from_another_category(draw: Record) -> None:
    draw["strata"][0]["sample"][0] = "teacher-00000"


def draw_nobody_from_a_stratum(draw: Record) -> None:
    stratum = draw["strata"][0]
    draw["n"] -= stratum["n"]
    stratum.update(n=0, sample=[], reserve=[])


def draw_nobody(draw: Record) -> None:
    for stratum in draw["strata"]:
        stratum.update(n=0, sample=[], reserve=[])
    draw["n"] = 0


def name_two_alike(draw: Record) -> None:
    draw["strata"][1]["stratum"] = draw["strata"][0]["stratum"]


def define_by_id(draw: Record) -> None:
    stratum = draw["strata"][0]
    stratum["cell"]["id"] = stratum["sample"] + stratum["reserve"]


def define_by_unknown_column(draw: Record) -> None:
    draw["strata"][0]["cell"]["street"] = ["x"]


TAMPERINGS: list[tuple[Callable[[Record], None], str]] = [
    (change_id, "parent/urban/1-2"),
    (remove_id, "parent/urban/1-2"),
    (remove_id_and_lower_n, "position 2"),
    (move_last_to_reserve, "parent/urban/1-2"),
    (move_last_to_reserve_and_lower_n, "reserve"),
    (swap_with_reserve, "position 7"),
    (change_order, "position 1"),
    (change_order_of_reserve, "reserve"),
    (shorten_reserve, "reserve: position"),
    (lengthen_reserve, "reserve: position"),
    (change_seed, "position 1"),
    (break_seed, "seed"),
    (change_frame_digest, "digest"),
    (change_size, "N"),
    (change_total, "121"),
    (drop_stratum, "strat"),
    (overlap, "strata"),
    (draw_from_another_category, "position 1"),
    (draw_nobody_from_a_stratum, "parent/urban/1-2"),
    (draw_nobody, "strat"),
    (name_two_alike, "twice"),
    (define_by_id, "strat"),
    (define_by_unknown_column, "strat"),
]
