# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may call: the OAuth token endpoint, access tokens, and self-signed JWTs in their place."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any

from google.auth import exceptions, jwt

from sandbox.gcp.cloud import Principal
from sandbox.gcp.errors import ApiError
from sandbox.gcp.store import Store
from sandbox.identity import USER

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Google's client libraries name this audience whatever the key file's token_uri says.
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"
LIFETIME = 3600
PREFIX = "ya29.c."
SKEW = 10
EXPECTED = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


class TokenError(Exception):
    """What the token endpoint answers instead of a token."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


class Authority:
    """Gives out access tokens to the service account and its user, and recognises them again."""

    def __init__(self, store: Store, public_key: bytes, account: str, refresh_token: str, token_uri: str) -> None:
        self._store = store
        self._key = public_key
        self._token_audiences = [token_uri, GOOGLE_TOKEN_URI]
        self.account = account
        self.user = USER
        self.refresh_token = refresh_token

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """An access token for a signed assertion or a refresh token."""
        grant = form.get("grant_type")
        if grant == JWT_BEARER:
            return self._issue(*self._assertion(form.get("assertion", "")))
        if grant == "refresh_token":
            if not secrets.compare_digest(form.get("refresh_token", ""), self.refresh_token):
                raise TokenError("invalid_grant", "Bad Request")
            return self._issue(self.user, CLOUD_PLATFORM)
        if not grant:
            raise TokenError("invalid_request", "Required parameter is missing: grant_type")
        raise TokenError("unsupported_grant_type", f"Invalid grant_type: {grant}")

    def authenticate(self, header: str | None, audience: str) -> Principal:
        """Who sends this Authorization header; audience is the API's root."""
        scheme, _, token = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            message = "Request is missing required authentication credential."
            raise unauthenticated(message, "required", "Login Required.")
        principal = self._issued(token) if token.startswith(PREFIX) else self._self_signed(token, audience)
        if principal is None:
            message = "Request had invalid authentication credentials."
            raise unauthenticated(message, "authError", "Invalid Credentials")
        return principal

    def _assertion(self, assertion: str) -> tuple[str, str]:
        claims = self._claims(assertion, self._token_audiences)
        if claims is None:
            message = "Invalid JWT: signature, audience or time frame. Check the key, aud, iat and exp."
            raise TokenError("invalid_grant", message)
        if claims.get("iss") != self.account:
            raise TokenError("invalid_grant", "Invalid grant: account not found")
        if "target_audience" in claims:
            raise TokenError("invalid_request", "The sandbox gives no id tokens: send scope, not target_audience.")
        if not claims.get("scope"):
            raise TokenError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return self.account, str(claims["scope"])

    def _issue(self, email: str, scope: str) -> dict[str, Any]:
        token = PREFIX + secrets.token_urlsafe(48)
        with self._store.change():
            current = {key: row for key, row in self._store.tokens.items() if row["expires"] > time.time()}
            self._store.tokens.clear()
            entry = {"email": email, "scope": scope, "expires": time.time() + LIFETIME}
            self._store.tokens.update(current | {_digest(token): entry})
        return {"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer", "scope": scope}

    def _issued(self, token: str) -> Principal | None:
        with self._store.lock:
            entry = self._store.tokens.get(_digest(token))
        if entry is None or entry["expires"] <= time.time():
            return None
        return Principal(entry["email"], frozenset(entry["scope"].split()))

    def _self_signed(self, token: str, audience: str) -> Principal | None:
        """A JWT for this API, or one with scopes and no audience; Google takes both without a token call."""
        claims = self._claims(token, None)
        if claims is None or claims.get("iss") != self.account or claims.get("sub") != self.account:
            return None
        if "aud" in claims:
            return Principal(self.account, frozenset([CLOUD_PLATFORM])) if claims["aud"] == audience else None
        return Principal(self.account, frozenset(str(claims["scope"]).split())) if claims.get("scope") else None

    def _claims(self, token: str, audience: list[str] | None) -> Mapping[str, Any] | None:
        try:
            claims: Mapping[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
                token, certs=self._key, audience=audience, clock_skew_in_seconds=SKEW
            )
        except (exceptions.GoogleAuthError, ValueError):
            return None
        return claims if claims["exp"] - claims["iat"] <= LIFETIME + SKEW else None


def unauthenticated(message: str, reason: str, short: str) -> ApiError:
    """401, whose list of errors has a shorter message of its own."""
    where, headers = ("header", "Authorization"), {"WWW-Authenticate": "Bearer"}
    error = ApiError(401, reason, f"{message} {EXPECTED}", location=where, headers=headers)
    error.short = short
    return error


def authorize(principal: Principal, scopes: tuple[str, ...]) -> None:
    """403 unless one of the method's scopes was granted."""
    if scopes and not principal.scopes.intersection(scopes):
        raise ApiError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")


def _digest(token: str) -> str:
    """Tokens are kept as digests: the state file is no place to steal one from."""
    return hashlib.sha256(token.encode()).hexdigest()
