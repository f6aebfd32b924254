"""A frame too big for memory: checked and digested as it streams by, then drawn from on disk.

The digest and what is refused are those of `sampling.frame`; `sampling.inspection` finds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sampling.frame import Unit
from sampling.frame_source import FrameSource, ParquetSource
from sampling.inspection import Findings, digest_unsorted, inspect_source
from sampling.survey_rules import SurveyRules


@dataclass(frozen=True, slots=True)
class StagedFrame:
    """A checked frame in a Parquet file that holds normalised values only.

    `counts` is the number of units by category, area and grade band, `first` the id of one of
    them. `rules` say who is eligible.
    The file may be a temporary one: use the frame within `stage_frame`.
    """

    path: Path
    digest: str
    counts: Mapping[tuple[str, ...], int]
    first: Mapping[tuple[str, ...], str]
    rules: SurveyRules

    def count_eligible(self) -> Counter[str]:
        """Return the number of eligible units by category."""
        eligible: Counter[str] = Counter()
        for (category, _, band), count in self.counts.items():
            eligible[category] += count * self.rules.is_eligible(category, band)
        return +eligible

    def count_ineligible(self) -> Counter[tuple[str, str]]:
        """Return the number of ineligible units by category and the band that shuts them out."""
        ineligible: Counter[tuple[str, str]] = Counter()
        for (category, _, band), count in self.counts.items():
            ineligible[category, band] += count * (not self.rules.is_eligible(category, band))
        return +ineligible

    def is_eligible(self, unit: Unit) -> bool:
        """Say whether `unit` may be drawn."""
        return self.rules.is_eligible(unit.category, unit.grade_band)

    def iterate_units(self) -> Iterator[Unit]:
        """Yield all units, one by one."""
        for chunk in ParquetSource(self.path).read_chunks():
            yield from map(Unit, *(column.to_pylist() for column in chunk.columns.columns))


@contextmanager
def stage_frame(source: FrameSource, rules: SurveyRules) -> Iterator[StagedFrame]:
    """Check a source and make its frame ready to be drawn from, in bounded memory.

    A Parquet file whose values are normalised is used as it stands; anything else is written into
    a temporary one, gone at the end of the context. Raises `Problem` when the source cannot be
    read and `Problems` with all that is wrong in it (at most `MAX_PROBLEMS`), each with its place.
    """
    with TemporaryDirectory(prefix="renkedu-") as folder:
        path, findings = _stage(source, rules, Path(folder) / "frame.parquet")
        digest = findings.digest or digest_unsorted(path, source, Path(folder))
        yield StagedFrame(path, digest, findings.counts, findings.first, rules)


def _stage(source: FrameSource, rules: SurveyRules, path: Path) -> tuple[Path, Findings]:
    if isinstance(source, ParquetSource):
        findings = inspect_source(source, rules)
        if findings.is_clean:
            return source.path, findings
    return path, inspect_source(source, rules, path)
