# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which project is meant: the one of an id, or the workstation's own among those that begin with a prefix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...resource import CloudError
from .. import errors, ownership
from ..api import Api
from . import project_ids

Json = dict[str, Any]

ACTIVE, DELETED = "ACTIVE", "DELETE_REQUESTED"


class Lookup:
    """id is that of the project, or the one to make it under. given says that it was not made up here."""

    def __init__(self, api: Api, params: Mapping[str, Any]) -> None:
        self._api = api
        self._owner: str = params["workstation"]
        self._prefix: str = params["prefix"] or ""
        self.given = params["prefix"] is None
        if self.given:
            project_ids.check_id(params["project_id"])
            self.id: str = params["project_id"]
        else:
            project_ids.check_prefix(self._prefix)
            self._candidates = project_ids.candidates(self._prefix, self._owner)
            self.id = next(self._candidates)

    @property
    def path(self) -> str:
        """The project's path."""
        return f"v3/projects/{self.id}"

    def find(self) -> Json | None:
        """The project, None for one that is missing or foreign: Google Cloud does not tell these apart."""
        found = self.get()
        if self.given:
            return found
        while found and not self.is_ours(found):
            self.skip()
            found = self.get()
        return found or self._search()

    def get(self) -> Json | None:
        """The project of the id, None as in find()."""
        try:
            return self._api.find(self.path)
        except CloudError as error:
            if not errors.is_denied(error):
                raise
            return None

    def settled(self) -> Json | None:
        """get(), repeated for a minute while nothing is to be seen, as of a project that is being made."""
        try:
            return self.patiently(lambda: self._api.get(self.path))
        except CloudError as error:
            if not errors.is_denied(error):
                raise
            return None

    def patiently(self, work: Callable[[], Json]) -> Json:
        """Work on a project that was made a moment ago, until it is known whose it is."""
        return self._api.patiently(work, errors.is_denied)

    def skip(self) -> None:
        """To the next id that can be tried."""
        self.id = next(self._candidates)

    def is_ours(self, found: Mapping[str, Any]) -> bool:
        """Whether its label says so."""
        return ownership.is_ours(self._owner, labels=found.get("labels"))

    def _search(self) -> Json | None:
        """One made on another computer, or under a later suffix. A search may lag behind, so that what it finds is read
        again."""
        query = {"query": f"labels.{ownership.LABEL}:{self._owner}"}
        hits = [found for page in self._api.pages("v3/projects:search", query) for found in page.get("projects") or ()]
        first = self.id
        known: list[Json] = []
        for hit in hits:
            if self.is_ours(hit) and project_ids.is_made_of(hit["projectId"], self._prefix):
                self.id = hit["projectId"]
                known += filter(None, [self.get()])
        best = [found for found in known if found.get("state") == ACTIVE] or known
        if len(best) > 1:
            raise CloudError(
                f"The projects {' and '.join(sorted(found['projectId'] for found in best))} are marked as belonging to "
                f"the workstation {self._owner!r}. Say with project_id which one is meant."
            )
        self.id = best[0]["projectId"] if best else first
        return best[0] if best else None
