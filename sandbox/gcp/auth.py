# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may call: the OAuth token endpoint, access tokens, and self-signed JWTs in their place."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from google.auth import exceptions, jwt

from sandbox.gcp import tokens
from sandbox.gcp.cloud import Principal
from sandbox.gcp.errors import ApiError
from sandbox.gcp.iam import accounts
from sandbox.gcp.store import Store
from sandbox.identity import USER

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Google's client libraries name this audience whatever the key file's token_uri says.
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"
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
    """Gives out access tokens to service accounts and to the one person there is, and recognises them again."""

    def __init__(self, store: Store, refresh_token: str, token_uri: str) -> None:
        self._store = store
        self._token_audiences = [token_uri, GOOGLE_TOKEN_URI]
        self.refresh_token = refresh_token

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """An access token for a signed assertion or a refresh token."""
        grant = form.get("grant_type")
        if grant == JWT_BEARER:
            return self._issue(*self._assertion(form.get("assertion", "")))
        if grant == "refresh_token":
            if not secrets.compare_digest(form.get("refresh_token", ""), self.refresh_token):
                raise TokenError("invalid_grant", "Bad Request")
            return self._issue(USER, CLOUD_PLATFORM)
        if not grant:
            raise TokenError("invalid_request", "Required parameter is missing: grant_type")
        raise TokenError("unsupported_grant_type", f"Invalid grant_type: {grant}")

    def authenticate(self, header: str | None, audience: str) -> Principal:
        """Who sends this Authorization header; audience is the API's root."""
        scheme, _, token = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            message = "Request is missing required authentication credential."
            raise unauthenticated(message, "required", "Login Required.")
        issued = token.startswith(tokens.PREFIX)
        principal = tokens.holder(self._store, token) if issued else self._self_signed(token, audience)
        if principal is None or not self._is_active(principal):
            message = "Request had invalid authentication credentials."
            raise unauthenticated(message, "authError", "Invalid Credentials")
        return principal

    def _is_active(self, principal: Principal) -> bool:
        """Whether a service account has not been disabled or deleted since."""
        with self._store.lock:
            found = accounts.find(self._store, principal.email) if principal.is_service_account else {}
        return found is not None and not found.get("disabled")

    def _assertion(self, assertion: str) -> tuple[str, str]:
        email, claims = self._verified(assertion, self._token_audiences)
        if not email:
            raise TokenError("invalid_grant", "Invalid grant: account not found")
        if claims is None:
            message = "Invalid JWT Signature, audience or time frame. Check the key, aud, iat and exp."
            raise TokenError("invalid_grant", message)
        if not self._is_active(Principal(email, frozenset())):
            raise TokenError("invalid_grant", "Account has been disabled.")
        if "target_audience" in claims:
            raise TokenError("invalid_request", "The sandbox gives no id tokens: send scope, not target_audience.")
        if not claims.get("scope"):
            raise TokenError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return email, str(claims["scope"])

    def _issue(self, email: str, scope: str) -> dict[str, Any]:
        token = tokens.issue(self._store, email, scope)
        return {"access_token": token, "expires_in": tokens.LIFETIME, "token_type": "Bearer", "scope": scope}

    def _self_signed(self, token: str, audience: str) -> Principal | None:
        """A JWT for this API, or one with scopes and no audience; Google takes both without a token call."""
        email, claims = self._verified(token, None)
        if claims is None or claims.get("sub") != email:
            return None
        if "aud" in claims:
            return Principal(email, frozenset([CLOUD_PLATFORM])) if claims["aud"] == audience else None
        return Principal(email, frozenset(str(claims["scope"]).split())) if claims.get("scope") else None

    def _verified(self, token: str, audience: list[str] | None) -> tuple[str, Mapping[str, Any] | None]:
        """The service account that a JWT says it is from ("" where there is none such), and the claims if it is."""
        try:
            header, claims = jwt.decode_header(token), jwt.decode(token, verify=False)
        except (exceptions.GoogleAuthError, ValueError):
            return "", None
        with self._store.lock:
            account = accounts.find(self._store, str(claims.get("iss")))
            entries = list(accounts.keys(self._store, account).values()) if account else []
        for entry in entries:
            resource = entry["resource"]
            usable = resource["keyType"] == "USER_MANAGED" and not resource.get("disabled")
            if usable and header.get("kid", entry["id"]) == entry["id"]:
                checked = _checked(token, entry["public_key"], audience)
                if checked is not None:
                    return str(claims["iss"]), checked
        return (str(claims["iss"]) if account else ""), None


def _checked(token: str, public_key: str, audience: list[str] | None) -> Mapping[str, Any] | None:
    """The claims of a JWT that was signed with the key's other half, is for the audience and is not out of date."""
    try:
        claims: Mapping[str, Any] = jwt.decode(token, certs=public_key, audience=audience, clock_skew_in_seconds=SKEW)
    except (exceptions.GoogleAuthError, ValueError):
        return None
    return claims if claims["exp"] - claims["iat"] <= tokens.LIFETIME + SKEW else None


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
