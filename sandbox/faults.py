# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures on demand, for every cloud: the next calls of a method fail, wait, or lose their connection."""

from __future__ import annotations

import dataclasses
import fnmatch
import select
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

import flask

KINDS = ("error", "throttle", "delay", "drop_before", "drop_after", "hold_before", "hold_after", "operation_error")


class ConnectionDroppedError(ConnectionResetError):
    """The answer is to be lost: the server closes the connection instead."""


class Gate:
    """Where held calls wait until they are let through."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._round = 0
        self.waiting = 0

    def wait(self, seconds: float) -> None:
        """Returns when the calls waiting now are let through, or after that time."""
        with self._changed:
            now, self.waiting = self._round, self.waiting + 1
            self._changed.wait_for(lambda: self._round != now, seconds)
            self.waiting -= 1

    def open(self) -> None:
        """Lets everybody through who waits."""
        with self._changed:
            self._round += 1
            self._changed.notify_all()


@dataclasses.dataclass
class Fault:
    """What happens to the next `times` calls whose method and path match; what those are, each cloud says itself.

    A held call waits before it is carried out, or with its answer ready, until it is let through or `seconds` are over:
    time for a test to end the client at exactly this point. One held before is not carried out if its client has gone
    meanwhile, as if the client had ended before it asked.
    """

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

    def __post_init__(self) -> None:
        self.gate = Gate()

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
        elif self.kind == "hold_before":
            self.gate.wait(self.seconds)
            if _has_hung_up():
                raise ConnectionDroppedError

    def after(self) -> None:
        """What happens once it was."""
        if self.kind == "drop_after":
            raise ConnectionDroppedError
        if self.kind == "hold_after":
            self.gate.wait(self.seconds)


class Faults:
    """The faults still to come, tried in the order in which they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []
        self.gate = Gate()

    def add(self, fault: Fault) -> None:
        """Adds one."""
        fault.gate = self.gate
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        """Forgets them all, and lets through whom they hold."""
        with self._lock:
            self._pending.clear()
        self.gate.open()

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
    connection = _connection()
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)


def _has_hung_up() -> bool:
    """Whether the client has closed the connection; it has nothing to say before it has its answer."""
    connection = _connection()
    return connection is not None and bool(select.select([connection], [], [], 0)[0])


def _connection() -> socket.socket | None:
    """The client's connection, None for a client in this process."""
    found: socket.socket | None = flask.request.environ.get("werkzeug.socket")
    return found
