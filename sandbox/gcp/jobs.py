# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Long-running operations of the APIs beside Compute Engine: what they do is done when their time has come."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sandbox.gcp.cloud import Call, Cloud, handles
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError

HOST = "//operations/"
NOTHING_TO_DO = "operations/noop.DONE_OPERATION"
INTERNAL = 13
KEPT = 200

Effect = Callable[[], Json]


def start(call: Call, prefix: str, delay: str | None, effect: Effect, metadata: Json | None = None) -> Json:
    """An operation whose effect (its result) shows at once to whoever knows where to look, but is done after a delay.

    With a fault injected nothing is changed, and the operation ends in an error.
    """
    store = call.cloud.store
    name = f"operations/{prefix}.{secrets.randbelow(9 * 10**18) + 10**18}"
    due = call.cloud.settings.now() + (call.cloud.settings.delay(delay) if delay else 0.0)
    with store.change():
        if call.fault:
            message = f"{call.fault.code}: {call.fault.message}"
            ended: Json = {"error": {"code": INTERNAL, "message": message}}
        else:
            ended = {"response": effect()}
        store.resources[HOST + name] = {"name": name, **({"metadata": metadata} if metadata else {}), **ended}
        store.notes[HOST + name] = {"due": due}
        for path in [path for path in store.notes if path.startswith(HOST)][:-KEPT]:
            del store.resources[path], store.notes[path]
    return shown(call.cloud, name)


def shown(cloud: Cloud, name: str) -> Json:
    """An operation as it is now."""
    if name == NOTHING_TO_DO:
        return {"name": name, "done": True, "response": {}}
    found = cloud.store.resources.get(HOST + name)
    if found is None:
        raise ApiError(404, "notFound", f"Operation id '{name.removeprefix('operations/')}' not found.")
    if cloud.store.notes[HOST + name]["due"] <= cloud.settings.now():
        return {**found, "done": True}
    return {key: value for key, value in found.items() if key in ("name", "metadata")}


@handles("cloudresourcemanager.operations.get", "cloudresourcemanager.v1.operations.get", "serviceusage.operations.get")
def get_operation(call: Call) -> Json:
    """operations.get of any API: all of them are served under one root, where their names differ by prefix."""
    return shown(call.cloud, call.params["name"])
