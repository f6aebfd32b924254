"""Code names in a verdict as words (名称): columns, indicators, what a count is made of."""

from __future__ import annotations

from collections.abc import Mapping

from sampling.problems import Problem, Problems
from scoring.citations import Title
from scoring.rule_set import RuleSet
from scoring.school_columns import FLAGS
from scoring.school_layout import layout_of
from scoring.verdict_inputs import read_rules

FIXED = {
    "pupils": Title("学生数", "pupils"),
    "compulsory_pupils": Title("义务教育学生数", "pupils in compulsory education"),
    "largest_class": Title("最大班额", "pupils of the largest class"),
    "classes": Title("班级数", "classes"),
    "needed": Title("应有", "needed"),
    "rooms": Title("合格", "that pass"),
}
"""What nobody fills in, and what a count of special rooms is made of."""


class Words:
    """The words of one rule set in one language; a code name that it does not know stays."""

    def __init__(self, rule_set: RuleSet | None, language: str) -> None:
        self._language = language
        self._names = dict(FIXED)
        self._options: dict[str, Mapping[str, str]] = {}
        for column in () if rule_set is None else layout_of(rule_set).columns:
            self._names[column.name] = Title(column.header_zh, column.header_en)
            self._options[column.name] = column.options or {}
        for one in () if rule_set is None else rule_set.columns:
            self._names[one.id] = one.title
            self._options[one.id] = FLAGS if one.kind == "flag" else one.options
        for indicator in () if rule_set is None else rule_set.indicators:
            self._names[f"{indicator.id}/"] = Title(indicator.title_zh, indicator.title_en)

    def indicator(self, indicator_id: str) -> str:
        """Return the title of an indicator."""
        return self._name(f"{indicator_id}/").removesuffix("/")

    def cell(self, column: str, value: str) -> str:
        """Return a column, or a ratio of two, with what a row has there."""
        names = " / ".join(self._name(name.removeprefix("school.")) for name in column.split(" / "))
        known = self._options.get(column.removeprefix("school."), {}).get(value, value)
        return f"{names} = {known if self._language == 'zh' else value}"

    def _name(self, name: str) -> str:
        title = self._names.get(name)
        if title is None:
            return name
        return title.zh if self._language == "zh" else title.en


def words_of(record: Mapping[str, object], language: str) -> Words:
    """Return the words of a verdict's rule set; code names stay where it is not at hand."""
    try:
        return Words(read_rules(record), language)
    except (Problem, Problems):
        return Words(None, language)
