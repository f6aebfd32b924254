"""Build hook: compiled message catalogues, and the files that live beside the packages.

The catalogues are compiled here, so that neither the tree nor a wheel holds stale ones.
`templates/` and `migrations/` go into a wheel below `survey/`; an editable install finds them in
the tree, and a copy of them in the environment would only go stale.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BESIDE_THE_PACKAGES = {"templates": "survey/templates", "migrations": "survey/migrations"}


class RenkeduBuildHook(BuildHookInterface[Any]):
    """Compiles every messages.po and adds what a wheel needs and an editable install does not."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel ("standard") or an editable one is put together."""
        for source in sorted(Path(self.root, "survey", "translations").glob("*/LC_MESSAGES/*.po")):
            compile_catalog(source)
        if version == "standard":
            for directory, place in BESIDE_THE_PACKAGES.items():
                build_data["force_include"][str(Path(self.root, directory))] = place


def compile_catalog(source: Path) -> None:
    """Write the messages.mo beside a messages.po, unless a newer one stands there."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    with source.open("rb") as file:
        catalog = read_po(file, locale=source.parts[-3])
    with target.open("wb") as compiled:
        write_mo(compiled, catalog)
