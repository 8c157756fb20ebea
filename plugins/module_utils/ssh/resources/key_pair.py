# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A key pair for SSH in two files of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...resource import CloudError, State, Step
from .. import files, key_pair

MODE = "0400"


class KeyPair:
    """The private key at path and its public half beside it. A private key is made where there is none; one that is
    there is never written, only its permissions are."""

    fields = ("path", "type", "public_key", "mode")

    def __init__(self, params: Mapping[str, Any], *, pem: bool = False) -> None:
        self._path: str = params["path"]
        self._type: str = params["type"]
        self._comment: str = params["comment"] or ""
        self._pem = pem
        self._public = ""
        self._derived: str | None = None
        self._mode = 0
        self.title = f"key pair {self._path}"

    def read(self) -> State | None:
        self._public = files.read(key_pair.public_path(self._path)).strip()
        mode = files.mode(self._path)
        if mode is None:
            return None
        self._mode = mode
        self._derived = key_pair.derive(files.read(self._path))
        known = self._public or self._derived
        return {
            "path": self._path,
            "type": key_pair.type_of(known) if known else None,
            "public_key": self._public or None,
            "mode": f"0{mode:03o}",
        }

    def plan(self, live: State | None) -> Sequence[Step]:
        if live is None:
            self._refuse_orphan()
            return [Step("generate", {}, {"path": self._path, "type": self._type, "mode": MODE})]
        self._refuse_unusable()
        steps = []
        if live["mode"] != MODE:
            steps.append(Step("set_mode", {"mode": live["mode"]}, {"mode": MODE}))
        if not self._public:
            steps.append(Step("write_public_key", {"public_key": None}, {"public_key": self._derived}))
        return steps

    def apply(self, step: Step) -> None:
        if step.action == "generate":
            key_pair.generate(self._path, kind=self._type, comment=self._comment, pem=self._pem)
        elif step.action == "set_mode":
            Path(self._path).expanduser().chmod(int(MODE, 8))
        else:
            files.write(key_pair.public_path(self._path), f"{self._derived}\n", permissions=0o644)

    def warnings(self) -> Sequence[str]:
        if not self._mode & 0o077:
            return ()
        loose = f"{self._path} had mode 0{self._mode:03o}, so others could read it, and ssh refuses such a key. "
        return [f"{loose}It gets mode {MODE}. If this machine has other users, better make a new one."]

    @property
    def public_key(self) -> str | None:
        """The public half, as last read; None where there is no pair."""
        return self._public or self._derived

    def _refuse_orphan(self) -> None:
        if self._public:
            raise CloudError(
                f"{self._path}.pub is there without its private half {self._path}. Bring the private key back, move "
                "the public one away, or choose another path."
            )

    def _refuse_unusable(self) -> None:
        """A key that has a passphrase is good where the agent has it open."""
        if self._derived is None and not self._public:
            raise CloudError(
                f"{self._path}.pub is missing and could not be derived, as the private key is protected by a "
                f"passphrase or damaged. Write it yourself: ssh-keygen -y -f {self._path} > {self._path}.pub"
            )
        if self._derived is None and not key_pair.is_in_agent(self._path):
            raise CloudError(
                f"{self._path} has a passphrase and is not in the SSH agent, or is damaged. Add it with: ssh-add "
                f'{self._path} (after eval "$(ssh-agent)" if no agent runs), and run again.'
            )
        if self._derived and self._public and not key_pair.same(self._derived, self._public):
            raise CloudError(
                f"{self._path}.pub is not the public half of {self._path}. Move it away, and it is written anew from "
                "the private key."
            )
