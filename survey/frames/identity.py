"""Who is behind a pseudonym: encrypted at rest, read only to print a card or to call somebody.

AES-256-GCM under the roster key of the installation. Round and pseudonym are authenticated with
it, so a ciphertext moved to another person's row does not open. While the key is being changed
(`survey.frames.contacts`) there are two: the fresh one encrypts, either decrypts.
"""

from __future__ import annotations

import json
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sampling.problems import N_, Problem
from survey.frames.models import Person
from survey.settings import Settings, read_roster_keys

NONCE_LENGTH = 12
PSEUDONYM_BYTES = 7
MOBILE_LENGTH = 11
ENCODE = json.JSONEncoder(ensure_ascii=False).encode


class Identity(NamedTuple):
    """What the roster says about a person and no record may: number, name, telephone, class."""

    id: str
    name: str
    phone: str
    class_name: str


@dataclass(frozen=True, slots=True)
class Vault:
    """Encrypts and decrypts identities of one round."""

    ciphers: tuple[AESGCM, ...]
    round_id: str

    @classmethod
    def of(cls, settings: Settings, round_id: str) -> Self:
        """Return the vault of a round under the installation's roster key as it is now."""
        keys = read_roster_keys(settings)
        return cls(tuple(AESGCM(bytes.fromhex(key)) for key in keys), round_id)

    def encrypt(self, unit_id: str, identity: Identity) -> bytes:
        """Return nonce and ciphertext of an identity."""
        number, name, phone, class_name = identity
        values = {"id": number, "name": name, "phone": phone, "class_name": class_name}
        return self.seal(unit_id, ENCODE(values).encode())

    def decrypt(self, unit_id: str, sealed: bytes) -> Identity:
        """Return the identity; raise `Problem` when key, round or person is another one."""
        if not sealed:
            raise Problem(N_("names and numbers of this roster have been erased"))
        return Identity(**json.loads(self.unseal(unit_id, sealed)))

    def read(self, person: Person) -> Identity:
        """Return who a person of the roster is."""
        return self.decrypt(person.unit_id, person.identity)

    def seal(self, name: str, content: bytes) -> bytes:
        """Return nonce and ciphertext of anything, bound to the round and a name."""
        nonce = secrets.token_bytes(NONCE_LENGTH)
        return nonce + self.ciphers[0].encrypt(nonce, content, self._context(name))

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Return what was sealed under a name; raise `Problem` when a key or name is another."""
        nonce, ciphertext = sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:]
        for cipher in self.ciphers:
            with suppress(InvalidTag):
                return cipher.decrypt(nonce, ciphertext, self._context(name))
        raise Problem(N_("the roster cannot be decrypted with this site's key"))

    def _context(self, unit_id: str) -> bytes:
        return f"{self.round_id}\n{unit_id}".encode()


def mask_phone(phone: str) -> str:
    """Return a telephone number of which the middle cannot be read.

    >>> mask_phone("13812345678"), mask_phone("0778-1234"), mask_phone("")
    ('138****5678', '07*****34', '')
    """
    shown = 3 if len(phone) >= MOBILE_LENGTH else 2
    if len(phone) <= 2 * shown:
        return "*" * len(phone)
    end = shown + 1 if len(phone) >= MOBILE_LENGTH else shown
    return phone[:shown] + "*" * (len(phone) - shown - end) + phone[-end:]


NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[0-9 -]{5,}[0-9Xx])(?![0-9A-Za-z])")
DATE = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}")
NUMBER_DIGITS = 7  # of the shortest telephone number


def mask_numbers(text: str) -> str:
    """Return a text in which telephone and identity numbers cannot be read, wherever they stand.

    >>> [mask_numbers(text) for text in ("王 138 1234 5678", "45120319800101123X", "2026-09-01")]
    ['王 138****5678', '451***********123X', '2026-09-01']
    """
    return NUMBER.sub(lambda found: _mask_number(found[0]), text)


def _mask_number(text: str) -> str:
    plain = text.replace(" ", "").replace("-", "")
    is_date = DATE.fullmatch(text) is not None
    return text if is_date or len(plain) < NUMBER_DIGITS else mask_phone(plain)


def make_pseudonyms(count: int) -> list[str]:
    """Return `count` different random unit ids.

    The letter in front keeps a spreadsheet from reading 12345e67 as a number.
    """
    made: set[str] = set()
    width = 2 * PSEUDONYM_BYTES
    while len(made) < count:
        drawn = secrets.token_hex(PSEUDONYM_BYTES * (count - len(made)))
        made.update("u" + drawn[at : at + width] for at in range(0, len(drawn), width))
    return list(made)
