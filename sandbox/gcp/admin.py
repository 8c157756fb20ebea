# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sandbox's own paths under /_sandbox: health, request log, faults, reset. They need no credentials."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import flask

from sandbox.driver import HostError
from sandbox.gcp.faults import Fault

if TYPE_CHECKING:
    from sandbox.gcp.app import Sandbox

RESET_SECONDS = 180.0


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """The routes."""
    routes = flask.Blueprint("admin", __name__, url_prefix="/_sandbox")

    @routes.get("/health")
    def health() -> dict[str, Any]:
        cloud = sandbox.cloud
        with cloud.store.lock:
            names = sorted(cloud.store.hosts.values())
        return {"status": "ok", "project": cloud.project, "families": sorted(cloud.hosts.families()), "hosts": names}

    @routes.get("/requests")
    def requests() -> dict[str, Any]:
        return {"requests": sandbox.log.read(mutating=flask.request.args.get("mutating", "0") not in ("0", "false"))}

    @routes.delete("/requests")
    def forget_requests() -> tuple[str, int]:
        sandbox.log.clear()
        return "", 204

    @routes.get("/faults")
    def faults() -> dict[str, Any]:
        return {"faults": sandbox.faults.list()}

    @routes.post("/faults")
    def add_fault() -> tuple[dict[str, Any], int]:
        try:
            sandbox.faults.add(Fault.parse(flask.request.get_json(force=True, silent=True)))
        except ValueError as error:
            return {"error": f"Not a fault: {error}."}, 400
        return {"faults": sandbox.faults.list()}, 200

    @routes.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        sandbox.faults.clear()
        return "", 204

    @routes.post("/reset")
    def reset() -> tuple[dict[str, Any], int]:
        return _reset(sandbox)

    return routes


def _reset(sandbox: Sandbox) -> tuple[dict[str, Any], int]:
    """Deletes the hosts and forgets the cloud's state; says which hosts could not be deleted."""
    cloud = sandbox.cloud
    sandbox.faults.clear()
    if not cloud.operations.drain(RESET_SECONDS):
        return {"error": f"Operations are still running after {RESET_SECONDS:g} seconds; try again."}, 503
    with cloud.store.lock:
        hosts = sorted(cloud.store.hosts.values())
        reserved = [item["address"] for _, item in cloud.store.items("addresses")]
    with ThreadPoolExecutor() as pool:
        failures = [text for text in pool.map(lambda name: _delete(sandbox, name), hosts) if text]
    if failures:
        return {"error": " ".join(failures)}, 500
    for address in reserved:
        with contextlib.suppress(HostError):
            cloud.hosts.release(address)
    cloud.store.reset()
    return {"deleted": hosts}, 200


def _delete(sandbox: Sandbox, name: str) -> str | None:
    try:
        sandbox.cloud.hosts.delete(name)
    except HostError as error:
        return str(error)
    return None
