# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a request becomes an answer: route, faults, credentials, validation, access, handler, partial response, log."""

from __future__ import annotations

import json
import logging
import time
import uuid
from typing import TYPE_CHECKING, Any

import flask

from sandbox.faults import ConnectionDroppedError, Fault, hang_up
from sandbox.gcp import apis, faults, fields, validation
from sandbox.gcp.apis import Api
from sandbox.gcp.auth import TokenError, authorize
from sandbox.gcp.cloud import HANDLERS, Call
from sandbox.gcp.discovery import Method
from sandbox.gcp.errors import ApiError, invalid, unsupported
from sandbox.gcp.log import redacted, without_secrets
from sandbox.gcp.resourcemanager import records

if TYPE_CHECKING:
    from sandbox.gcp.app import Sandbox

log = logging.getLogger(__name__)

TOKEN = "oauth2.token"
NO_UUID = uuid.UUID(int=0)


def api(sandbox: Sandbox, path: str) -> flask.Response:
    """Answers an API call."""
    found = apis.route(sandbox.apis, flask.request.method, path)
    if found is None:
        error = ApiError(404, "notFound", f"Not Found: the API has no method for {flask.request.method} {path}")
        return _logged(sandbox, None, path, _answer(error.status, error.body()))
    interface, method, arguments = found
    return _faulty(
        sandbox,
        method.id,
        path,
        method,
        lambda fault: _call(sandbox, interface, method, arguments, fault),
        listed=interface.document.lists_errors,
    )


def token(sandbox: Sandbox) -> flask.Response:
    """Answers a call of the OAuth token endpoint."""

    def exchange(_fault: Fault | None) -> flask.Response:
        try:
            return _answer(200, sandbox.authority.exchange(flask.request.form))
        except TokenError as error:
            return _answer(400, error.body)

    return _faulty(sandbox, TOKEN, "/token", None, exchange)


def _faulty(
    sandbox: Sandbox, name: str, path: str, method: Method | None, work: Any, *, listed: bool = True
) -> flask.Response:
    """Does the work, or what a fault asks for instead; logs the call either way."""
    fault = sandbox.faults.take(name, path)
    try:
        if fault:
            faults.before(fault)
        try:
            response: flask.Response = work(fault)
        finally:  # a refusal is an answer too
            if fault:
                fault.after()
    except ConnectionDroppedError:
        _log(sandbox, name, path, method, 0)
        hang_up()
        raise
    except ApiError as error:
        response = _answer(error.status, error.body(listed=listed), error.headers)
    except Exception as error:
        log.exception("Answering %s failed", name)
        text = f"Internal error in the sandbox: {type(error).__name__}: {error}"
        response = _answer(500, ApiError(500, "internalError", text).body(listed=listed))
    return _logged(sandbox, name, path, response, method)


def _call(
    sandbox: Sandbox, interface: Api, method: Method, arguments: dict[str, str], fault: Fault | None
) -> flask.Response:
    principal = sandbox.authority.authenticate(flask.request.headers.get("Authorization"), interface.document.audience)
    authorize(principal, method.scopes)
    if method.id not in HANDLERS:
        raise unsupported(method.id)
    params = validation.parameters(interface.document, method, arguments, flask.request.args.to_dict(flat=False))
    if params.get("alt", "json") != "json":
        raise unsupported(f"alt={params['alt']}")
    body = validation.body(interface.document, method, _payload())
    mask = fields.parse(params["fields"], interface.document, method.response) if params.get("fields") else {}
    failure = faults.operation(fault) if fault else None
    quota_project = flask.request.headers.get("X-Goog-User-Project")
    with sandbox.cloud.store.lock:
        _name_by_id(sandbox, params)
        call = Call(sandbox.cloud, interface.document, method, params, body, principal, failure, quota_project)
        interface.check_access(call)
    answer = _handle(call)
    with sandbox.cloud.store.lock:
        return _answer(200 if method.response else 204, fields.apply(mask, answer))


def _name_by_id(sandbox: Sandbox, params: dict[str, Any]) -> None:
    """Compute Engine's paths may have a project's number, but what is kept has its id."""
    found = records.project(sandbox.cloud.store, str(params.get("project")))
    if found:
        params["project"] = found["projectId"]


def _handle(call: Call) -> dict[str, Any]:
    registration = HANDLERS[call.method.id]
    if not registration.locked:
        return registration.handler(call)
    with call.cloud.store.lock:
        return _once(call) if call.params.get("requestId") else registration.handler(call)


def _once(call: Call) -> dict[str, Any]:
    """A call with a request id is carried out once; repeated, it gets the operation of the first time."""
    store = call.cloud.store
    key = f"{_request_id(call)} {call.method.id} {call.path}"
    operation = store.resources.get(store.requests.get(key, ""))
    if operation is not None:
        return dict(operation)
    answer = HANDLERS[call.method.id].handler(call)
    with store.change():
        store.requests[key] = answer["selfLink"].split("/compute/v1/", 1)[-1]
    return answer


def _request_id(call: Call) -> uuid.UUID:
    given = call.params["requestId"]
    try:
        found = uuid.UUID(given)
    except ValueError as error:
        raise invalid("requestId", given, "Must be a valid UUID.") from error
    if found == NO_UUID:
        raise invalid("requestId", given, "The zero UUID is not supported.")
    return found


def _payload() -> Any:
    data = flask.request.get_data()
    if not data.strip():
        return None
    try:
        return json.loads(data)
    except ValueError as error:
        raise ApiError(400, "parseError", f"Parse Error: the body is not JSON: {error}") from error


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> flask.Response:
    text = "" if status == 204 else json.dumps(body, indent=2) + "\n"
    return flask.Response(text, status, headers, content_type="application/json; charset=UTF-8")


def _logged(
    sandbox: Sandbox, name: str | None, path: str, response: flask.Response, method: Method | None = None
) -> flask.Response:
    _log(sandbox, name, path, method, response.status_code)
    return response


def _log(sandbox: Sandbox, name: str | None, path: str, method: Method | None, status: int) -> None:
    request = flask.request
    sandbox.log.append(
        {
            "time": time.time(),
            "method": name,
            "http": request.method,
            "path": path,
            "query": without_secrets(request.args.to_dict(flat=False)),
            "body": _body_to_log(method),
            "status": status,
            "mutating": method is not None and method.mutating,
            "user_agent": request.headers.get("User-Agent", ""),
        }
    )


def _body_to_log(method: Method | None) -> Any:
    """Of a token request only the kind is kept."""
    if method is None:
        return {"grant_type": flask.request.form.get("grant_type")} if flask.request.path == "/token" else None
    try:
        return redacted(_payload())
    except ApiError:
        return None
