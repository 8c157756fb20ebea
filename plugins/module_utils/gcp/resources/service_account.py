# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service account of a project."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...owned import Owned
from ...resource import CloudError, NotFoundError, StaleError, State, Step, UncertainError, differences, plan
from .. import errors, names, ownership
from ..session import Session

Json = dict[str, Any]

ACCOUNT_ID = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
TEXTS: Mapping[str, str] = {"display_name": "displayName", "description": "description"}
LONGEST: Mapping[str, int] = {"display_name": 100, "description": 256}
SWITCH = {True: "disable", False: "enable"}
# A new account is found by one reading and not by the next; after so many in a row it is there for all.
READINGS = 3


class ServiceAccount(Owned[Session]):
    """Its mark stands at the end of its description."""

    fields = ("account_id", "email", "unique_id", "name", "display_name", "description", "disabled")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        check_id(params["account_id"])
        self._email = names.service_account_email(params["account_id"], session.project)
        handover = (
            f"gcloud iam service-accounts update {self._email} "
            f"--description={ownership.marker(params['workstation'])!r}"
        )
        super().__init__(session, params, title=f"service account {self._email}", handover=handover)
        self._api = session.api("iam")
        self._parent = f"v1/projects/{session.project}/serviceAccounts"
        self._path = f"{self._parent}/{self._email}"
        self._live: State | None = None
        self._lost = False
        self._check_lengths()

    def read(self) -> State | None:
        found = self._find()
        self._ours = found is None or ownership.is_ours(self._owner, description=found.get("description"))
        self._live = None if found is None else from_api(found, self._owner)
        return self._live

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._removing:
            return plan(None, self._ours_only(live), title=self.title)
        self._refuse_foreign()
        steps = plan(self._desired(), live, title=self.title)
        before, after = differences({"disabled": self._params["disabled"]}, live or {"disabled": False})
        return [*steps, Step(SWITCH[after["disabled"]], before, after)] if after else steps

    def apply(self, step: Step) -> None:
        WRITERS[step.action](self, step.after)

    def warnings(self) -> Sequence[str]:
        if not (self._removing and self._ours and self._live):
            return super().warnings()
        undelete = f"gcloud beta iam service-accounts undelete {self._live['unique_id']}"
        return (f"{self.title}: for 30 days it can be had back with its roles and keys: {undelete}",)

    def _find(self) -> Json | None:
        try:
            return self._api.find(self._path)
        except CloudError as error:
            if self._removing or not errors.is_denied(error):
                raise
            return None  # IAM says so of an account that was made a moment ago, too

    def _desired(self) -> Json:
        params = self._params
        return {"account_id": params["account_id"], **{name: params[name] for name in TEXTS}}

    def _create(self, after: State) -> None:
        body = {"accountId": after["account_id"], "serviceAccount": to_api({"description": None, **after}, self._owner)}
        try:
            self._api.write("POST", self._parent, body)
        except UncertainError:
            self._lost = True
            raise
        except CloudError as error:
            if error.details.get("status") != 409:
                raise
            # It was made by a run that never heard so: by this one, or by one that did not live long enough.
            self._wait()
            raise (UncertainError if self._lost else StaleError)(f"{self.title}: made meanwhile") from error
        self._wait()

    def _wait(self) -> None:
        """Until every reading finds the new account."""
        try:
            self._api.patiently(lambda: [self._api.get(self._path) for _reading in range(READINGS)], is_hidden)
        except CloudError as error:
            if not is_hidden(error):
                raise
            raise CloudError(
                f"{self.title}: it was made, and cannot be read yet: {error.message} Run again in a minute.",
                **error.details,
            ) from error

    def _update(self, after: State) -> None:
        fields = [TEXTS[name] for name in TEXTS if name in after]
        body = {"serviceAccount": to_api(after, self._owner), "updateMask": ",".join(fields)}
        self._api.write("PATCH", self._path, body, repeatable=True)

    def _disable(self, _after: State) -> None:
        self._api.write("POST", f"{self._path}:disable", {}, repeatable=True)

    def _enable(self, _after: State) -> None:
        self._api.write("POST", f"{self._path}:enable", {}, repeatable=True)

    def _delete(self, _after: State) -> None:
        self._api.write("DELETE", self._path)

    def _check_lengths(self) -> None:
        description = ownership.marked(self._params["description"], self._owner)
        for field, text in (("display_name", self._params["display_name"] or ""), ("description", description)):
            if len(text.encode()) > LONGEST[field]:
                raise CloudError(
                    f"{self.title}: {field} has {len(text.encode())} bytes, the owner's mark included, and at most "
                    f"{LONGEST[field]} are taken. Shorten it."
                )


WRITERS: Mapping[str, Callable[[ServiceAccount, State], None]] = {
    "create": ServiceAccount._create,
    "update": ServiceAccount._update,
    "disable": ServiceAccount._disable,
    "enable": ServiceAccount._enable,
    "delete": ServiceAccount._delete,
}


def check_id(account_id: str) -> None:
    """CloudError for a name that IAM would not take."""
    if not ACCOUNT_ID.fullmatch(account_id):
        raise CloudError(
            f"{account_id!r} is not the id of a service account: 6 to 30 lower-case letters, digits and hyphens, a "
            "letter first and no hyphen last. It is the part of the email before the @."
        )


def is_hidden(error: CloudError) -> bool:
    """Whether an object may be there all the same, as one that was made a moment ago is."""
    return isinstance(error, NotFoundError) or errors.is_denied(error)


def from_api(found: Mapping[str, Any], owner: str) -> Json:
    """An account as the API answers it, in the module's terms."""
    return {
        "account_id": found["email"].partition("@")[0],
        "email": found["email"],
        "unique_id": found.get("uniqueId"),
        "name": found.get("name"),
        "display_name": found.get("displayName") or "",
        "description": ownership.unmarked(found.get("description"), owner),
        "disabled": bool(found.get("disabled")),
    }


def to_api(state: State, owner: str) -> Json:
    """The texts of a state as the API takes them."""
    body: Json = {}
    if state.get("display_name") is not None:
        body["displayName"] = state["display_name"]
    if "description" in state:
        body["description"] = ownership.marked(state["description"], owner)
    return body
