"""A local rule set on top of another one: entries replaced, added and removed by id.

The result is the content of a whole rule set, as if it had been written in one file; its digest
covers what the base says too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sampling.problems import N_, Problem
from sampling.toml_table import read_toml
from scoring.catalogue import check_once

Content = dict[str, object]
OWN = ("id", "title", "in_force_from")
"""What a local rule set must say of itself and never takes over from its base."""

LISTS = {
    "indicators": ("id",),
    "rules": ("id",),
    "figures": ("id",),
    "columns": ("table", "id"),
    "aspects": ("id",),
    "stages": ("id",),
    "targets": ("id",),
    "monitoring": ("measure",),
}
"""Arrays of tables and the keys that name their entries."""


def resolve_file(path: Path, folder: Path) -> Content:
    """Return the whole content of a rule set file; its bases lie beside it, or else in `folder`.

    `extends` becomes `lineage`: the ids of all bases, nearest first. Raises `Problem` for a base
    that is not there, a circle, a removal of what is not there, or two sources of one name.
    """
    return _resolve(path, folder, ())


def _resolve(path: Path, folder: Path, above: tuple[Path, ...]) -> Content:
    data = read_toml(path)
    if "lineage" in data:
        raise Problem(N_("unknown key {key!r}"), where=path.name, key="lineage")
    if "extends" not in data:
        if "removals" in data:
            raise Problem(N_("there is nothing to remove without extends"), where=path.name)
        return data
    here = path.resolve()
    if here in above:
        names = " -> ".join(file.stem for file in (*above, here))
        raise Problem(N_("rule sets extend each other in a circle: {names}"), names=names)
    base = _resolve(_base_path(data, path, folder), folder, (*above, here))
    return merge(base, data, path.name)


def _base_path(data: Mapping[str, object], path: Path, folder: Path) -> Path:
    base_id = data["extends"]
    known = {file.stem: file for place in (path.parent, folder) for file in _files(place)}
    if not isinstance(base_id, str) or base_id not in known:
        raise Problem(
            N_("key {key!r}: expected {expected}, got {got!r}"),
            where=path.name,
            key="extends",
            expected=f"one of {', '.join(sorted(known))}",
            got=base_id,
        )
    return known[base_id]


def _files(place: Path) -> list[Path]:
    return sorted(place.glob("*.toml"))


def merge(base: Mapping[str, object], local: Mapping[str, object], file: str) -> Content:
    """Return `local` on top of `base`; whatever is no list of entries is taken over whole."""
    merged = {key: value for key, value in base.items() if key not in OWN}
    merged |= {key: value for key, value in local.items() if key not in (*LISTS, "extends")}
    merged["sources"] = _merge_sources(base.get("sources"), local.get("sources", {}), file)
    for key, names in LISTS.items():
        if key in local:
            _check_names(key, local[key], names, file)
            merged[key] = _merge_entries(base.get(key, []), local[key], names)
    _remove(merged, base, local, file)
    merged["lineage"] = [base.get("id"), *_list(base.get("lineage"))]
    return merged


def _merge_sources(base: object, local: object, file: str) -> object:
    if not isinstance(base, dict) or not isinstance(local, dict):
        return local
    twice = next((key for key in local if base.get(key, local[key]) != local[key]), None)
    if twice:
        raise Problem(
            N_("source {source!r} is another text in the rule set that this one extends"),
            where=file,
            source=twice,
        )
    return base | local


def _merge_entries(base: object, local: object, names: Sequence[str]) -> object:
    """Return the base's entries, those of the same name replaced in place, new ones at the end."""
    if not isinstance(local, list):
        return local
    replacing = {name_entry(entry, names): entry for entry in local}
    kept = [replacing.get(name_entry(entry, names), entry) for entry in _list(base)]
    known = {name_entry(entry, names) for entry in _list(base)}
    return kept + [entry for entry in local if name_entry(entry, names) not in known]


def _check_names(key: str, local: object, names: Sequence[str], file: str) -> None:
    """Raise `Problem` for an entry that replaces another one of the same file."""
    check_once(key, (".".join(map(str, name_entry(entry, names))) for entry in _list(local)), file)


def name_entry(entry: object, names: Sequence[str]) -> tuple[object, ...]:
    """Return what names an entry; one that is no table has no name but itself."""
    if not isinstance(entry, dict):
        return (str(entry),)
    return tuple(str(entry.get(name)) for name in names)


def _remove(
    merged: Content, base: Mapping[str, object], local: Mapping[str, object], file: str
) -> None:
    """Take the rules of `removals` out; keep the removals, for they are part of the scheme."""
    removals = _list(local.get("removals"))
    ids = [name_entry(entry, ("id",))[0] for entry in removals]
    known = {name_entry(entry, ("id",))[0] for entry in _list(base.get("rules"))}
    own = {name_entry(entry, ("id",))[0] for entry in _list(local.get("rules"))}
    for rule_id in ids:
        if rule_id not in known or rule_id in own or ids.count(rule_id) > 1:
            raise Problem(
                N_("removals: expected a rule of the base, once, and not replaced, got {got!r}"),
                where=file,
                got=rule_id,
            )
    rules = _list(merged.get("rules"))
    merged["rules"] = [rule for rule in rules if name_entry(rule, ("id",))[0] not in ids]
    earlier = [r for r in _list(base.get("removals")) if name_entry(r, ("id",))[0] not in own]
    merged.pop("removals", None)
    if earlier or removals:
        merged["removals"] = earlier + removals


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
