"""What every page is checked for in the browser: the rules of axe-core, and its width."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
FIND_VIOLATIONS = """async (rules) => {
  const found = await axe.run(document, { resultTypes: ["violations"], rules });
  return found.violations.map((one) =>
    `${one.id}: ${one.nodes.map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`);
}"""
BIG_TARGETS = {"target-size": {"enabled": True}}
"""The rule of WCAG 2.2 AA that axe-core leaves out unless it is asked for."""

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def check_page(page: Page, name: str, rules: dict[str, dict[str, bool]] | None = None) -> None:
    """Hold the page now shown to what axe-core knows, with more `rules`, and to its width."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    assert page.evaluate(FIND_VIOLATIONS, rules or {}) == [], name
    assert not page.evaluate(TOO_WIDE), name
