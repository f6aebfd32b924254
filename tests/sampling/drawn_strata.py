"""A stratum as a certificate holds it, before anybody is drawn."""

from __future__ import annotations

from sampling.record import DrawnStratum


def make_stratum(
    n: int, size: int, name: str = "teacher", depth: int | None = None
) -> DrawnStratum:
    stratum = DrawnStratum(
        stratum=name, cell={"category": [name]}, N=size, n=n, sample=[], reserve=[]
    )
    if depth is not None:
        stratum["reserve_depth"] = depth
    return stratum
