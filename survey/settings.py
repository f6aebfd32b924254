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
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sampling.problems import N_, Problem
from scoring.engine_registry import BUILT_IN, find_engine

SECRETS_FILE = "secrets.json"
DEFAULT_URL = "http://127.0.0.1:8000"
SECRET_NAMES = ("session_key", "password_salt", "link_key", "roster_key")
FRESH_ROSTER_KEY = "fresh_roster_key"  # beside roster_key while contacts are put under it
KEEP_CONTACTS_DAYS = 90
FILE = "file"
TEXT_TIMEOUT = 10.0
TEXT_SETTINGS = (
    "key_id",
    "secret",
    "signature",
    "invitation",
    "reminder",
    "application",
    "endpoint",
)
# What each driver can do without.
TEXT_OPTIONS = {"alibabacloud": ("application", "endpoint"), "tencentcloud": ("endpoint",)}
SECRET = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TextService:
    """The service that texts go out through (短信): keys, signature, approved templates.

    Keys come from the environment and stay in memory: no page, log or table ever holds them.
    """

    driver: str
    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    signature: str
    invitation: str  # the template with the code of a link
    reminder: str  # the template without one
    application: str = ""  # Tencent's SmsSdkAppId
    endpoint: str = ""
    timeout: float = TEXT_TIMEOUT  # seconds


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is told; made by `load_settings`, or by a test directly.

    `link_key` and `roster_key` are 32-byte keys in hex: the first keys the digests of respondents'
    codes, the second encrypts who is behind a pseudonym. `proxies` is how many web servers of ours
    (nginx) a request passes before it is here: the visitor's address is what the first one saw.
    """

    home: Path
    database_url: str
    session_key: str
    password_salt: str
    link_key: str
    roster_key: str
    public_url: str = DEFAULT_URL
    indicator_engine: str = BUILT_IN
    second_factor: bool = True  # off on a machine for rehearsals only; every page then says so
    secure_cookies: bool = False
    keep_contacts_days: int = KEEP_CONTACTS_DAYS
    proxies: int = 0
    testing: bool = False
    text_service: TextService | None = None  # None: texts go out as a file, handed to an operator

    @property
    def round_keys(self) -> Path:
        """Where rehearsal rounds keep their private keys; a real round's key is never here."""
        return self.home / "round-keys"

    @property
    def editions(self) -> Path:
        """Where questionnaires of one's own lie, a folder each, beside those that ship."""
        return self.home / "editions"


def load_settings(home: Path | None = None) -> Settings:
    """Return the settings of the installation in `home` (default: RENKEDU_HOME or ./instance).

    Raises `Problem` for an address or a file of secrets that is none, and for an indicator engine
    that is not installed or cannot be loaded.
    """
    public_url = read_public_url(os.environ.get("RENKEDU_PUBLIC_URL", DEFAULT_URL))
    indicator_engine = read_engine_name(os.environ.get("RENKEDU_ENGINE") or BUILT_IN)
    proxies = read_proxies(os.environ.get("RENKEDU_PROXIES", "0"))
    home = (home or Path(os.environ.get("RENKEDU_HOME", "instance"))).resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = read_secrets(home / SECRETS_FILE)
    return Settings(
        home=home,
        database_url=os.environ.get("RENKEDU_DATABASE_URL", f"sqlite:///{home / 'renkedu.db'}"),
        public_url=public_url,
        indicator_engine=indicator_engine,
        second_factor=read_switch("RENKEDU_SECOND_FACTOR", default="on"),
        proxies=proxies,
        secure_cookies=public_url.startswith("https://"),
        keep_contacts_days=read_days(os.environ.get("RENKEDU_KEEP_CONTACTS")),
        session_key=made["session_key"],
        password_salt=made["password_salt"],
        link_key=made["link_key"],
        roster_key=made["roster_key"],
        text_service=read_text_service(os.environ),
    )


def read_text_service(given: Mapping[str, str]) -> TextService | None:
    """Return the service that texts go out through; raise `Problem` for one half described.

    >>> read_text_service({"RENKEDU_SMS": "file"}) is None
    True
    """
    driver = given.get("RENKEDU_SMS") or FILE
    if driver == FILE:
        return None
    named = {name: given.get(f"RENKEDU_SMS_{name.upper()}", "") for name in TEXT_SETTINGS}
    needed = [name for name in TEXT_SETTINGS if name not in TEXT_OPTIONS.get(driver, ())]
    if driver not in TEXT_OPTIONS:
        known = ", ".join((FILE, *TEXT_OPTIONS))
        message = N_("expected one of {known}, got {got!r}")
        raise Problem(message, where="RENKEDU_SMS", known=known, got=driver)
    for name in needed:
        if not named[name]:
            message = N_("missing; the driver {driver} of RENKEDU_SMS needs it")
            raise Problem(message, where=f"RENKEDU_SMS_{name.upper()}", driver=driver)
    return TextService(driver=driver, timeout=TEXT_TIMEOUT, **named)


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


def read_switch(name: str, default: str) -> bool:
    """Return whether a setting of the environment is on; raise `Problem` for another word."""
    text = os.environ.get(name) or default
    if text not in ("on", "off"):
        raise Problem(N_("expected on or off, got {got!r}"), where=name, got=text)
    return text == "on"


def read_engine_name(name: str) -> str:
    """Return the name of an indicator engine that can be used; raise `Problem` if it cannot be.

    >>> read_engine_name("built-in")
    'built-in'
    """
    try:
        return find_engine(name).name
    except Problem as problem:
        raise Problem(problem.message, where="RENKEDU_ENGINE", **problem.values) from problem


def read_days(text: str | None) -> int:
    """Return for how many days after the close contacts are kept; raise `Problem` for no number.

    >>> read_days(None), read_days("30")
    (90, 30)
    """
    if text is None:
        return KEEP_CONTACTS_DAYS
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise Problem(
            N_("expected a number of days, got {got!r}"), where="RENKEDU_KEEP_CONTACTS", got=text
        )
    return int(text)


def read_proxies(text: str) -> int:
    """Return how many proxies stand before the site; raise `Problem` if `text` is no such number.

    >>> read_proxies("1")
    1
    """
    if not re.fullmatch("[0-9]", text):
        raise Problem(
            N_("expected the number of proxies, 0 to 9, got {got!r}"),
            where="RENKEDU_PROXIES",
            got=text,
        )
    return int(text)


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


def read_roster_keys(settings: Settings) -> tuple[str, ...]:
    """Return the roster keys in force, the one to encrypt with first; two while it is changed.

    Read from the file each time: the key may be changed while the site runs.
    """
    path = settings.home / SECRETS_FILE
    if not path.exists():
        return (settings.roster_key,)
    stored = read_stored(path)
    fresh = stored.get(FRESH_ROSTER_KEY)
    return (fresh, stored["roster_key"]) if fresh else (stored["roster_key"],)


def begin_roster_key_rotation(settings: Settings) -> None:
    """Make a fresh roster key and keep it beside the old one; one that is there already stays."""
    path = settings.home / SECRETS_FILE
    stored = read_stored(path)
    if FRESH_ROSTER_KEY not in stored:
        replace_secrets(path, stored | {FRESH_ROSTER_KEY: secrets.token_hex(32)})


def end_roster_key_rotation(settings: Settings) -> None:
    """Put the fresh roster key in the place of the old one, which is gone then."""
    path = settings.home / SECRETS_FILE
    stored = read_stored(path)
    stored["roster_key"] = stored.pop(FRESH_ROSTER_KEY)
    replace_secrets(path, stored)


def read_stored(path: Path) -> dict[str, str]:
    """Return all that a file of secrets holds, after checking it as `parse_secrets` does."""
    parse_secrets(path)
    stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def replace_secrets(path: Path, stored: dict[str, str]) -> None:
    """Write a file of secrets anew, in one step: whoever reads it sees all of one or the other."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(stored, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
