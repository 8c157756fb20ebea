# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Launching an instance once, however often it is tried: in one place after another, under tokens that a later run
makes again.

AWS carries out RunInstances once for a client token. The token here says which workstation, where and of which type, so
that a run after a crash, or after a lost reply, is given the instance that is there already, also while AWS does not
list it yet. What else the request says is not in it: if an image or a tag changed in between, AWS refuses the token
rather than make a twin. A token whose instance has been terminated is used up, so that a generation counts on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from ...resource import CloudError, StaleError
from .. import errors
from ..session import CONSISTENCY, Session
from . import instance_shape as shape
from .catalog import Place

Json = dict[str, Any]
Attempt = tuple[str, Place]

# With these another zone or type may do.
ELSEWHERE = ("InsufficientInstanceCapacity", "InsufficientFreeAddressesInSubnet", "Unsupported", "SpotMaxPriceTooLow")
MISMATCH, USED_UP = "IdempotentParameterMismatch", "IdempotentInstanceTerminated"


def token(region: str, workstation: str, attempt: Attempt, generation: int) -> str:
    """The client token of an attempt: at most 64 characters."""
    instance_type, place = attempt
    words = ("mlops.workstation", region, workstation, str(generation), place.zone, instance_type)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


class Launch:
    """The launch of one workstation's instance. spent are the tokens of those that were terminated."""

    def __init__(self, session: Session, workstation: str, spent: Collection[str], *, title: str) -> None:
        self._session = session
        self._workstation = workstation
        self._spent = spent
        self._title = title

    def run(self, request: Json, attempts: Sequence[Attempt]) -> str:
        """The id of the instance, in the first place that has room for one. StaleError where there is one already that
        was asked for in other words, CloudError where no place has room."""
        full: list[str] = []
        for attempt in attempts:
            try:
                return self._run_at(request, attempt)
            except CloudError as error:
                if not errors.is_code(error, *ELSEWHERE):
                    raise
                full.append(f"{attempt[0]} in {attempt[1].zone} ({error.details['code']})")
        raise CloudError(
            f"{self._title}: no room for {', '.join(full)}. Try later, or name other instance_types, other zones "
            "or another region.",
            code=ELSEWHERE[0],
        )

    def _run_at(self, request: Json, attempt: Attempt) -> str:
        instance_type, place = attempt
        generation = 0
        while True:
            name = token(self._session.region, self._workstation, attempt, generation)
            generation += 1
            if name in self._spent:
                continue
            made = self._ask(shape.placed(request, instance_type, place.subnet, name), name)
            if made is not None:
                return made

    def _ask(self, request: Json, name: str) -> str | None:
        """The id of the new instance; None where the token is used up."""
        try:
            made = self._session.call("run_instances", self._title, **request)["Instances"][0]
        except CloudError as error:
            if not errors.is_code(error, MISMATCH, USED_UP):
                raise
            if errors.is_code(error, MISMATCH):
                self._leave_to_earlier(name)
            return None
        return None if shape.state_of(made) in shape.DEAD else str(made["InstanceId"])

    def _leave_to_earlier(self, name: str) -> None:
        """StaleError where the instance that was made under the token is alive."""
        try:
            found = self._session.until(lambda: self._under(name), bool, self._title, timeout=CONSISTENCY)
        except CloudError as error:
            if errors.is_code(error, errors.TIMEOUT):
                return
            raise
        if any(shape.state_of(instance) not in shape.DEAD for instance in found):
            raise StaleError(f"{self._title}: it was made by an earlier run")

    def _under(self, name: str) -> list[Json]:
        found = self._session.find("describe_instances", "Reservations", self._title, {"client-token": name})
        return [instance for reservation in found for instance in reservation["Instances"]]
