# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the resources of EC2 have in common: tags, one of which says whose an object is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...owned import Owned
from ...resource import State, Step, differences
from .. import tags
from ..session import Session


class Tagged(Owned[Session]):
    """An object whose state has tags. params has tags too; title names the object without its region."""

    def __init__(self, session: Session, params: Mapping[str, Any], *, title: str) -> None:
        handover = _handover("<its id>", params["workstation"])
        super().__init__(session, params, title=f"{title} in {session.region}", handover=handover)

    def _see_whose(self, identifier: str, found: Mapping[str, Any]) -> None:
        """Notes whether an object as the API answers it is ours, and how it would become so."""
        self._ours = tags.from_api(found.get("Tags")).get(tags.OWNER) == self._owner
        self._handover = _handover(identifier, self._owner)

    def _wanted_tags(self, live: State | None) -> dict[str, str]:
        """Ours over what is there: a tag that somebody else set stays."""
        there: Mapping[str, str] = live["tags"] if live else {}
        return {**there, **(self._params["tags"] or {}), tags.OWNER: self._owner}

    def _plan_tags(self, live: State) -> list[Step]:
        before, after = differences({"tags": self._wanted_tags(live)}, live)
        return [Step("set_tags", before, after)] if after else []

    def _set_tags(self, identifier: str, step: Step) -> None:
        wanted = {key: value for key, value in step.after["tags"].items() if step.before["tags"].get(key) != value}
        self._session.call("create_tags", self.title, Resources=[identifier], Tags=tags.to_api(wanted))


def _handover(identifier: str, workstation: str) -> str:
    """The command that marks an existing object."""
    return f"aws ec2 create-tags --resources {identifier} --tags Key={tags.OWNER},Value={workstation}"
