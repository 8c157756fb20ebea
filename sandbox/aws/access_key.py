# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The access key with which clients of the sandboxed AWS sign, and the account that it belongs to."""

from __future__ import annotations

import base64
import dataclasses
import secrets
import string

from sandbox import files
from sandbox.config import Config
from sandbox.errors import SandboxError

FILE = "aws-access-key.json"
_ID = string.ascii_uppercase + "234567"
_SECRET = string.ascii_letters + string.digits + "+/"


@dataclasses.dataclass(frozen=True)
class AccessKey:
    """A key pair of a user, and the number of the user's account."""

    id: str
    secret: str = dataclasses.field(repr=False)
    account: str


def ensure(config: Config) -> AccessKey:
    """The sandbox's key, made at first; it stays the same until the sandbox is removed."""
    path = config.home / FILE
    known = files.read_json(path)
    if known is None:
        known = dataclasses.asdict(_new("AKIA", str(10**11 + secrets.randbelow(9 * 10**11))))
        files.write_json(path, known, mode=0o600)
    return AccessKey(**known)


def load(config: Config) -> AccessKey:
    """The sandbox's key."""
    known = files.read_json(config.home / FILE)
    if known is None:
        raise SandboxError(f"{config.home / FILE} is missing: run `python -m sandbox up`")
    return AccessKey(**known)


def temporary(account: str) -> AccessKey:
    """A key for a session; it counts only together with the session's token."""
    return _new("ASIA", account)


def token() -> str:
    """A session's token."""
    return base64.b64encode(secrets.token_bytes(96)).decode()


def _new(prefix: str, account: str) -> AccessKey:
    identity = prefix + "".join(secrets.choice(_ID) for _ in range(16))
    return AccessKey(identity, "".join(secrets.choice(_SECRET) for _ in range(40)), account)
