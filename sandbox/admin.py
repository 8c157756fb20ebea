# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each cloud's own paths under /_sandbox: health, reset, settings, clock, request log, faults. They need no
credentials."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flask

from sandbox.driver import HostError, Hosts
from sandbox.faults import Fault, Faults
from sandbox.log import RequestLog

Answer = tuple[dict[str, Any], int]


@dataclasses.dataclass(frozen=True)
class Levers:
    """What each cloud does in its own way: say how it is, start over, show its settings, change some of them
    (ValueError says what is wrong with them), and put its clock forward by some seconds."""

    health: Callable[[], dict[str, Any]]
    reset: Callable[[], Answer]
    settings: Callable[[], dict[str, Any]]
    change_settings: Callable[[Any], None]
    advance: Callable[[float], None]


def blueprint(log: RequestLog, faults: Faults, levers: Levers) -> flask.Blueprint:
    """The routes."""
    routes = flask.Blueprint("admin", __name__, url_prefix="/_sandbox")
    routes.add_url_rule("/health", "health", levers.health, methods=["GET"])
    routes.add_url_rule("/reset", "reset", levers.reset, methods=["POST"])
    routes.add_url_rule("/settings", "settings", levers.settings, methods=["GET"])
    _serve_levers(routes, levers)
    _serve_log(routes, log)
    _serve_faults(routes, faults)
    return routes


def _serve_levers(routes: flask.Blueprint, levers: Levers) -> None:
    @routes.post("/settings")
    def change_settings() -> Answer:
        try:
            levers.change_settings(flask.request.get_json(force=True, silent=True))
        except ValueError as error:
            return {"error": f"Not settings: {error}."}, 400
        return levers.settings(), 200

    @routes.post("/clock")
    def advance_clock() -> Answer:
        payload = flask.request.get_json(force=True, silent=True)
        seconds: Any = payload.get("seconds") if isinstance(payload, dict) else None
        if type(seconds) not in (int, float) or seconds < 0:
            return {"error": "Give an object with seconds, by how many to put the clock forward."}, 400
        levers.advance(seconds)
        return {}, 200


def _serve_log(routes: flask.Blueprint, log: RequestLog) -> None:
    @routes.get("/requests")
    def requests() -> dict[str, Any]:
        """The calls, and the mark since which the next ones can be asked for."""
        asked, mark = flask.request.args, log.mark
        mutating, since = asked.get("mutating", "0") not in ("0", "false"), asked.get("since", 0, int)
        return {"requests": log.read(mutating=mutating, since=since), "mark": mark}

    @routes.delete("/requests")
    def forget_requests() -> tuple[str, int]:
        log.clear()
        return "", 204


def _serve_faults(routes: flask.Blueprint, faults: Faults) -> None:
    @routes.get("/faults")
    def pending_faults() -> dict[str, Any]:
        return {"faults": faults.list(), "held": faults.gate.waiting}

    @routes.post("/faults")
    def add_faults() -> Answer:
        """One fault, or a list of them of which none is taken where one is wrong."""
        given = flask.request.get_json(force=True, silent=True)
        try:
            parsed = [Fault.parse(item) for item in (given if isinstance(given, list) and given else [given])]
        except ValueError as error:
            return {"error": f"Not a fault: {error}."}, 400
        for fault in parsed:
            faults.add(fault)
        return {"faults": faults.list()}, 200

    @routes.post("/release")
    def release() -> tuple[str, int]:
        """Lets held calls go on."""
        faults.gate.open()
        return "", 204

    @routes.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        faults.clear()
        return "", 204


def delete_hosts(hosts: Hosts, names: Iterable[str]) -> list[str]:
    """Deletes hosts side by side; returns why some could not be deleted."""

    def delete(name: str) -> str | None:
        try:
            hosts.delete(name)
        except HostError as error:
            return str(error)
        return None

    with ThreadPoolExecutor() as pool:
        return [text for text in pool.map(delete, names) if text]
