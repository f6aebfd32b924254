"""What a command writes never replaces what it reads."""

from __future__ import annotations

from pathlib import Path

from sampling.problems import N_, Problem


def spare_inputs(out_path: Path, *inputs: Path) -> None:
    """Raise `Problem` if writing `out_path` would overwrite what a record is made from.

    An input that is not there yet counts too: the command may make it before it writes.
    """
    for path in inputs:
        is_there = out_path.exists() and path.exists()
        if out_path.samefile(path) if is_there else out_path.resolve() == path.resolve():
            raise Problem(
                N_("is read by this command and would be overwritten; name another file"),
                where=str(out_path),
            )
