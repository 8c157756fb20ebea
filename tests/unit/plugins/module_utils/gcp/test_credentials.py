# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where credentials come from, and what is said when they cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from plugins.module_utils.gcp import credentials
from plugins.module_utils.gcp.credentials import SCOPE, Source, application_default, find, impersonate, load, refused
from plugins.module_utils.resource import CloudError


@pytest.fixture(scope="module")
def key() -> dict[str, Any]:
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "client_email": "robot@project.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "token_uri": "http://127.0.0.1:9/token",
    }


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        ({"access_token": "t", "service_account_file": "f"}, {}, Source("accesstoken", "t")),
        ({"service_account_file": "f"}, {"GCP_ACCESS_TOKEN": "t"}, Source("serviceaccount", "f")),
        ({}, {"GCP_ACCESS_TOKEN": "t", "GCP_SERVICE_ACCOUNT_FILE": "f"}, Source("accesstoken", "t")),
        ({}, {"GCP_SERVICE_ACCOUNT_FILE": "f"}, Source("serviceaccount", "f")),
        ({}, {"GOOGLE_APPLICATION_CREDENTIALS": "a"}, Source("application", "a")),
        ({"credentials_file": "c"}, {"GCP_ACCESS_TOKEN": "t", "GOOGLE_APPLICATION_CREDENTIALS": "a"},
         Source("application", "c")),
        ({"auth_kind": "application"}, {"GCP_ACCESS_TOKEN": "t", "GOOGLE_APPLICATION_CREDENTIALS": "a"},
         Source("application", "a")),
        ({"auth_kind": "auto"}, {"GCP_AUTH_KIND": "serviceaccount", "GCP_ACCESS_TOKEN": "t",
                                 "GCP_SERVICE_ACCOUNT_FILE": "f"}, Source("serviceaccount", "f")),
    ],
)  # fmt: skip
def test_options_win_over_the_environment(params: dict[str, str], environ: dict[str, str], expected: Source) -> None:
    assert find(params, environ) == expected


@pytest.mark.parametrize("kind", ["auto", "application", "accesstoken", "serviceaccount"])
def test_without_credentials_it_says_how_to_get_some(kind: str, tmp_path: Path) -> None:
    with pytest.raises(CloudError, match="gcloud auth application-default login"):
        find({"auth_kind": kind}, {"CLOUDSDK_CONFIG": str(tmp_path)})


def test_application_default_credentials_are_where_gcloud_leaves_them(tmp_path: Path) -> None:
    path = tmp_path / "application_default_credentials.json"
    assert application_default({"CLOUDSDK_CONFIG": str(tmp_path)}) is None
    path.write_text("{}")
    assert application_default({"CLOUDSDK_CONFIG": str(tmp_path)}) == str(path)


def test_a_service_account_signs_its_own_token(key: dict[str, Any], tmp_path: Path) -> None:
    from google.auth import jwt

    path = tmp_path / "key.json"
    path.write_text(json.dumps(key))
    loaded = load(Source("serviceaccount", str(path)))
    headers: dict[str, str] = {}

    def no_network(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a token was asked for over the network")

    loaded.before_request(no_network, "GET", "https://example.invalid/", headers)
    token = headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, verify=False)
    assert (claims["scope"], "aud" in claims) == (SCOPE, False), "one token for every API"
    assert claims["iss"] == key["client_email"]


def test_a_person_renews_at_the_token_endpoint(tmp_path: Path) -> None:
    info = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    path = tmp_path / "adc.json"
    path.write_text(json.dumps(info))
    loaded: Any = load(Source("application", str(path)), "http://127.0.0.1:9/token")
    assert loaded.token_uri == "http://127.0.0.1:9/token"
    assert loaded.refresh_token == "r"


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("application", None, "Cannot read the credentials file"),
        ("application", "not json", "is not JSON"),
        ("application", "[1]", "not a JSON object"),
        ("application", '{"type": "authorized_user"}', "lacks client_id, client_secret, refresh_token"),
        ("application", '{"type": "novel"}', "of type 'novel' cannot be used.*GCP_ACCESS_TOKEN"),
        ("application", '{"type": "external_account"}', "of type 'external_account' cannot be used"),
        ("application", '{"type": "impersonated_service_account"}', "cannot be used"),
        ("serviceaccount", '{"type": "authorized_user"}', "not a service account's key"),
        ("serviceaccount", '{"type": "service_account", "private_key": "SECRET-MATERIAL", "client_email": "e"}',
         "is damaged"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(kind: str, content: str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CloudError, match=message) as caught:
        load(Source(kind, str(path)))
    assert "SECRET-MATERIAL" not in caught.value.message


def test_a_machines_own_account_is_taken_on_google_cloud_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = {"CLOUDSDK_CONFIG": str(tmp_path)}
    product = tmp_path / "product_name"
    monkeypatch.setattr(credentials, "PRODUCT", product)
    assert find({"auth_kind": "machineaccount"}, nothing) == Source("machineaccount", "default")
    for name, expected in (("Google Compute Engine\n", True), ("Standard PC\n", False)):
        product.write_text(name)
        assert credentials.on_google_cloud({}) is expected
    product.write_text("Google Compute Engine\n")
    assert find({}, nothing) == Source("machineaccount", "default")
    assert not credentials.on_google_cloud({"NO_GCE_CHECK": "true"})


def test_an_account_that_is_acted_for_is_asked_for_at_the_given_endpoint() -> None:
    acted: Any = impersonate(load(Source("accesstoken", "t")), "robot@p.iam.gserviceaccount.com", "http://127.0.0.1:9/")
    assert acted._iam_endpoint_override == (
        "http://127.0.0.1:9/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Unable to acquire impersonated credentials", "roles/iam.serviceAccountTokenCreator"),
        ("Failed to retrieve http://metadata.google.internal/", "metadata server"),
        ("invalid_grant: Bad Request", "gcloud auth application-default login"),
    ],
)
def test_a_refused_token_says_what_to_do(text: str, expected: str) -> None:
    assert expected in refused(ValueError(text)).message
