"""The file of links, held for a moment for whoever sent the form twice.

Codes are stored nowhere, so a file that never arrived is lost with them. A browser whose button is
pressed twice drops the answer to the first press, which made the links, and shows the second. The
second press, recognised by the nonce of its form, therefore waits for the first and gets its file.

In the memory of this process only, one file a round, for `SECONDS`, then forgotten by a timer. With
several processes a second press may come to another one: it is told then that the links are made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Timer

from survey.exports import Export

SECONDS = 120

Order = tuple[str, str, str, str]


@dataclass(slots=True)
class Entry:
    """The file of one order, when it is made; whoever holds the lock makes it."""

    order: Order
    lock: Lock = field(default_factory=Lock)
    file: Export | None = None


class Handover:
    """What was handed over last in each round, held for `seconds`."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._guard = Lock()
        self._entries: dict[str, Entry] = {}

    def hand_over(self, round_id: str, order: Order, make: Callable[[], Export]) -> Export:
        """Return the file of an order (who, nonce of the form, scope, medium), made once.

        An order without a nonce is never taken for a repetition. What `make` raises is passed on,
        and nothing is held then.
        """
        if not order[1]:
            return make()
        entry = self._take_place(round_id, order)
        with entry.lock:
            if entry.file is None:
                entry.file = self._make(round_id, entry, make)
            return entry.file

    def holds(self, round_id: str) -> bool:
        """Say whether a file of this round is held."""
        with self._guard:
            return round_id in self._entries

    def forget(self, round_id: str) -> None:
        """Drop the file of a round: what it holds is no longer what the form would bring."""
        with self._guard:
            self._entries.pop(round_id, None)

    def _take_place(self, round_id: str, order: Order) -> Entry:
        """Return the entry of this order, in place of another order's."""
        with self._guard:
            entry = self._entries.get(round_id)
            if entry is None or entry.order != order:
                entry = self._entries[round_id] = Entry(order)
            return entry

    def _make(self, round_id: str, entry: Entry, make: Callable[[], Export]) -> Export:
        """Make the file and set the timer that drops it; on failure drop the entry at once."""
        try:
            made = make()
        except BaseException:
            self._drop(round_id, entry)
            raise
        timer = Timer(self._seconds, self._drop, (round_id, entry))
        timer.daemon = True
        timer.start()
        return made

    def _drop(self, round_id: str, entry: Entry) -> None:
        """Forget an entry, unless another one has taken its place."""
        with self._guard:
            if self._entries.get(round_id) is entry:
                del self._entries[round_id]
