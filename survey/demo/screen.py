"""The one screen at the end: what was done, what came out, why, and where to look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scoring.record import read_record
from survey.demo.county import MADE_UP_EN, MADE_UP_ZH
from survey.demo.story import Story
from survey.demo.summary import SUMMARY_FILE, read_summary
from survey.demo.workbooks import CATEGORIES_ZH

Json = Mapping[str, Any]

STAGES_ZH = {"primary": "小学", "junior": "初中", "": "全县"}
VERDICTS = {
    "met": "达到 met",
    "not_met": "未达到 not met",
    "undecided": "未定 undecided",
}
OPTIONS_ZH = {
    "satisfied": "满意",
    "mostly": "比较满意",
    "basically": "基本满意",
    "unknown": "不了解",
}
ARTICLE = re.compile(r"第[一二三四五六七八九十]+条")
COLUMNS = (
    ("target", "计划 target"),
    ("issued", "发出 issued"),
    ("answered", "已答 answered"),
    ("refused", "拒答 refused"),
)


def show_outcome(story: Story, console: Console) -> None:
    """Print the screen; the last line of the output is the caller's."""
    summary = read_summary(story.files)
    rate = read_record(story.files / "rate.json", "rate")
    verdict = read_record(story.files / "verdict.json", "verdict")
    console.rule(f"{MADE_UP_ZH} · {MADE_UP_EN}")
    console.print(tell_county(story, summary), soft_wrap=True, highlight=False)
    console.print(tabulate_people(summary["categories"]))
    for text in (*tell_rate(rate), *tell_failures(verdict), tell_verdict(verdict)):
        console.print(text, soft_wrap=True)
    for line in (*story.checks, *tell_places(story)):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def tell_county(story: Story, summary: Json) -> str:
    """Return county, residents with their source, n and the seed."""
    return (
        f"{summary['county']} · 常住人口 residents {summary['residents']:,} "
        f"({story.invention.county.source}) · n = {summary['n']} · "
        f"抽样种子 draw seed: {story.draw_seed}"
    )


def tabulate_people(categories: Mapping[str, Mapping[str, int]]) -> Table:
    """Return the plan and what became of it, by category."""
    table = Table("类别 category", box=None, pad_edge=False, header_style="bold")
    for _, title in COLUMNS:
        table.add_column(title, justify="right")
    for name, row in categories.items():
        cells = (str(row[key]) for key, _ in COLUMNS)
        table.add_row(f"{CATEGORIES_ZH[name]} {name}", *cells)
    sums = (str(sum(row[key] for row in categories.values())) for key, _ in COLUMNS)
    table.add_row("合计 all", *sums, style="bold")
    return table


def tell_rate(rate: Json) -> Iterator[Text]:
    """Yield the rate with numerator, denominator, rule and interval."""
    official, rule = rate["official"], rate["rule"]
    parents, interval = official["parents"], official["ci"]
    satisfied = " ".join(OPTIONS_ZH.get(code, code) for code in rule["satisfied"])
    excluded = " ".join(OPTIONS_ZH.get(code, code) for code in rule["excluded"])
    yield Text(f"认可度 rate {tell_share(official)}", style="bold").append(
        f", 其中家长 parents {tell_share(parents)}; "
        f"标准 limit {rule['comparison']} {rule['limit']} ({rule['source']} {rule['article']})",
        style="not bold",
    )
    yield Text(f"  计数规则 rule: 满意 = {satisfied} ({rule['item']}); 不计入 left out: {excluded}")
    if interval:
        yield Text(
            f"  抽样区间 interval ({interval['level']}, {interval['method']}): "
            f"{100 * interval['low']:.2f} % - {100 * interval['high']:.2f} %: {rate['words']}"
        )


def tell_share(count: Json) -> str:
    """Return numerator, denominator and their share, rounded for the eye alone."""
    if not count["denominator"]:
        return "0/0"
    share = 100 * count["numerator"] / count["denominator"]
    return f"{count['numerator']}/{count['denominator']} = {share:.2f} %"


def tell_failures(verdict: Json) -> Iterator[Text]:
    """Yield a line for each decisive rule that was not met, with its article; then what is open."""
    findings = verdict["findings"]
    failed = [f for f in findings if f["decisive"] and f["outcome"] == "not_met"]
    yield Text(f"未达标 failed ({len(failed)})", style="bold red")
    for finding in failed:
        article = f"{finding['source']} {finding['article']}"
        yield Text(f"  {article} · {tell_finding(finding, findings)}")
    open_rules = {f["rule"]: ARTICLE.match(f["article"]) for f in findings if is_open(f)}
    counted = Counter(found.group() if found else "" for found in open_rules.values())
    told = ", ".join(f"{article or '其他 other'} {n}" for article, n in counted.items())
    yield Text(f"  未测 not measured in this version, {len(open_rules)} 项 rules: {told}")


def is_open(finding: Json) -> bool:
    """Say whether a finding is of a decisive rule that nobody measured."""
    return bool(finding["decisive"]) and finding["outcome"] == "not_measured"


def tell_finding(finding: Json, findings: list[Json]) -> str:
    """Return who failed and in what; for a school the indicators below their limits."""
    subject = finding["subject"]
    if finding["kind"] != "school":
        who = subject["name"] or STAGES_ZH[subject["stage"]]
        return f"{who} · {finding['title']['zh']}: {tell_measured(finding)}"
    short = [
        f"{other['title']['zh']} {tell_measured(other)}"
        for other in findings
        if other["kind"] == "indicator"
        and other["outcome"] == "not_met"
        and (other["subject"]["id"], other["subject"]["stage"]) == (subject["id"], subject["stage"])
    ]
    return f"{subject['name']}({STAGES_ZH[subject['stage']]}): {'; '.join(short)}"


def tell_measured(finding: Json) -> str:
    """Return the measured value beside the limit."""
    return f"{finding['measured']['display']} (应 {finding['comparison']} {finding['limit']})"


def tell_verdict(verdict: Json) -> Text:
    """Return the verdict."""
    style = "bold green" if verdict["verdict"] == "met" else "bold red"
    return Text(f"认定结论 verdict: {VERDICTS[verdict['verdict']]}", style=style)


def tell_places(story: Story) -> Iterator[str]:
    """Yield where the certificates lie, the site's address, and who may log in."""
    yield f"证书 certificates: {story.files}"
    yield f"网站 site: {story.address}"
    for name, password in story.passwords.items():
        yield f"  登录 log in: {name}  密码(只显示一次) password, shown once: {password}"


def tell_summary(files: Path) -> str:
    """Return the last line of the output."""
    return f"summary: {files / SUMMARY_FILE}"
