# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests held against the discovery document: what Google would refuse with a 400 is refused here."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.gcp.discovery import Document, Json, Method
from sandbox.gcp.errors import ApiError, invalid, required

# Prose and older revisions of the documents have it on every list method, the shipped one on none.
UNDOCUMENTED_PARAMETERS = {"returnPartialSuccess": {"type": "boolean", "location": "query"}}

INTEGER_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


def parameters(
    document: Document, method: Method, path: Mapping[str, str], query: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Path and query parameters, typed, defaults filled in."""
    known: dict[str, Json] = {**document.parameters, **method.parameters}
    if document.lists_errors and method.id.endswith((".list", ".aggregatedList")):
        known |= UNDOCUMENTED_PARAMETERS
    given: dict[str, Sequence[str]] = {**query, **{name: [value] for name, value in path.items()}}
    result: dict[str, Any] = {}
    for name, values in given.items():
        if name not in known or (known[name].get("location") == "path" and name not in path):
            message = f"Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could not be found"
            raise _bad(f"Invalid JSON payload received. {message} in request message.")
        result[name] = _parameter(name, known[name], values)
    for name, schema in method.parameters.items():
        if name in result:
            continue
        if schema.get("required"):
            raise ApiError(400, "required", f"Required parameter: {name}", location=("parameter", name))
        if "default" in schema:
            result[name] = _scalar(name, schema, schema["default"])
    return result


def _parameter(name: str, schema: Json, values: Sequence[str]) -> Any:
    if schema.get("repeated"):
        return [_scalar(name, schema, value) for value in values]
    if len(values) != 1:
        raise _bad(f"Invalid value at '{name}': the parameter was given {len(values)} times and is not repeated.")
    return _scalar(name, schema, values[0])


def _scalar(name: str, schema: Json, text: str) -> Any:
    kind = schema["type"]
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise _bad(f"Invalid value at '{name}' (TYPE_BOOL), \"{text}\"", name)
        return text.lower() == "true"
    if kind == "integer":
        return _integer(name, schema, text)
    if "enum" in schema and text not in schema["enum"]:
        raise _bad(f"Invalid value at '{name}' (TYPE_ENUM), \"{text}\"", name)
    if "pattern" in schema and not re.fullmatch(schema["pattern"], text):
        pattern = schema["pattern"]
        message = f"Invalid value '{text}'. Values must match the following regular expression: '{pattern}'"
        raise ApiError(400, "invalidParameter", message, location=("parameter", name))
    return text


def _integer(name: str, schema: Json, text: str) -> int:
    low, high = INTEGER_RANGES[schema.get("format", "int32")]
    if name == "maxResults":
        high = 500
    low, high = int(schema.get("minimum", low)), int(schema.get("maximum", high))
    if not re.fullmatch(r"-?\d+", text):
        raise _bad(f"Invalid value at '{name}' (TYPE_{schema.get('format', 'int32').upper()}), \"{text}\"", name)
    if not low <= int(text) <= high:
        message = f"Invalid value '{text}'. Values must be within the range: [{low}, {high}]"
        raise ApiError(400, "invalidParameter", message, location=("parameter", name))
    return int(text)


def body(document: Document, method: Method, payload: Any) -> Json:
    """The request's body, checked; null means unset as in protocol buffers, and is kept where PATCH clears by it."""
    if method.request is None:
        if payload not in (None, {}):
            raise _bad(f"Invalid JSON payload received. {method.id} takes no request body.")
        return {}
    checked: Json = BodyCheck(document, method).value(
        "resource", {"$ref": method.request}, {} if payload is None else payload
    )
    return checked


class BodyCheck:
    """A walk over a body along its schema."""

    def __init__(self, document: Document, method: Method) -> None:
        self.document = document
        self.method = method

    def value(self, path: str, node: Json, value: Any) -> Any:
        """The value, checked and without nulls."""
        schema = self.document.schema(node)
        kind = schema.get("type", "any")
        if kind == "object":
            return self._object(path, schema, value)
        if kind == "array":
            if not isinstance(value, list):
                raise self._mistyped(path, "a list", value)
            return [self.value(f"{path}[{index}]", schema["items"], item) for index, item in enumerate(value)]
        if value is None:
            raise _bad(f"Invalid value at '{path}': null is not allowed here.")
        return self._leaf(path, schema, value)

    def _object(self, path: str, schema: Json, value: Any) -> Json:
        if not isinstance(value, dict):
            raise self._mistyped(path, "an object", value)
        properties: Json = schema.get("properties", {})
        extra = schema.get("additionalProperties")
        result = {}
        for name, item in value.items():
            if name in properties:
                if item is not None:
                    result[name] = self.value(f"{path}.{name}", properties[name], item)
                elif self.method.http == "PATCH":
                    result[name] = None
            elif extra is not None:
                result[name] = self.value(f"{path}.{name}", extra, item)
            else:
                raise _bad(f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field.")
        self._required(path, properties, result)
        return result

    def _required(self, path: str, properties: Json, value: Json) -> None:
        for name, node in properties.items():
            methods = node.get("annotations", {}).get("required", ())
            # A patch leaves out what it does not change; the documents' annotation predates that.
            if self.method.id in methods and self.method.http != "PATCH" and name not in value:
                raise required(f"{path}.{name}")

    def _leaf(self, path: str, schema: Json, value: Any) -> Any:
        check = {"string": self._string, "boolean": self._boolean, "integer": self._number, "number": self._number}
        kind = schema.get("type", "any")
        return check[kind](path, schema, value) if kind in check else value

    def _string(self, path: str, schema: Json, value: Any) -> str:
        form = schema.get("format")
        if form in INTEGER_RANGES:
            return self._long(path, form, value)
        if not isinstance(value, str):
            raise self._mistyped(path, "a string", value)
        if "enum" in schema and value not in schema["enum"]:
            raise _bad(f"Invalid value at '{path}' (TYPE_ENUM), \"{value}\"")
        if form == "byte" and not _base64(value):
            raise _bad(f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed for \"{value}\"")
        if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
            raise invalid(path, value, f"Must be a match of regex '{schema['pattern']}'")
        return value

    def _long(self, path: str, form: str, value: Any) -> str:
        """64-bit numbers travel as strings; Google also takes them as numbers."""
        low, high = INTEGER_RANGES[form]
        good = isinstance(value, str | int) and not isinstance(value, bool) and re.fullmatch(r"-?\d+", str(value))
        if not good or not low <= int(value) <= high:
            raise _bad(f"Invalid value at '{path}' (TYPE_{form.upper()}), {_quoted(value)}")
        return str(int(value))

    def _boolean(self, path: str, _schema: Json, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._mistyped(path, "a boolean", value)
        return value

    def _number(self, path: str, schema: Json, value: Any) -> float:
        whole = schema["type"] == "integer"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise self._mistyped(path, "an integer" if whole else "a number", value)
        low, high = INTEGER_RANGES.get(schema.get("format", ""), (value, value))
        if whole and not low <= value <= high:
            raise _bad(f"Invalid value at '{path}' (TYPE_{schema['format'].upper()}), {value}")
        return float(value) if not whole else value

    def _mistyped(self, path: str, wanted: str, value: Any) -> ApiError:
        return _bad(f"Invalid value at '{path}': {wanted} is expected, {_quoted(value)} was given.")


def _bad(message: str, parameter: str | None = None) -> ApiError:
    location = ("parameter", parameter) if parameter else None
    return ApiError(400, "invalidParameter" if parameter else "badRequest", message, location=location)


def _base64(text: str) -> bool:
    try:
        base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return False
    return True


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
