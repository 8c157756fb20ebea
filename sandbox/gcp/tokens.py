# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Access tokens: given out, and recognised again."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

from sandbox.gcp.cloud import Principal
from sandbox.gcp.store import Store

LIFETIME = 3600
PREFIX = "ya29.c."


def issue(store: Store, email: str, scope: str, lifetime: float = LIFETIME) -> str:
    """A new access token; scope is a list of scopes separated by spaces, lifetime in seconds."""
    token = PREFIX + secrets.token_urlsafe(48)
    with store.change():
        current = {key: row for key, row in store.tokens.items() if row["expires"] > time.time()}
        store.tokens.clear()
        entry = {"email": email, "scope": scope, "expires": time.time() + lifetime}
        store.tokens.update(current | {_digest(token): entry})
    return token


def holder(store: Store, token: str) -> Principal | None:
    """Who a token was given to, while it is valid."""
    with store.lock:
        entry: dict[str, Any] | None = store.tokens.get(_digest(token))
    if entry is None or entry["expires"] <= time.time():
        return None
    return Principal(entry["email"], frozenset(entry["scope"].split()))


def _digest(token: str) -> str:
    """Tokens are kept as digests: the state file is no place to steal one from."""
    return hashlib.sha256(token.encode()).hexdigest()
