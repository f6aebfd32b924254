"""Settings: the one place that reads the environment.

Everything has a default that suits one county on one machine. What must be secret is made at
random on first use and kept in ``secrets.json`` beside the database (mode 600), never in the
repository and never in the database.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sampling.problems import N_, Problem
from scoring.engine_registry import BUILT_IN, find_engine

SECRETS_FILE = "secrets.json"
DEFAULT_URL = "http://127.0.0.1:8000"
SECRET_NAMES = ("session_key", "password_salt", "link_key", "roster_key")
SECRET = re.compile(r"[0-9a-f]{64}")


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
    indicator_engine: str = BUILT_IN
    secure_cookies: bool = False
    testing: bool = False

    @property
    def round_keys(self) -> Path:
        """Where rehearsal rounds keep their private keys; a real round's key is never here."""
        return self.home / "round-keys"


def load_settings(home: Path | None = None) -> Settings:
    """Return the settings of the installation in `home` (default: RENKEDU_HOME or ./instance).

    Raises `Problem` for an address or a file of secrets that is none, and for an indicator engine
    that is not installed or cannot be loaded.
    """
    public_url = read_public_url(os.environ.get("RENKEDU_PUBLIC_URL", DEFAULT_URL))
    indicator_engine = read_engine_name(os.environ.get("RENKEDU_ENGINE") or BUILT_IN)
    home = (home or Path(os.environ.get("RENKEDU_HOME", "instance"))).resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = read_secrets(home / SECRETS_FILE)
    return Settings(
        home=home,
        database_url=os.environ.get("RENKEDU_DATABASE_URL", f"sqlite:///{home / 'renkedu.db'}"),
        public_url=public_url,
        indicator_engine=indicator_engine,
        secure_cookies=public_url.startswith("https://"),
        session_key=made["session_key"],
        password_salt=made["password_salt"],
        link_key=made["link_key"],
        roster_key=made["roster_key"],
    )


def read_public_url(text: str) -> str:
    """Return the address of the site without a slash at its end; raise `Problem` if it is none.

    >>> read_public_url("https://survey.example/")
    'https://survey.example'
    """
    if not is_web_address(text):
        raise Problem(
            N_("expected http://host or https://host, got {got!r}"),
            where="RENKEDU_PUBLIC_URL",
            got=text,
        )
    return text.rstrip("/")


def read_engine_name(name: str) -> str:
    """Return the name of an indicator engine that can be used; raise `Problem` if it cannot be.

    >>> read_engine_name("built-in")
    'built-in'
    """
    try:
        return find_engine(name).name
    except Problem as problem:
        raise Problem(problem.message, where="RENKEDU_ENGINE", **problem.values) from problem


def is_web_address(text: str) -> bool:
    """Say whether a link may begin with `text`: scheme, host, perhaps a port and a path."""
    try:
        parts = urlsplit(text)
        is_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open
        return False
    is_plain = text.isprintable() and not any(mark in text for mark in " ?#@\\")
    return is_plain and is_host and parts.scheme in ("http", "https")


def read_secrets(path: Path) -> dict[str, str]:
    """Return the secrets in `path`, making the file with fresh ones if there is none.

    Raises `Problem` when it holds something else: it is then left as it is, for with fresh
    secrets nobody could read who is behind the pseudonyms.
    """
    try:
        # O_EXCL: of two processes starting at once one makes the file, the other reads it.
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return parse_secrets(path)
    made = {name: secrets.token_hex(32) for name in SECRET_NAMES}
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(made, file, indent=1)
    return made


def parse_secrets(path: Path) -> dict[str, str]:
    """Return the secrets in a file; raise `Problem` unless each is there, 32 bytes in hex."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        found = {name: stored[name] for name in SECRET_NAMES}
        is_whole = all(SECRET.fullmatch(secret) for secret in found.values())
    except (ValueError, KeyError, TypeError, RecursionError):
        is_whole = False
    if not is_whole:
        raise Problem(
            N_("does not hold the secrets of this installation; put it back from a backup"),
            where=str(path),
        )
    return found
