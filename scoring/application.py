"""申报表 and 自评报告: the tables that a county hands in, made from its verdict certificate.

The form prints values to two decimals and difference coefficients to three. What it prints never
decides: the exact outcome stands beside each, and rows where the printed number would say
otherwise are marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scoring.figures import read_exact, rounded_text, square_root
from scoring.limits import compare
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET, SHOWN
from scoring.record_file import check_head, mapping, tables, text
from scoring.rule_parts import ANSWERS
from scoring.rule_set import RuleSet
from scoring.school_columns import KINDS, SECTION_TITLES
from scoring.shown_limit import SIGNS, shown_limit, shown_sign
from scoring.verdict import UNDECIDED
from scoring.verdict_inputs import read_rules

Cell = str | int
Entry = Mapping[str, object]

DIGITS = 2
COEFFICIENT_DIGITS = 3
PERCENT = 100
OUTCOMES = {MET: "达标", NOT_MET: "不达标", NOT_MEASURED: "未测量", SHOWN: "仅列示"}
VERDICTS = {MET: "达到申报要求", NOT_MET: "未达到申报要求", UNDECIDED: "数据不全，不能下结论"}
FLIPS = "按位数修约后与结论不一致，以精确值为准"
TABLE_SIX = "社会认可度（表六）"
NOT_PRINTED = ("school", "indicator", "difference", "composite", "survey")
"""Kinds of rule with a table of their own; the others stand in one table an aspect."""


@dataclass(frozen=True, slots=True)
class FormTable:
    """A table of the form: its title, Chinese headers, and rows of texts and whole numbers."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def make_application(record: Mapping[str, object]) -> list[FormTable]:
    """Return the tables of the application, in the order of the form.

    Summary, schools, the indicators of each stage, difference coefficients, the rules of each
    aspect, the recognition survey with the on-site interviews (table VI), what does not hold and
    what is missing. `record` is a verdict certificate; check it with `verify_verdict` before it
    goes out. Raises `Problem` for a record that is none.
    """
    check_head(record, "verdict")
    rule_set = read_rules(record)
    findings = tables(record, "findings")
    return [
        _summary(record, rule_set, findings),
        _schools(record),
        *(_indicators(findings, rule_set, stage) for stage in SECTION_TITLES),
        _coefficients(findings),
        *_aspects(record, findings),
        *([_survey(record)] if rule_set.has_survey else []),
        _shortcomings(findings),
    ]


def percent_text(numerator: int, denominator: int) -> str:
    """Return a share in percent as the form prints it, two decimals; blank where there is none.

    >>> percent_text(96, 113), percent_text(0, 0)
    ('84.96', '')
    """
    if not denominator:
        return ""
    return rounded_text(Fraction(PERCENT * numerator, denominator), DIGITS)


def _summary(record: Entry, rule_set: RuleSet, findings: Sequence[Entry]) -> FormTable:
    decisive = [finding for finding in findings if finding.get("decisive") is True]
    rules = mapping(record, "rules")
    counts = {
        label: len({str(f["rule"]) for f in decisive if f["outcome"] == outcome})
        for outcome, label in ((MET, "达标"), (NOT_MET, "不达标"), (NOT_MEASURED, "未测量"))
    }
    rows: list[tuple[Cell, ...]] = [
        ("申报县", text(record, "county")),
        ("轮次", text(record, "round")),
        ("是否演练", "演练，不得用于申报" if record.get("rehearsal") else "否"),
        ("评估办法", rule_set.title_zh),
        ("规则集", text(rules, "id")),
        ("规则集摘要", text(rules, "digest")),
        ("自评结论", VERDICTS[text(record, "verdict")]),
        *((f"决定性条款中有{label}结论的条数", number) for label, number in counts.items()),
    ]
    return FormTable("自评结论", ("项目", "内容"), tuple(rows))


def _schools(record: Entry) -> FormTable:
    schools = tables(mapping(record, "inputs"), "schools")
    headers = ("学校标识码", "学校名称", "乡镇", "办学类型", "小学学生数", "初中学生数", "是否参评")
    out = record.get("out_of_scope")
    left_out = {str(school) for school in out} if isinstance(out, list) else set()
    rows = tuple(
        (
            _word(school, "school_id"),
            _word(school, "name"),
            _word(school, "township"),
            KINDS.get(_word(school, "kind"), _word(school, "kind")),
            _word(school, "primary_pupils"),
            _word(school, "junior_pupils"),
            "否" if _word(school, "school_id") in left_out else "是",
        )
        for school in schools
    )
    return FormTable("学校基本情况", headers, rows)


def _indicators(findings: Sequence[Entry], rule_set: RuleSet, stage: str) -> FormTable:
    """Return a row per section: each indicator as printed with its outcome, and the school's."""
    rules = [rule for rule in rule_set.of_kind("indicator") if rule.stage == stage]
    headers = ["学校标识码", "学校名称"]
    for rule in rules:
        limit = f"标准{SIGNS[rule.comparison]}{rule.limit_text}"
        headers += [f"{rule.title_zh}（{limit}）", f"{rule.title_zh}：结论"]
    by_section: dict[tuple[str, str], dict[str, Entry]] = {}
    for finding in findings:
        subject = mapping(finding, "subject")
        if subject.get("kind") == "school" and subject.get("stage") == stage:
            key = (_word(subject, "id"), _word(subject, "name"))
            kind = text(finding, "kind")
            name = kind if kind == "school" else text(finding, "rule")
            by_section.setdefault(key, {})[name] = finding
    rows = tuple(
        (*key, *(cell for rule in rules for cell in _pair(own.get(rule.id))), *_whole(own))
        for key, own in sorted(by_section.items())
    )
    zh = SECTION_TITLES[stage][0]
    return FormTable(f"资源配置（{zh}）", (*headers, "达标项数", "校校达标", "备注"), rows)


def _pair(finding: Entry | None) -> tuple[Cell, Cell]:
    if finding is None:
        return "", OUTCOMES[NOT_MEASURED]
    value = _exact(finding)
    shown = "" if value is None else rounded_text(value, DIGITS)
    return shown, OUTCOMES[text(finding, "outcome")]


def _whole(own: Mapping[str, Entry]) -> tuple[Cell, Cell, Cell]:
    """Return how many indicators a section meets, whether it passes, and what rounding hides."""
    finding = own.get("school")
    met = sum(f["outcome"] == MET for name, f in own.items() if name != "school")
    remark = FLIPS if any(f.get("rounding_flips") is True for f in own.values()) else ""
    return met, OUTCOMES[text(finding, "outcome")] if finding else "", remark


def _coefficients(findings: Sequence[Entry]) -> FormTable:
    headers = (
        "学段",
        "指标",
        "学校数",
        "学生数",
        "平均值",
        "标准差",
        "差异系数",
        "标准",
        "结论",
        "备注",
    )
    rows = tuple(
        _coefficient(finding)
        for finding in findings
        if finding.get("kind") in ("difference", "composite")
    )
    return FormTable("校际差异系数", headers, rows)


def _coefficient(finding: Entry) -> tuple[Cell, ...]:
    parts, measured = mapping(finding, "parts"), finding.get("measured")
    shown = ""
    if isinstance(measured, dict):
        square = measured.get("exact_square")
        value = square_root(read_exact(str(square))) if square else None
        shown = _word(measured, "display")
        shown = shown if value is None else rounded_text(value, COEFFICIENT_DIGITS)
    is_hidden = shown != "" and _is_hidden(shown, finding)
    stage = _word(mapping(finding, "subject"), "stage")
    return (
        SECTION_TITLES[stage][0] if stage in SECTION_TITLES else "",
        text(mapping(finding, "title"), "zh"),
        *(_number(parts, key) for key in ("schools", "pupils", "mean", "sd")),
        shown,
        _limit(finding),
        OUTCOMES[text(finding, "outcome")],
        FLIPS if is_hidden else _why(finding),
    )


def _is_hidden(shown: str, finding: Entry) -> bool:
    """Return whether the number as printed stands on the other side of the limit."""
    limit, outcome = _word(finding, "limit"), text(finding, "outcome")
    if not limit or outcome not in (MET, NOT_MET):
        return False
    holds = compare(read_exact(shown), _word(finding, "comparison"), read_exact(limit))
    return holds != (outcome == MET)


def _aspects(record: Entry, findings: Sequence[Entry]) -> Iterator[FormTable]:
    """Yield a table for each aspect with rules about the county, then one for all others."""
    headers = ("条款", "内容", "测得", "标准", "结论", "佐证材料", "说明", "依据")
    listed = tables(record, "aspects") if record.get("aspects") else []
    titles = {_word(aspect, "id"): text(mapping(aspect, "title"), "zh") for aspect in listed}
    grouped: dict[str, list[tuple[Cell, ...]]] = {}
    for finding in findings:
        if finding.get("kind") not in NOT_PRINTED:
            title = titles.get(_word(finding, "aspect"), "其他条款")
            grouped.setdefault(title, []).append(_rule_row(finding))
    for title, rows in grouped.items():
        yield FormTable(title, headers, tuple(rows))


def _rule_row(finding: Entry) -> tuple[Cell, ...]:
    measured = finding.get("measured")
    shown = _word(measured, "display") if isinstance(measured, dict) else ""
    parts = mapping(finding, "parts")
    listed = tables(parts, "parts") if "parts" in parts else []
    evidence = [_word(part, "evidence") for part in listed if part.get("evidence")]
    return (
        text(finding, "rule"),
        text(mapping(finding, "title"), "zh"),
        ANSWERS.get(shown, shown),
        _limit(finding),
        OUTCOMES[text(finding, "outcome")],
        "；".join(evidence),
        _remark(finding),
        f"{_word(finding, 'source')} {_word(finding, 'article')}",
    )


def _survey(record: Entry) -> FormTable:
    """Return table VI: papers of all respondents and of parents, and the on-site interviews.

    The figures of interviews are the county's; how many of them were parents nobody asks.
    """
    headers = ("", "问卷总数", "有效问卷", "满意问卷", "综合满意度（%）",
               "走访人数", "满意人数", "走访满意度（%）", "结论")  # fmt: skip
    inputs = mapping(record, "inputs")
    if inputs.get("rate") is None:
        return FormTable(TABLE_SIX, headers, (("计", *[""] * 7, OUTCOMES[NOT_MEASURED]),))
    rate = mapping(inputs, "rate")
    official = mapping(rate, "official")
    outcomes = [f["outcome"] for f in tables(record, "findings") if f.get("kind") == "survey"]
    outcome = OUTCOMES[str(outcomes[0])] if outcomes else ""
    whole = (_number(rate, "papers"), *_papers(official))
    parents = (_parent_papers(rate), *_papers(mapping(official, "parents")))
    rows = (("计", *whole, *_interviews(inputs), outcome), ("其中:家长", *parents, "", "", "", ""))
    return FormTable(TABLE_SIX, headers, rows)


def _papers(counts: Entry) -> tuple[Cell, Cell, Cell]:
    satisfied, valid = _count(counts, "numerator"), _count(counts, "denominator")
    return valid, satisfied, percent_text(satisfied, valid)


def _parent_papers(rate: Entry) -> Cell:
    for row in tables(rate, "categories"):
        if row.get("category") == "parent":
            return _number(row, "papers")
    return 0


def _interviews(inputs: Entry) -> tuple[Cell, Cell, Cell]:
    county = inputs.get("county")
    listed = county.get("figures") if isinstance(county, dict) else None
    figures = listed if isinstance(listed, list) else []
    given = {str(row.get("figure")): str(row.get("value")) for row in figures}
    people, satisfied = given.get("interviewed", ""), given.get("interviewed_satisfied", "")
    if not (people.isdecimal() and satisfied.isdecimal()):
        return people, satisfied, ""
    return int(people), int(satisfied), percent_text(int(satisfied), int(people))


def _shortcomings(findings: Sequence[Entry]) -> FormTable:
    """Return the decisive findings that do not hold or that nobody measured."""
    headers = ("条款", "对象", "学段", "内容", "结论", "说明")
    rows = tuple(
        (
            text(finding, "rule"),
            _word(mapping(finding, "subject"), "name") or "全县",
            SECTION_TITLES.get(_word(mapping(finding, "subject"), "stage"), ("", ""))[0],
            text(mapping(finding, "title"), "zh"),
            OUTCOMES[text(finding, "outcome")],
            _remark(finding),
        )
        for finding in findings
        if finding.get("decisive") is True and finding["outcome"] in (NOT_MET, NOT_MEASURED)
    )
    return FormTable("存在问题", headers, rows)


def _remark(finding: Entry) -> str:
    """Return why something was not measured, what relief was used, and what rounding hides."""
    reliefs = finding.get("reliefs")
    words = [_why(finding)] if _why(finding) else []
    if isinstance(reliefs, list) and reliefs:
        words.append(f"适用放宽：{'、'.join(map(str, reliefs))}")
    if finding.get("rounding_flips") is True:
        words.append(FLIPS)
    return "；".join(words)


def _why(finding: Entry) -> str:
    why = finding.get("why")
    return _word(why, "zh") if isinstance(why, dict) else ""


def _limit(finding: Entry) -> str:
    words = " / ".join(ANSWERS.get(word, word) for word in shown_limit(finding).split(" / "))
    return f"{shown_sign(finding)}{words}"


def _exact(finding: Entry) -> Fraction | None:
    measured = finding.get("measured")
    exact = _word(measured, "exact") if isinstance(measured, dict) else ""
    return read_exact(exact) if exact else None


def _word(entry: Entry, key: str) -> str:
    value = entry.get(key)
    return "" if value is None else str(value)


def _number(entry: Entry, key: str) -> Cell:
    value = entry.get(key)
    return value if isinstance(value, int) else _word(entry, key)


def _count(entry: Entry, key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0
