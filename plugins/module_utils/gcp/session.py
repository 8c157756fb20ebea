# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compute Engine in one project: its requests, pages and operations; and the way to the other APIs."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from ..resource import CloudError, NotFoundError
from . import errors
from .api import Api
from .transport import Call, Json, Transport, open_transport, pages

NO_PROJECT = "projectNotGiven"

T = TypeVar("T")


class Session:
    """What a resource is given. Its own methods speak to Compute Engine, api() to the other services.

    timeout is the longest wait for one operation, in seconds.
    """

    def __init__(self, project: str | None, transport: Transport, *, timeout: float = 600.0) -> None:
        self.transport = transport
        self._project = project
        self._timeout = timeout

    @property
    def project(self) -> str:
        """The project's id; CloudError where none is given. A project itself can be managed without."""
        if not self._project:
            raise CloudError(
                "No Google Cloud project is given: set the option project or GOOGLE_CLOUD_PROJECT to its id.",
                reason=NO_PROJECT,
            )
        return self._project

    @property
    def calls(self) -> int:
        """The API requests sent so far, retries included, tokens not."""
        return self.transport.calls

    def api(self, service: str) -> Api:
        """Another service, over the same connection."""
        return Api(service, self.transport, project=self._project or "", timeout=self._timeout)

    def get(self, path: str, query: Mapping[str, str] | None = None, *, project: str | None = None) -> Json:
        """GET below the project; NotFoundError where the object is missing."""
        return self._send("GET", f"projects/{project or self.project}/{path}".rstrip("/"), query=query)

    def find(self, path: str, *, project: str | None = None) -> Json | None:
        """get(), with None for an object that does not exist. That its zone or region does not is an error."""
        try:
            return self.get(path, project=project)
        except NotFoundError as error:
            if errors.is_about(error, path):
                return None
            raise

    def settled(self, path: str, done: Callable[[Json], bool]) -> Json:
        """get(), repeated while the object is on its way from one status to another."""
        try:
            return self.until(lambda: self.get(path), done, timeout=self._timeout)
        except TimeoutError as error:
            raise CloudError(f"{path}: not at rest after {self._timeout:g} seconds. Run again later.") from error

    def until(self, read: Callable[[], T], done: Callable[[T], bool], *, timeout: float) -> T:
        """Reads until done; TimeoutError after timeout seconds."""
        return self.transport.until(read, done, timeout=timeout)

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Json]:
        """Every page of a list."""
        return pages(lambda query: self.get(path, query), query)

    def change(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Json:
        """A mutating request: sent with a request id, so that a retry after a lost reply is not done twice, and
        awaited through its operation. Returns the finished operation."""
        full = f"projects/{self.project}/{path}"
        operation = self._send(method, full, body=body, query={**(query or {}), "requestId": str(uuid.uuid4())})
        return self._finish(operation, what=full)

    def remove(self, path: str) -> None:
        """Deletes an object. That it has gone since it was read is as good."""
        try:
            self.change("DELETE", path)
        except NotFoundError as error:
            if not errors.is_about(error, path):
                raise

    def _finish(self, operation: Json, *, what: str) -> Json:
        path = "projects/" + str(operation["selfLink"]).partition("/projects/")[2] + "/wait"
        if not _is_done(operation):
            operation = self.transport.ended(
                lambda: self._send("POST", path), _is_done, operation, what=what, timeout=self._timeout
            )
        failure = errors.from_operation(operation, what=what)
        if failure:
            raise failure
        return operation

    def _send(self, method: str, path: str, *, body: Any = None, query: Mapping[str, str] | None = None) -> Json:
        return self.transport.send(Call("compute", method, path, body, query, project=self.project))


def _is_done(operation: Json) -> bool:
    return operation.get("status") == "DONE"


def named_project(params: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """The project's id by the option, else by the environment."""
    return params.get("project") or environ.get("GCP_PROJECT") or environ.get("GOOGLE_CLOUD_PROJECT")


def connect(params: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Session:
    """A session from a module's or an inventory's options, with the environment behind each; CloudError where they do
    not suffice."""
    environ = os.environ if environ is None else environ
    transport = open_transport(params, environ)
    return Session(named_project(params, environ), transport, timeout=params.get("timeout") or 600)
