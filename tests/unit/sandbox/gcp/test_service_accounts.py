# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service accounts and their keys: how they come and go, and that a key which is there really lets in."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from google.auth import jwt
from google.oauth2 import service_account

from tests.unit.sandbox.gcp.support import PROJECT, Api, Json, P, body_of

ACCOUNTS = f"/v1/{P}/serviceAccounts"
WORKER = f"{ACCOUNTS}/worker@{PROJECT}.iam.gserviceaccount.com"
KEYS = f"{WORKER}/keys"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLOUD = "https://www.googleapis.com/auth/cloud-platform"


@pytest.fixture(scope="module")
def pair() -> rsa.RSAPrivateKey:
    """A key pair of the user's own."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, days: int = 90) -> str:
    """Its public half as keys.upload wants it, valid until so many days from now."""
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "worker")]), datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=100))
        .not_valid_after(now + datetime.timedelta(days=days))
        .sign(private, SHA256())
    )
    return base64.b64encode(made.public_bytes(Encoding.PEM)).decode()


def key_file(created: Json) -> Json:
    """The key file in the answer of keys.create."""
    content: Json = json.loads(base64.b64decode(created["privateKeyData"]))
    return content


def self_signed(info: Mapping[str, Any]) -> str:
    """A JWT that a client with this key file sends instead of a token."""
    credentials = jwt.Credentials.from_service_account_info(info, audience=None, additional_claims={"scope": CLOUD})
    credentials.refresh(None)
    return str(credentials.token.decode())


def exchange(api: Api, info: Json) -> tuple[int, Json]:
    """The answer of the token endpoint to a client with this key file."""
    credentials = service_account.Credentials.from_service_account_info(info, scopes=[CLOUD])
    assertion = credentials._make_authorization_grant_assertion()
    response = api.client.post("/token", data={"grant_type": GRANT, "assertion": assertion})
    return response.status_code, body_of(response)


def lets_in(api: Api, info: Json) -> bool:
    """Whether the key file is good for a call, both by a JWT of its own and by a token bought with it."""
    direct = api.acting_as(self_signed(info)).call("GET", P).status_code
    status, answer = exchange(api, info)
    assert (direct, status) in ((200, 200), (401, 400)), (direct, answer)
    assert status == 200 or answer["error"] == "invalid_grant"
    return status == 200


def test_a_new_account(api: Api) -> None:
    texts = {"displayName": "Worker", "description": "for work"}
    made = api.ok("POST", ACCOUNTS, {"accountId": "worker", "serviceAccount": texts})
    assert made | texts == made
    assert (made["email"], made["projectId"]) == (f"worker@{PROJECT}.iam.gserviceaccount.com", PROJECT)
    status, code, message = api.refused("POST", ACCOUNTS, {"accountId": "worker"})
    assert (status, code) == (409, "ALREADY_EXISTS")
    assert message == f"Service account worker already exists within project {P}."
    refusals = [api.refused("GET", WORKER)[:2] for _ in range(4)]
    assert refusals == [(404, "NOT_FOUND"), (403, "PERMISSION_DENIED")] * 2
    assert made not in api.get(ACCOUNTS)["accounts"]
    assert api.refused("POST", KEYS, {})[0] in (403, 404)
    api.advance(60)
    for identifier in (made["email"], made["uniqueId"]):
        assert api.get(f"{ACCOUNTS}/{identifier}") == made
        assert api.get(f"/v1/projects/-/serviceAccounts/{identifier}") == made
    assert api.get(f"/v1/projects/481516234200/serviceAccounts/{made['email']}") == made
    assert made in api.get(ACCOUNTS)["accounts"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "account_id must be 6 to 30"),
        ({"accountId": "me"}, 400, "account_id must be 6 to 30"),
        ({"accountId": "worker", "serviceAccount": {"displayName": "x" * 101}}, 400, "longer than 100 bytes"),
        ({"accountId": "worker", "serviceAccount": {"description": "x" * 257}}, 400, "longer than 256 bytes"),
        ({"accountId": "worker", "colour": "red"}, 400, 'Unknown name "colour"'),
    ],
)
def test_accounts_that_cannot_be(api: Api, body: Json, status: int, message: str) -> None:
    found = api.refused("POST", ACCOUNTS, body)
    assert found[0] == status
    assert message in found[2]


def test_missing_things(api: Api, account: Callable[..., Json]) -> None:
    assert api.refused("GET", WORKER)[:2] == (404, "NOT_FOUND")
    assert api.refused("POST", "/v1/projects/none-1234/serviceAccounts", {"accountId": "worker"})[0] == 403
    account()
    assert api.refused("GET", f"{KEYS}/0123")[:2] == (404, "NOT_FOUND")


def test_patch_changes_what_its_mask_names(api: Api, account: Callable[..., Json]) -> None:
    before = account()
    changes = {"displayName": "Worker", "description": "for work", "etag": before["etag"]}
    after = api.ok("PATCH", WORKER, {"serviceAccount": changes, "updateMask": "displayName"})
    assert (after["displayName"], "description" in after) == ("Worker", False)
    assert after["etag"] != before["etag"]
    stale = {"serviceAccount": changes, "updateMask": "description"}
    assert api.refused("PATCH", WORKER, stale)[:2] == (409, "ABORTED")
    api.ok("PATCH", WORKER, {"serviceAccount": {}, "updateMask": "display_name"})
    assert "displayName" not in api.get(WORKER)
    for mask in ("email", ""):
        assert "only display_name" in api.refused("PATCH", WORKER, {"serviceAccount": {}, "updateMask": mask})[2]


def test_deleted_and_had_back(api: Api, account: Callable[..., Json]) -> None:
    made = account()
    info = key_file(api.ok("POST", KEYS, {}))
    assert api.ok("DELETE", WORKER) == {}
    assert api.refused("GET", WORKER)[0] == 404
    assert not lets_in_now(api, info)
    other = account()
    undelete = f"{ACCOUNTS}/{made['uniqueId']}:undelete"
    assert "Another service account" in api.refused("POST", undelete, {})[2]
    assert other["uniqueId"] != made["uniqueId"]
    api.ok("DELETE", WORKER)
    assert api.ok("POST", undelete, {})["restoredAccount"] == made
    assert lets_in_now(api, info)
    assert api.refused("POST", undelete, {})[0] == 404


def lets_in_now(api: Api, info: Json) -> bool:
    """Whether the token endpoint takes the key file, whatever the account may do then."""
    status, answer = exchange(api, info)
    assert status == 200 or answer["error"] == "invalid_grant"
    return status == 200


def test_a_disabled_account_is_kept_out(api: Api, account: Callable[..., Json]) -> None:
    account("worker", "roles/viewer")
    info = key_file(api.ok("POST", KEYS, {}))
    token = exchange(api, info)[1]["access_token"]
    assert lets_in(api, info)
    assert api.ok("POST", f"{WORKER}:disable", {}) == {}
    assert api.get(WORKER)["disabled"]
    assert not lets_in(api, info)
    assert api.acting_as(token).call("GET", P).status_code == 401
    api.ok("POST", f"{WORKER}:enable", {})
    assert lets_in(api, info)


def test_a_key_made_by_google(api: Api, account: Callable[..., Json]) -> None:
    account("worker", "roles/viewer")
    created = api.ok("POST", KEYS, {})
    info = key_file(created)
    assert created["name"].endswith(f"/keys/{info['private_key_id']}")
    assert info["token_uri"] == "http://127.0.0.1:8481/token"
    assert lets_in(api, info)
    shown = api.get(f"/v1/{created['name']}")
    assert (shown["keyType"], shown["keyOrigin"]) == ("USER_MANAGED", "GOOGLE_PROVIDED")
    assert "privateKeyData" not in shown
    assert api.ok("DELETE", f"/v1/{created['name']}") == {}
    assert not lets_in(api, info)


def test_a_key_of_ones_own(api: Api, account: Callable[..., Json], pair: rsa.RSAPrivateKey) -> None:
    made = account("worker", "roles/viewer")
    uploaded = api.ok("POST", f"{KEYS}:upload", {"publicKeyData": certificate(pair)})
    assert (uploaded["keyOrigin"], uploaded["keyAlgorithm"]) == ("USER_PROVIDED", "KEY_ALG_RSA_2048")
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    info = {
        "private_key": private,
        "private_key_id": uploaded["name"].rpartition("/")[2],
        "client_email": made["email"],
        "token_uri": "http://127.0.0.1:8481/token",
    }
    assert lets_in(api, info)
    assert not lets_in(api, {**info, "private_key_id": "0123"})
    shown = api.get(f"/v1/{uploaded['name']}", publicKeyType="TYPE_X509_PEM_FILE")
    pem = base64.b64decode(shown["publicKeyData"])
    assert x509.load_pem_x509_certificate(pem).public_key() == pair.public_key()
    api.ok("POST", f"/v1/{uploaded['name']}:disable", {})
    assert not lets_in(api, info)
    api.ok("POST", f"/v1/{uploaded['name']}:enable", {})
    assert lets_in(api, info)


@pytest.mark.parametrize("kind", ["TYPE_X509_PEM_FILE", "TYPE_RAW_PUBLIC_KEY"])
def test_public_halves_are_shown_on_request(api: Api, account: Callable[..., Json], kind: str) -> None:
    account()
    name = api.ok("POST", KEYS, {})["name"]
    assert "publicKeyData" not in api.get(f"/v1/{name}")
    begin = base64.b64decode(api.get(f"/v1/{name}", publicKeyType=kind)["publicKeyData"])[:27]
    assert begin == {"TYPE_X509_PEM_FILE": b"-----BEGIN CERTIFICATE-----"}.get(kind, b"-----BEGIN PUBLIC KEY-----\n")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "Unable to load PEM"),
        ("bm90IGEgY2VydGlmaWNhdGU=", "Unable to load PEM"),
        ("expired", "it has expired"),
        ("curve", "its key is not an RSA key"),
    ],
)
def test_uploads_that_are_no_keys(
    api: Api, account: Callable[..., Json], pair: rsa.RSAPrivateKey, data: str, why: str
) -> None:
    account()
    made = {
        "expired": lambda: certificate(pair, -1),
        "curve": lambda: certificate(ec.generate_private_key(ec.SECP256R1())),
    }
    body = {"publicKeyData": made[data]() if data in made else data}
    status, code, message = api.refused("POST", f"{KEYS}:upload", body)
    assert (status, code) == (400, "INVALID_ARGUMENT")
    assert why in message


def test_key_types(api: Api, account: Callable[..., Json]) -> None:
    account()
    [own] = api.get(KEYS)["keys"]
    assert own["keyType"] == "SYSTEM_MANAGED"
    assert api.refused("DELETE", f"/v1/{own['name']}")[:2] == (400, "FAILED_PRECONDITION")
    created = api.ok("POST", KEYS, {})
    [mine] = api.get(KEYS, keyTypes="USER_MANAGED")["keys"]
    assert mine["name"] == created["name"]
    assert len(api.get(KEYS, keyTypes=["USER_MANAGED", "SYSTEM_MANAGED"])["keys"]) == 2


def test_ten_keys_are_enough(api: Api, account: Callable[..., Json], pair: rsa.RSAPrivateKey) -> None:
    account()
    body = {"publicKeyData": certificate(pair)}
    names = {api.ok("POST", f"{KEYS}:upload", body)["name"] for _ in range(10)}
    assert len(names) == 10
    message = "Precondition check failed."
    assert api.refused("POST", f"{KEYS}:upload", body) == (400, "FAILED_PRECONDITION", message)
    api.ok("DELETE", f"/v1/{names.pop()}")
    api.ok("POST", f"{KEYS}:upload", body)


@pytest.mark.parametrize(
    ("constraint", "verb", "path"),
    [
        ("iam.disableServiceAccountKeyCreation", "creation", KEYS),
        ("iam.disableServiceAccountKeyUpload", "upload", f"{KEYS}:upload"),
    ],
)
def test_policies_against_keys(
    api: Api, account: Callable[..., Json], pair: rsa.RSAPrivateKey, constraint: str, verb: str, path: str
) -> None:
    account()
    body = {"publicKeyData": certificate(pair)} if verb == "upload" else {}
    api.settings(org_policies={constraint: ["other-project"]})
    api.ok("POST", path, body)
    api.settings(org_policies={constraint: [PROJECT]})
    status, code, message = api.refused("POST", path, body)
    assert (status, code) == (400, "FAILED_PRECONDITION")
    assert message == f"Key {verb} is not allowed on this service account (constraint constraints/{constraint})."
    api.settings(org_policies={constraint: None})
    api.ok("POST", path, body)


def test_keys_are_in_no_log(api: Api, account: Callable[..., Json]) -> None:
    account()
    info = key_file(api.ok("POST", KEYS, {}))
    line = info["private_key"].splitlines()[3]
    assert line not in json.dumps(api.log())
    assert [entry["method"] for entry in api.log(mutating=True)][-1] == "iam.projects.serviceAccounts.keys.create"
