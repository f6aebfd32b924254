"""Settings: the one place that reads the environment.

Everything has a default that suits one county on one machine. What must be secret is made at
random on first use and kept in ``secrets.json`` beside the database (mode 600), never in the
repository and never in the database.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

SECRETS_FILE = "secrets.json"
DEFAULT_URL = "http://127.0.0.1:8000"
SECRET_NAMES = ("session_key", "password_salt", "link_key", "roster_key")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is told; made by `load_settings`, or by a test directly.

    `link_key` and `roster_key` are 32-byte keys in hex: the first keys the digests of respondents'
    codes, the second encrypts who is behind a pseudonym.
    """

    home: Path
    database_url: str
    session_key: str
    password_salt: str
    link_key: str
    roster_key: str
    public_url: str = DEFAULT_URL
    secure_cookies: bool = False
    testing: bool = False

    @property
    def round_keys(self) -> Path:
        """Where rehearsal rounds keep their private keys; a real round's key is never here."""
        return self.home / "round-keys"


def load_settings(home: Path | None = None) -> Settings:
    """Return the settings of the installation in `home` (default: RENKEDU_HOME or ./instance)."""
    home = (home or Path(os.environ.get("RENKEDU_HOME", "instance"))).resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = read_secrets(home / SECRETS_FILE)
    public_url = os.environ.get("RENKEDU_PUBLIC_URL", DEFAULT_URL).rstrip("/")
    return Settings(
        home=home,
        database_url=os.environ.get("RENKEDU_DATABASE_URL", f"sqlite:///{home / 'renkedu.db'}"),
        public_url=public_url,
        secure_cookies=public_url.startswith("https://"),
        session_key=made["session_key"],
        password_salt=made["password_salt"],
        link_key=made["link_key"],
        roster_key=made["roster_key"],
    )


def read_secrets(path: Path) -> dict[str, str]:
    """Return the secrets in `path`, making the file with fresh ones if there is none."""
    try:
        # O_EXCL: of two processes starting at once one makes the file, the other reads it.
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return {name: stored[name] for name in SECRET_NAMES}
    made = {name: secrets.token_hex(32) for name in SECRET_NAMES}
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(made, file, indent=1)
    return made
