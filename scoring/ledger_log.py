"""The log of a ledger (台账记录): opened, brought up to date, undertaken, checked, and as rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sampling.problems import N_, Problem
from sampling.verification import Difference
from scoring.event_log import (
    HEAD,
    Line,
    Lines,
    append_line,
    create_log,
    next_line,
    read_lines,
)
from scoring.ledger import STATUSES, Ledger, LedgerLine, follow_ledger
from scoring.ledger_gaps import GONE, OPEN, UNKNOWN, Key, find_ledger_gaps, gap_record
from scoring.measured_county import MeasuredCounty
from scoring.rule_set import RuleSet
from scoring.school_columns import SECTION_TITLES
from scoring.sections import sections_in_scope

KIND = "ledger"
HEADERS = (
    "学校标识码",
    "学校名称",
    "学段",
    "条款",
    "指标",
    "距标准差",
    "距底线差",
    "单位",
    "所涉各项",
    "措施",
    "责任人",
    "时限",
    "状态",
    "是否逾期",
    "列入日期",
    "销号日期",
    "重新出现次数",
)


@dataclass(frozen=True, slots=True)
class Undertaking:
    """What is to be done about one line (措施), who answers for it (责任人), by when (时限).

    `deadline` is a day, ``YYYY-MM-DD``.
    """

    key: Key
    measure: str
    answers: str
    deadline: str


def open_ledger(path: Path, measured: MeasuredCounty, as_of: str, by: str, time: str) -> Line:
    """Begin a ledger with the gaps of a verdict; raise `Problem` where there is one already.

    Parameters
    ----------
    as_of
        The day that the data are of, ``YYYY-MM-DD``.
    by, time
        Who keeps the ledger, and when, as they assert it.

    A rehearsal's gaps are nobody's: raises `Problem`.
    """
    content = _measurement((), measured, as_of, by, time)
    follow_ledger([next_line(KIND, (), content)])
    return create_log(path, KIND, content)


def update_ledger(path: Path, measured: MeasuredCounty, as_of: str, by: str, time: str) -> Line:
    """Append what a later verdict measured: lines are struck off, stay, open or open again.

    Raises `Problem` for another county or rule set, and for data older than the newest ones.
    """

    def make(before: list[Line]) -> Mapping[str, object]:
        return _measurement(before, measured, as_of, by, time)

    return _append(path, make)


def undertake(
    path: Path, undertakings: Sequence[Undertaking], by: str, time: str, *, plan: str = ""
) -> Line:
    """Append what is to be done about lines that are still to be closed.

    `plan` is the digest of the way out that it was taken from, where it was. Raises `Problem` for
    a line that is not there or has nothing left to close.
    """
    content: dict[str, object] = {
        "action": "undertaken",
        "by": by,
        "time": time,
        "undertakings": [
            {**_key_record(one.key), "measure": one.measure, "answers": one.answers,
             "deadline": one.deadline}
            for one in undertakings
        ],
        **({"plan": plan} if plan else {}),
    }  # fmt: skip
    return _append(path, lambda _: content)


def read_ledger(path: Path) -> list[Line]:
    """Return the lines of a ledger's log; `follow_ledger` says what they mean."""
    return read_lines(path, KIND)


def verify_ledger(log: Lines, verdicts: Sequence[MeasuredCounty]) -> int:
    """Redo every measurement in a log from its verdict and return how many were redone.

    Verdicts are found by their digests; a measurement whose verdict is not given is not redone.
    Raises `Difference` where a log says another thing than its verdict.
    """
    follow_ledger(log)
    by_digest = {one.digest: one for one in verdicts}
    redone = 0
    for number, line in enumerate(log, start=1):
        measured = by_digest.get(str(line.get("verdict_digest")))
        if measured is None:
            continue
        as_of, by, time = (str(line[key]) for key in ("as_of", "by", "time"))
        content = {key: value for key, value in line.items() if key not in HEAD}
        if _measurement(log[: number - 1], measured, as_of, by, time) != content:
            raise Difference(N_("is not what its verdict says"), where=f"line {number}")
        redone += 1
    return redone


def ledger_rows(ledger: Ledger, rule_set: RuleSet, on: str) -> list[list[str | int]]:
    """Return the rows of the ledger under `HEADERS`, still to be closed first, overdue on top.

    `on` is the day that deadlines are held against, ``YYYY-MM-DD``. Raises `Problem` for another
    rule set than the ledger's.
    """
    if dict(ledger.rules) != {"id": rule_set.id, "digest": rule_set.digest}:
        raise Problem(N_("the ledger is under rule set {id}"), id=ledger.rules["id"])
    titles = {rule.id: rule.title_zh for rule in rule_set.rules}
    parts = {(r.id, part.id): part.title.zh for r in rule_set.rules for part in r.parts}
    ordered = sorted(
        ledger.lines.values(),
        key=lambda line: (line.is_closed, not line.is_overdue(on), line.gap.key),
    )
    named = ((line, parts.get(line.gap.key[2:], titles[line.gap.key[2]])) for line in ordered)
    return [_row(line, title, on) for line, title in named]


def _row(line: LedgerLine, title: str, on: str) -> list[str | int]:
    gap = line.gap
    school, stage, rule, _ = gap.key
    return [
        school,
        gap.name,
        SECTION_TITLES[stage][0] if stage in SECTION_TITLES else "",
        rule,
        title,
        "" if gap.to_limit is None else gap.to_limit,
        "" if gap.to_floor is None else gap.to_floor,
        gap.unit,
        "、".join(gap.rows),
        line.measure,
        line.answers,
        line.deadline,
        STATUSES[line.status],
        "逾期" if line.is_overdue(on) else "",
        line.opened_on,
        line.struck_off_on,
        line.reopenings,
    ]


def _key_record(key: Key) -> dict[str, str]:
    return dict(zip(("school", "stage", "rule", "part"), key, strict=True))


def _append(path: Path, make: Callable[[list[Line]], Mapping[str, object]]) -> Line:
    """Append an entry that the ledger as it stands allows."""

    def checked(before: list[Line]) -> Mapping[str, object]:
        follow_ledger(before)
        content = make(before)
        follow_ledger([*before, next_line(KIND, before, content)])
        return content

    return append_line(path, KIND, checked)


def _places(measured: MeasuredCounty) -> set[tuple[str, str]]:
    """Return the schools, and their sections in scope, that the verdict's table still has.

    A sheet that was not handed in makes no school vanish: its lines are not measured.
    """
    sections = sections_in_scope(measured.schools, measured.rule_set)
    schools = {(school.school_id, "") for school in measured.schools}
    return schools | {(section.school_id, section.stage) for section in sections}


def _measurement(
    before: Lines, measured: MeasuredCounty, as_of: str, by: str, time: str
) -> dict[str, object]:
    """Return what a verdict measured as an entry: open gaps, and whatever the ledger knows of.

    What was not measured opens no line: the verdict's list of what is missing tells it.
    """
    if measured.rehearsal:
        raise Problem(N_("a rehearsal has no ledger"))
    known = follow_ledger(before).lines if before else {}
    found = find_ledger_gaps(measured)
    there = _places(measured)
    gone = {
        key: replace(known[key].gap, state=UNKNOWN if key[:2] in there else GONE,
                     to_limit=None, to_floor=None, rows=())
        for key in known if key not in found
    }  # fmt: skip
    told = [gap for gap in found.values() if gap.state == OPEN or gap.key in known]
    gaps = sorted([*told, *gone.values()], key=lambda gap: gap.key)
    entry: dict[str, object] = {
        "action": "measured",
        "county": measured.county,
        "rules": {"id": measured.rule_set.id, "digest": measured.rule_set.digest},
        "as_of": as_of,
        "by": by,
        "time": time,
        "verdict_digest": measured.digest,
    }
    return entry | {"gaps": [gap_record(gap) for gap in gaps]} if gaps else entry
