# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The APIs that a project has enabled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...resource import CloudError, State, Step
from .. import errors
from ..session import Session

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+")
# What one call takes. Enabling is all or nothing.
MOST_READ = 30
MOST_ENABLED = 20
# A reading that each API answers with SERVICE_DISABLED until it can be used: the endpoint, and a path below it.
PROBES: Mapping[str, tuple[str, str]] = {
    "cloudbilling.googleapis.com": ("cloudbilling", "v1/projects/{}/billingInfo"),
    "cloudresourcemanager.googleapis.com": ("cloudresourcemanager", "v3/projects/{}"),
    "compute.googleapis.com": ("compute", "projects/{}"),
    "iam.googleapis.com": ("iam", "v1/projects/{}/serviceAccounts"),
}


class Services:
    """Only ever added to: what else a project has enabled, others may need."""

    fields = ("project", "enabled")

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        self._session = session
        self._api = session.api("serviceusage")
        self._names = sorted(set(params["names"]))
        self._wait_usable: bool = params["wait_usable"]
        self._parent = f"v1/projects/{session.project}/services"
        self.title = f"services of the project {session.project}"
        check(self._names)

    def read(self) -> State | None:
        return {"project": self._session.project, "enabled": self._enabled(self._names)}

    def plan(self, live: State | None) -> Sequence[Step]:
        enabled: list[str] = live["enabled"] if live else []
        steps = []
        for chunk in chunks([name for name in self._names if name not in enabled], MOST_ENABLED):
            after = sorted([*enabled, *chunk])
            steps.append(Step("enable", {"enabled": enabled}, {"enabled": after}))
            enabled = after
        return steps

    def apply(self, step: Step) -> None:
        names = [name for name in step.after["enabled"] if name not in step.before["enabled"]]
        operation = self._api.write("POST", f"{self._parent}:batchEnable", {"serviceIds": names}, repeatable=True)
        self._api.finish(operation, version="v1", what=self.title)
        self._await(names)
        for name in names if self._wait_usable else ():
            self._probe(name)

    def warnings(self) -> Sequence[str]:
        return ()

    def _enabled(self, names: Sequence[str]) -> list[str]:
        """Those of the names that are enabled."""
        project = f"projects/{self._session.project}/services"
        found: list[Mapping[str, Any]] = []
        for chunk in chunks(names, MOST_READ):
            query = {"names": [f"{project}/{name}" for name in chunk]}
            found += self._api.get(f"{self._parent}:batchGet", query).get("services") or []
        return sorted(str(service["name"]).rpartition("/")[2] for service in found if service.get("state") == "ENABLED")

    def _await(self, names: Sequence[str]) -> None:
        """Until they count as enabled, which may be a moment after the operation has ended."""
        try:
            self._api.until(lambda: self._enabled(names), lambda found: len(found) == len(names))
        except TimeoutError as error:
            raise CloudError(f"{self.title}: {', '.join(names)} not enabled yet: {error}. Run again later.") from error

    def _probe(self, name: str) -> None:
        """Until the API can be used, which every call waits for. What else its answer is says nothing about that."""
        if name not in PROBES:
            return
        api, path = PROBES[name]
        try:
            self._session.api(api).get(path.format(self._session.project))
        except CloudError as error:
            if error.details.get("reason") in errors.DISABLED:
                raise


def chunks(names: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """The names in portions."""
    for start in range(0, len(names), most):
        yield names[start : start + most]


def check(names: Iterable[str]) -> None:
    """CloudError for what is not the name of an API."""
    wrong = [name for name in names if not NAME.fullmatch(name)]
    if wrong:
        raise CloudError(
            f"{', '.join(map(repr, wrong))}: not the name of a service. Write it in full, as compute.googleapis.com; "
            "list them with: gcloud services list --available"
        )
