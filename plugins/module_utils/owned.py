# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the resources that carry our mark have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from .resource import CloudError, State

S = TypeVar("S")


class Owned(Generic[S]):
    """A named object that is changed or removed only where it is marked as the workstation's own.

    session is the cloud's; params has workstation and state; title names the object in messages; handover is the
    command that marks an existing one.
    """

    def __init__(self, session: S, params: Mapping[str, Any], *, title: str, handover: str) -> None:
        self.title = title
        self._session = session
        self._params = params
        self._owner: str = params["workstation"]
        self._handover = handover
        self._ours = True

    def warnings(self) -> Sequence[str]:
        if self._ours:
            return ()
        return (f"{self.title} is not marked as belonging to the workstation {self._owner!r}; it was left alone.",)

    @property
    def _removing(self) -> bool:
        return bool(self._params["state"] == "absent")

    def _refuse_foreign(self) -> None:
        if not self._ours:
            raise CloudError(
                f"{self.title} exists already and is not marked as belonging to the workstation {self._owner!r}, so it "
                f"is left alone. Choose another name, or hand it over with: {self._handover}",
                foreign=True,
            )

    def _ours_only(self, live: State | None) -> State | None:
        """What there is for us to remove."""
        return live if self._ours else None
