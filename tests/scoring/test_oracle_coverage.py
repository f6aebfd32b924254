"""Each of R's reference cases is held by a test or is an exception with its reason."""

from __future__ import annotations

import ast

import pytest

from tests.scoring import oracle


def test_there_are_1748_cases() -> None:
    assert len(oracle.cases()) == 1748


def test_every_case_is_held_or_excepted() -> None:
    held = {id for by in oracle.holders() for id in oracle.covered(by)}
    left = [
        case["id"] for case in oracle.cases() if case["id"] not in held | set(oracle.exceptions())
    ]
    assert left == []


@pytest.mark.parametrize("by", sorted(oracle.holders()))
def test_holders_exist_and_take_their_cases_from_the_register(by: str) -> None:
    file, function = by.split("::")
    tree = ast.parse((oracle.HERE.parent / file).read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    decorators = {node.name: ast.unparse(node) for node in found}
    assert "oracle.covered(" in decorators[function]
    assert oracle.covered(by)
