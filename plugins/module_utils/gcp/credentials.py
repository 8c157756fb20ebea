# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials for Google Cloud, without a round trip where none is needed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..resource import CloudError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

# A service account's self-signed token is for one API; this is Compute Engine's name for itself, whatever the
# endpoint it is reached at.
AUDIENCE = "https://compute.googleapis.com/"
TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"

NO_CREDENTIALS = (
    "No Google Cloud credentials were found. Do one of these: run 'gcloud auth application-default login'; "
    "set service_account_file or GCP_SERVICE_ACCOUNT_FILE to the JSON key of a service account; "
    "set access_token or GCP_ACCESS_TOKEN to the output of 'gcloud auth print-access-token'."
)


@dataclasses.dataclass(frozen=True)
class Source:
    """Where credentials come from: kind is accesstoken, serviceaccount or application; value a token or a path."""

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
    for rank in (1, 2):
        for source in (token, account):
            if kind in ("auto", source[0]) and source[rank]:
                return Source(str(source[0]), str(source[rank]))
    if kind in ("auto", "application"):
        path = application_default(environ)
        if path:
            return Source("application", path)
    raise CloudError(NO_CREDENTIALS, auth_kind=kind)


def application_default(environ: Mapping[str, str]) -> str | None:
    """The path of the application default credentials, None if there are none."""
    named = environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if named:
        return named
    config = Path(environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud")
    path = config / "application_default_credentials.json"
    return str(path) if path.exists() else None


def load(source: Source, token_endpoint: str = TOKEN_ENDPOINT) -> Credentials:
    """The credentials object of google-auth; nothing is sent yet. CloudError for a file that cannot be used."""
    if source.kind == "accesstoken":
        from google.oauth2.credentials import Credentials as UserCredentials

        return UserCredentials(source.value)  # type: ignore[no-untyped-call]
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
    raise CloudError(
        f"{source.value}: credentials of type {kind!r} are not supported, only service_account and authorized_user. "
        "Give an access token of theirs instead: GCP_ACCESS_TOKEN=$(gcloud auth print-access-token)"
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


def _service_account(info: Mapping[str, Any], path: str) -> Credentials:
    from google.auth import exceptions, jwt

    try:
        return jwt.Credentials.from_service_account_info(info, audience=AUDIENCE)  # type: ignore[no-untyped-call, no-any-return]
    except (ValueError, KeyError, exceptions.GoogleAuthError) as error:
        # The library's text could quote the key, so it is not passed on.
        raise CloudError(f"The service account's key in {path} is damaged; create a new one.") from error


def _user(info: Mapping[str, Any], path: str, token_endpoint: str) -> Credentials:
    from google.oauth2.credentials import Credentials as UserCredentials

    missing = [key for key in ("client_id", "client_secret", "refresh_token") if not info.get(key)]
    if missing:
        raise CloudError(f"{path} lacks {', '.join(missing)}. Run: gcloud auth application-default login")
    return UserCredentials(  # type: ignore[no-untyped-call]
        None,
        refresh_token=info["refresh_token"],
        token_uri=token_endpoint,
        client_id=info["client_id"],
        client_secret=info["client_secret"],
        quota_project_id=info.get("quota_project_id"),
    )
