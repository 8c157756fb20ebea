# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host keys that are pinned for one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import CloudError, State, Step, plan
from .. import files, known_hosts


class KnownHost:
    """All keys of a name in a known_hosts file. A key of a known type that differs is refused, not replaced."""

    fields = ("name", "keys")

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self._name: str = params["name"]
        self._path: str = params["path"]
        self._keys = dict(known_hosts.parse_key(key) for key in params["keys"] or ())
        self._text = ""
        self.title = f"host keys of {self._name} in {self._path}"
        if not known_hosts.NAME.fullmatch(self._name):
            raise CloudError(f"name: {self._name!r} cannot stand in a known_hosts file.")

    def read(self) -> State | None:
        self._text = files.read(self._path)
        keys = known_hosts.keys_of(self._text, self._name)
        return {"name": self._name, "keys": _lines(keys)} if keys else None

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._params["state"] == "absent":
            return plan(None, live, title=self.title)
        if not self._keys:
            raise CloudError(f"{self.title}: no key is given, so none can be pinned.")
        if live is not None and not self._params["replace"]:
            self._refuse_changed(known_hosts.keys_of(self._text, self._name))
        return plan({"name": self._name, "keys": _lines(self._keys)}, live, title=self.title)

    def apply(self, step: Step) -> None:
        keys = self._keys.items() if step.after else ()
        files.write(self._path, known_hosts.replace(self._text, self._name, keys))

    def warnings(self) -> Sequence[str]:
        return ()

    def _refuse_changed(self, pinned: Mapping[str, str]) -> None:
        for kind, blob in pinned.items():
            new = self._keys.get(kind, blob)
            if new != blob:
                raise CloudError(
                    f"{self.title}: the {kind} key is {known_hosts.fingerprint(new)} now and was "
                    f"{known_hosts.fingerprint(blob)} when it was pinned. Either somebody made the machine new host "
                    "keys, or another machine answers in its place. Find out which; if the new key is right, run: "
                    f"ssh-keygen -R {self._name} -f {self._path}, and then this again.",
                    changed_key=kind,
                )


def _lines(keys: Mapping[str, str]) -> list[str]:
    return [f"{kind} {blob}" for kind, blob in sorted(keys.items())]
