# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS's half of the paths under /_sandbox: how it is, how it behaves, what its clock says, and how to start over."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import flask

from sandbox import admin
from sandbox.driver import HostError

if TYPE_CHECKING:
    from sandbox.aws.app import Sandbox

RESET_SECONDS = 180.0


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """The routes."""
    cloud = sandbox.cloud
    levers = admin.Levers(
        health=lambda: _health(sandbox),
        reset=lambda: _reset(sandbox),
        settings=lambda: dataclasses.asdict(cloud.settings),
        change_settings=cloud.change_settings,
        advance=cloud.advance,
    )
    return admin.blueprint(sandbox.log, sandbox.faults, levers)


def _health(sandbox: Sandbox) -> dict[str, Any]:
    cloud = sandbox.cloud
    with cloud.lock:
        names = sorted(cloud.machines)
    return {"status": "ok", "account": cloud.key.account, "families": sorted(cloud.hosts.families()), "hosts": names}


def _reset(sandbox: Sandbox) -> admin.Answer:
    """Deletes the hosts and forgets the cloud's state; says which hosts could not be deleted."""
    cloud = sandbox.cloud
    sandbox.faults.clear()
    if not cloud.jobs.drain(RESET_SECONDS):
        return {"error": f"Hosts are still being worked on after {RESET_SECONDS:g} seconds; try again."}, 503
    with cloud.lock:
        hosts = sorted(cloud.machines)
        addresses = cloud.addresses()
    failures = admin.delete_hosts(cloud.hosts, hosts)
    if failures:
        return {"error": " ".join(failures)}, 500
    for address in addresses:
        with contextlib.suppress(HostError):
            cloud.hosts.release(address)
    cloud.reset()
    return {"deleted": hosts}, 200
