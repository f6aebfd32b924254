"""What a command writes never replaces what it reads."""

from __future__ import annotations

from pathlib import Path

from sampling.problems import N_, Problem


def spare_inputs(out_path: Path, *inputs: Path) -> None:
    """Raise `Problem` if writing `out_path` would overwrite what a record is made from."""
    for path in inputs:
        if out_path.exists() and path.exists() and out_path.samefile(path):
            raise Problem(
                N_("is read by this command and would be overwritten; name another file"),
                where=str(out_path),
            )
