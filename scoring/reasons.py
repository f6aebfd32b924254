"""Why something was not measured, and other words that a verdict carries in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.citations import Title

NO_PARTS = Title("本规则没有可测量的内容", "the rule has nothing that can be measured")
NO_SECTIONS = Title("该学段没有在评估范围内的学校", "no school of this stage is in scope")
NO_AMOUNT = Title("有学校没有填报该项数据", "a school did not give this amount")
NO_RATE = Title("没有提供社会认可度结果", "no recognition rate was given")
NO_PAPERS = Title("没有有效问卷", "there is no valid paper")
NO_ENGINE = Title("指标引擎没有给出结果", "the indicator engine gave no finding")
NO_ANSWER = Title("没有作出评判", "nobody answered")
NO_EARLIER = Title("没有上一年的结果可比", "there is no result of the year before")
NO_PROCEDURE = Title("没有提供评估程序的进展", "nothing was given about the procedure")
NO_ROWS = Title("没有符合条件的数据行", "no row is concerned")
ZERO_DENOMINATOR = Title("分母为零", "the denominator is 0")
NOBODY = Title("没有这类对象（分母、分子均为0），不影响结论",
               "nobody is concerned (0 of 0): nothing is decided by it")  # fmt: skip
ALL_ZERO = Title("均值为零，差异系数无意义", "the mean is 0 and the coefficient undefined")
IN_CIRCLE = Title("规则互相引用，无法测量", "the rules refer to each other")
UNSEEN_SURVEY = Title("引擎不接触社会认可度", "an engine does not see the recognition rate")
NO_EVIDENCE = Title("未注明佐证材料", "no evidence is named")
ABOVE_WHOLE = Title("超过100%，请核对数据", "above 100 %: check the figures")


def not_given(titles: Sequence[Title]) -> Title:
    """Say which figures were not given."""
    return Title(
        f"没有填报：{'、'.join(title.zh for title in titles)}",
        f"not given: {'; '.join(title.en for title in titles)}",
    )


def no_table(title: Title) -> Title:
    """Say that a table was not handed in."""
    return Title(f"没有提供“{title.zh}”表", f"the table {title.en!r} was not handed in")


def open_rows(count: int) -> Title:
    """Say that some rows lack what is needed."""
    return Title(f"{count}行缺少所需数据", f"{count} rows lack what is needed")


def no_years(years: Iterable[int]) -> Title:
    """Say which years are missing."""
    listed = ", ".join(map(str, years))
    return Title(f"缺少年份：{listed}", f"years missing: {listed}")


def too_few_years(years: int) -> Title:
    """Say that there are not enough years in a row."""
    return Title(f"连续年份不足{years}年", f"fewer than {years} years in a row")


def open_rules(count: int) -> Title:
    """Say that findings which this one hangs on were not measured."""
    return Title(f"所引用的{count}项结论没有测量", f"{count} findings that it rests on are open")
