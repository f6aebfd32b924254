"""Reading the parts of a rule: each measure with its keys, every name checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from sampling.toml_table import Table
from scoring.catalogue import Catalogue
from scoring.citations import Sources, Title, read_citation, read_entries, read_title
from scoring.data_tables import TABLES, months
from scoring.limits import COMPARISONS, Limit
from scoring.rule_parts import (
    ANSWERS,
    MEASURES,
    AnswerPart,
    Condition,
    EveryPart,
    FigurePart,
    NeverFallsPart,
    Part,
    Reading,
    RecognisedPart,
    Relief,
    RoomsPart,
    RulesPart,
    SchoolSharePart,
    YearsBetweenPart,
)

TESTS = (*COMPARISONS, ">")
YES_NO = ("yes", "no")
NUMBER_FIGURES = ("count", "amount", "percent")
Named = tuple[str, Title]


def read_parts(table: Table, catalogue: Catalogue) -> tuple[Part, ...]:
    """Return the parts of a rule or target; their ids differ."""
    parts = [_part(entry, catalogue) for entry in read_entries(table, "parts")]
    ids = [part.id for part in parts]
    if len(set(ids)) < len(ids):
        raise table.problem("parts", "parts with different ids", ", ".join(ids))
    return tuple(parts)


def read_readings(table: Table, catalogue: Catalogue) -> tuple[Reading, ...]:
    """Return the other readings of a rule."""
    return tuple(_reading(entry, catalogue) for entry in read_entries(table, "readings"))


def read_reliefs(
    table: Table, sources: Sources, catalogue: Catalogue, parts: tuple[Part, ...]
) -> tuple[Relief, ...]:
    """Return the reliefs of a rule; those of a rule with parts name the parts that they ease."""
    entries = read_entries(table, "reliefs")
    return tuple(_relief(entry, sources, catalogue, parts) for entry in entries)


def read_limit(table: Table) -> Limit:
    """Return the limit under the keys `comparison` and `limit`."""
    number = table.number("limit")
    return Limit(table.choice("comparison", COMPARISONS), table.text("limit"), number)


def read_conditions(table: Table, key: str, of: str, catalogue: Catalogue) -> tuple[Condition, ...]:
    """Return the conditions under `key` on rows of table `of`; there may be none."""
    return tuple(_condition(entry, of, catalogue) for entry in read_entries(table, key))


def _part(table: Table, catalogue: Catalogue) -> Part:
    measure = table.choice("measure", tuple(MEASURES.values()))
    part = READERS[measure](table, (table.text("id"), read_title(table)), catalogue)
    table.finish()
    return part


def _figure(table: Table, named: Named, catalogue: Catalogue) -> FigurePart:
    plus, minus = _signed(table, "figures", catalogue)
    per_plus, per_minus = _signed(table, "per", catalogue) if "per" in table.keys else ((), ())
    may_be_empty = table.flag("may_be_empty") if "may_be_empty" in table.keys else False
    if "limit_figure" in table.keys:
        other = catalogue.figure(table, "limit_figure", *NUMBER_FIGURES)
        comparison = table.choice("comparison", COMPARISONS)
        return FigurePart(
            *named, plus, minus, per_plus, per_minus, None, other, comparison, may_be_empty
        )
    limit = read_limit(table) if "limit" in table.keys else None
    return FigurePart(*named, plus, minus, per_plus, per_minus, limit, may_be_empty=may_be_empty)


def _every(table: Table, named: Named, catalogue: Catalogue) -> EveryPart:
    of = table.choice("table", TABLES)
    where = read_conditions(table, "where", of, catalogue)
    table.entries("checks")
    checks = read_conditions(table, "checks", of, catalogue)
    may_be_empty = table.flag("may_be_empty") if "may_be_empty" in table.keys else False
    if "years_before" not in table.keys:
        return EveryPart(*named, of, where, checks, may_be_empty)
    if of != "years":
        raise table.problem("years_before", 'no such key unless table = "years"', of)
    years = table.whole("years_before", least=1)
    before = catalogue.figure(table, "before", "date")
    return EveryPart(*named, of, where, checks, may_be_empty, years, before)


def _rooms(table: Table, named: Named, catalogue: Catalogue) -> RoomsPart:
    return RoomsPart(
        *named,
        uses=_choices(table, "uses", _room_uses(table, catalogue)),
        per_classes=table.whole("per_classes", least=1),
        where=read_conditions(table, "where", "schools", catalogue),
        checks=read_conditions(table, "checks", "special_rooms", catalogue),
    )


def _room_uses(table: Table, catalogue: Catalogue) -> tuple[str, ...]:
    rooms = catalogue.columns["special_rooms"]
    if "use" not in rooms:
        raise table.problem("measure", "a column use of special_rooms among columns", "none")
    return rooms["use"].options


def _answer(table: Table, named: Named, _: Catalogue) -> AnswerPart:
    options = _choices(table, "options", tuple(ANSWERS)) if "options" in table.keys else YES_NO
    return AnswerPart(*named, options, _choices(table, "accepted", options))


def _never_falls(table: Table, named: Named, catalogue: Catalogue) -> NeverFallsPart:
    return NeverFallsPart(
        *named,
        column=catalogue.number(table, "column", "years"),
        per=catalogue.number(table, "per", "years") if "per" in table.keys else "",
        years=table.whole("years", least=2),
    )


def _years_between(table: Table, named: Named, catalogue: Catalogue) -> YearsBetweenPart:
    return YearsBetweenPart(
        *named,
        since=catalogue.figure(table, "since", "date"),
        until=catalogue.figure(table, "until", "date"),
        limit=read_limit(table),
    )


def _rules(table: Table, named: Named, _: Catalogue) -> RulesPart:
    return RulesPart(*named, table.names("rules"))


def _school_share(table: Table, named: Named, _: Catalogue) -> SchoolSharePart:
    return SchoolSharePart(
        *named,
        rules=table.names("rules"),
        stage=table.choice("stage", ("primary", "junior")) if "stage" in table.keys else "",
        limit=read_limit(table),
        is_rise=table.flag("is_rise") if "is_rise" in table.keys else False,
    )


def _recognised(table: Table, named: Named, _: Catalogue) -> RecognisedPart:
    return RecognisedPart(*named, table.text("stage"))


READERS: Mapping[str, Callable[[Table, Named, Catalogue], Part]] = {
    "figure": _figure,
    "every": _every,
    "rooms_per_classes": _rooms,
    "answer": _answer,
    "never_falls": _never_falls,
    "years_between": _years_between,
    "rules": _rules,
    "share_of_schools": _school_share,
    "recognised": _recognised,
}


def _condition(table: Table, of: str, catalogue: Catalogue) -> Condition:
    column, kind = catalogue.column(table, "column", of)
    if kind.options:
        condition = Condition(column, options=_choices(table, "is", kind.options))
    elif kind.kind == "month":
        condition = _month_condition(table, column)
    elif kind.kind == "text":
        raise table.problem("column", "a column that can be compared", column)
    else:
        condition = Condition(
            column,
            per=catalogue.number(table, "per", of) if "per" in table.keys else "",
            comparison=table.choice("comparison", TESTS),
            limit=table.number("limit"),
            limit_text=table.text("limit"),
        )
    table.finish()
    return condition


def _month_condition(table: Table, column: str) -> Condition:
    text = table.text("limit")
    count = months(text)
    if count is None:
        raise table.problem("limit", 'a month, such as "2018-09"', text)
    comparison = table.choice("comparison", TESTS)
    return Condition(column, comparison=comparison, limit_text=text, limit=Fraction(count))


def _reading(table: Table, catalogue: Catalogue) -> Reading:
    table.entries("parts")
    reading = Reading(table.text("id"), read_title(table), read_parts(table, catalogue))
    table.finish()
    return reading


def _relief(
    table: Table, sources: Sources, catalogue: Catalogue, parts: tuple[Part, ...]
) -> Relief:
    eased = _choices(table, "parts", [part.id for part in parts]) if parts else ()
    rows = {_rows(part) for part in parts if part.id in eased} or {"schools"}
    if len(rows) > 1 or "" in rows:
        raise table.problem("parts", "parts about rows of one table", list(eased))
    table.entries("when")
    limit = table.number("limit") if "add" not in table.keys else None
    relief = Relief(
        id=table.text("id"),
        title=read_title(table),
        in_force_from=table.text("in_force_from"),
        citation=read_citation(table, sources),
        parts=eased,
        when=read_conditions(table, "when", rows.pop(), catalogue),
        limit_text="" if limit is None else table.text("limit"),
        limit=limit,
        add="" if limit is not None else table.text("add"),
    )
    table.finish()
    return relief


def _rows(part: Part) -> str:
    """Return the table whose rows a relief of this part looks at; nothing for the county's."""
    if isinstance(part, RoomsPart):
        return "special_rooms"
    return part.table if isinstance(part, EveryPart) else ""


def _signed(
    table: Table, key: str, catalogue: Catalogue
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the figures that are added and, those with a - in front, taken away."""
    names = table.names(key)
    known = {name for name, kind in catalogue.figures.items() if kind in NUMBER_FIGURES}
    unknown = [name for name in names if name.removeprefix("-") not in known]
    if unknown:
        raise table.problem(key, f"figures out of {', '.join(sorted(known))}", unknown[0])
    minus = tuple(name.removeprefix("-") for name in names if name.startswith("-"))
    return tuple(name for name in names if not name.startswith("-")), minus


def _choices(table: Table, key: str, options: Sequence[str]) -> tuple[str, ...]:
    """Return at least one of `options`, each once."""
    if not set(names := table.names(key)) <= set(options):
        raise table.problem(key, f"one or more of {', '.join(options)}", list(names))
    return names
