# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a request to Google Cloud may stand in the log."""

from __future__ import annotations

from typing import Any

HIDDEN_FIELDS = frozenset(["rawKey", "rsaEncryptedKey"])
HIDDEN_PARAMETERS = frozenset(["access_token", "oauth_token", "key"])


def redacted(body: Any) -> Any:
    """A request's body, encryption keys left out; nothing else the API takes is a secret by itself."""
    if isinstance(body, list):
        return [redacted(item) for item in body]
    if isinstance(body, dict):
        return {name: redacted(item) for name, item in body.items() if name not in HIDDEN_FIELDS}
    return body


def without_secrets(query: dict[str, list[str]]) -> dict[str, list[str]]:
    """A query string's parameters, credentials left out."""
    return {name: values for name, values in query.items() if name not in HIDDEN_PARAMETERS}
