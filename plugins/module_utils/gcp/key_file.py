# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a service account's key: the one that programs read, and the one in which it is on its way there."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..resource import CloudError
from ..ssh import files
from . import key_material

MODE = 0o600
KIND = "service_account"
# What only a key that is on its way has: the id of the one that goes when it has arrived.
REPLACES = "replaces"
HOME = "https://www.googleapis.com"


@dataclasses.dataclass(frozen=True)
class KeyFile:
    """A key as it is in a file, in Google's own form; in its representation nothing of it shows."""

    content: Mapping[str, Any] = dataclasses.field(repr=False)

    @property
    def private(self) -> str:
        """The private key as PEM."""
        return str(self.content["private_key"])

    @property
    def public(self) -> key_material.Numbers | None:
        """What its public half is known by."""
        return key_material.public_of(self.private)

    @property
    def key_id(self) -> str:
        """Google's id of the key, "" while that is not known."""
        return str(self.content.get("private_key_id") or "")

    @property
    def replaces(self) -> str:
        """The id of the key that it takes the place of, "" if there is none."""
        return str(self.content.get(REPLACES) or "")


def pending(path: str) -> str:
    """Where a key is on its way to path."""
    return f"{path}.pending"


def read(path: str, account: str, *, arrived: bool = True) -> KeyFile | None:
    """The key in a file, None if there is no such file; arrived says that Google knows it. CloudError for anything but
    a key of the account."""
    if files.mode(path) is None:
        return None
    try:
        content = json.loads(files.read(path))
    except ValueError:
        content = None
    if not isinstance(content, dict) or content.get("type") != KIND or not isinstance(content.get("private_key"), str):
        raise _refused(path, "is not the key of a service account")
    if content.get("client_email") != account:
        raise _refused(path, f"holds a key of {content.get('client_email')}, not of {account}")
    found = KeyFile(content)
    if found.public is None or (arrived and not found.key_id):
        raise _refused(path, "holds a key that is damaged")
    return found


def draft(account: Mapping[str, Any], private: str, *, token_endpoint: str, replaces: str) -> KeyFile:
    """A key of an account before Google knows it; account is as the API answers it."""
    return KeyFile(
        {
            "type": KIND,
            "project_id": account["projectId"],
            "private_key_id": None,
            "private_key": private,
            "client_email": account["email"],
            "client_id": account["uniqueId"],
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_endpoint,
            "auth_provider_x509_cert_url": f"{HOME}/oauth2/v1/certs",
            "client_x509_cert_url": f"{HOME}/robot/v1/metadata/x509/{quote(account['email'], safe='')}",
            "universe_domain": "googleapis.com",
            REPLACES: replaces,
        }
    )


def keep(path: str, key: KeyFile) -> None:
    """Puts a key on its way, so that it is not lost whatever comes next."""
    files.write(pending(path), _text(key.content), permissions=MODE, replace=False)


def place(path: str, key: KeyFile, key_id: str, *, replace: bool) -> None:
    """Puts a key where programs read it, in one stroke; without replace, never over another file."""
    content = {name: value for name, value in key.content.items() if name != REPLACES}
    files.write(path, _text({**content, "private_key_id": key_id}), permissions=MODE, replace=replace)


def close(path: str) -> None:
    """Keeps others from reading the file."""
    try:
        Path(path).chmod(MODE)
    except OSError as error:
        raise CloudError(f"Cannot change the mode of {path}: {error.strerror}.") from error


def put_by(path: str, key: KeyFile) -> str:
    """Gives the file a second name, under which it stays when another takes its place."""
    name = f"{path}.{key.key_id}.deleted"
    try:
        os.link(path, name)
    except FileExistsError as error:
        if not Path(name).samefile(path):
            raise _refused(name, "is where the key that Google has deleted was to be kept") from error
    except OSError as error:
        raise CloudError(f"Cannot write {name}: {error.strerror}.") from error
    return name


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"


def _refused(path: str, why: str) -> CloudError:
    return CloudError(
        f"{path} is there already and {why}. It is never overwritten: move it away, or give another path."
    )
