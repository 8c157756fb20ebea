# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a request becomes an answer: signature, faults, validation, action, hosts, log."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import flask
from moto.core.request import Request
from moto.core.responses import BaseResponse
from moto.iam.responses import IamResponse

from sandbox.aws import faults, guests, power, signature, validation
from sandbox.aws.cloud import Cloud
from sandbox.aws.ec2 import Ec2
from sandbox.aws.errors import AwsError, unsupported
from sandbox.aws.log import redacted
from sandbox.aws.ssm import Ssm
from sandbox.aws.sts import Sts
from sandbox.faults import ConnectionDroppedError, hang_up

if TYPE_CHECKING:
    from sandbox.aws.app import Sandbox

log = logging.getLogger(__name__)

_READING = ("Describe", "Get", "List")
# It makes something, whatever its name says.
_WRITING = ("sts.GetSessionToken",)
# What shows instances, some of which may turn out to be off.
_LOOKING = ("ec2.DescribeInstances", "ec2.DescribeInstanceStatus")
# What answers at once and may fail later; a fault of that kind fails anything else at once.
_TAKING_TIME = ("ec2.RunInstances", "ec2.StartInstances", "ec2.ModifyVolume")


class AwsRequest(Request, flask.Request):
    """A request as moto takes it from a server."""

    from_wsgi_server = True


@dataclasses.dataclass(frozen=True)
class Service:
    """An API: its wire protocol, and what answers its calls."""

    protocol: str
    responder: Callable[[Cloud, tuple[str, str] | None], BaseResponse]


SERVICES = {
    "ec2": Service("ec2", Ec2),
    "ssm": Service("json", lambda cloud, _fault: Ssm(cloud)),
    "sts": Service("query", lambda cloud, _fault: Sts(cloud)),
    "iam": Service("query", lambda _cloud, _fault: IamResponse()),
}


@dataclasses.dataclass
class _Call:
    """What is known of a call, as far as it has come; the log wants it whatever happens."""

    protocol: str = "ec2"
    method: str | None = None
    region: str = ""
    params: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def mutating(self) -> bool:
        """Whether the call may change something."""
        if self.method is None or self.method in _WRITING:
            return self.method is not None
        return not self.method.partition(".")[2].startswith(_READING)


def answer(sandbox: Sandbox) -> flask.Response:
    """Answers an API call."""
    call = _Call()
    try:
        response = _carried_out(sandbox, call)
    except ConnectionDroppedError:
        _log(sandbox, call, 0)
        hang_up()
        raise
    except AwsError as error:
        response = _refusal(call, error)
    except NotImplementedError as error:
        response = _refusal(call, unsupported(f"{call.method}: {error}"))
    except Exception as error:
        log.exception("Answering %s failed", call.method)
        text = f"Internal error in the sandbox: {type(error).__name__}: {error}"
        response = _refusal(call, AwsError("InternalError", text, 500))
    _log(sandbox, call, response.status_code)
    return response


def _carried_out(sandbox: Sandbox, call: _Call) -> flask.Response:
    request = flask.request
    claim = signature.scope(request)
    service = SERVICES.get(claim.service)
    if service is None:
        raise unsupported(f"the service {claim.service}")
    call.protocol, call.region = service.protocol, claim.region
    signature.check(request, claim, sandbox.cloud, service.protocol)
    model = validation.operation(claim.service, service.protocol, request)
    call.method = f"{claim.service}.{model.name}"
    fault = sandbox.faults.take(call.method, claim.region)
    if fault:
        faults.before(fault, service.protocol)
    call.params = validation.parameters(model, service.protocol, request)
    failure = faults.operation(fault) if fault else None
    if failure and call.method not in _TAKING_TIME:
        raise AwsError(*failure)
    try:
        return _dispatched(sandbox.cloud, service, call, failure)
    finally:  # a refusal is an answer too
        if fault:
            fault.after()


def _dispatched(cloud: Cloud, service: Service, call: _Call, failure: tuple[str, str] | None) -> flask.Response:
    power.settle(cloud)
    if call.method in _LOOKING:
        power.refresh(cloud)
    # moto tells accounts apart by this header: each sandbox has one of its own.
    flask.request.environ["HTTP_X_MOTO_ACCOUNT_ID"] = cloud.key.account
    responder = service.responder(cloud, failure)
    with cloud.change() if call.mutating else cloud.lock:
        status, headers, body = responder._dispatch(cast(Request, flask.request))
    if call.mutating:
        guests.push(cloud)
    return flask.Response(body, int(status), {name: str(value) for name, value in headers.items() if name != "status"})


def _refusal(call: _Call, error: AwsError) -> flask.Response:
    body, content_type = error.body(call.protocol)
    return flask.Response(body, error.status, content_type=content_type)


def _log(sandbox: Sandbox, call: _Call, status: int) -> None:
    request = flask.request
    sandbox.log.append(
        {
            "time": time.time(),
            "method": call.method,
            "http": request.method,
            "path": call.region,
            "query": {},
            "body": redacted(call.params),
            "status": status,
            "mutating": call.mutating,
            "user_agent": request.headers.get("User-Agent", ""),
        }
    )
