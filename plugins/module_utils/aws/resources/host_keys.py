# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host keys that cloud-init prints on an instance's console at its first boot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...resource import CloudError
from ...ssh import known_hosts
from .. import errors
from ..session import Session

BLOCK = re.compile(r"-----BEGIN SSH HOST KEY KEYS-----(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)
KEY = re.compile(r"\b([a-z0-9@.-]+) (AAAA[A-Za-z0-9+/]+=*)")
PAUSE = 5.0


def read(session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of params' instance as "type blob" lines, once they are there. CloudError where they do not come."""
    identifier, wait = params["instance_id"], params["wait"]
    console = Console(session, identifier)
    try:
        keys = session.until(lambda: parse(console.text()), bool, console.title, timeout=wait, pause=PAUSE)
    except CloudError as error:
        if not errors.is_code(error, errors.TIMEOUT):
            raise
        raise CloudError(
            f"{console.title}: none came within {wait} seconds. cloud-init prints them at an instance's first boot "
            "only, and AWS shows them minutes later on types before Nitro, such as t2; once it was stopped or "
            "rebooted, they are not shown any more.",
            reason="hostKeysNotPublished",
        ) from error
    return {"host_keys": keys}


class Console:
    """What an instance prints at boot. Types on Nitro show it as it comes, others some time after the boot."""

    def __init__(self, session: Session, identifier: str) -> None:
        self.title = f"host keys of {identifier} in {session.region}"
        self._session = session
        self._identifier = identifier
        self._latest = True

    def text(self) -> str:
        """The text as far as AWS shows it."""
        options: dict[str, Any] = {"Latest": True} if self._latest else {}
        try:
            answer = self._session.call("get_console_output", self.title, InstanceId=self._identifier, **options)
        except CloudError as error:
            if not (self._latest and errors.is_code(error, "UnsupportedOperation")):
                raise
            self._latest = False
            return self.text()
        return str(answer.get("Output") or "")


def parse(text: str) -> list[str]:
    """The keys of the last boot that printed all of them. Other programs write to a console too, also in between."""
    blocks = BLOCK.findall(text)
    found = KEY.findall(blocks[-1]) if blocks else []
    return sorted({f"{kind} {blob}" for kind, blob in found if known_hosts.is_blob(kind, blob)})
