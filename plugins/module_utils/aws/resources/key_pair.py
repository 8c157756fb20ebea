# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A key pair of EC2 whose private half lies in a file here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import CloudError, State, Step, UncertainError, plan
from ...ssh import files, key_pair, known_hosts
from ...ssh.resources.key_pair import KeyPair
from .. import tags
from ..session import PAUSE, Session
from .tagged import Tagged

Json = dict[str, Any]


class Ec2KeyPair(Tagged):
    """The file comes first and AWS after it, so that a crash in between loses nothing: the next run imports the file.
    Only a key that AWS is asked to make goes the other way."""

    fields = ("name", "key_pair_id", "type", "fingerprint", "public_key", "path", "mode", "tags")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        super().__init__(session, params, title=f"key pair {params['name']}")
        self._local = KeyPair({**params, "comment": params["name"]}, pem=params["type"] == "rsa")
        self._file: State | None = None
        self._id = ""
        self._unseen = False

    def read(self) -> State | None:
        if not self._removing:
            self._file = self._local.read()
        filters = {"key-name": self._params["name"]}
        found = self._session.find("describe_key_pairs", "KeyPairs", self.title, filters, IncludePublicKey=True)
        if not found:
            return None
        self._id = found[0]["KeyPairId"]
        self._see_whose(self._id, found[0])
        return {**from_api(found[0]), "path": self._params["path"], "mode": (self._file or {}).get("mode")}

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._removing:
            return plan(None, self._ours_only(live), title=self.title)
        self._refuse_foreign()
        lost = self._why_lost(live)
        if live is not None and lost and not (self._params["on_mismatch"] == "replace" or self._unseen):
            raise CloudError(
                f"{self.title}: {lost} Bring the right file back, or set on_mismatch=replace to have another key pair; "
                "instances that were made with this one do not come to know the other.",
                mismatch=True,
            )
        steps = [Step("delete", live, {})] if live is not None and lost else []
        if live is None or lost:
            return steps + self._plan_creation()
        return [*self._local.plan(self._file), *self._plan_tags(live)]

    def apply(self, step: Step) -> None:
        if step.action == "import":
            self._import(step.after)
        elif step.action == "create":
            self._create(step.after)
        elif step.action == "delete":
            self._session.call("delete_key_pair", self.title, KeyName=self._params["name"])
        elif step.action == "set_tags":
            self._set_tags(self._id, step)
        else:
            self._local.apply(step)

    def warnings(self) -> Sequence[str]:
        return [*super().warnings(), *self._local.warnings()]

    def _why_lost(self, live: State | None) -> str:
        """Why nobody here can log in with the key pair that AWS has; "" if that is not so."""
        path, here = self._params["path"], self._local.public_key
        if live is None:
            return ""
        if self._file is None:
            return f"AWS has it, but its private key is not here: there is no {path}."
        if here and live["public_key"] and not key_pair.same(here, live["public_key"]):
            ours, theirs = (known_hosts.fingerprint(key.split()[1]) for key in (here, live["public_key"]))
            return f"the private key in {path} is another one, {ours} here and {theirs} in AWS."
        return ""

    def _plan_creation(self) -> list[Step]:
        params = self._params
        made = {"name": params["name"], "path": params["path"], "tags": self._wanted_tags(None)}
        if params["source"] == "local":
            steps = self._local.plan(self._file)
            kind = self._file["type"] if self._file else params["type"]
            return [*steps, Step("import", {}, {**made, "type": kind, "mode": "0400"})]
        if self._file is not None:
            raise CloudError(
                f"{self.title}: {params['path']} is there already, and a private key is never overwritten. Move it "
                "away, or set source=local to use it."
            )
        return [Step("create", {}, {**made, "type": params["type"], "mode": "0400"})]

    def _import(self, after: State) -> None:
        self._local.read()
        self._make("import_key_pair", after, PublicKeyMaterial=str(self._local.public_key).encode())

    def _create(self, after: State) -> None:
        """AWS shows the private key once, so its place is made before it is asked for, and the key pair is taken back
        where the private key could not be kept."""
        path = self._params["path"]
        with files.workplace(path) as folder:
            made = folder / "key"
            files.write(str(made), "")
            try:
                found = self._make("create_key_pair", after, KeyType=after["type"], KeyFormat="pem")
            except UncertainError as error:
                self._unseen |= not error.details  # if this request made it, nobody has its private key
                self._session.sleep(PAUSE)
                raise
            try:
                files.write(str(made), found["KeyMaterial"].rstrip("\n") + "\n")
                files.settle(made, path)
            except BaseException:
                self._session.call("delete_key_pair", self.title, KeyName=after["name"])
                raise
        for step in self._local.plan(self._local.read()):
            self._local.apply(step)

    def _make(self, operation: str, after: State, **parameters: Any) -> Json:
        """Imports it, or has it created."""
        tagged = [tags.specification("key-pair", after["tags"])]
        return self._session.call(operation, self.title, KeyName=after["name"], TagSpecifications=tagged, **parameters)


def from_api(found: Mapping[str, Any]) -> Json:
    """A key pair as the API answers it, in the module's terms."""
    public = str(found.get("PublicKey") or "").strip()
    return {
        "name": found["KeyName"],
        "key_pair_id": found["KeyPairId"],
        "type": found.get("KeyType"),
        "fingerprint": found.get("KeyFingerprint"),
        "public_key": public or None,
        "tags": tags.from_api(found.get("Tags")),
    }
