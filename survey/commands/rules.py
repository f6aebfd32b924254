"""`renkedu rules`: the rule sets that a verdict can be made under, and a check of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click

from scoring.rule_set import RuleSet, find_rule_set, load_rule_set, rule_set_ids
from scoring.rule_set_difference import change_record, compare_rule_sets
from survey.commands.rule_words import (
    tell_changes,
    tell_check,
    tell_open_points,
    tell_rule_set,
    tell_title,
)

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON in place of text.")


@click.group(short_help="List, show, compare and check rule sets.")
def rules() -> None:
    """List, show, compare and check rule sets (规则集): the law as data.

    \b
    Example:
      renkedu rules list

    \b
    Exit codes:
      0  done
      2  bad input or usage
    """


@rules.command("list", short_help="The rule sets that come with the programme.")
@as_json
def list_rule_sets(*, is_json: bool) -> None:
    """List the rule sets that come with the programme.

    \b
    Example:
      renkedu rules list --json

    \b
    Exit codes:
      0  done
      2  bad usage
    """
    rule_sets = [load_rule_set(rule_set_id) for rule_set_id in rule_set_ids()]
    if is_json:
        _print_json([_head(rule_set) for rule_set in rule_sets])
        return
    for rule_set in rule_sets:
        _print(tell_title(rule_set))


@rules.command(short_help="Every rule of a rule set, with its citation.")
@click.argument("name", metavar="ID|FILE.toml")
@as_json
def show(name: str, *, is_json: bool) -> None:
    """Print the rules, parts, reliefs, targets and procedure of a rule set.

    With --json the whole content is printed, bases included: its digest is the rule set's.

    \b
    Example:
      renkedu rules show guigang-2022

    \b
    Exit codes:
      0  done
      2  bad input or usage
    """
    rule_set = find_rule_set(name)
    if is_json:
        _print_json({**_head(rule_set), "content": rule_set.content})
        return
    _print(tell_rule_set(rule_set))


@rules.command(short_help="What a second rule set says differently.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@as_json
def diff(first: str, second: str, *, is_json: bool) -> None:
    """Print how rule set B differs from rule set A; each is an id or a file ending in .toml.

    \b
    Example:
      renkedu rules diff national-2017 wenshan-2024

    \b
    Exit codes:
      0  done, whether they differ or not
      2  bad input or usage
    """
    one, other = find_rule_set(first), find_rule_set(second)
    changes = compare_rule_sets(one, other)
    if is_json:
        heads = {"first": _head(one), "second": _head(other)}
        _print_json({**heads, "changes": [change_record(change) for change in changes]})
        return
    _print(tell_changes(one, other, changes))


@rules.command(short_help="Check a rule set of one's own.")
@click.argument("file", metavar="FILE.toml")
@as_json
def check(file: str, *, is_json: bool) -> None:
    """Read a rule set as strictly as a verdict would, and list what it leaves open.

    A fault is told with the file, the key and what was expected.

    \b
    Example:
      renkedu rules check ours.toml

    \b
    Exit codes:
      0  the rule set can be used
      2  it cannot, or bad usage
    """
    rule_set = find_rule_set(file)
    if is_json:
        _print_json({**_head(rule_set), "open": list(tell_open_points(rule_set))})
        return
    _print(tell_check(rule_set))


def _head(rule_set: RuleSet) -> dict[str, object]:
    return {
        "id": rule_set.id,
        "title": {"zh": rule_set.title_zh, "en": rule_set.title_en},
        "in_force_from": rule_set.in_force_from,
        "extends": list(rule_set.lineage),
        "rules": len(rule_set.rules),
        "targets": len(rule_set.targets),
        "digest": rule_set.digest,
    }


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
