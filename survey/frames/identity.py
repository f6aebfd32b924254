"""Who is behind a pseudonym: encrypted at rest, read only to print a card or to call somebody.

AES-256-GCM under the roster key of the installation. Round and pseudonym are authenticated with
it, so a ciphertext moved to another person's row does not open.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sampling.problems import N_, Problem
from survey.frames.models import Person
from survey.settings import Settings

NONCE_LENGTH = 12
PSEUDONYM_BYTES = 7


@dataclass(frozen=True, slots=True)
class Identity:
    """What the roster says about a person and no record may: number, name, telephone, class."""

    id: str
    name: str
    phone: str
    class_name: str


@dataclass(frozen=True, slots=True)
class Vault:
    """Encrypts and decrypts identities of one round."""

    cipher: AESGCM
    round_id: str

    @classmethod
    def of(cls, settings: Settings, round_id: str) -> Self:
        """Return the vault of a round under the installation's roster key."""
        return cls(AESGCM(bytes.fromhex(settings.roster_key)), round_id)

    def encrypt(self, unit_id: str, identity: Identity) -> bytes:
        """Return nonce and ciphertext of an identity."""
        nonce = secrets.token_bytes(NONCE_LENGTH)
        text = json.dumps(asdict(identity), ensure_ascii=False).encode()
        return nonce + self.cipher.encrypt(nonce, text, self._context(unit_id))

    def decrypt(self, unit_id: str, sealed: bytes) -> Identity:
        """Return the identity; raise `Problem` when key, round or person is another one."""
        nonce, ciphertext = sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:]
        try:
            text = self.cipher.decrypt(nonce, ciphertext, self._context(unit_id))
        except InvalidTag as error:
            raise Problem(N_("the roster cannot be decrypted with this site's key")) from error
        return Identity(**json.loads(text))

    def read(self, person: Person) -> Identity:
        """Return who a person of the roster is."""
        return self.decrypt(person.unit_id, person.identity)

    def _context(self, unit_id: str) -> bytes:
        return f"{self.round_id}\n{unit_id}".encode()


def make_pseudonyms(count: int) -> list[str]:
    """Return `count` different random unit ids.

    The letter in front keeps a spreadsheet from reading 12345e67 as a number.
    """
    made: set[str] = set()
    while len(made) < count:
        made.add("u" + secrets.token_hex(PSEUDONYM_BYTES))
    return list(made)
