# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A key of a service account: its private half in a file, its public half with Google."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...owned import Owned
from ...resource import CloudError, State, Step, plan
from ...ssh import files
from .. import key_file, key_material, names, ownership
from ..session import Session
from .account_keys import AccountKeys, has_expired, is_as_old_as
from .service_account import check_id

Json = dict[str, Any]


class ServiceAccountKey(Owned[Session]):
    """The private half is made here, and kept in a pending file before anything is sent. Whatever a run that dies
    leaves behind, the next one finds it there: by its public half it sees whether Google has it already."""

    fields = ("path", "key_id", "service_account", "valid_after", "valid_before", "mode")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        check(params)
        self._email = email = names.service_account_email(params["account_id"], session.project)
        mark = ownership.marker(params["workstation"])
        super().__init__(
            session,
            params,
            title=f"key of {email} in {params['path']}",
            handover=f"gcloud iam service-accounts update {email} --description={mark!r}",
        )
        self._path = os.path.realpath(Path(params["path"]).expanduser())
        self._api = session.api("iam")
        self._account_path = f"v1/projects/{session.project}/serviceAccounts/{email}"
        self._keys = AccountKeys(self._api, self._account_path, email=email, title=self.title)
        self._file: key_file.KeyFile | None = None
        self._pending: key_file.KeyFile | None = None
        self._known: Json | None = None
        self._account: Json | None = None

    def read(self) -> State | None:
        self._file = key_file.read(self._path, self._email)
        self._pending = key_file.read(key_file.pending(self._path), self._email, arrived=False)
        self._known = self._keys.find(self._file.key_id) if self._file else None
        self._account = self._api.find(self._account_path) if self._is_to_change() else None
        self._ours = self._account is None or ownership.is_ours(
            self._owner, description=self._account.get("description")
        )
        return self._state()

    def plan(self, live: State | None) -> Sequence[Step]:
        self._refuse_mismatch()
        if self._removing:
            there = live or ({"path": self._params["path"]} if self._pending else None)
            return plan(None, self._ours_only(there), title=self.title)
        self._refuse_foreign()
        if live is None or self._file is None:
            return [Step("create", {}, {"path": self._params["path"], "service_account": self._email, "mode": "0600"})]
        steps = [Step("set_mode", {"mode": live["mode"]}, {"mode": "0600"})] if self._is_open else []
        for action in self._renewal(self._file):
            before = {name: live[name] for name in ("key_id", "valid_after", "valid_before")}
            steps.append(Step(action, before, before if action == "finish" else dict.fromkeys(before)))
        return steps

    def apply(self, step: Step) -> None:
        WRITERS.get(step.action, ServiceAccountKey._renew)(self)

    def warnings(self) -> Sequence[str]:
        found = [*super().warnings()]
        if self._is_open:
            found.append(f"{self._params['path']} could be read by other users of this machine; better have a new key.")
        if self._known and self._known.get("disabled"):
            found.append(
                f"{self.title}: it is disabled in Google Cloud ({self._known.get('disableReason', 'by hand')})."
            )
        if self._known and not self._params["rotate_after"] and has_expired(self._known):
            found.append(f"{self.title}: it has expired. Set rotate_after to have a new one.")
        return found

    def _state(self) -> Json | None:
        if self._file is None:
            return None
        known = self._known or {}
        return {
            "path": self._params["path"],
            "key_id": self._file.key_id,
            "service_account": self._email,
            "valid_after": known.get("validAfterTime"),
            "valid_before": known.get("validBeforeTime"),
            "mode": f"0{files.mode(self._path) or 0:03o}",
        }

    @property
    def _is_open(self) -> bool:
        return bool((files.mode(self._path) or 0) & 0o077)

    def _is_to_change(self) -> bool:
        """Whether the account itself has to be looked at, for whose it is and what it is called."""
        if self._removing:
            return bool(self._file or self._pending)
        return self._file is None or bool(self._renewal(self._file))

    def _renewal(self, file: key_file.KeyFile) -> list[str]:
        """What is to be done with a key that is there."""
        has_arrived = self._pending is not None and self._pending.public == file.public
        steps = ["finish"] if has_arrived else []
        if self._known is None:
            return [*steps, "replace"]
        days = self._params["rotate_after"]
        is_due = days and (is_as_old_as(self._known, days) or has_expired(self._known))
        return [*steps, "rotate"] if is_due or (self._pending and not has_arrived) else steps

    def _refuse_mismatch(self) -> None:
        if self._file is None:
            return
        shown = key_material.public_in((self._known or {}).get("publicKeyData") or "")
        if shown and shown != self._file.public:
            raise CloudError(
                f"{self.title}: its private half is not that of the key {self._file.key_id} in Google Cloud, so it is "
                "good for nothing. It is never overwritten: move it away, or give another path."
            )
        if self._pending and self._known and self._pending.public != self._file.public and not self._removing:
            self._refuse_stranger(self._pending, self._file)
        if self._known is None and not self._removing and not self._params["replace_deleted"]:
            raise CloudError(
                f"{self.title}: the key {self._file.key_id} has been deleted in Google Cloud, so the file is good for "
                "nothing any more. Set replace_deleted to have a new key there, with the old file kept beside it.",
                key_id=self._file.key_id,
                reason="keyDeleted",
            )

    def _refuse_stranger(self, pending: key_file.KeyFile, file: key_file.KeyFile) -> None:
        """A good key takes the place of no other that the one on its way was made for."""
        if pending.replaces != file.key_id:
            raise CloudError(
                f"{self.title}: a run that was interrupted left a key in {key_file.pending(self._path)}, and another "
                "key has come to its place since. Move one of the two files away."
            )

    def _renew(self) -> None:
        """A new key: on its way, known to Google, in its place; then the one that it replaces goes."""
        if self._account is None:
            raise CloudError(f"{self.title}: there is no such service account. Make it first with gcp_service_account.")
        key, key_id = self._pending, None
        if key is not None and key.public is not None:
            key_id = self._keys.id_of(key.public)
        if key is None:
            key = self._pending = self._begin(self._account)
        key_id = key_id or self._keys.upload(key.private, self._account["uniqueId"])
        if self._file and self._known is None:
            key_file.put_by(self._path, self._file)
        key_file.place(self._path, key, key_id, replace=self._file is not None)
        self._finish()

    def _begin(self, account: Json) -> key_file.KeyFile:
        key = key_file.draft(
            account,
            key_material.generate(),
            token_endpoint=self._session.transport.token_endpoint,
            replaces=self._file.key_id if self._file and self._known else "",
        )
        key_file.keep(self._path, key)
        return key

    def _finish(self) -> None:
        if self._pending and self._pending.replaces:
            self._keys.delete(self._pending.replaces)
        files.remove(key_file.pending(self._path))
        self._pending = None

    def _set_mode(self) -> None:
        key_file.close(self._path)

    def _delete(self) -> None:
        """Google's halves first: as long as one is left, so is the file that says which. An account that is gone has
        taken them with it."""
        pending = self._pending
        if self._account is not None:
            if self._file:
                self._keys.delete(self._file.key_id)
            if pending and pending.public and (self._file is None or pending.public != self._file.public):
                key_id = self._keys.id_of(pending.public)
                if key_id:
                    self._keys.delete(key_id)
            if pending and pending.replaces:
                self._keys.delete(pending.replaces)
        files.remove(self._path)
        files.remove(key_file.pending(self._path))


WRITERS: Mapping[str, Callable[[ServiceAccountKey], None]] = {
    "finish": ServiceAccountKey._finish,
    "set_mode": ServiceAccountKey._set_mode,
    "delete": ServiceAccountKey._delete,
}


def check(params: Mapping[str, Any]) -> None:
    """CloudError for options that cannot be."""
    check_id(params["account_id"])
    if params["rotate_after"] is not None and params["rotate_after"] < 1:
        raise CloudError(f"rotate_after is {params['rotate_after']}, and has to be a number of days, 1 or more.")
    key_material.check_library()
