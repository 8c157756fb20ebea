# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures on demand, for every cloud: the next calls of a method fail, wait, or lose their connection."""

from __future__ import annotations

import dataclasses
import fnmatch
import threading
import time
from collections.abc import Mapping
from typing import Any

import flask

KINDS = ("error", "throttle", "delay", "drop_before", "drop_after", "operation_error")


class ConnectionDroppedError(ConnectionResetError):
    """The answer is to be lost: the server closes the connection instead."""


@dataclasses.dataclass
class Fault:
    """What happens to the next `times` calls whose method and path match; what those are, each cloud says itself."""

    method: str
    kind: str
    path: str = "*"
    times: int = 1
    status: int | None = None
    reason: str | None = None
    message: str | None = None
    seconds: float = 1.0
    retry_after: int | None = None
    code: str = "INTERNAL_ERROR"

    @classmethod
    def parse(cls, payload: Any) -> Fault:
        """A fault from its JSON form; ValueError says what is wrong with it."""
        fields = {field.name: str(field.type) for field in dataclasses.fields(cls)}
        if not isinstance(payload, dict) or not {"method", "kind"} <= payload.keys() <= fields.keys():
            raise ValueError(f"give an object with method and kind, and of these what it needs: {', '.join(fields)}")
        if payload["kind"] not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        for name, value in payload.items():
            wanted = {"int": "int", "float": "int float"}.get(fields[name].split(" ")[0], "str")
            if type(value).__name__ not in wanted.split():
                raise ValueError(f"{name} is to be of type {fields[name]}")
        return cls(**payload)

    def matches(self, method: str, path: str) -> bool:
        """Whether this call is one of those."""
        return fnmatch.fnmatchcase(method, self.method) and fnmatch.fnmatchcase(path, self.path)

    def before(self) -> None:
        """What happens before the call is carried out, whichever the cloud; how it says no is its own affair."""
        if self.kind == "delay":
            time.sleep(self.seconds)
        elif self.kind == "drop_before":
            raise ConnectionDroppedError

    def after(self) -> None:
        """What happens once it was."""
        if self.kind == "drop_after":
            raise ConnectionDroppedError


class Faults:
    """The faults still to come, tried in the order in which they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Adds one."""
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        """Forgets them all."""
        with self._lock:
            self._pending.clear()

    def list(self) -> list[Mapping[str, Any]]:
        """Those left, with the times left to them."""
        with self._lock:
            return [dataclasses.asdict(fault) for fault in self._pending]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this call meets, if any; it has one time less from now on."""
        with self._lock:
            fault = next((found for found in self._pending if found.matches(method, path)), None)
            if fault:
                fault.times -= 1
                self._pending = [found for found in self._pending if found.times > 0]
            return fault


def hang_up() -> None:
    """Closes the client's connection, which the exception alone does not do where it is kept alive."""
    connection = flask.request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(2)
