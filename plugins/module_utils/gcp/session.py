# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One credential, one connection: requests to the Compute Engine API, their retries, pages and operations."""

from __future__ import annotations

import ipaddress
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from .. import wait
from ..resource import CloudError, NotFoundError
from . import credentials, errors

if TYPE_CHECKING:
    import requests

ENDPOINT = "https://compute.googleapis.com/compute/v1"
NO_PROJECT = "projectNotGiven"
ATTEMPTS = 5
# operations.wait holds the line for up to two minutes, so a reply may take that long; anything else is quick.
READ_TIMEOUT = 150.0
CONNECT_TIMEOUT = 10.0
# operations.wait is best-effort and may come back at once.
OPERATION_PAUSE = 1.0

Json = dict[str, Any]
T = TypeVar("T")


class Session:
    """Compute Engine in one project. calls counts the API requests sent, retries included, tokens not.

    timeout is the longest wait for one operation, in seconds.
    """

    def __init__(
        self,
        project: str,
        http: requests.Session,
        *,
        endpoint: str = ENDPOINT,
        timeout: float = 600.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.project = project
        self.calls = 0
        self._http = http
        self._endpoint = endpoint.rstrip("/")
        self._timeout = timeout
        self._sleep = sleep

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
        return wait.poll(read, done, timeout=timeout, pause=OPERATION_PAUSE, sleep=self._sleep)

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Json]:
        """Every page of a list."""
        token = ""
        while True:
            page = self.get(path, {**query, **({"pageToken": token} if token else {})})
            yield page
            token = page.get("nextPageToken") or ""
            if not token:
                return

    def change(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Json:
        """A mutating request: sent with a request id, so that a retry after a lost reply is not done twice, and
        awaited through its operation. Returns the finished operation."""
        full = f"projects/{self.project}/{path}"
        operation = self._send(method, full, body=body, query={**(query or {}), "requestId": str(uuid.uuid4())})
        return self._finish(operation, what=full)

    def _finish(self, operation: Json, *, what: str) -> Json:
        path = "projects/" + str(operation["selfLink"]).partition("/projects/")[2] + "/wait"
        if operation.get("status") != "DONE":
            try:
                operation = self.until(
                    lambda: self._send("POST", path), lambda reply: reply.get("status") == "DONE", timeout=self._timeout
                )
            except TimeoutError as error:
                raise CloudError(
                    f"{what}: still in progress after {self._timeout:g} seconds. It goes on in the cloud: run again "
                    "to pick it up, or raise the option timeout.",
                    operation=operation.get("name"),
                ) from error
        failure = errors.from_operation(operation, what=what)
        if failure:
            raise failure
        return operation

    def _send(self, method: str, path: str, *, body: Any = None, query: Mapping[str, str] | None = None) -> Json:
        """One request, retried while it is worth it."""
        pauses = wait.backoff(ATTEMPTS)
        while True:
            pause = next(pauses, None)
            reply = self._attempt(method, path, body, query, last=pause is None)
            if reply is not None:
                status, content, retry_after = reply
                if status < 300:
                    return content
                if pause is None or not errors.is_transient(status, content):
                    raise errors.from_response(status, content, what=path, project=self.project)
                pause = max(pause, retry_after)
            self._sleep(pause or 0.0)

    def _attempt(
        self, method: str, path: str, body: Any, query: Mapping[str, str] | None, *, last: bool
    ) -> tuple[int, Json, float] | None:
        """(status, body, seconds to wait by the server's word); None for a lost connection worth another try."""
        import requests
        from google.auth import exceptions

        self.calls += 1
        try:
            response = self._http.request(
                method,
                f"{self._endpoint}/{path}",
                params=dict(query or {}),
                data=None if body is None else json.dumps(body),
                headers={"Content-Type": "application/json"} if body is not None else {},
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            )
        except exceptions.RefreshError as error:
            raise CloudError(
                "Google Cloud did not accept the credentials: they have expired, or were revoked. "
                "Renew them with 'gcloud auth application-default login', or give others."
            ) from error
        except (requests.RequestException, exceptions.TransportError) as error:
            if last:
                raise CloudError(f"{path}: no answer from {self._endpoint} in {ATTEMPTS} attempts: {error}") from error
            return None
        return response.status_code, _json(response), _seconds(response.headers.get("Retry-After"))


def _json(response: requests.Response) -> Json:
    try:
        content = response.json() if response.content else {}
    except ValueError:
        content = {"error": {"message": f"{response.status_code} {response.reason}: not JSON"}}
    return content if isinstance(content, dict) else {}


def _seconds(header: str | None) -> float:
    """Retry-After in seconds; its date form is not used by Google Cloud."""
    return float(header) if header and header.isdigit() else 0.0


def is_local(url: str) -> bool:
    """Whether an endpoint is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def connect(params: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Session:
    """A session from a module's or an inventory's options, with the environment behind each; CloudError where they do
    not suffice."""
    environ = os.environ if environ is None else environ
    project = params.get("project") or environ.get("GCP_PROJECT") or environ.get("GOOGLE_CLOUD_PROJECT")
    if not project:
        raise CloudError(
            "No Google Cloud project is given: set the option project or GOOGLE_CLOUD_PROJECT to its id.",
            reason=NO_PROJECT,
        )
    endpoint = params.get("endpoint") or environ.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE") or ENDPOINT
    token_endpoint = params.get("token_endpoint") or environ.get("CLOUDSDK_AUTH_TOKEN_HOST")
    for url in (endpoint, token_endpoint or credentials.TOKEN_ENDPOINT):
        if not (url.startswith("https://") or (url.startswith("http://") and is_local(url))):
            raise CloudError(f"{url}: credentials are sent only over https, or to this machine. Mend the endpoint.")
    from google.auth.transport.requests import AuthorizedSession

    loaded = credentials.load(credentials.find(params, environ), token_endpoint or credentials.TOKEN_ENDPOINT)
    http = AuthorizedSession(loaded)  # type: ignore[no-untyped-call]
    if is_local(endpoint):
        http.trust_env = False  # a company's proxy cannot reach this machine's loopback
    return Session(project, http, endpoint=endpoint, timeout=params.get("timeout") or 600)
