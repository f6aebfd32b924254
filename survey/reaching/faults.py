"""What the services' codes for a text that did not go out mean, in words for whoever must act."""

from __future__ import annotations

from sampling.problems import N_
from survey.reaching.models import SENDING

NO_ANSWER = N_("no answer came from the service")
NOT_NAMED = N_("the service refused it")

# Parts of the codes of both services, without regard to capitals; the first that fits counts.
MEANINGS = (
    (SENDING, N_("the sending was interrupted")),
    ("BLACK", N_("the number is blocked at the service")),
    ("UNSUBSCRIBED", N_("the number is blocked at the service")),
    ("MOBILE_NUMBER", N_("the number is wrong")),
    ("PHONENUMBER", N_("the number is wrong")),
    ("LIMIT", N_("the service allows no more texts now, or none to this number today")),
    ("THROTTLING", N_("the service allows no more texts now, or none to this number today")),
    ("AMOUNT", N_("the account at the service has no money or is closed")),
    ("BALANCE", N_("the account at the service has no money or is closed")),
    ("OUT_OF_SERVICE", N_("the account at the service has no money or is closed")),
    ("SIGNATUREDOESNOTMATCH", N_("the key of the service is wrong")),
    ("ACCESSKEY", N_("the key of the service is wrong")),
    ("AUTHFAILURE", N_("the key of the service is wrong")),
    ("SIGNATURE", N_("signature or template are not approved")),
    ("TEMPLATE", N_("signature or template are not approved")),
    ("TIMEOUT", NO_ANSWER),
    ("NETWORK", NO_ANSWER),
    ("EXCEPTION", NO_ANSWER),
    ("INTERNALERROR", NO_ANSWER),
)


def explain_fault(code: str) -> str:
    """Return the message for a service's code.

    >>> explain_fault("isv.MOBILE_NUMBER_ILLEGAL")
    'the number is wrong'
    """
    found = (meaning for part, meaning in MEANINGS if part.upper() in code.upper())
    return next(found, NOT_NAMED)
