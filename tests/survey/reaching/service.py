"""A service for texts on the loopback that speaks both HTTP APIs and checks each signature.

The signatures are computed here anew from what the services publish of them
(ACS3-HMAC-SHA256 of Alibaba Cloud, TC3-HMAC-SHA256 of Tencent Cloud).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from survey.settings import TextService

KEY_ID, SECRET = "key-of-the-test", "secret-of-the-test"
SIGNATURE, INVITATION, REMINDER = "宜州教体", "SMS_1", "SMS_2"
SLOW = 3.0  # seconds, longer than a driver of the tests waits
BAD_NUMBER, SILENT, BUSY = "00", "11", "22"  # how the numbers end that are answered otherwise


class Service:
    """What the service was sent, and how often it said that it is busy."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str, dict[str, str]]] = []
        self.forged = 0
        self.busy = 0
        self.pause = 0.0  # seconds that each text takes
        self.address = ""

    def describe(self, driver: str, timeout: float = 1.0) -> TextService:
        """Return the settings with which a driver talks to this service."""
        return TextService(
            driver=driver,
            key_id=KEY_ID,
            secret=SECRET,
            signature=SIGNATURE,
            invitation=INVITATION,
            reminder=REMINDER,
            application="1400000001",
            endpoint=self.address,
            timeout=timeout,
        )

    def take(self, phone: str, template: str, values: dict[str, str]) -> str:
        """Return the outcome of a text: ok, bad, busy; late for one that comes too slowly."""
        time.sleep(self.pause)
        if phone.endswith(BUSY) and self.busy > 0:
            self.busy -= 1
            return "busy"
        if phone.endswith(BAD_NUMBER):
            return "bad"
        self.texts.append((phone, template, values))
        if phone.endswith(SILENT):
            time.sleep(SLOW)
        return "ok"


@contextmanager
def serve() -> Iterator[Service]:
    """Run the service while a test lasts."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = answer_alibaba if "x-acs-action" in headers else answer_tencent
            status, content = answer(service, self.path, headers, body)
            data = json.dumps(content).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                return  # nobody waits for it any more

        def log_message(self, format: str, *args: Any) -> None:  # the base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield service
    server.shutdown()
    server.server_close()
    thread.join()


def answer_alibaba(
    service: Service, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, Any]]:
    """Answer SendSms of 2017-05-25."""
    assert headers["x-acs-action"] == "SendSms"
    assert headers["x-acs-version"] == "2017-05-25"
    query = dict(parse_qsl(urlsplit(path).query))
    given = read_authorization(headers["authorization"], "ACS3-HMAC-SHA256 ")
    pairs = sorted((quote(a, safe="-_.~"), quote(b, safe="-_.~")) for a, b in query.items())
    canonical = write_canonical(
        urlsplit(path).path, "&".join(f"{a}={b}" for a, b in pairs), given, headers, body
    )
    text = f"ACS3-HMAC-SHA256\n{sha256(canonical.encode())}"
    good = hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest()
    if given["Credential"] != KEY_ID or given["Signature"] != good:
        service.forged += 1
        return 400, {"Code": "SignatureDoesNotMatch", "Message": "x", "RequestId": "r"}
    if query["SignName"] != SIGNATURE:
        return 200, {"Code": "isv.SMS_SIGNATURE_ILLEGAL", "Message": "x", "RequestId": "r"}
    values = json.loads(query.get("TemplateParam", "{}"))
    outcome = service.take(query["PhoneNumbers"], query["TemplateCode"], values)
    if outcome == "busy":
        return 400, {"Code": "Throttling.User", "Message": "x", "RequestId": "r"}
    code = {"ok": "OK", "bad": "isv.MOBILE_NUMBER_ILLEGAL"}[outcome]
    return 200, {"Code": code, "Message": code, "RequestId": "r", "BizId": "b"}


def answer_tencent(
    service: Service, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, Any]]:
    """Answer SendSms of 2021-01-11."""
    assert headers["x-tc-action"] == "SendSms"
    assert headers["x-tc-version"] == "2021-01-11"
    given = read_authorization(headers["authorization"], "TC3-HMAC-SHA256 ")
    key_id, date, name, end = given["Credential"].split("/")
    moment = int(headers["x-tc-timestamp"])
    assert date == datetime.fromtimestamp(moment, UTC).date().isoformat()
    canonical = write_canonical("/", "", given, headers, body)
    text = f"TC3-HMAC-SHA256\n{moment}\n{date}/{name}/{end}\n{sha256(canonical.encode())}"
    key = f"TC3{SECRET}".encode()
    for part in (date, name, end):
        key = hmac.new(key, part.encode(), "sha256").digest()
    good = hmac.new(key, text.encode(), "sha256").hexdigest()
    if key_id != KEY_ID or given["Signature"] != good:
        service.forged += 1
        return 200, tell_error("AuthFailure.SignatureFailure")
    asked = json.loads(body)
    assert (asked["SmsSdkAppId"], asked["SignName"]) == ("1400000001", SIGNATURE)
    (phone,) = asked["PhoneNumberSet"]
    values = dict(zip(("code",), asked["TemplateParamSet"], strict=False))
    outcome = service.take(phone.removeprefix("+86"), asked["TemplateId"], values)
    if outcome == "busy":
        return 200, tell_error("RequestLimitExceeded")
    code = {"ok": "Ok", "bad": "FailedOperation.PhoneNumberInBlacklist"}[outcome]
    return 200, {"Response": {"SendStatusSet": [{"Code": code}], "RequestId": "r"}}


def tell_error(code: str) -> dict[str, Any]:
    """Return an error as Tencent Cloud tells it."""
    return {"Response": {"Error": {"Code": code, "Message": "x"}, "RequestId": "r"}}


def read_authorization(header: str, name: str) -> dict[str, str]:
    """Return the parts of an Authorization header."""
    assert header.startswith(name), header
    parts = (part.strip().partition("=") for part in header.removeprefix(name).split(","))
    return {key: value for key, _, value in parts}


def write_canonical(
    path: str, query: str, given: dict[str, str], headers: dict[str, str], body: bytes
) -> str:
    """Return the request as both services sign it."""
    names = given["SignedHeaders"].split(";")
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    return "\n".join(("POST", path, query, lines, given["SignedHeaders"], sha256(body)))


def sha256(data: bytes) -> str:
    """Return the digest in hex."""
    return hashlib.sha256(data).hexdigest()
