# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google's discovery documents: the methods, paths and schemas of an API, and the router made from them."""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

# The method ids of an older version served beside a newer one carry the version: cloudresourcemanager.v1.projects.get.
OLDER = ("cloudresourcemanager.v1",)
READING = (".wait", ".getIamPolicy", ".testIamPermissions", ".generateAccessToken")


@dataclasses.dataclass(frozen=True)
class Method:
    """One documented method."""

    id: str
    http: str
    path: str
    parameters: Mapping[str, Json]
    request: str | None
    response: str | None
    scopes: tuple[str, ...]
    pattern: re.Pattern[str]

    @property
    def mutating(self) -> bool:
        """Whether a call can change anything; some that cannot are a POST nevertheless."""
        return self.http != "GET" and not self.id.endswith(READING)


class Document:
    """A discovery document."""

    def __init__(self, name: str) -> None:
        text = _read(f"{name}.json")
        self._document: Json = json.loads(text)
        self._ids = (f"{self._document['name']}.", f"{name}.") if name in OLDER else ("", "")
        self.prefix = "/" + self._document["servicePath"].strip("/")
        self.audience = self._document["rootUrl"]
        self.service = self.audience.removeprefix("https://").strip("/")
        # Only the oldest of the APIs has its errors in a list.
        self.lists_errors = self._document["name"] == "compute"
        self.schemas: Mapping[str, Json] = self._document["schemas"]
        self.parameters: Mapping[str, Json] = self._document["parameters"]
        self.methods = {method.id: method for method in map(self._method, _methods(self._document))}
        # More literal segments first: images/family/{family} before images/{image}/….
        self._ordered = sorted(self.methods.values(), key=lambda method: -len(re.findall(r"(?:^|/)[^{/]", method.path)))

    def schema(self, node: Json) -> Json:
        """The schema a node stands for, its reference followed."""
        return self.schemas[node["$ref"]] if "$ref" in node else node

    def match(self, http: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method that answers this HTTP method and path, with its path parameters."""
        for method in self._ordered:
            found = method.pattern.fullmatch(path) if method.http == http else None
            if found:
                return method, {_unmangle(name): value for name, value in found.groupdict().items()}
        return None

    def _method(self, raw: Json) -> Method:
        parameters = raw.get("parameters", {})
        return Method(
            id=raw["id"].replace(*self._ids, 1),
            http=raw["httpMethod"],
            path=raw["path"],
            parameters=parameters,
            request=raw.get("request", {}).get("$ref"),
            response=raw.get("response", {}).get("$ref"),
            scopes=tuple(raw.get("scopes", ())),
            pattern=_pattern(f"{self.prefix}/{raw['path']}".replace("//", "/"), parameters),
        )


@functools.cache
def load(name: str) -> Document:
    """The named document (compute.v1), read once."""
    return Document(name)


def _read(filename: str) -> str:
    try:
        folder = importlib.resources.files("googleapiclient.discovery_cache") / "documents"
        return (folder / filename).read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise RuntimeError(
            f"The discovery document {filename} was not found: the sandbox reads it from the Python package "
            "google-api-python-client. Install requirements-dev.txt into this environment."
        ) from error


def _methods(resource: Json) -> Iterator[Json]:
    yield from resource.get("methods", {}).values()
    for child in resource.get("resources", {}).values():
        yield from _methods(child)


def _pattern(path: str, parameters: Mapping[str, Json]) -> re.Pattern[str]:
    """A path template as a regular expression; {+name} may span segments, as its own pattern says."""

    def group(found: re.Match[str]) -> str:
        name = found[2]
        spans = found[1] == "+"
        inner = parameters[name].get("pattern", ".+").strip("^$") if spans else "[^/]+"
        return f"(?P<{_mangle(name)}>{inner})"

    parts = re.split(r"(\{\+?\w+\})", path)
    return re.compile("".join(re.sub(r"\{(\+?)(\w+)\}", group, p) if p[:1] == "{" else re.escape(p) for p in parts))


def _mangle(name: str) -> str:
    return f"p_{name}"


def _unmangle(name: str) -> str:
    return name[2:]
