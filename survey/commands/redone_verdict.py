"""A verdict read from its file and made again, before anything official is written from it."""

from __future__ import annotations

from pathlib import Path

from sampling.problems import Problem
from sampling.verification import Difference
from scoring.engine_registry import find_engine
from scoring.record import read_record, verify_verdict
from scoring.record_file import Record, mapping, text


def read_redone_verdict(path: Path) -> Record:
    """Return the verdict in a file once it comes out the same from its own inputs.

    Raises `Difference` with the file for one that was edited, `Problem` for one that is none or
    whose engine, in its version, is not at hand.
    """
    record = read_record(path, "verdict")
    try:
        verify_verdict(record, engine=find_engine(text(mapping(record, "engine"), "name")))
    except Difference as found:
        where = ": ".join(filter(None, (str(path), found.where)))
        raise Difference(found.message, where=where, **found.values) from found
    except Problem as found:
        where = ": ".join(filter(None, (str(path), found.where)))
        raise Problem(found.message, where=where, **found.values) from found
    return record
