# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Only who holds the service account's key or a token from here gets in, for as long as it is valid."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.auth import crypt, jwt
from google.oauth2 import service_account

from tests.unit.sandbox.gcp.support import Api, Json, P, body_of

CLOUD = "https://www.googleapis.com/auth/cloud-platform"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
Sign = Callable[..., str]


@pytest.fixture(scope="module")
def signer(key_home: Path) -> crypt.RSASigner:
    """The service account's key."""
    made: crypt.RSASigner = crypt.RSASigner.from_service_account_file(str(key_home / "service-account.json"))
    return made


@pytest.fixture
def sign(key: Json, signer: crypt.RSASigner) -> Sign:
    """Signs claims with the service account's key; a claim given as None is left out."""

    def sign(**claims: Any) -> str:
        now = int(time.time())
        defaults = {"iss": key["client_email"], "sub": key["client_email"], "iat": now, "exp": now + 3600}
        payload = {name: value for name, value in {**defaults, **claims}.items() if value is not None}
        return str(jwt.encode(signer, payload).decode())

    return sign


def exchange(api: Api, **form: str) -> tuple[int, Json]:
    """A call of the token endpoint."""
    response = api.client.post("/token", data=form)
    return response.status_code, body_of(response)


def status_with(api: Api, token: str | None) -> int:
    """What a call with this token answers."""
    api.headers = {"Authorization": f"Bearer {token}"} if token else {}
    return api.call("GET", P).status_code


@pytest.mark.parametrize("audience", ["http://127.0.0.1:8481/token", "https://oauth2.googleapis.com/token"])
def test_assertion_buys_a_token(api: Api, sign: Sign, audience: str) -> None:
    status, answer = exchange(api, grant_type=GRANT, assertion=sign(aud=audience, scope=CLOUD))
    assert (status, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 3600)
    assert status_with(api, answer["access_token"]) == 200


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"aud": "https://elsewhere.example/token"}, "invalid_grant"),
        ({"iss": "someone@else.example"}, "invalid_grant"),
        ({"iat": 1000, "exp": 4600}, "invalid_grant"),
        ({"exp": time.time() + 86400}, "invalid_grant"),
        ({"scope": None}, "invalid_scope"),
        ({"target_audience": "https://x.example"}, "invalid_request"),
    ],
)
def test_bad_assertions(api: Api, sign: Sign, claims: Json, error: str) -> None:
    assertion = sign(**{"aud": "http://127.0.0.1:8481/token", "scope": CLOUD, **claims})
    status, answer = exchange(api, grant_type=GRANT, assertion=assertion)
    assert (status, answer["error"]) == (400, error)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": GRANT, "assertion": "a.b.c"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "1//guess"}, "invalid_grant"),
    ],
)
def test_bad_grants(api: Api, form: dict[str, str], error: str) -> None:
    status, answer = exchange(api, **form)
    assert (status, answer["error"]) == (400, error)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"aud": "https://compute.googleapis.com/"}, 200),
        ({"scope": CLOUD}, 200),
        ({"scope": "https://www.googleapis.com/auth/compute.readonly"}, 200),
        ({"scope": "https://www.googleapis.com/auth/userinfo.email"}, 403),
        ({}, 401),
        ({"aud": "https://storage.googleapis.com/"}, 401),
        ({"scope": CLOUD, "iss": "someone@else.example"}, 401),
        ({"scope": CLOUD, "iat": 1000, "exp": 4600}, 401),
        ({"scope": CLOUD, "exp": time.time() + 86400}, 401),
    ],
)
def test_self_signed_tokens(api: Api, sign: Sign, claims: Json, expected: int) -> None:
    assert status_with(api, sign(**claims)) == expected


def test_forged_signature(api: Api, sign: Sign) -> None:
    head, body, signature = sign(scope=CLOUD).split(".")
    assert status_with(api, f"{head}.{body}.{signature[::-1]}") == 401


def test_google_auth_is_understood(api: Api, key: Json) -> None:
    credentials = service_account.Credentials.from_service_account_info(key, scopes=[CLOUD], always_use_jwt_access=True)
    credentials._create_self_signed_jwt(None)
    credentials.refresh(None)
    assert status_with(api, credentials.token) == 200


@pytest.mark.parametrize(
    ("token", "reason"), [(None, "required"), ("nonsense", "authError"), ("ya29.c.guess", "authError")]
)
def test_no_or_unknown_token(api: Api, token: str | None, reason: str) -> None:
    api.headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = api.call("GET", P)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert body_of(response)["error"]["errors"][0]["reason"] == reason
    assert body_of(response)["error"]["status"] == "UNAUTHENTICATED"


def test_tokens_expire(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.call("GET", P).status_code == 200
    later = time.time() + 3601
    monkeypatch.setattr("sandbox.gcp.tokens.time.time", lambda: later)
    assert api.call("GET", P).status_code == 401


def test_read_only_scope_cannot_write(api: Api, sign: Sign) -> None:
    api.headers = {"Authorization": f"Bearer {sign(scope='https://www.googleapis.com/auth/compute.readonly')}"}
    found = api.error("POST", f"{P}/global/firewalls", {"name": "x"})
    assert found[:2] == (403, "insufficientPermissions")
