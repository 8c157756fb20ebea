# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who clients log in as: a service account and a person, each in the shape of Google's own credential files."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sandbox import files
from sandbox.config import PROJECT, Config
from sandbox.errors import SandboxError

EMAIL = f"mlops-zoom-user@{PROJECT}.iam.gserviceaccount.com"
USER = f"user@{PROJECT}.example"
# The person's own, which pays for projects.
BILLING_ACCOUNT = "01A4B7-C3D9E2-5F8061"
_FILE = "service-account.json"
_USER_FILE = "user-credentials.json"
FILES = (_FILE, _USER_FILE)


def ensure_service_account(config: Config) -> str:
    """The key file's path; the key stays the same until the sandbox is removed."""
    return _ensure(config, _FILE, _new_key)


def ensure_user(config: Config) -> str:
    """The path of the person's credentials, as `gcloud auth application-default login` leaves them."""
    return _ensure(config, _USER_FILE, _new_user)


def load_refresh_token(config: Config) -> str:
    """The person's refresh token."""
    return str(files.read_json(Path(ensure_user(config)))["refresh_token"])


def load_key_id(config: Config) -> str:
    """The id of the service account's key."""
    return str(_load(config)["private_key_id"])


def load_public_key(config: Config) -> bytes:
    """The public half as PEM, for checking signatures."""
    private = load_pem_private_key(_load(config)["private_key"].encode(), password=None)
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _load(config: Config) -> dict[str, Any]:
    path = config.home / _FILE
    known: dict[str, Any] | None = files.read_json(path)
    if known is None:
        raise SandboxError(f"{path} is missing: run `python -m sandbox up`")
    return known


def _ensure(config: Config, name: str, make: Callable[[], dict[str, Any]]) -> str:
    """A credentials file's path, made where it is missing; it names the token endpoint where the sandbox is now."""
    path = config.home / name
    known = files.read_json(path) or make()
    token_uri = f"{config.url}/token"
    if known.get("token_uri") != token_uri:
        files.write_json(path, {**known, "token_uri": token_uri}, mode=0o600)
    return str(path)


def _new_user() -> dict[str, Any]:
    return {
        "type": "authorized_user",
        "client_id": "481516234200-sandbox.apps.googleusercontent.com",
        "client_secret": secrets.token_urlsafe(18),
        "refresh_token": f"1//{secrets.token_urlsafe(32)}",
        "universe_domain": "googleapis.com",
    }


def _new_key() -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem,
        "client_email": EMAIL,
        "client_id": str(10**20 + secrets.randbelow(10**20)),
        "universe_domain": "googleapis.com",
    }
