# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials for Google Cloud, without a round trip where none is needed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..resource import CloudError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

# One token for every API, whatever the endpoint it is reached at: what it may do is said by IAM.
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"

NO_CREDENTIALS = (
    "No Google Cloud credentials were found. Do one of these: run 'gcloud auth application-default login'; "
    "set service_account_file or GCP_SERVICE_ACCOUNT_FILE to the JSON key of a service account; "
    "set access_token or GCP_ACCESS_TOKEN to the output of 'gcloud auth print-access-token'; on a machine of Google "
    "Cloud, set auth_kind to machineaccount."
)
# What the firmware of a machine of Google Cloud calls itself.
PRODUCT = Path("/sys/class/dmi/id/product_name")
IMPERSONATE = "v1/projects/-/serviceAccounts/{}:generateAccessToken"


@dataclasses.dataclass(frozen=True)
class Source:
    """Where credentials come from: kind is accesstoken, serviceaccount, application or machineaccount; value a token, a
    path, or which of a machine's accounts."""

    kind: str
    value: str


def find(params: Mapping[str, Any], environ: Mapping[str, str]) -> Source:
    """Decides on the source. Options win over the environment, whose variables are those of google.cloud and of
    Google's own libraries; a kind other than auto admits only sources of its own. CloudError if there is none."""
    kind = params.get("auth_kind") or "auto"
    if kind == "auto":
        kind = environ.get("GCP_AUTH_KIND") or kind
    token = ("accesstoken", params.get("access_token"), environ.get("GCP_ACCESS_TOKEN"))
    account = ("serviceaccount", params.get("service_account_file"), environ.get("GCP_SERVICE_ACCOUNT_FILE"))
    application = ("application", params.get("credentials_file"), application_default(environ))
    for rank in (1, 2):
        for source in (token, account, application):
            if kind in ("auto", source[0]) and source[rank]:
                return Source(str(source[0]), str(source[rank]))
    if kind == "machineaccount" or (kind == "auto" and on_google_cloud(environ)):
        return Source("machineaccount", "default")
    raise CloudError(NO_CREDENTIALS, auth_kind=kind)


def application_default(environ: Mapping[str, str]) -> str | None:
    """The path of the application default credentials, None if there are none."""
    named = environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if named:
        return named
    config = Path(environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud")
    path = config / "application_default_credentials.json"
    return str(path) if path.exists() else None


def on_google_cloud(environ: Mapping[str, str]) -> bool:
    """Whether this is a machine of Google Cloud, told without asking the network."""
    if environ.get("NO_GCE_CHECK", "").lower() == "true":
        return False
    try:
        return PRODUCT.read_text(encoding="ascii", errors="replace").startswith("Google")
    except OSError:
        return False


def load(source: Source, token_endpoint: str = TOKEN_ENDPOINT) -> Credentials:
    """The credentials object of google-auth; nothing is sent yet. CloudError for a file that cannot be used."""
    if source.kind == "accesstoken":
        return _bearer(source.value)
    if source.kind == "machineaccount":
        from google.auth.compute_engine import Credentials as MachineCredentials

        return MachineCredentials(source.value)
    info = _read_json(source.value)
    kind = info.get("type")
    if kind == "service_account":
        return _service_account(info, source.value)
    if source.kind == "serviceaccount":
        raise CloudError(
            f"{source.value}: not a service account's key, but of type {kind!r}. "
            "Create a JSON key in the console: IAM & Admin, Service Accounts, Manage keys."
        )
    if kind == "authorized_user":
        return _user(info, source.value, token_endpoint)
    return _other(info, source.value)


def impersonate(source: Credentials, account: str, endpoint: str) -> Credentials:
    """The credentials of a service account, asked for with source's; endpoint is that of the iamcredentials API."""
    from google.auth.impersonated_credentials import Credentials as ImpersonatedCredentials

    return ImpersonatedCredentials(
        source, account, [SCOPE], iam_endpoint_override=f"{endpoint.rstrip('/')}/{IMPERSONATE.format(account)}"
    )


def refused(error: Exception) -> CloudError:
    """What is said where no token is given for the credentials."""
    text = str(error)
    if "impersonate" in text or "iam.serviceAccounts.getAccessToken" in text:
        return CloudError(
            "Google Cloud did not let these credentials act as the service account. Check its email, and that they "
            "have the role Service Account Token Creator (roles/iam.serviceAccountTokenCreator) on it."
        )
    if "metadata" in text.lower():
        return CloudError(
            "No token came from the metadata server: auth_kind machineaccount works on a machine of Google Cloud that "
            "has a service account. Elsewhere run 'gcloud auth application-default login'."
        )
    return CloudError(
        "Google Cloud did not accept the credentials: they have expired, or were revoked. "
        "Renew them with 'gcloud auth application-default login', or give others."
    )


def _read_json(path: str) -> dict[str, Any]:
    try:
        info = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise CloudError(f"Cannot read the credentials file {path}: {error.strerror}.") from error
    except ValueError as error:
        raise CloudError(f"The credentials file {path} is not JSON; download it again.") from error
    if not isinstance(info, dict):
        raise CloudError(f"The credentials file {path} is not a JSON object; download it again.")
    return info


def _bearer(token: str) -> Credentials:
    """A token that somebody else asked for, and that cannot be renewed here."""
    from google.auth import credentials, exceptions

    class Bearer(credentials.Credentials):
        def refresh(self, _request: object) -> None:
            raise exceptions.RefreshError("the access token has expired")

    bearer = Bearer()  # type: ignore[no-untyped-call]
    bearer.token = token
    return bearer


def _service_account(info: Mapping[str, Any], path: str) -> Credentials:
    """Signs its own tokens, so that none is asked for over the network."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from google.auth.crypt import RSASigner
    from google.oauth2.service_account import Credentials as ServiceAccountCredentials

    try:
        # Checking the key's arithmetic takes longer than the whole call, and a wrong signature is refused by Google.
        key = load_pem_private_key(info["private_key"].encode(), None, unsafe_skip_rsa_key_validation=True)
        signer = RSASigner(key, info.get("private_key_id"))
        return ServiceAccountCredentials(
            signer, info["client_email"], TOKEN_ENDPOINT, scopes=[SCOPE], always_use_jwt_access=True
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # The library's text could quote the key, so it is not passed on.
        raise CloudError(f"The service account's key in {path} is damaged; create a new one.") from error


def _user(info: Mapping[str, Any], path: str, token_endpoint: str) -> Credentials:
    from google.oauth2.credentials import Credentials as UserCredentials

    missing = [key for key in ("client_id", "client_secret", "refresh_token") if not info.get(key)]
    if missing:
        raise CloudError(f"{path} lacks {', '.join(missing)}. Run: gcloud auth application-default login")
    return UserCredentials(
        None,
        refresh_token=info["refresh_token"],
        token_uri=token_endpoint,
        client_id=info["client_id"],
        client_secret=info["client_secret"],
        quota_project_id=info.get("quota_project_id"),
    )


def _other(info: Mapping[str, Any], path: str) -> Credentials:
    """Those of an account that is acted for, or of an identity outside Google."""
    from google.auth import exceptions, identity_pool, impersonated_credentials

    makers: Mapping[str, Callable[..., Credentials]] = {
        "external_account": identity_pool.Credentials.from_info,
        "impersonated_service_account": impersonated_credentials.Credentials.from_impersonated_service_account_info,
    }
    kind = str(info.get("type"))
    try:
        return makers[kind](info, scopes=[SCOPE])
    except (ValueError, KeyError, TypeError, AttributeError, exceptions.GoogleAuthError) as error:
        raise CloudError(
            f"{path}: credentials of type {kind!r} cannot be used. Give an access token of theirs instead: "
            "GCP_ACCESS_TOKEN=$(gcloud auth print-access-token)"
        ) from error
