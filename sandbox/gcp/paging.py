# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of the list methods of the APIs beside Compute Engine."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from sandbox.gcp.cloud import Call
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import invalid
from sandbox.gcp.store import Resource


def paged(call: Call, kind: str, items: Sequence[Resource], most: int = 100) -> Json:
    """One page of the items under their name in the answer, and the token of the next."""
    start = _decode(call.params["pageToken"]) if call.params.get("pageToken") else 0
    size = int(call.params.get("pageSize") or most)
    if size < 0:
        raise invalid("pageSize", size, "It must not be negative.")
    end = start + min(size, most)
    answer: Json = {kind: list(items[start:end])} if items[start:end] else {}
    if end < len(items):
        answer["nextPageToken"] = base64.urlsafe_b64encode(f"from {end}".encode()).decode()
    return answer


def _decode(token: str) -> int:
    try:
        return int(base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode().removeprefix("from "))
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise invalid("pageToken", token, "Invalid page token.") from error
