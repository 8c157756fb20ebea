# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Google Cloud's half of the paths under /_sandbox: how it is, how it is to behave, and how to start over."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import flask

from sandbox import admin
from sandbox.config import PROJECT
from sandbox.driver import HostError

if TYPE_CHECKING:
    from sandbox.gcp.app import Sandbox

RESET_SECONDS = 180.0


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """The routes."""
    settings = sandbox.cloud.settings
    levers = admin.Levers(
        health=lambda: _health(sandbox),
        reset=lambda: _reset(sandbox),
        settings=settings.all,
        change_settings=settings.update,
        advance=settings.advance,
    )
    return admin.blueprint(sandbox.log, sandbox.faults, levers)


def _health(sandbox: Sandbox) -> dict[str, Any]:
    cloud = sandbox.cloud
    with cloud.store.lock:
        names = sorted(cloud.store.hosts.values())
    return {"status": "ok", "project": PROJECT, "families": sorted(cloud.hosts.families()), "hosts": names}


def _reset(sandbox: Sandbox) -> admin.Answer:
    """Deletes the hosts and forgets the cloud's state; says which hosts could not be deleted."""
    cloud = sandbox.cloud
    sandbox.faults.clear()
    if not cloud.operations.drain(RESET_SECONDS):
        return {"error": f"Operations are still running after {RESET_SECONDS:g} seconds; try again."}, 503
    with cloud.store.lock:
        hosts = sorted(cloud.store.hosts.values())
        reserved = [item["address"] for _, item in cloud.store.items("addresses")]
    failures = admin.delete_hosts(cloud.hosts, hosts)
    if failures:
        return {"error": " ".join(failures)}, 500
    for address in reserved:
        with contextlib.suppress(HostError):
            cloud.hosts.release(address)
    cloud.store.reset()
    return {"deleted": hosts}, 200
