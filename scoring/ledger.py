"""台账, 一校一案, 销号: a line for each gap of each school, struck off when data show it closed.

A ledger is a log (`scoring.ledger_log`) of two kinds of entries: what a verdict measured, and what
people undertook: the measure, who answers for it, by when. Where every line stands follows from
the log. Nobody can strike a line off; only a later verdict, whose digest stands in the log, does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sampling.problems import N_, Problem
from sampling.timestamps import read_time
from sampling.toml_table import Table
from sampling.verification import Difference
from scoring.citations import read_entries
from scoring.event_log import (
    Lines,
    content_of,
    read_digest,
    read_event_time,
    read_words,
    verify_chain,
)
from scoring.ledger_gaps import CLOSED, GONE, OPEN, UNKNOWN, Key, LedgerGap

REOPENED, STRUCK_OFF = "reopened", "struck_off"
STATUSES = {
    OPEN: "未销号",
    REOPENED: "重新出现",
    UNKNOWN: "未测量",
    STRUCK_OFF: "已销号",
    GONE: "学校或学段已不在表中",
}
"""Where a line stands, by code; the first three are still to be closed."""
STATES = (OPEN, CLOSED, UNKNOWN, GONE)
NEXT_STATUS = {OPEN: OPEN, UNKNOWN: UNKNOWN, GONE: GONE, CLOSED: STRUCK_OFF}


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One gap and where it stands.

    `struck_off_on` and `struck_off_by` are the day of the data that show it closed and the digest
    of their verdict. A gap that opens again keeps its number of `reopenings` and loses its
    deadline, for a new one has to be set.
    """

    gap: LedgerGap
    status: str
    opened_on: str
    struck_off_on: str = ""
    struck_off_by: str = ""
    reopenings: int = 0
    measure: str = ""
    answers: str = ""
    deadline: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether there is nothing left to close."""
        return self.status in (STRUCK_OFF, GONE)

    def is_overdue(self, on: str) -> bool:
        """Return whether the line is still to be closed after its deadline."""
        return not self.is_closed and bool(self.deadline) and on > self.deadline


@dataclass(frozen=True, slots=True)
class Ledger:
    """A county's ledger: its lines by key, and the day of the newest data."""

    county: str
    rules: Mapping[str, str]
    as_of: str
    lines: Mapping[Key, LedgerLine]


def follow_ledger(log: Lines) -> Ledger:
    """Return where every line stands, having checked the log from its first line on.

    Raises `Difference` for a chain that is broken, `Problem` for an entry that is not allowed.
    """
    if not log:
        raise Problem(N_("the log is empty: it begins with a measurement"))
    verify_chain(log)
    ledger = Ledger("", {}, "", {})
    for number, line in enumerate(log, start=1):
        where = f"line {number}"
        table = content_of(line, where)
        if number > 1:
            _check_time(line, log[number - 2], where)
        if table.choice("action", ("measured", "undertaken")) == "measured":
            ledger = _measure(ledger, table, where)
        else:
            ledger = _undertake(ledger, table, where)
        table.finish()
    return ledger


def _measure(ledger: Ledger, table: Table, where: str) -> Ledger:
    rules = table.table("rules")
    named = {"id": rules.text("id"), "digest": rules.text("digest")}
    county, as_of = read_words(table, "county"), _read_day(table, "as_of")
    read_words(table, "by")
    read_event_time(table)
    verdict_digest = read_digest(table, "verdict_digest")
    if ledger.county and (county, named) != (ledger.county, dict(ledger.rules)):
        raise Problem(
            N_("the ledger is of {county} under {rules}"),
            where=where,
            county=ledger.county,
            rules=ledger.rules["id"],
        )
    if as_of < ledger.as_of:
        raise Problem(
            N_("data of {as_of} are older than those of {newest}"),
            where=where,
            as_of=as_of,
            newest=ledger.as_of,
        )
    lines = dict(ledger.lines)
    for entry in read_entries(table, "gaps"):
        gap = _read_gap(entry)
        lines[gap.key] = _follow(lines.get(gap.key), gap, as_of, verdict_digest)
    return Ledger(county, named, as_of, lines)


def _follow(line: LedgerLine | None, gap: LedgerGap, as_of: str, verdict_digest: str) -> LedgerLine:
    """Return a line after a measurement; data alone strike it off or open it again.

    What was shown closed stays so until data show it open: a blank cell is no gap.
    """
    if line is None:
        return LedgerLine(gap, NEXT_STATUS[gap.state], as_of)
    if line.status == STRUCK_OFF:
        return _reopen(line, gap) if gap.state == OPEN else line
    status = REOPENED if gap.state == OPEN and line.reopenings else NEXT_STATUS[gap.state]
    moved = replace(line, gap=gap, status=status)
    if gap.state != CLOSED:
        return moved
    return replace(moved, struck_off_on=as_of, struck_off_by=verdict_digest)


def _reopen(line: LedgerLine, gap: LedgerGap) -> LedgerLine:
    return replace(
        line,
        gap=gap,
        status=REOPENED,
        struck_off_on="",
        struck_off_by="",
        reopenings=line.reopenings + 1,
        deadline="",
    )


def _undertake(ledger: Ledger, table: Table, where: str) -> Ledger:
    read_words(table, "by")
    read_event_time(table)
    if "plan" in table.keys:
        read_digest(table, "plan")
    lines = dict(ledger.lines)
    for entry in table.entries("undertakings"):
        key = _read_key(entry)
        line = lines.get(key)
        if line is None or line.is_closed:
            raise Problem(
                N_("the ledger has no line {key} that is still to be closed"),
                where=where,
                key=" ".join(word for word in key if word),
            )
        lines[key] = replace(
            line,
            measure=read_words(entry, "measure"),
            answers=read_words(entry, "answers"),
            deadline=_read_day(entry, "deadline"),
        )
        entry.finish()
    return replace(ledger, lines=lines)


def _read_gap(table: Table) -> LedgerGap:
    gap = LedgerGap(
        key=_read_key(table),
        state=table.choice("state", STATES),
        name=table.text("name"),
        unit=table.text("unit", empty=True),
        to_limit=_read_units(table, "to_limit"),
        to_floor=_read_units(table, "to_floor"),
        rows=table.texts("rows"),
    )
    table.finish()
    return gap


def _read_key(table: Table) -> Key:
    return (
        table.text("school"),
        table.text("stage", empty=True),
        table.text("rule"),
        table.text("part", empty=True),
    )


def _read_units(table: Table, key: str) -> int | None:
    return table.whole(key, least=0) if key in table.keys else None


def _read_day(table: Table, key: str) -> str:
    text = table.text(key)
    try:
        is_day = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_day = False
    if not is_day:
        raise table.problem(key, "a day such as 2027-09-01", text)
    return text


def _check_time(line: Mapping[str, object], before: Mapping[str, object], where: str) -> None:
    if read_time(str(line.get("time"))) < read_time(str(before.get("time"))):
        raise Difference(N_("is earlier than the line before it"), where=where)
