# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a task's options ask a virtual machine to be. None is what they do not manage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...resource import CloudError, State
from .. import names, ownership
from . import instance_shape as shape

Json = dict[str, Any]

# Labels that Google Cloud's own services set.
SYSTEM = "goog-"


def desired(params: Mapping[str, Any], live: State, address: Mapping[str, Any]) -> Json:
    """What can be changed on a machine that exists. live is {} where there is none; address is the static address to
    attach, as the API answers it."""
    metadata = _metadata(params, live)
    account = params["service_account"]
    return {
        "machine_type": params["machine_type"],
        "boot_disk_size": params["boot_disk_size"],
        "labels": _labels(params, live),
        "tags": _tags(params, live),
        "metadata": metadata,
        "ssh": None if metadata is None else shape.ssh_access(metadata),
        "address": params["address"] or None,
        "external_ip": address.get("address"),
        "shielded": _shielded(params, live),
        "deletion_protection": params["deletion_protection"],
        "service_account": _service_account(account) if account else None,
    }


def _labels(params: Mapping[str, Any], live: State) -> dict[str, str]:
    """Labels of others stay in any case where they are Google Cloud's own."""
    exact = params["labels_mode"] == "exact"
    there = {key: value for key, value in live.get("labels", {}).items() if not exact or key.startswith(SYSTEM)}
    return {**there, **names.labels({**(params["labels"] or {}), ownership.LABEL: params["workstation"]})}


def _tags(params: Mapping[str, Any], live: State) -> list[str] | None:
    if params["tags"] is None:
        return None
    there = live.get("tags", ()) if params["tags_mode"] == "merge" else ()
    return sorted({*there, *params["tags"]})


def _metadata(params: Mapping[str, Any], live: State) -> dict[str, str] | None:
    if params["metadata"] is None:
        return None
    there = live.get("metadata", {}) if params["metadata_mode"] == "merge" else {}
    return {**there, **names.texts(params["metadata"])}


def _shielded(params: Mapping[str, Any], live: State) -> dict[str, bool] | None:
    """Options that are not given stay as they are."""
    given = {option: value for option, value in (params["shielded"] or {}).items() if value is not None}
    return {**live.get("shielded", shape.SHIELDED), **given} if given else None


def _service_account(given: Mapping[str, Any]) -> Json:
    if "@" not in given["email"]:
        raise CloudError(f"service_account.email: {given['email']!r} is not an account's full address.")
    return shape.service_account(given)
