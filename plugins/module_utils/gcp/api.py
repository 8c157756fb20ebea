# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Google APIs beside Compute Engine: their requests, pages and long-running operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from .. import wait
from ..resource import CloudError, NotFoundError
from . import errors
from .transport import Call, Json, Transport, pages

# What one part of Google Cloud knows, the others learn within a minute or so: nine attempts take about that long.
PATIENCE = 9

T = TypeVar("T")


class Api:
    """One service, such as iam. Paths begin with the version: v1/projects/p/serviceAccounts.

    None of its writes carries a request id, so one whose reply is lost raises UncertainError unless it is said to be
    repeatable. timeout is the longest wait for one operation, in seconds.
    """

    def __init__(self, service: str, transport: Transport, *, project: str = "", timeout: float = 600.0) -> None:
        self._service = service
        self._transport = transport
        self._project = project
        self._timeout = timeout

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        """GET; NotFoundError where the object is missing."""
        return self._send("GET", path, query=query)

    def find(self, path: str, query: Mapping[str, Any] | None = None) -> Json | None:
        """get(), with None for an object that does not exist."""
        try:
            return self.get(path, query)
        except NotFoundError:
            return None

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[Json]:
        """Every page of a list."""
        return pages(lambda query: self.get(path, query), query or {})

    def read(self, path: str, body: Any) -> Json:
        """A POST that changes nothing, such as a policy that is read."""
        return self._send("POST", path, body=body)

    def write(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        *,
        repeatable: bool = False,
    ) -> Json:
        """A request that changes something; its answer's body."""
        return self._send(method, path, body=body, query=query, repeatable=repeatable)

    def finish(self, operation: Json, *, version: str, what: str) -> Json:
        """The response of a long-running operation, once it has ended. CloudError where it failed, or goes on for
        longer than the timeout."""
        if not operation.get("done"):
            path = f"{version}/{operation['name']}"
            operation = self._transport.ended(
                lambda: self.get(path),
                lambda found: bool(found.get("done")),
                operation,
                what=what,
                timeout=self._timeout,
            )
        failure = operation.get("error")
        if failure:
            raise errors.from_status(failure, what=what, project=self._project, service=self._service)
        return dict(operation.get("response") or {})

    def until(self, read: Callable[[], Any], done: Callable[[Any], bool], *, timeout: float | None = None) -> Any:
        """Reads until done; TimeoutError after timeout seconds, by default the longest wait for an operation."""
        return self._transport.until(read, done, timeout=self._timeout if timeout is None else timeout)

    def patiently(self, work: Callable[[], T], passing: Callable[[CloudError], bool], *, attempts: int = PATIENCE) -> T:
        """Does the work, and again after each error that time may mend, with longer and longer pauses."""
        for pause in wait.backoff(attempts):
            try:
                return work()
            except CloudError as error:
                if not passing(error):
                    raise
            self._transport.sleep(pause)
        return work()

    def _send(self, method: str, path: str, **more: Any) -> Json:
        return self._transport.send(Call(self._service, method, path, project=self._project, **more))
