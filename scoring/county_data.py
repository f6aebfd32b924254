"""县级数据: what a county hands in beside its schools, read from sheets of text; errors at once.

Figures, tables of more than one row, and judgements with the names of their evidence. What is
blank was not given: it is never a zero and never a default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sampling.problems import N_, Problem, Problems
from scoring.cells import Cell, RowProblem, cell_text, factor_of, read_value
from scoring.county_sheets import (
    FIGURES,
    JUDGEMENTS,
    SCHOOLS,
    Sheet,
    figure_column,
    questions_of,
    sheets_of,
)
from scoring.row_progress import Watch, watched
from scoring.rule_parts import ANSWERS
from scoring.rule_set import RuleSet
from scoring.schools import find_columns

Row = Mapping[str, str]
Sheets = Mapping[str, Sequence[tuple[int, Row]]]
"""By the sheet's code: number in the file and cells by header, of each row that is not blank."""

Cells = Mapping[str, Cell]
Numbered = tuple[int, dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's judgement: its code, the names of the evidence, and a remark."""

    answer: str
    evidence: str
    remark: str


@dataclass(frozen=True, slots=True)
class CountyData:
    """What was handed in: figures by id with where they come from, tables, and judgements.

    `answers` are by rule (or target) and part. A table without a row was not handed in.
    """

    figures: Cells = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, tuple[Cells, ...]] = field(default_factory=dict)
    answers: Mapping[tuple[str, str], Answer] = field(default_factory=dict)


NOTHING = CountyData()


@dataclass(frozen=True, slots=True)
class NumberedData:
    """A county's data and, for messages about rows, the rows as the file numbers them."""

    data: CountyData
    rows: Mapping[str, Sequence[Numbered]]


def parse_county(
    sheets: Sheets, rule_set: RuleSet, where: str, watch: Watch | None = None
) -> NumberedData:
    """Return the county's data out of its sheets.

    `where` is the file's name, for messages; `watch` is told how far the reading is. Raises
    `Problems` with everything that is wrong, by sheet, row and column: unknown sheets and columns,
    blank cells of columns that must be filled, rows that stand there twice, unknown figures and
    judgements, figures of another body without where they come from, and whatever is no number,
    month, day or one of the options.
    """
    reader = _SheetReader(where, watch)
    known = {sheet.id: sheet for sheet in sheets_of(rule_set)}
    reader.check_sheets(sheets, known)
    rows = {
        name: reader.rows(known[name], sheets[name])
        for name in known
        if name != SCHOOLS and sheets.get(name)
    }
    figures, sources = reader.figures(rows.get(FIGURES, ()), rule_set)
    answers = reader.answers(rows.get(JUDGEMENTS, ()), rule_set)
    if reader.problems:
        raise Problems(reader.problems)
    tables = {name: found for name, found in rows.items() if name not in (FIGURES, JUDGEMENTS)}
    ordered = {name: tuple(sorted((c for _, c in found), key=_order)) for name, found in
               tables.items()}  # fmt: skip
    return NumberedData(CountyData(figures, sources, ordered, answers), tables)


def county_rows(data: CountyData) -> dict[str, list[dict[str, str]]]:
    """Return the data as text by sheet, exact: as a record keeps it, and parsed back unchanged.

    Rows stand in an order that does not depend on the file's.
    """
    figures = [
        {"figure": name, "value": cell_text(value), "source": data.sources.get(name, "")}
        for name, value in sorted(data.figures.items())
    ]
    answers = [
        {"rule": rule, "part": part, "answer": one.answer, "evidence": one.evidence,
         "remark": one.remark}
        for (rule, part), one in sorted(data.answers.items())
    ]  # fmt: skip
    tables = {
        name: [{column: cell_text(cell) for column, cell in row.items()} for row in rows]
        for name, rows in data.tables.items()
    }
    sheets = {FIGURES: figures, **tables, JUDGEMENTS: answers}
    return {name: rows for name, rows in sheets.items() if rows}


def _order(cells: Cells) -> tuple[str, ...]:
    return tuple(cell_text(cell) for cell in cells.values())


class _SheetReader:
    """Reads sheets one by one and keeps what is wrong with them."""

    def __init__(self, where: str, watch: Watch | None) -> None:
        self.problems: list[Problem] = []
        self._where = where
        self._watch = watch

    def check_sheets(self, sheets: Sheets, known: Mapping[str, Sheet]) -> None:
        names = ", ".join(sheet.title.zh for sheet in known.values())
        for name in sheets:
            if name not in known:
                self.problems.append(
                    Problem(
                        N_("unknown sheet {sheet!r}; known are: {known}"),
                        where=self._where,
                        sheet=name,
                        known=names,
                    )
                )

    def rows(self, sheet: Sheet, rows: Sequence[tuple[int, Row]]) -> list[Numbered]:
        """Return the cells of a sheet's rows, in the order of its columns."""
        place = f"{self._where} · {sheet.title.zh}"
        try:
            columns = find_columns(rows[0][1], sheet.columns, place)
        except Problems as problems:
            self.problems += problems.problems
            return []
        present = [column for column in sheet.columns if column.name in columns]
        found = []
        for number, row in watched(rows, place, self._watch):
            cells: dict[str, Cell] = {}
            for column in present:
                header, factor = columns[column.name]
                here = (place, number, column.header_zh)
                try:
                    cells[column.name] = value = read_value(column, row.get(header, ""), factor)
                except Problem as problem:
                    self._report(here, problem.message, **problem.values)
                    continue
                if value is None and column.required:
                    self._report(here, N_("is empty"))
            found.append((number, cells))
        self._check_twice(sheet, found, place)
        return found

    def figures(
        self, rows: Sequence[Numbered], rule_set: RuleSet
    ) -> tuple[dict[str, Cell], dict[str, str]]:
        """Return the values of figures that were given, and where they come from."""
        known = {figure.id: figure for figure in rule_set.figures}
        values: dict[str, Cell] = {}
        sources: dict[str, str] = {}
        for number, cells in rows:
            name, text = _word(cells, "figure"), _word(cells, "value")
            if not name or not text:
                continue
            place = (f"{self._where} · 县级数据", number, "数值")
            if name not in known:
                self._report(place, N_("the rule set asks for no figure {id!r}"), id=name)
                continue
            column = figure_column(known[name])
            unit = _word(cells, "unit")
            factor = factor_of(column, unit) if unit else 1
            if factor is None:
                self._report(
                    place, N_("expected the unit {expected}, got {got!r}"),
                    expected=column.unit, got=unit,
                )  # fmt: skip
                continue
            try:
                values[name] = read_value(column, text, factor)
            except Problem as problem:
                self._report(place, problem.message, **problem.values)
            sources[name] = _word(cells, "source")
            if known[name].imported and not sources[name]:
                self._report(place, N_("comes from another body; say from where (来源)"))
        return values, {name: source for name, source in sources.items() if source}

    def answers(self, rows: Sequence[Numbered], rule_set: RuleSet) -> dict[tuple[str, str], Answer]:
        """Return the judgements that were made."""
        known = {(q.owner, q.part.id): q.part for q in questions_of(rule_set)}
        answers = {}
        for number, cells in rows:
            key, code = (_word(cells, "rule"), _word(cells, "part")), _word(cells, "answer")
            if not code:
                continue
            place = (f"{self._where} · 评判", number, "评判")
            if key not in known:
                self._report(place, N_("the rule set asks for no judgement {key!r}"),
                             key=" ".join(key))  # fmt: skip
                continue
            options = known[key].options
            if code not in options:
                expected = ", ".join(ANSWERS[option] for option in options)
                self._report(place, N_("expected one of {expected}, got {got!r}"),
                             expected=expected, got=ANSWERS[code])  # fmt: skip
            answers[key] = Answer(code, _word(cells, "evidence"), _word(cells, "remark"))
        return answers

    def _check_twice(self, sheet: Sheet, rows: Sequence[Numbered], place: str) -> None:
        """Report rows that say the same of what tells rows apart: a copy counts twice."""
        first: dict[tuple[Cell, ...], int] = {}
        for number, cells in rows:
            key = tuple(cells.get(name) for name in sheet.key)
            if None in key:
                continue
            if key in first:
                self._report(
                    (place, number, ""),
                    N_("{id!r} stands in row {first} already"),
                    id=" ".join(cell_text(cell) for cell in key),
                    first=first[key],
                )
            first.setdefault(key, number)

    def _report(self, place: tuple[str, int, str], message: str, **values: object) -> None:
        self.problems.append(RowProblem(message, place, **values))


def _word(cells: Cells, name: str) -> str:
    value = cells.get(name)
    return value if isinstance(value, str) else ""
