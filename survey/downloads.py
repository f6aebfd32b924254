"""Files that pages hand out to be saved."""

from __future__ import annotations

from io import BytesIO

from flask import Response, send_file


def hand_out(content: bytes | str, name: str, media_type: str) -> Response:
    """Return a file to save; its name may be Chinese, and a browser never opens it by itself."""
    data = content.encode() if isinstance(content, str) else content
    return send_file(BytesIO(data), media_type, as_attachment=True, download_name=name)
