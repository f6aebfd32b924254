"""The second factor (两步验证): codes of an authenticator app, kept encrypted, each used once."""

from __future__ import annotations

import base64
from typing import Protocol, cast

import segno
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import session
from flask_limiter.util import get_remote_address
from flask_security import UserMixin
from flask_security.totp import Totp
from markupsafe import Markup

from survey.accounts.models import User
from survey.settings import Settings

ISSUER = "Renkedu"
CLOCKS_APART = 30  # seconds by which a telephone's clock may be wrong


class Match(Protocol):
    """A code that was right, as the library tells it: for which time step."""

    counter: int


class SecondFactor(Totp):
    """The library's codes, with a picture that the site's policy lets through."""

    def generate_qrcode(self, username: str, totp: str) -> str:
        """Return the QR code as SVG to stand in the page: the policy forbids data addresses."""
        code = segno.make(self.get_totp_uri(username, totp), error="m")
        return Markup(code.svg_inline(border=4, light="#fff", omitsize=True))  # noqa: S704 - our own SVG

    def get_last_counter(self, user: UserMixin) -> int | None:
        """Return the time step of the code that was used last."""
        return cast(User, user).totp_counter

    def set_last_counter(self, user: UserMixin, tmatch: Match) -> None:
        """Keep the time step of a code: neither it nor an older one is taken again."""
        cast(User, user).totp_counter = tmatch.counter


def name_visitor() -> str:
    """Return who gave the right password and is asked for the second factor; else the address."""
    return str(session.get("tf_user_id") or get_remote_address())


def derive_key(settings: Settings, purpose: str) -> bytes:
    """Return a key of its own for one purpose, from the key that rosters are encrypted under."""
    context = f"renkedu {purpose}".encode()
    return HKDF(SHA256(), 32, salt=None, info=context).derive(bytes.fromhex(settings.roster_key))


def configure_second_factor(settings: Settings) -> dict[str, object]:
    """Return what the log-in library is told about the second factor."""
    recovery_key = base64.urlsafe_b64encode(derive_key(settings, "recovery codes"))
    return {
        "SECURITY_TWO_FACTOR": True,
        # Read by User.check_tf_required: not everybody, but who has one of the roles.
        "SECURITY_TWO_FACTOR_REQUIRED": settings.second_factor,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": CLOCKS_APART,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "accounts/second_factor.html",
        "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "accounts/second_factor_code.html",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account",
        "SECURITY_TOTP_SECRETS": {"1": derive_key(settings, "second factor").hex()},
        "SECURITY_TOTP_ISSUER": ISSUER,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [recovery_key],
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "accounts/recovery_codes.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "accounts/recovery.html",
    }
