"""What a command writes: never in place of what it reads, and whole or not at all."""

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


def write_whole(out_path: Path, content: bytes) -> None:
    """Write a file whole: where writing fails, what stood there before still does."""
    part = out_path.with_name(f".{out_path.name}.part")
    part.write_bytes(content)
    part.replace(out_path)
