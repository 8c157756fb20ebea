# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One credential and one connection for every Google API: requests, their retries, and what they count to."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .. import endpoint, wait
from ..resource import CloudError, UncertainError
from . import credentials, errors

if TYPE_CHECKING:
    import requests

# As gcloud's own endpoint overrides have them: Compute Engine's with its version, the others' without one.
ENDPOINTS: Mapping[str, str] = {
    "cloudbilling": "https://cloudbilling.googleapis.com/",
    "cloudresourcemanager": "https://cloudresourcemanager.googleapis.com/",
    "compute": "https://compute.googleapis.com/compute/v1/",
    "iam": "https://iam.googleapis.com/",
    "iamcredentials": "https://iamcredentials.googleapis.com/",
    "serviceusage": "https://serviceusage.googleapis.com/",
}
OVERRIDE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
ATTEMPTS = 5
# A call that waits on the server holds the line for up to two minutes; anything else is quick.
READ_TIMEOUT = 150.0
CONNECT_TIMEOUT = 10.0
# An API that was enabled a moment ago is not known to be so everywhere for a minute or two.
SPREADING = 12
# Waiting on the server is best-effort and may come back at once.
PAUSE = 1.0

Json = dict[str, Any]
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Call:
    """One request: path is below the service's endpoint; project the one that errors are explained for.

    repeatable says that sending it twice does what sending it once does, so that it is sent again where the reply to
    it was lost.
    """

    service: str
    method: str
    path: str
    body: Any = None
    query: Mapping[str, Any] | None = None
    project: str = ""
    repeatable: bool = True


class Transport:
    """calls counts the API requests sent, retries included, tokens not."""

    def __init__(
        self,
        http: requests.Session,
        *,
        endpoints: Mapping[str, str] = ENDPOINTS,
        quota_project: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls = 0
        self.http = http
        self.sleep = sleep
        self._endpoints = endpoints
        self._headers = {"X-Goog-User-Project": quota_project} if quota_project else {}

    def until(self, read: Callable[[], T], done: Callable[[T], bool], *, timeout: float) -> T:
        """Reads until done; TimeoutError after timeout seconds."""
        return wait.poll(read, done, timeout=timeout, pause=PAUSE, sleep=self.sleep)

    def ended(
        self, read: Callable[[], Json], done: Callable[[Json], bool], operation: Json, *, what: str, timeout: float
    ) -> Json:
        """An operation once it is done, read again and again; CloudError after timeout seconds."""
        try:
            return self.until(read, done, timeout=timeout)
        except TimeoutError as error:
            raise CloudError(
                f"{what}: still in progress after {timeout:g} seconds. It goes on in the cloud: run again to pick it "
                "up, or raise the option timeout.",
                operation=operation.get("name"),
            ) from error

    def send(self, call: Call) -> Json:
        """The answer's body. Retried while it is worth it, and while an API that is enabled is said not to be;
        UncertainError where the reply is lost to a call that may not be repeated, any other CloudError where it is
        refused."""
        pauses = wait.backoff(SPREADING)
        while True:
            try:
                return self._send(call)
            except CloudError as error:
                if not self._is_spreading(error):
                    raise
                pause = next(pauses, None)
                if pause is None:
                    raise CloudError(
                        f"{call.path}: {error.details['service']} is enabled in {error.details['consumer']} and cannot "
                        "be used yet. Run again in a few minutes.",
                        **error.details,
                    ) from error
            self.sleep(pause)

    def _is_spreading(self, error: CloudError) -> bool:
        """Whether an API that is said to be disabled is enabled, and this is only not known everywhere yet."""
        if error.details.get("reason") not in errors.DISABLED:
            return False
        path = f"v1/{error.details['consumer']}/services/{error.details['service']}"
        try:
            return self._send(Call("serviceusage", "GET", path)).get("state") == "ENABLED"
        except CloudError:
            return False

    def _send(self, call: Call) -> Json:
        """One call, whatever the API makes of it."""
        pauses = wait.backoff(ATTEMPTS)
        while True:
            pause = next(pauses, None)
            reply = self._attempt(call, last=pause is None)
            if reply is not None:
                status, content, retry_after = reply
                if status < 300:
                    return content
                if pause is None or not errors.is_transient(status, content):
                    raise errors.from_response(
                        status, content, what=call.path, project=call.project, service=call.service
                    )
                if not call.repeatable and not errors.is_refused(status, content):
                    raise _uncertain(call, f"HTTP status {status}")
                pause = max(pause, retry_after)
            self.sleep(pause or 0.0)

    def _attempt(self, call: Call, *, last: bool) -> tuple[int, Json, float] | None:
        """(status, body, seconds to wait by the server's word); None for a lost connection worth another try."""
        import requests
        from google.auth import exceptions

        self.calls += 1
        url = f"{self._endpoints[call.service].rstrip('/')}/{call.path}"
        try:
            response = self.http.request(
                call.method,
                url,
                params=dict(call.query or {}),
                data=None if call.body is None else json.dumps(call.body),
                headers={**self._headers, **({"Content-Type": "application/json"} if call.body is not None else {})},
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            )
        except exceptions.RefreshError as error:
            raise credentials.refused(error) from error
        except (requests.RequestException, exceptions.TransportError) as error:
            if not call.repeatable:
                raise _uncertain(call, str(error)) from error
            if last:
                where = self._endpoints[call.service].rstrip("/")
                raise CloudError(f"{call.path}: no answer from {where} in {ATTEMPTS} attempts: {error}") from error
            return None
        return response.status_code, _json(response), _seconds(response.headers.get("Retry-After"))


def _uncertain(call: Call, why: str) -> UncertainError:
    return UncertainError(f"{call.path}: no answer to the request ({why}), so whether it was carried out is not known")


def _json(response: requests.Response) -> Json:
    try:
        content = response.json() if response.content else {}
    except ValueError:
        content = {"error": {"message": f"{response.status_code} {response.reason}: not JSON"}}
    return content if isinstance(content, dict) else {}


def _seconds(header: str | None) -> float:
    """Retry-After in seconds; its date form is not used by Google Cloud."""
    return float(header) if header and header.isdigit() else 0.0


def pages(get: Callable[[Mapping[str, Any]], Json], query: Mapping[str, Any]) -> Iterator[Json]:
    """Every page of a list; get is given the query of each."""
    token = ""
    while True:
        page = get({**query, **({"pageToken": token} if token else {})})
        yield page
        token = page.get("nextPageToken") or ""
        if not token:
            return


def endpoints(given: Mapping[str, str] | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Each API's endpoint: the option's, else the environment's, else Google's own. CloudError for an API that is not
    used here."""
    given = given or {}
    unknown = sorted(given.keys() - ENDPOINTS.keys())
    if unknown:
        raise CloudError(f"endpoints: {', '.join(unknown)} is none of {', '.join(ENDPOINTS)}.")
    return {name: given.get(name) or environ.get(OVERRIDE + name.upper()) or url for name, url in ENDPOINTS.items()}


def open_transport(params: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Transport:
    """A transport from a module's or an inventory's options, with the environment behind each; CloudError where they do
    not suffice."""
    environ = os.environ if environ is None else environ
    places = endpoints(params.get("endpoints"), environ)
    tokens = params.get("token_endpoint") or environ.get("CLOUDSDK_AUTH_TOKEN_HOST") or credentials.TOKEN_ENDPOINT
    for url in (*places.values(), tokens):
        endpoint.check(url)
    from google.auth.transport.requests import AuthorizedSession

    loaded = credentials.load(credentials.find(params, environ), tokens)
    delegate = params.get("impersonate_service_account") or environ.get("GCP_IMPERSONATE_SERVICE_ACCOUNT")
    if delegate:
        loaded = credentials.impersonate(loaded, delegate, places["iamcredentials"])
    http = AuthorizedSession(loaded)  # type: ignore[no-untyped-call]
    if all(map(endpoint.is_local, places.values())):
        http.trust_env = False  # a company's proxy cannot reach this machine's loopback
    quota_project = params.get("quota_project") or environ.get("GOOGLE_CLOUD_QUOTA_PROJECT")
    return Transport(http, endpoints=places, quota_project=quota_project)
