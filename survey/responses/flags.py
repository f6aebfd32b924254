"""Coarse flags (标记) of an answer, computed while it is submitted and sealed inside it.

Each has a handful of values, so that it tells nobody from anybody. What they are computed from
is not kept: no time at all, and of addresses only keyed digests in this process's memory, under
a key that is thrown away every half hour.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from sampling.problems import N_, Problem
from scoring.quality_flags import (
    ENVELOPE,
    burst_class,
    load_quality_flags,
    speed_class,
    straight_line_class,
)
from survey.questionnaires.edition import SINGLE, Paper

SPEED, STRAIGHT_LINE, BURST, MODE = "speed", "straight_line", "burst", "mode"
BY_PAPER = "paper"  # a returned sheet that a clerk typed in (纸质)
MODES = (BY_PAPER,)
KEY_LIFE = 1800  # seconds; digests under an older key are forgotten with it
MOST_RANGES = 50_000  # address ranges remembered at once


class BurstCounter:
    """How many submissions came from an address range in the minutes before; in memory only.

    Each process counts for itself what came to it. With p of them, of n submissions from a range
    within the window at least n - p * many are flagged "many", however they are shared out, and
    none that one process would not have flagged. To share a count it would have to be kept.
    """

    def __init__(self) -> None:
        flag = load_quality_flags()[BURST]
        self._window = int(flag.limits["minutes"]) * 60
        self._most = int(flag.limits["many"])
        self._lock = threading.Lock()
        self._seen: dict[bytes, deque[float]] = {}
        self._key, self._made = secrets.token_bytes(32), time.monotonic()

    def count(self, address: str, now: float | None = None) -> int:
        """Return the submissions of the address's range in the window before, and note this one."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._forget(now)
            digest = hmac.new(self._key, address_range(address), "sha256").digest()
            times = self._seen.get(digest)
            if times is None:
                if len(self._seen) >= MOST_RANGES:
                    return 0
                times = self._seen[digest] = deque(maxlen=self._most)
            while times and times[0] <= now - self._window:
                times.popleft()
            before = len(times)
            times.append(now)
            return before

    def _forget(self, now: float) -> None:
        """Start afresh with another key when this one is old: what was counted is gone with it."""
        if now - self._made >= KEY_LIFE:
            self._seen.clear()
            self._key, self._made = secrets.token_bytes(32), now


BURSTS = BurstCounter()


def address_range(address: str) -> bytes:
    """Return the range of an address: /24 of IPv4, /48 of IPv6; what is no address is its own.

    >>> address_range("203.0.113.77") == address_range("::ffff:203.0.113.9")
    True
    """
    try:
        found = ip_address(address)
    except ValueError:
        return b"?" + address.encode("utf-8", "replace")[:64]
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return b"%d" % found.version + found.packed[: 3 if found.version == 4 else 6]


def compute_flags(
    paper: Paper,
    answers: Mapping[str, str],
    *,
    seconds: float | None,
    address: str,
    bursts: BurstCounter = BURSTS,
) -> dict[str, str]:
    """Return the flags of an answer that is about to be sealed.

    Parameters
    ----------
    seconds
        From opening the paper to handing it in; None where that is not known: no speed class.
    address
        The address that the answer comes from; only its range is looked at.

    Call it once for an answer that will be stored: the address range is counted.
    """
    choices = [item.id for item in paper.items if item.kind == SINGLE]
    flags = {
        STRAIGHT_LINE: straight_line_class(answers.get(item, "") for item in choices),
        BURST: burst_class(bursts.count(address)),
    }
    if seconds is not None:
        flags[SPEED] = speed_class(max(seconds, 0.0), len(choices))
    return flags


def check_flags(flags: Mapping[str, object]) -> None:
    """Raise `Problem` for a flag, or a value of one, that no submission makes."""
    known = {f.id: f.values for f in load_quality_flags().values() if f.seen_in == ENVELOPE}
    known[MODE] = MODES
    for name, value in flags.items():
        if name not in known or value not in known[name]:
            raise Problem(N_("an envelope holds a flag that no answer of this round has"))
