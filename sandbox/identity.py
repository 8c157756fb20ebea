# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The service account with which clients log in, in the shape of Google's key files."""

from __future__ import annotations

import secrets
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
_FILE = "service-account.json"


def ensure_service_account(config: Config) -> str:
    """The key file's path; the key stays the same until the sandbox is removed."""
    path = config.home / _FILE
    known = files.read_json(path)
    token_uri = f"{config.url}/token"
    if known is None:
        known = _new_key()
    if known.get("token_uri") != token_uri:
        files.write_json(path, {**known, "token_uri": token_uri}, mode=0o600)
    return str(path)


def load_public_key(config: Config) -> bytes:
    """The public half as PEM, for checking signatures."""
    path = config.home / _FILE
    known = files.read_json(path)
    if known is None:
        raise SandboxError(f"{path} is missing: run `python -m sandbox up`")
    private = load_pem_private_key(known["private_key"].encode(), password=None)
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


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
