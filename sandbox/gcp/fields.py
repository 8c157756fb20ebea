# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Partial responses: the `fields` parameter that every Google API takes, such as items(name,status),nextPageToken."""

from __future__ import annotations

import re
from typing import Any

from sandbox.gcp.discovery import Document, Json
from sandbox.gcp.errors import ApiError

Mask = dict[str, "Mask"]

_TOKEN = re.compile(r"\s*([\w.$-]+|\*|[(),/])\s*")


def parse(text: str, document: Document, schema: str | None) -> Mask:
    """The mask a selector describes, checked against the response's schema. An empty mask selects everything."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise _invalid(text)
    mask = _selectors(tokens)
    if tokens:
        raise _invalid(text)
    _check(mask, document, {"$ref": schema} if schema else {})
    return mask


def apply(mask: Mask, value: Any) -> Any:
    """What the mask leaves of a value."""
    if not mask:
        return value
    if isinstance(value, list):
        return [apply(mask, item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: apply(_inner(mask, name), item) for name, item in value.items() if name in mask or "*" in mask}


def _inner(mask: Mask, name: str) -> Mask:
    return mask[name] if name in mask else mask["*"]


def _selectors(tokens: list[str]) -> Mask:
    """Consumes selectors up to the end or the closing parenthesis."""
    mask: Mask = {}
    while True:
        name, inner = _selector(tokens)
        mask[name] = _both(mask[name], inner) if name in mask else inner
        if not tokens or tokens[0] != ",":
            return mask
        tokens.pop(0)


def _both(one: Mask, other: Mask) -> Mask:
    """What either of two masks selects; an empty one selects everything."""
    if not one or not other:
        return {}
    shared = {name: _both(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **shared}


def _selector(tokens: list[str]) -> tuple[str, Mask]:
    if not tokens or tokens[0] in "(),/":
        raise _invalid("".join(tokens))
    name = tokens.pop(0)
    if tokens[:1] == ["/"]:
        tokens.pop(0)
        return name, dict([_selector(tokens)])
    if tokens[:1] != ["("]:
        return name, {}
    tokens.pop(0)
    inner = _selectors(tokens)
    if tokens[:1] != [")"]:
        raise _invalid("".join(tokens))
    tokens.pop(0)
    return name, inner


def _check(mask: Mask, document: Document, node: Json) -> None:
    """Refuses a field the schema does not have; a map's keys are free."""
    schema = document.schema(node)
    while schema.get("type") == "array":
        schema = document.schema(schema["items"])
    properties: Json = schema.get("properties", {})
    extra = schema.get("additionalProperties")
    for name, inner in mask.items():
        if name == "*":
            children = [extra] if extra else list(properties.values())
        elif name in properties:
            children = [properties[name]]
        elif extra:
            children = [extra]
        else:
            raise _invalid(name)
        for child in children if name != "*" or extra else ():
            _check(inner, document, child)


def _invalid(text: str) -> ApiError:
    message = f"Invalid field selection {text}"
    return ApiError(400, "invalidParameter", message, location=("parameter", "fields"))
