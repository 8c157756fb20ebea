# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An SSH public key in the project's metadata, a list that the whole project shares."""

from __future__ import annotations

import datetime
import json
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
SHUT_OUT = (
    "it lets nobody in, as the project has OS Login on (enable-oslogin=TRUE). Either set enable-oslogin=FALSE in the "
    "instance's own metadata, or log in with OS Login: gcloud compute os-login ssh-keys add --key-file=KEY.pub, and "
    "the role roles/compute.osAdminLogin."
)
# The comment that the guests read an expiry from, and the one form of time in it that they know.
EXPIRING = "google-ssh"
TIME = "%Y-%m-%dT%H:%M:%S+0000"


class SshKey:
    """The entry of one login and key in the metadata item ssh-keys; every other entry and item stays as it is."""

    fields = ("user", "entry", "expire_on")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        self._session = session
        self._present = params["state"] == "present"
        self._user: str = params["user"]
        self._file: str | None = params["public_key_file"]
        self._expiry = expiry(params["expire_on"]) if params["expire_on"] else None
        public_key = params["public_key"] or _read(self._file)
        # A key that is yet to be made can be predicted, but not written.
        self._known = public_key is not None
        unknown = f"{self._user}:(the content of {self._file})"
        self._entry = entry(self._user, public_key, self._expiry) if public_key else unknown
        self._metadata: Mapping[str, Any] = {}
        self.title = f"SSH key of {self._user} in the metadata of project {session.project}"

    def read(self) -> State | None:
        """The key's entry; where there are several, the first that is not as wanted."""
        self._metadata = self._session.get("").get("commonInstanceMetadata") or {}
        found = [self._state(line) for line in self._lines() if _is_same(line, self._entry)]
        return next((state for state in found if state["expire_on"] != self._expiry), found[0] if found else None)

    def plan(self, live: State | None) -> Sequence[Step]:
        if not self._present:
            return [] if live is None else [Step("delete", live, {})]
        if self._expiry and self._expiry <= datetime.datetime.now(datetime.UTC).strftime(TIME):
            raise CloudError(f"{self.title}: expire_on {self._expiry} is in the past. Give a later time.")
        if live is None:
            return [Step("create", {}, self._state(self._entry))]
        if live["expire_on"] == self._expiry:
            return []
        fields = ("entry", "expire_on")
        wanted = self._state(self._entry)
        return [Step("update", {name: live[name] for name in fields}, {name: wanted[name] for name in fields})]

    def apply(self, step: Step) -> None:
        if not self._known:
            raise CloudError(f"{self.title}: there is no file {self._file}. Make the key pair first, with ssh-keygen.")
        lines = [line for line in self._lines() if not _is_same(line, self._entry)]
        if step.action != "delete":
            lines.append(self._entry)
        metadata = {**names.pairs(self._metadata.get("items")), KEY: "\n".join(lines)}
        if not lines:
            del metadata[KEY]
        body = {"fingerprint": self._metadata.get("fingerprint"), "items": names.items(metadata)}
        self._session.change("POST", "setCommonInstanceMetadata", body)

    def warnings(self) -> Sequence[str]:
        if not self._present and not self._known:
            return (f"{self.title}: there is no file {self._file}, so which entry to remove is not known; none was.",)
        shut = self._present and names.is_true(names.pairs(self._metadata.get("items")).get("enable-oslogin"))
        return (f"{self.title}: {SHUT_OUT}",) if shut else ()

    def _lines(self) -> list[str]:
        return names.pairs(self._metadata.get("items")).get(KEY, "").splitlines()

    def _state(self, line: str) -> dict[str, Any]:
        return {"user": self._user, "entry": line, "expire_on": expires(line)}


def _read(path: str | None) -> str | None:
    """The content of a file, None if it does not exist."""
    try:
        return Path(path or "").expanduser().read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CloudError(f"Cannot read the public key {path}: {type(error).__name__}.") from error


def _is_same(line: str, other: str) -> bool:
    """Whether two entries are of one login and key; what follows the key is a comment."""
    return line.split()[:2] == other.split()[:2]


def entry(user: str, public_key: str, expire_on: str | None = None) -> str:
    """The line of the metadata: the login's name, then the key as in its .pub file, with the expiry in place of its
    comment. CloudError for what no guest would accept, and for a private key, which is not quoted."""
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
    if expire_on:
        until = json.dumps({"userName": user, "expireOn": expire_on}, separators=(",", ":"))
        parts[2:] = [f"{EXPIRING} {until}"]
    return f"{user}:{' '.join(part.strip() for part in parts)}"


def expires(line: str) -> str | None:
    """When an entry's key expires, in UTC as the guests read it; None for never."""
    try:
        parts = line.split(None, 3)
        return expiry(json.loads(parts[3])["expireOn"]) if parts[2:3] == [EXPIRING] else None
    except (CloudError, IndexError, KeyError, TypeError, ValueError):
        return None


def expiry(text: str) -> str:
    """A time in the form that the guests know. CloudError for what is no time, or has no zone."""
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        time = datetime.datetime.min
    if time.tzinfo is None:
        raise CloudError(f"expire_on {text!r} is not a time with its zone, such as 2030-12-04T20:12:00Z.")
    return time.astimezone(datetime.UTC).strftime(TIME)
