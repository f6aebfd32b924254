"""The example files of a province: what no log may hold is logged nowhere."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

NGINX = Path(__file__).parents[2] / "deploy" / "nginx.conf"
SECRETS = {"code", "token"}  # parts of addresses that open something to whoever reads them
UNLOGGED = ("access_log off;", "error_log /dev/null emerg;")


def test_no_address_with_a_secret_is_logged_by_nginx(app: Flask) -> None:
    text = NGINX.read_text(encoding="utf-8")
    places = re.findall(r"location ~ (\S+) \{(.*?)\n    \}", text, re.DOTALL)
    silent = [way for way, body in places if all(line in body for line in UNLOGGED)]
    secret = [rule for rule in app.url_map.iter_rules() if SECRETS & rule.arguments]
    assert len(secret) >= 6
    for rule in secret:
        address = re.sub(r"<[^>]+>", "SECRET", rule.rule)
        assert any(re.search(way, address) for way in silent), address
    assert not any(re.search(way, "/rounds") for way in silent)
