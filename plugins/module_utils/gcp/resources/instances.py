# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The instances of a project, and their disks, found by name, owner and zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import CloudError, NotFoundError
from .. import errors, names, ownership
from ..session import Session
from . import instance_shape as shape

Json = dict[str, Any]

PAGE = "500"


def read(session: Session, params: Mapping[str, Any]) -> Json:
    """The instances that params' name, workstation and zone choose, in the modules' terms."""
    found = map(shape.from_api, listed(session, **{key: params[key] for key in ("name", "workstation", "zone")}))
    return {"instances": sorted(found, key=lambda one: (one["zone"], one["name"]))}


def listed(
    session: Session, *, name: str | None = None, workstation: str | None = None, zone: str | None = None
) -> list[Json]:
    """Instances as the API answers them, of all zones where none is given; 1 call for each 500."""
    terms = {"name": name, f"labels.{ownership.LABEL}": workstation}
    return _listed(session, "instances", terms, zone)


def _listed(session: Session, kind: str, terms: Mapping[str, str | None], zone: str | None = None) -> list[Json]:
    filters = " ".join(f"({field} = {value})" for field, value in terms.items() if value)
    query = {"maxResults": PAGE, **({"filter": filters} if filters else {})}
    if zone:
        return [item for page in session.pages(f"zones/{zone}/{kind}", query) for item in page.get("items") or ()]
    pages = session.pages(f"aggregated/{kind}", query)
    return [item for page in pages for scope in (page.get("items") or {}).values() for item in scope.get(kind) or ()]


def find(session: Session, name: str, owner: str, zones: Sequence[str]) -> Json | None:
    """The owner's instance of a name, once it is at rest, or else somebody else's in one of the zones; None where there
    is neither. 1 call, unless it is on its way from one status to another.

    Of several zones it may be in any, and even in one that is not among them: an instance is told by name and owner.
    NotFoundError where the only zone does not exist.
    """
    zone: str | None = zones[0]
    if len(zones) > 1:
        found = _chosen(listed(session, name=name), name, owner, zones)
        if found is None or _is_at_rest(found):
            return found
        zone = names.short(found["zone"])
    path = f"zones/{zone}/instances/{name}"
    try:
        return session.settled(path, _is_at_rest)
    except NotFoundError as error:
        if errors.is_about(error, path):
            return None
        raise


def _is_at_rest(found: Mapping[str, Any]) -> bool:
    return found.get("status") not in shape.IN_TRANSIT


def _chosen(found: Sequence[Json], name: str, owner: str, zones: Sequence[str]) -> Json | None:
    ours = [one for one in found if ownership.is_ours(owner, labels=one.get("labels"))]
    if len(ours) > 1:
        where = " and ".join(sorted(str(names.short(one["zone"])) for one in ours))
        raise CloudError(f"instance {name}: the workstation {owner!r} has one in {where}. Say which with zone.")
    in_the_way = (one for one in found if names.short(one["zone"]) in zones)
    return next(iter(ours or in_the_way), None)


def leftover_disk(
    session: Session, name: str, owner: str, zones: Sequence[str], instance: Mapping[str, Any]
) -> Json | None:
    """A boot disk of the owner's that no deletion of the instance would take along: the instance's own, where it is not
    to go with it, or where instance is {} the one that it left behind. Never one that another instance uses."""
    boot = shape.boot_disk(instance)
    if boot.get("autoDelete"):
        return None
    if instance or len(zones) == 1:
        zone = names.short(instance.get("zone")) or zones[0]
        disk = session.find(f"zones/{zone}/disks/{names.short(boot.get('source')) or name}")
        found = [disk] if disk else []
    else:
        found = _listed(session, "disks", {"name": name})
    return next((disk for disk in found if _is_left(disk, name, owner)), None)


def _is_left(disk: Mapping[str, Any], name: str, owner: str) -> bool:
    user = f"zones/{names.short(disk['zone'])}/instances/{name}"
    ours = ownership.is_ours(owner, labels=disk.get("labels"))
    return ours and all(one.endswith(user) for one in disk.get("users") or ())
