# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine: what a resource is, what a plan is, and the one place where check mode and diff mode exist.

Nothing here does I/O or knows a cloud. A resource reads its live state, plans ordered steps towards the desired
state and applies one step; reconcile() does the rest.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

State = Mapping[str, Any]

# A stale fingerprint means that somebody else wrote meanwhile: read again, plan again. More than a few in a row
# is not bad luck but a writer that never stops.
STALE_ATTEMPTS = 4


class CloudError(Exception):
    """Anything that ends a task: what happened, to which object, and what to do. Details reach the task's result."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotFoundError(CloudError):
    """The object asked for does not exist."""


class StaleError(CloudError):
    """The object changed between our reading and our writing; nothing was written."""


class UncertainError(StaleError):
    """The reply to a write was lost: whether it was carried out is told by reading again."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One change: its verb, and the managed fields it touches before and after. An empty before means that the
    object is made, an empty after that it is removed."""

    action: str
    before: State
    after: State


class Resource(Protocol):
    """One object of a cloud."""

    @property
    def title(self) -> str:
        """Its name in messages and diffs."""

    @property
    def fields(self) -> Collection[str]:
        """The keys of every state."""

    def read(self) -> State | None:
        """The live state, None if there is no such object."""

    def plan(self, live: State | None) -> Sequence[Step]:
        """The steps, in order, from live to what is desired. Pure; raises CloudError for the impossible."""

    def apply(self, step: Step) -> Step | None:
        """Carries out one step of the plan made from the last state read; returns when it is done, with the step as it
        was taken where that could not be planned."""

    def warnings(self) -> Sequence[str]:
        """What the user should know although nothing is wrong."""


def differences(desired: State, live: State) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of desired that differ, as (before, after). None in desired means not managed."""
    after = {key: value for key, value in desired.items() if value is not None and value != live.get(key)}
    return {key: live.get(key) for key in after}, after


def plan(desired: State | None, live: State | None, *, title: str, immutable: Collection[str] = ()) -> list[Step]:
    """The plan of an object that is made, updated in place and removed in one call each.

    desired is None for an object that is to be absent. A difference in an immutable field raises CloudError, as
    replacing the object would lose what hangs on it.
    """
    if desired is None:
        return [] if live is None else [Step("delete", live, {})]
    if live is None:
        return [Step("create", {}, {key: value for key, value in desired.items() if value is not None})]
    before, after = differences(desired, live)
    refuse_immutable(before, after, title=title, immutable=immutable)
    return [Step("update", before, after)] if after else []


def refuse_immutable(before: State, after: State, *, title: str, immutable: Collection[str]) -> None:
    """Raises CloudError where a field that is fixed at creation differs."""
    fixed = sorted(key for key in after if key in immutable)
    if fixed:
        was = ", ".join(f"{key} is {before[key]!r}, wanted {after[key]!r}" for key in fixed)
        raise CloudError(
            f"{title}: cannot be changed after creation: {was}. Ask for what is there, choose another name, "
            "or remove it first with state=absent.",
            fields=fixed,
        )


def reconcile(resource: Resource, *, check_mode: bool) -> dict[str, Any]:
    """Brings the resource to its desired state and returns the task's result.

    In check mode nothing is applied, and the result has the same keys: actions and diff are those of the real
    run, and a field that only the cloud can know (an id, an address) is None.
    """
    origin = live = resource.read()
    steps = list(resource.plan(live))
    warnings = list(resource.warnings())
    if steps and not check_mode:
        steps, live = _carry_out(resource, steps)
    elif steps:
        live = _predicted(resource, live, steps)
    return {
        "changed": bool(steps),
        "actions": [step.action for step in steps],
        "resource": dict(live) if live is not None else {},
        "diff": _diff(resource.title, origin, steps),
        "warnings": warnings,
    }


def _carry_out(resource: Resource, steps: list[Step]) -> tuple[list[Step], State | None]:
    """Applies the steps, planning anew from a fresh reading where one turns out stale."""
    done: list[Step] = []
    for attempt in range(1, STALE_ATTEMPTS + 1):
        before = len(done)
        try:
            for step in steps:
                taken = resource.apply(step)
                done.append(taken or step)
            break
        except StaleError as stale:
            if attempt == STALE_ATTEMPTS:
                raise CloudError(f"{resource.title}: {_gave_up(stale, attempt)}", **stale.details) from stale
            lost = steps[len(done) - before :][:1] if isinstance(stale, UncertainError) else []
            steps = list(resource.plan(resource.read()))
            done += [step for step in lost if step not in steps]
    return done, resource.read()


def _gave_up(stale: StaleError, attempts: int) -> str:
    if isinstance(stale, UncertainError):
        return f"{stale.message}, {attempts} times. Run again once the API answers."
    return (
        f"changed by somebody else {attempts} times while it was being written. Find out who else writes to it, then "
        "run again."
    )


def _predicted(resource: Resource, live: State | None, steps: Sequence[Step]) -> State | None:
    state: dict[str, Any] | None = dict(live) if live is not None else None
    for step in steps:
        state = {**(state or dict.fromkeys(resource.fields)), **step.after} if step.after else None
    return state


def _diff(title: str, origin: State | None, steps: Sequence[Step]) -> dict[str, Any]:
    """Before and after in the fields that the steps touch; the first before of a field and its last after."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for step in steps:
        before = {**step.before, **before} if origin is not None else {}
        after = {**after, **step.after} if step.after else {}
    return {"before_header": title, "after_header": title, "before": before, "after": after}
