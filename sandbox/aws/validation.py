# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Holds requests against botocore's own service models: nothing unknown, nothing of a wrong type, nothing missing."""

from __future__ import annotations

import datetime
import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import flask
from botocore.model import OperationNotFoundError
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, RequestDict
from moto.core.utils import get_service_model

from sandbox.aws.errors import AwsError, invalid, missing

Params = dict[str, Any]

# What every query carries beside the operation's own parameters.
_ENVELOPE = ("Action", "Version")
_CAPITAL = re.compile("[A-Z]")
_FILTER_NAME = re.compile(r"<li>\s*<p>\s*<code>([^<]+)</code>")


def operation(service: str, protocol: str, request: flask.Request) -> OperationModel:
    """The operation that a request names."""
    if protocol == "json":
        name = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    else:
        name = request.values.get("Action", "")
    try:
        found: OperationModel = get_service_model(service).operation_model(name)
    except OperationNotFoundError as error:
        raise AwsError("InvalidAction", f"The action {name} is not valid for this web service.") from error
    return found


def parameters(model: OperationModel, protocol: str, request: flask.Request) -> Params:
    """The operation's parameters, typed."""
    params = _json(request) if protocol == "json" else _query(model, protocol, request)
    if model.input_shape is not None:
        _check(model.input_shape, params)
        for name in _filter_names(params):
            _check_filter(model, name)
    return params


def _json(request: flask.Request) -> Params:
    try:
        params = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", f"the body is not JSON: {error}") from error
    if not isinstance(params, dict):
        raise AwsError("SerializationException", "the body is not a JSON object")
    return params


def _query(model: OperationModel, protocol: str, request: flask.Request) -> Params:
    """Parsed and then written again: what does not come back as it was is not what the model knows."""
    given = {name: value for name, value in request.values.items() if name not in _ENVELOPE}
    parser = PROTOCOL_PARSERS[protocol](model)
    try:
        parsed: Params = parser.parse(_request(request)) or {}
    except ValueError as error:
        raise AwsError("InvalidParameterValue", f"A parameter is of a wrong type: {error}") from error
    written = _written(model, protocol, parsed)
    for name, value in given.items():
        if name not in written:
            raise AwsError("UnknownParameter", f"The parameter {name} is not recognized")
        if not _same(value, str(written[name])):
            raise invalid(name, value)
    return parsed


def _request(request: flask.Request) -> RequestDict:
    """A request as moto's parsers take it."""
    return {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": request.get_data(),
        "url_path": request.path,
        "url_params": {},
    }


def _written(model: OperationModel, protocol: str, parsed: Params) -> Mapping[str, Any]:
    request = create_serializer(protocol, include_validation=False).serialize_to_request(_aware(parsed), model)
    body: Mapping[str, Any] = request["body"]
    return body


def _aware(value: Any) -> Any:
    """The parser's times have no zone, and botocore would take them for this machine's."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=datetime.UTC)
    if isinstance(value, dict):
        return {name: _aware(item) for name, item in value.items()}
    return [_aware(item) for item in value] if isinstance(value, list) else value


def _same(given: str, written: str) -> bool:
    """Times and numbers have several ways of being written; words have one, but for the case of a truth value."""
    if given == written or (written in ("true", "false") and given.lower() == written):
        return True
    return given[:1].isdigit() and written[:1].isdigit()


def _check(shape: Any, params: Params) -> None:
    report = ParamValidator().validate(params, shape)
    for kind, name, details in report._errors:
        if kind == "missing required field":
            raise missing(f"{name}.{details['required_name']}".lstrip("."))
    if report.has_errors():
        raise AwsError("InvalidParameterValue", report.generate_report())
    for path, value, values in _foreign(shape, params, ""):
        raise AwsError("InvalidParameterValue", f"Invalid value '{value}' for {path}. Allowed values: {values}")


def _foreign(shape: Any, value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Values that are none of their enumeration's."""
    if shape.type_name == "structure":
        for name, item in value.items():
            yield from _foreign(shape.members[name], item, f"{path}.{name}".lstrip("."))
    elif shape.type_name == "list":
        for item in value:
            yield from _foreign(shape.member, item, path)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield path, value, f"{', '.join(shape.enum[:12])}{' ...' if len(shape.enum) > 12 else ''}"


def _filter_names(params: Params) -> Iterator[str]:
    for entry in params.get("Filters") or params.get("Filter") or ():
        if isinstance(entry, dict) and "Name" in entry:
            yield entry["Name"]


def _check_filter(model: OperationModel, name: str) -> None:
    known = documented_filters(model.service_model.service_name, model.name)
    # Names of old, such as isDefault and defaultForAz, are taken still.
    today = _CAPITAL.sub(lambda found: f"-{found[0].lower()}", name)
    if known and not known & {name, today} and not (name.startswith("tag:") and known & {"tag", "tag:<key>"}):
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")


@cache
def documented_filters(service: str, name: str) -> frozenset[str]:
    """The filters that the model's documentation lists; none where it does not say."""
    members = get_service_model(service).operation_model(name).input_shape.members
    shape = members.get("Filters") or members.get("Filter")
    found = _FILTER_NAME.findall(shape.documentation) if shape is not None else []
    return frozenset(html.unescape(text) for text in found)
