# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The external access of a virtual machine: which static address it is to have, and how it gets it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import CloudError
from .. import names
from ..session import Session
from . import instance_shape as shape

IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


def wanted(session: Session, address: str, zones: Sequence[str], attached: str | None, *, title: str) -> Any:
    """The static address to attach as the API answers it, by its name or number, {} where it is not reserved yet.
    attached is the number that the machine has already: it is not asked for again."""
    regions = {names.region_of(zone) for zone in zones}
    if len(regions) > 1:
        raise CloudError(f"{title}: a static address is of one region, and the zones are of {len(regions)}.")
    path = f"regions/{regions.pop()}/addresses"
    if not IPV4.fullmatch(address):
        return session.find(f"{path}/{address}") or {}
    if address == attached:
        return {"address": address}
    pages = session.pages(path, {"filter": f'address = "{address}"'})
    return next((item for page in pages for item in page.get("items") or ()), {})


def check_free(found: Mapping[str, Any], address: str, path: str, *, title: str) -> None:
    """CloudError where the address, found as the API answers it, is not reserved or not for the machine at path."""
    if not found.get("address"):
        region = names.region_of(path.split("/")[1])
        raise CloudError(
            f"{title}: the address {address} is not reserved in {region}. Reserve it first with gcp_address."
        )
    users = [user for user in found.get("users") or () if not user.endswith(path)]
    if users:
        raise CloudError(f"{title}: the address {address} is in use by {names.short(users[0])}. Free it first.")


def swap(session: Session, path: str, found: Mapping[str, Any], address: Mapping[str, Any]) -> None:
    """Gives the machine at path, as the API answers it in found, a static address.

    An interface has one external access at most, so the old one goes first, and the machine cannot be reached for a
    moment. It comes back where the new one cannot be had: the same address if it was static, else an ephemeral one.
    """
    nic, old = shape.access_config(found)
    if old:
        query = {"networkInterface": nic, "accessConfig": str(old.get("name"))}
        session.change("POST", f"{path}/deleteAccessConfig", query=query)
    try:
        _add(session, path, nic, address)
    except CloudError as error:
        if old:
            _put_back(session, path, nic, old, error)
        raise


def _put_back(session: Session, path: str, nic: str, old: Mapping[str, Any], why: CloudError) -> None:
    tier = {"networkTier": old.get("networkTier")}
    ways = [{"address": old["natIP"], **tier}] if old.get("natIP") else []
    refusals = []
    for access in (*ways, tier):
        try:
            return _add(session, path, nic, access)
        except CloudError as error:
            refusals.append(error.message)
    raise CloudError(
        f"{why.message} Nor could an address be given back, so that it may have none now: {refusals[-1]} "
        "Run again to mend it.",
        **why.details,
    ) from why


def _add(session: Session, path: str, nic: str, address: Mapping[str, Any]) -> None:
    session.change("POST", f"{path}/addAccessConfig", shape.external(address), {"networkInterface": nic})
