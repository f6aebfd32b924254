"""自评报告: the report in prose that a county hands in, made from its verdict certificate.

Every figure is the verdict's, as it stands there; every outcome is the one that was judged exactly.
Nothing is praised and nothing assumed: what was not measured is said to be missing, and what only
people can say (the measures they take) is left for them to write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sampling.canonical import digest
from scoring.application import OUTCOMES, VERDICTS, FormTable, make_application
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET, SHOWN
from scoring.record_file import check_head, mapping, tables, text
from scoring.rule_parts import ANSWERS
from scoring.rule_set import RuleSet
from scoring.school_columns import KINDS, SECTION_TITLES
from scoring.shown_limit import percent_of, shown_limit, shown_sign
from scoring.verdict_inputs import read_rules

Entry = Mapping[str, object]

COEFFICIENTS = "校际差异系数"
NUMERALS = "一二三四五六七八九十"
FLIPPED = "（按两位小数修约后结论会不同，以精确值为准）"
REHEARSAL = "演练，不得用于申报"
VETOES = OUTCOMES | {MET: "不存在", NOT_MET: "存在"}
"""What the outcomes of a veto are called: it is met where there is nothing of the kind."""

COUNTED = ("every", "rooms_per_classes", "rules")
"""Measures that count the rows which do not hold, of those looked at."""

SURVEY_ASPECT = "recognition"
MOST_NAMED = 20
COUNTY_KINDS = ("figure", "judgement", "veto")
"""Kinds of rules about the county as a whole that have no table or section of their own."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or a few; `rules` are those whose findings it tells, for whoever checks it."""

    text: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report: its title, its paragraphs, and a table where there is one."""

    title: str
    paragraphs: tuple[Paragraph, ...]
    table: FormTable | None = None


@dataclass(frozen=True, slots=True)
class SelfReport:
    """The whole report; `notes` say what it was made from and are printed at its end."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = field(default_factory=tuple)


def make_self_report(record: Mapping[str, object]) -> SelfReport:
    """Return the self-evaluation report of a verdict certificate.

    Check the record with `verify_verdict` before the report goes out. Raises `Problem` for a
    record that is none.
    """
    check_head(record, "verdict")
    rule_set = read_rules(record)
    findings = tables(record, "findings")
    bodies = [
        ("基本情况", [*_county(record)], None),
        ("自评结论", [*_conclusion(record, findings)], None),
        ("资源配置", [*_resources(findings)], _coefficient_table(record)),
        *_aspects(record, findings, rule_set),
        *([("社会认可度", [*_survey(record, findings)], None)] if rule_set.has_survey else []),
        ("存在问题与缺失数据", [*_shortcomings(findings)], None),
        ("整改措施", [_measures(findings)], None),
    ]
    sections = tuple(
        Section(f"{_numeral(number)}、{title}", tuple(paragraphs), table)
        for number, (title, paragraphs, table) in enumerate(bodies)
    )
    return SelfReport(
        title=f"{text(record, 'county')}自评报告",
        subtitle=rule_set.title_zh + (f"（{REHEARSAL}）" if record.get("rehearsal") else ""),
        sections=sections,
        notes=tuple(_notes(record, rule_set)),
    )


def _numeral(number: int) -> str:
    """Return the Chinese numeral of a section counted from 0; there are never twenty.

    >>> _numeral(0), _numeral(10)
    ('一', '十一')
    """
    return NUMERALS[number] if number < len(NUMERALS) else f"十{NUMERALS[number - 10]}"


def _county(record: Entry) -> Iterator[Paragraph]:
    schools = tables(mapping(record, "inputs"), "schools")
    kinds = Counter(KINDS.get(_word(one, "kind"), _word(one, "kind")) for one in schools)
    listed = "、".join(f"{kind}{number}所" for kind, number in kinds.items())
    yield Paragraph(
        f"填报学校（含教学点）共{len(schools)}所" + (f"，其中{listed}。" if listed else "。")
    )
    for stage, (zh, _) in SECTION_TITLES.items():
        pupils = [int(_word(one, f"{stage}_pupils") or 0) for one in schools]
        if any(pupils):
            own = sum(map(bool, pupils))
            yield Paragraph(f"有{zh}学生的学校{own}所，{zh}学生{sum(pupils)}人。")
    out = record.get("out_of_scope")
    if isinstance(out, list) and out:
        yield Paragraph(f"按评估办法不参加资源配置指标评估的学校（教学点）{len(out)}所。")


def _conclusion(record: Entry, findings: Sequence[Entry]) -> Iterator[Paragraph]:
    decisive = [finding for finding in findings if finding.get("decisive") is True]
    yield Paragraph(f"自评结论：{VERDICTS[text(record, 'verdict')]}。")
    counted = "，".join(
        f"{OUTCOMES[outcome]}{number}项"
        for outcome in (MET, NOT_MET, NOT_MEASURED)
        if (number := sum(finding["outcome"] == outcome for finding in decisive))
    )
    yield Paragraph(f"决定性结论（逐校逐项计）共{len(decisive)}项：{counted}。")
    for relief in tables(record, "reliefs") if record.get("reliefs") else []:
        eased = tables(relief, "eases")
        words = "；".join(dict.fromkeys(text(mapping(one, "title"), "zh") for one in eased))
        used = _word(relief, "used")
        yield Paragraph(
            f"启用放宽条款：{words}，实际适用{used}处。",
            tuple(text(one, "rule") for one in eased),
        )


def _resources(findings: Sequence[Entry]) -> Iterator[Paragraph]:
    for stage, (zh, _) in SECTION_TITLES.items():
        own = [one for one in _of_kind(findings, "school") if _stage(one) == stage]
        if not own:
            continue
        counts = Counter(text(one, "outcome") for one in own)
        words = "，".join(
            f"{OUTCOMES[outcome]}{counts[outcome]}所"
            for outcome in (MET, NOT_MET, NOT_MEASURED)
            if counts[outcome]
        )
        title = text(mapping(own[0], "title"), "zh")
        yield Paragraph(
            f"{zh}：“{title}”，参评{len(own)}所，{words}{_cited(own[0])}。", (text(own[0], "rule"),)
        )
        for one in own:
            if one["outcome"] != MET:
                yield _school(one, findings)
    coefficients = _of_kind(findings, "difference")
    for stage, (zh, _) in SECTION_TITLES.items():
        own = [one for one in coefficients if _stage(one) == stage]
        if own:
            yield _coefficients(own, zh)


def _school(school: Entry, findings: Sequence[Entry]) -> Paragraph:
    """Return what a section that does not pass lacks, indicator by indicator."""
    subject, parts = mapping(school, "subject"), mapping(school, "parts")
    unmet = [
        one
        for one in _of_kind(findings, "indicator")
        if mapping(one, "subject") == subject and one["outcome"] in (NOT_MET, NOT_MEASURED)
    ]
    words = "；".join(f"{_title(one)}{_told(one)}" for one in unmet)
    below = parts.get("below_floor")
    floor = _word(parts, "floor")
    low = (
        f"，其中低于标准{percent_of(floor)}的{len(below)}项"
        if isinstance(below, list) and below and floor
        else ""
    )
    name = f"{_word(subject, 'name')}（{SECTION_TITLES[_stage(school)][0]}）"
    return Paragraph(
        f"{name}{OUTCOMES[text(school, 'outcome')]}{low}：{words}。",
        (text(school, "rule"), *(text(one, "rule") for one in unmet)),
    )


def _coefficients(own: Sequence[Entry], zh: str) -> Paragraph:
    failing = [one for one in own if one["outcome"] != MET]
    words = "；".join(f"{_title(one)}{_told(one)}" for one in failing)
    met = len(own) - len(failing)
    tail = f"。其余：{words}。" if failing else "。"
    return Paragraph(
        f"{zh}校际差异系数{len(own)}项，达标{met}项{tail}", tuple(text(one, "rule") for one in own)
    )


def _coefficient_table(record: Entry) -> FormTable | None:
    found = [table for table in make_application(record) if table.title == COEFFICIENTS]
    return found[0] if found and found[0].rows else None


def _aspects(
    record: Entry, findings: Sequence[Entry], rule_set: RuleSet
) -> Iterator[tuple[str, list[Paragraph], FormTable | None]]:
    """Yield a section for each aspect with rules about the county as a whole.

    What belongs to the recognition survey stands in its own section, where there is one.
    """
    listed = tables(record, "aspects") if record.get("aspects") else []
    apart = SURVEY_ASPECT if rule_set.has_survey else ""
    titles = {_word(one, "id"): text(mapping(one, "title"), "zh") for one in listed}
    own = [one for one in findings if one.get("kind") in COUNTY_KINDS]
    for code, title in titles.items():
        mine = [one for one in own if _word(one, "aspect") == code]
        if mine and code != apart:
            yield title, [_rule(one) for one in mine], None
    others = [one for one in own if _word(one, "aspect") not in titles]
    if others:
        yield "其他条款", [_rule(one) for one in others], None


def _rule(finding: Entry) -> Paragraph:
    """Return a rule with its parts: what was measured or judged, against what, on what evidence."""
    parts = mapping(finding, "parts")
    outcomes = VETOES if finding.get("kind") == "veto" else OUTCOMES
    listed = tables(parts, "parts") if parts.get("parts") else []
    words = "；".join(_part(one, outcomes) for one in listed)
    why = _why(finding)
    told = words or (f"未测量{f'（{why}）' if why else ''}" if not finding.get("measured") else "")
    return Paragraph(
        f"{_title(finding)}：{outcomes[text(finding, 'outcome')]}{_flip(finding)}"
        f"{_cited(finding)}。{told}{'。' if told else ''}",
        (text(finding, "rule"),),
    )


def _part(part: Entry, outcomes: Mapping[str, str]) -> str:
    evidence = _word(part, "evidence")
    return (
        f"{text(mapping(part, 'title'), 'zh').rstrip('？?。')}"
        f"{_counted(part) or _told(part, outcomes)}"
        f"{f'，佐证材料：{evidence}' if evidence else ''}"
    )


def _counted(part: Entry) -> str:
    """Return how many rows were looked at and which do not hold; "" for no count of rows."""
    measured = part.get("measured")
    shown = _word(measured, "display") if isinstance(measured, dict) else ""
    below, sign, of = shown.partition(" / ")
    if not sign or part.get("measure") not in COUNTED:
        return ""
    if of == "0":
        return f"：没有此类对象，{OUTCOMES[text(part, 'outcome')]}"
    failing = part.get("failing")
    names = [_word(row, "row") for row in failing if isinstance(row, dict)] if isinstance(
        failing, list) else []  # fmt: skip
    more = f"等{len(names)}项" if len(names) > MOST_NAMED else ""
    listed = f"（{'、'.join(names[:MOST_NAMED])}{more}）" if names else ""
    outcome = OUTCOMES[text(part, "outcome")]
    return f"：核查{of}项，不符合{below}项{listed}，{outcome}{_flip(part)}"


def _survey(record: Entry, findings: Sequence[Entry]) -> Iterator[Paragraph]:
    rate = mapping(record, "inputs").get("rate")
    for finding in _of_kind(findings, "survey"):
        rule = (text(finding, "rule"),)
        if not isinstance(rate, dict):
            yield Paragraph(f"{_title(finding)}：未测量（{_why(finding)}）。", rule)
            continue
        parts = mapping(finding, "parts")
        satisfied, valid = _word(parts, "numerator"), _word(parts, "denominator")
        yield Paragraph(
            f"收回问卷{_word(rate, 'papers')}份，有效问卷{valid}份，其中满意{satisfied}份，"
            f"社会认可度{_told(finding)}{_flip(finding)}{_cited(finding)}。",
            rule,
        )
    for finding in findings:
        if _word(finding, "aspect") == SURVEY_ASPECT and finding.get("kind") in COUNTY_KINDS:
            yield _rule(finding)


def _shortcomings(findings: Sequence[Entry]) -> Iterator[Paragraph]:
    decisive = [finding for finding in findings if finding.get("decisive") is True]
    for outcome, words in ((NOT_MET, "不达标"), (NOT_MEASURED, "缺少数据、未能测量")):
        found = [one for one in decisive if one["outcome"] == outcome]
        counts = Counter((text(one, "rule"), _title(one)) for one in found)
        if not counts:
            yield Paragraph(f"没有{words}的决定性条款。")
            continue
        listed = "；".join(
            title + (f"（{number}处）" if number > 1 else "")
            for (_, title), number in counts.items()
        )
        yield Paragraph(
            f"{words}的决定性条款{len(counts)}条：{listed}。", tuple(rule for rule, _ in counts)
        )


def _measures(findings: Sequence[Entry]) -> Paragraph:
    is_open = any(
        one.get("decisive") is True and one["outcome"] in (NOT_MET, NOT_MEASURED)
        for one in findings
    )
    if is_open:
        return Paragraph(
            "针对上述问题的整改措施、责任人和时限由县人民政府填写，并列入台账逐项销号。"
        )
    return Paragraph("需要说明的其他事项由县人民政府填写。")


def _notes(record: Entry, rule_set: RuleSet) -> Iterator[str]:
    engine = mapping(record, "engine")
    yield f"本报告的数字和结论取自结论证书（SHA-256：{digest(record)}），数字按条款的精确值判定。"
    yield f"评估办法：{rule_set.title_zh}（{rule_set.id}，SHA-256：{rule_set.digest}）。"
    yield f"指标引擎：{_word(engine, 'name')} {_word(engine, 'version')}。"


def _told(entry: Entry, outcomes: Mapping[str, str] = OUTCOMES) -> str:
    """Return a value against its limit with the outcome, or that it is missing and why."""
    outcome, measured = text(entry, "outcome"), entry.get("measured")
    if not isinstance(measured, dict):
        why = _why(entry)
        return f"未测量{f'（{why}）' if why else ''}"
    shown = _word(measured, "display")
    limit = " / ".join(ANSWERS.get(word, word) for word in shown_limit(entry).split(" / "))
    against = f"（标准{shown_sign(entry)}{limit}）" if limit else ""
    value = f"“{ANSWERS[shown]}”" if shown in ANSWERS else f"为{shown}"
    ending = "" if outcome == SHOWN else f"，{outcomes[outcome]}"
    return f"{value}{against}{ending}{_flip(entry)}"


def _flip(entry: Entry) -> str:
    return FLIPPED if entry.get("rounding_flips") is True else ""


def _cited(finding: Entry) -> str:
    return f"（{_word(finding, 'source')} {_word(finding, 'article')}）"


def _why(entry: Entry) -> str:
    why = entry.get("why")
    return _word(why, "zh") if isinstance(why, dict) else ""


def _title(finding: Entry) -> str:
    return text(mapping(finding, "title"), "zh")


def _stage(finding: Entry) -> str:
    return _word(mapping(finding, "subject"), "stage")


def _of_kind(findings: Sequence[Entry], kind: str) -> list[Entry]:
    return [finding for finding in findings if finding.get("kind") == kind]


def _word(entry: Entry, key: str) -> str:
    value = entry.get(key)
    return "" if value is None else str(value)
