# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An SSH public key in the project's metadata, a list that the whole project shares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...resource import CloudError, State, Step
from ...ssh import known_hosts
from .. import names
from ..session import Session

KEY = "ssh-keys"
LOGIN = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


class SshKey:
    """Exactly one line of the metadata item ssh-keys; every other line and item stays as it is."""

    fields = ("user", "entry")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        self._session = session
        self._present = params["state"] == "present"
        self._user: str = params["user"]
        self._file: str | None = params["public_key_file"]
        public_key = params["public_key"] or _read(self._file)
        # A key that is yet to be made can be predicted, but not written.
        self._known = public_key is not None
        self._entry = entry(self._user, public_key) if public_key else f"{self._user}:(the content of {self._file})"
        self._metadata: Mapping[str, Any] = {}
        self.title = f"SSH key of {self._user} in the metadata of project {session.project}"

    def read(self) -> State | None:
        self._metadata = self._session.get("").get("commonInstanceMetadata") or {}
        if self._entry not in self._lines():
            return None
        return {"user": self._user, "entry": self._entry}

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._present and live is None:
            return [Step("create", {}, {"user": self._user, "entry": self._entry})]
        if not self._present and live is not None:
            return [Step("delete", live, {})]
        return []

    def apply(self, step: Step) -> None:
        if not self._known:
            raise CloudError(f"{self.title}: there is no file {self._file}. Make the key pair first, with ssh-keygen.")
        lines = [line for line in self._lines() if line != self._entry]
        if step.action == "create":
            lines.append(self._entry)
        metadata = {**names.pairs(self._metadata.get("items")), KEY: "\n".join(lines)}
        if not lines:
            del metadata[KEY]
        body = {"fingerprint": self._metadata.get("fingerprint"), "items": names.items(metadata)}
        self._session.change("POST", "setCommonInstanceMetadata", body)

    def warnings(self) -> Sequence[str]:
        if self._known or self._present:
            return ()
        return (f"{self.title}: there is no file {self._file}, so which entry to remove is not known; none was.",)

    def _lines(self) -> list[str]:
        return names.pairs(self._metadata.get("items")).get(KEY, "").splitlines()


def _read(path: str | None) -> str | None:
    """The content of a file, None if it does not exist."""
    try:
        return Path(path or "").expanduser().read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CloudError(f"Cannot read the public key {path}: {type(error).__name__}.") from error


def entry(user: str, public_key: str) -> str:
    """The line of the metadata: the login's name, then the key as in its .pub file. CloudError for what no guest
    would accept, and for a private key, which is not quoted."""
    if not LOGIN.fullmatch(user):
        raise CloudError(f"{user!r} is not a login name: lower-case letters, digits, _ and -, at most 32 of them.")
    if "PRIVATE KEY" in public_key:
        raise CloudError(
            "public_key holds a private key. Give the content of the .pub file, and keep the other secret."
        )
    parts = public_key.split(None, 2)
    if len(public_key.strip().splitlines()) != 1 or len(parts) < 2 or not known_hosts.is_blob(parts[0], parts[1]):
        raise CloudError(
            "public_key is not one line of the form 'ssh-rsa AAAA... comment'. Give the .pub file's content."
        )
    return f"{user}:{' '.join(part.strip() for part in parts)}"
