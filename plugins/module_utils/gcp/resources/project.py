# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A project, and the billing account that pays for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...owned import Owned
from ...resource import CloudError, StaleError, State, Step, UncertainError, differences
from .. import names, ownership
from ..session import Session
from . import project_shape as shape
from .project_lookup import ACTIVE, DELETED, Lookup

Json = dict[str, Any]


class Project(Owned[Session]):
    """Its mark is its label workstation."""

    fields = shape.FIELDS

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        shape.check(params)
        self._api = session.api("cloudresourcemanager")
        self._billing = session.api("cloudbilling")
        self._lookup = Lookup(self._api, params)
        super().__init__(session, params, title=f"project {self._lookup.id}", handover="")
        self._account = params["billing_account"] and f"billingAccounts/{names.short(params['billing_account'])}"
        self._found: Json | None = None
        self._planned: Json = {}
        self._lost = self._made = False

    def read(self) -> State | None:
        self._found = found = self._lookup.find()
        self.title = f"project {self._lookup.id}"
        label = f"{ownership.LABEL}={self._owner}"
        self._handover = f"gcloud alpha projects update {self._lookup.id} --update-labels={label}"
        self._ours = found is None or self._lookup.is_ours(found)
        if found is None:
            return None
        paid = self._account and not self._removing and found.get("state") == ACTIVE
        return shape.from_api(found, self._billing.get(self._billing_path) if paid else {})

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._removing:
            there = live is not None and self._ours and live["state"] == ACTIVE
            return [Step("delete", {"state": ACTIVE}, {"state": DELETED})] if there else []
        if live is None:
            return self._plan_creation()
        if self._ours:
            return self._plan_changes(live)
        if live["state"] != ACTIVE or differences(self._desired(live), live)[1]:
            self._refuse_foreign()
        return []

    def apply(self, step: Step) -> None:
        WRITERS[step.action](self, step.after)

    def warnings(self) -> Sequence[str]:
        if self._removing and self._found is None and self._lookup.given:
            return (f"{self.title} does not exist, or these credentials may not see it; nothing was removed.",)
        if self._ours or self._removing:
            return super().warnings()
        unmarked = f"{self.title} is used as it is, and is not marked as belonging to the workstation {self._owner!r}"
        return (f"{unmarked}. It is never changed or removed unless you hand it over with: {self._handover}",)

    @property
    def _billing_path(self) -> str:
        return f"v1/projects/{self._lookup.id}/billingInfo"

    def _plan_creation(self) -> list[Step]:
        desired = {"project_id": self._lookup.id, **self._desired(None)}
        self._planned = {name: desired[name] for name in shape.TO_API if desired[name] is not None}
        return [Step("create", {}, self._planned), *self._plan_billing({})]

    def _plan_changes(self, live: State) -> list[Step]:
        steps = [] if live["state"] == ACTIVE else [self._plan_undelete(live)]
        before, after = differences(self._desired(live), live)
        if "parent" in after:
            kind, number = after["parent"].split("s/")
            raise CloudError(
                f"{self.title} is in {before['parent'] or 'no organization'}, and {after['parent']} is wanted. Move it "
                f"with: gcloud beta projects move {self._lookup.id} --{kind}={number}"
            )
        if after:
            steps.append(Step("update", before, after))
        return [*steps, *self._plan_billing(live)]

    def _plan_undelete(self, live: State) -> Step:
        if not self._params["undelete"]:
            raise CloudError(
                f"{self.title} is marked for deletion, and its id can never be used again. Set undelete to have it "
                "back, or give another prefix or project_id.",
                lifecycle=live["state"],
            )
        return Step("undelete", {"state": live["state"]}, {"state": ACTIVE})

    def _plan_billing(self, live: State) -> list[Step]:
        before, after = differences({"billing_account": self._account}, live)
        if self._account and not after and not live["billing_enabled"]:
            raise self._closed()
        return [Step("link_billing", before, after)] if after else []

    def _desired(self, live: State | None) -> Json:
        """Labels are laid over what is there; our mark on what is ours. The rest of what is not is only compared."""
        params, ours = self._params, {ownership.LABEL: self._owner} if self._ours else {}
        labels = {**(live["labels"] if live else {}), **names.labels({**(params["labels"] or {}), **ours})}
        desired = {"name": params["name"], "parent": params["parent"], "labels": labels}
        return desired if self._ours else {**desired, "billing_account": self._account}

    def _create(self, after: State) -> None:
        """Tries one id after the other until one is free. Which one that is is only known now, and the step says it."""
        while not self._make({shape.TO_API[name]: value for name, value in after.items()}):
            self._lookup.skip()
            self._planned["project_id"] = self._lookup.id
        self._made = True
        self._lookup.settled()

    def _make(self, body: Json) -> bool:
        """Whether the id was free: then it is ours now."""
        try:
            self._finish(self._api.write("POST", "v3/projects", body))
        except UncertainError:
            self._lost = True
            raise
        except CloudError as error:
            if error.details.get("status") != 409:
                raise
            self._refuse_taken(error)
            return False
        return True

    def _refuse_taken(self, error: CloudError) -> None:
        """A taken id may be ours, of a project that is still being made for a run that did not live to see it."""
        found = self._lookup.get() if self._lookup.given and not self._lost else self._lookup.settled()
        if found and (self._lookup.given or self._lookup.is_ours(found)):
            raise (UncertainError if self._lost else StaleError)(f"{self.title}: made meanwhile") from error
        if self._lookup.given:
            raise CloudError(
                f"{self.title}: the id is taken, by a project that these credentials may not see, or by one that is no "
                "more: ids are unique in the whole world and never given out again. Choose another, or give prefix to "
                "have a suffix added. If a run of yours was interrupted just now, run again in a minute.",
                **error.details,
            ) from error

    def _undelete(self, _after: State) -> None:
        self._finish(self._api.write("POST", f"{self._lookup.path}:undelete", {}))
        self.read()  # the etag that it has now

    def _update(self, after: State) -> None:
        body = {shape.TO_API[name]: value for name, value in after.items()} | {"etag": (self._found or {}).get("etag")}
        query = {"updateMask": ",".join(shape.TO_API[name] for name in after)}
        self._finish(self._api.write("PATCH", self._lookup.path, body, query))

    def _link_billing(self, after: State) -> None:
        def link() -> Json:
            body = {"billingAccountName": after["billing_account"]}
            return self._billing.write("PUT", self._billing_path, body, repeatable=True)

        if not (self._lookup.patiently(link) if self._made else link()).get("billingEnabled"):
            raise self._closed()

    def _delete(self, _after: State) -> None:
        self._finish(self._api.write("DELETE", self._lookup.path))

    def _finish(self, operation: Json) -> None:
        self._api.finish(operation, version="v3", what=self.title)

    def _closed(self) -> CloudError:
        return CloudError(
            f"{self.title} is linked to {self._account}, which is closed and cannot pay. Open it in the console, or "
            "give another; list yours with: gcloud billing accounts list"
        )


WRITERS: Mapping[str, Callable[[Project, State], None]] = {
    "create": Project._create,
    "undelete": Project._undelete,
    "update": Project._update,
    "link_billing": Project._link_billing,
    "delete": Project._delete,
}
