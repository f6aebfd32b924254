"""How long a thousand texts take, over HTTP to a service on the loopback that checks signatures.

    python -m benchmarks.texts [texts] [milliseconds that the service takes for each] [at once ...]

At the end the texts that the service took are counted against those noted as sent.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from survey.assessments.models import Round
from survey.database import Database
from survey.frames.identity import Identity, Vault
from survey.migrate import upgrade
from survey.reaching.drivers import make_driver
from survey.reaching.outbox import AT_ONCE, INVITATION, SENT, order_messages, send_waiting
from survey.settings import Settings, load_settings
from tests.survey.factories import make_plan_record, make_round, make_selection
from tests.survey.reaching.service import serve


def fill(database: Database, settings: Settings, texts: int) -> str:
    """Make a round with people who have telephones and wait for a link; return its id."""
    with database.transaction() as session:
        round_ = make_round(session)
        vault = Vault.of(settings, round_.id)
        for number in range(texts):
            person = make_selection(session, round_, position=number + 1).person
            identity = Identity(str(number), "", f"139{number:06}34", "")
            person.identity = vault.encrypt(person.unit_id, identity)
        make_plan_record(session, round_)
        return round_.id


def measure(texts: int, milliseconds: int, at_once: int) -> float:
    """Return the seconds from the first text to the last."""
    with tempfile.TemporaryDirectory() as folder, serve() as service:
        service.pause = milliseconds / 1000
        described = service.describe("alibabacloud", timeout=10)
        settings = replace(load_settings(Path(folder)), text_service=described)
        upgrade(settings.database_url)
        database = Database(settings.database_url)
        round_id = fill(database, settings, texts)
        with database.transaction() as session:
            round_ = session.get_one(Round, round_id)
            order_messages(session, settings, round_, INVITATION, "b", actor="benchmark")
        drivers = [make_driver(described) for _ in range(at_once)]
        begun = time.perf_counter()
        ended = send_waiting(database, settings, round_id, drivers, actor="benchmark")
        seconds = time.perf_counter() - begun
        database.engine.dispose()
        took = len({phone for phone, _, _ in service.texts})
        if not ended[SENT] == took == len(service.texts) == texts:
            raise SystemExit(f"sent {dict(ended)}, taken {len(service.texts)}")
    return seconds


def main(texts: int = 1000, milliseconds: int = 50, *at_once: int) -> None:
    """Print what was measured."""
    for number in at_once or (1, AT_ONCE):
        seconds = measure(texts, milliseconds, number)
        sys.stdout.write(
            f"{number} at once: {seconds:.1f} s, {texts / seconds:.0f} texts a second\n"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
