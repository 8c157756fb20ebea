# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One credential and one connection for every Google API: requests, their retries, and what they count to."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from .. import endpoint, wait
from ..resource import CloudError, UncertainError
from . import credentials, errors
from .http import Http, Reply, UnansweredError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

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


class TokenlessError(UnansweredError):
    """The request was not sent."""


class Transport:
    """calls counts the API requests sent, retries included, tokens not. token_endpoint is where tokens are asked for
    by those who have to. Threads may share a transport."""

    def __init__(
        self,
        http: Http,
        token: Credentials,
        *,
        endpoints: Mapping[str, str],
        quota_project: str | None = None,
        token_endpoint: str = credentials.TOKEN_ENDPOINT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls = 0
        self.http = http
        self.sleep = sleep
        self.token_endpoint = token_endpoint
        self._token = token
        self._lock = threading.Lock()
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
        where = self._endpoints[call.service].rstrip("/")
        url = f"{where}/{call.path}" + (f"?{urlencode(call.query, doseq=True)}" if call.query else "")
        body = None if call.body is None else json.dumps(call.body).encode()
        try:
            headers = self._authorized({"Content-Type": "application/json"} if body is not None else {})
            reply = self.http.request(call.method, url, body, headers)
        except UnansweredError as error:
            if not (call.repeatable or isinstance(error, TokenlessError)):
                raise _uncertain(call, str(error)) from error
            if last:
                raise CloudError(f"{call.path}: no answer from {where} in {ATTEMPTS} attempts: {error}") from error
            return None
        return reply.status, _json(reply), _seconds(reply.headers.get("retry-after"))

    def _authorized(self, headers: dict[str, str]) -> dict[str, str]:
        """The headers with a token that is good, and who pays; CloudError where none is given."""
        from google.auth import exceptions

        with self._lock:
            self.calls += 1
            try:
                # Not before_request(), which may ask for more than a token.
                if not self._token.valid:
                    self._token.refresh(self.http)
                self._token.apply(headers)
            except exceptions.RefreshError as error:
                raise credentials.refused(error) from error
            except exceptions.TransportError as error:
                raise TokenlessError(f"no token could be asked for: {error}") from error
        return {**headers, **self._headers}


def _uncertain(call: Call, why: str) -> UncertainError:
    return UncertainError(f"{call.path}: no answer to the request ({why}), so whether it was carried out is not known")


def _json(reply: Reply) -> Json:
    try:
        content = json.loads(reply.data) if reply.data else {}
    except ValueError:
        content = {"error": {"message": f"{reply.status} {reply.reason}: not JSON"}}
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
    loaded = credentials.load(credentials.find(params, environ), tokens)
    delegate = params.get("impersonate_service_account") or environ.get("GCP_IMPERSONATE_SERVICE_ACCOUNT")
    if delegate:
        loaded = credentials.impersonate(loaded, delegate, places["iamcredentials"])
    quota_project = params.get("quota_project") or environ.get("GOOGLE_CLOUD_QUOTA_PROJECT")
    return Transport(Http(), loaded, endpoints=places, quota_project=quota_project, token_endpoint=tokens)
