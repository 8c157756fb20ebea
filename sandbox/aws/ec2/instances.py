# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finding instances: what can be seen of them, a page at a time."""

from __future__ import annotations

import base64
import json
from typing import Any

from moto.core.responses import ActionResult

from sandbox.aws.ec2 import filters
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.errors import AwsError, invalid
from sandbox.aws.records import Machine

_LARGEST_PAGE = 1000


class Gone:
    """A terminated instance as AWS shows it: without network and volumes."""

    private_ip_address = private_dns_name = public_ip_address = public_dns_name = subnet_id = vpc_id = None
    network_interfaces: tuple[Any, ...] = ()
    security_groups: tuple[Any, ...] = ()
    block_device_mappings: tuple[Any, ...] = ()

    def __init__(self, instance: Any) -> None:
        self._instance = instance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._instance, name)


def shown(instance: Any) -> Any:
    """An instance as an answer has it."""
    return Gone(instance) if instance.state == "terminated" else instance


def token_of(position: int) -> str:
    """The token of the page that begins there."""
    return base64.urlsafe_b64encode(json.dumps({"from": position}).encode()).decode()


def position_of(token: str | None) -> int:
    """Where the page of a token begins."""
    if token is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token))["from"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid("nextToken", token) from error


class Instances(Ec2Base):
    """DescribeInstances and DescribeInstanceStatus."""

    def describe_instances(self) -> ActionResult:
        """By id or by filters, paged by instance as AWS does it; moto pages by reservation."""
        self.dry_run()
        asked = [shown(machine.instance) for machine in self._asked()]
        found, token = self._page(filters.matching(asked, self.given("Filters", []), filters.INSTANCE))
        return ActionResult({"Reservations": self._reservations(found), "NextToken": token})

    def describe_instance_status(self) -> ActionResult:
        """Of running instances, or of all; the checks take their time."""
        self.dry_run()
        every = self.given("IncludeAllInstances")
        asked = [self._status(machine) for machine in self._asked() if every or machine.state == "running"]
        found, token = self._page(filters.matching(asked, self.given("Filters", []), filters.STATUS))
        return ActionResult({"InstanceStatuses": found, "NextToken": token})

    def _asked(self) -> list[Machine]:
        ids = self.given("InstanceIds", [])
        if ids and self.given("MaxResults") is not None:
            message = "The parameter instancesSet cannot be used with the parameter maxResults"
            raise AwsError("InvalidParameterCombination", message)
        return self.machines(ids) if ids else self.here()

    def _page(self, found: list[Any]) -> tuple[list[Any], str | None]:
        start = position_of(self.given("NextToken"))
        size = self.given("MaxResults", _LARGEST_PAGE)
        if not 5 <= size <= _LARGEST_PAGE:
            raise invalid("maxResults", size, f"Give 5 to {_LARGEST_PAGE}.")
        end = start + size
        return found[start:end], token_of(end) if len(found) > end else None

    def _status(self, machine: Machine) -> dict[str, Any]:
        settled = self.cloud.now() >= machine.since + self.cloud.settings.checks
        check: dict[str, Any] = {"Status": "not-applicable"}
        if machine.state == "running":
            details = [{"Name": "reachability", "Status": "passed" if settled else "initializing"}]
            check = {"Status": "ok" if settled else "initializing", "Details": details}
        return {
            "InstanceId": machine.id,
            "AvailabilityZone": machine.instance.availability_zone,
            "InstanceState": {"Name": machine.state, "Code": machine.instance.state_code},
            "InstanceStatus": check,
            "SystemStatus": check,
        }

    def _reservations(self, instances: list[Any]) -> list[dict[str, Any]]:
        """The reservations of these instances, each with no more than these."""
        groups: dict[str, dict[str, Any]] = {}
        homes = {one.id: home for home in self.ec2_backend.reservations.values() for one in home.instances}
        for instance in instances:
            home = homes[instance.id]
            entry = {"ReservationId": home.id, "OwnerId": home.owner_id, "Groups": [], "Instances": []}
            groups.setdefault(home.id, entry)["Instances"].append(instance)
        return list(groups.values())
