# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups: all of a call's rules or none, networks in canonical form, and no group removed while in use."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import ActionResult

from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.ec2.networks import canonical
from sandbox.aws.errors import AwsError, invalid

_NETWORKS = {"CidrIp": 4, "CidrIpv4": 4, "CidrIpv6": 6}
_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")


class Groups(Ec2Base):
    """What changes a security group's rules, and what removes it."""

    def create_security_group(self) -> ActionResult:
        """With the characters that AWS takes."""
        for name, field in (("GroupName", "groupName"), ("Description", "GroupDescription")):
            value = self.given(name)
            if not _TEXT.fullmatch(value):
                raise invalid(field, value, "Give up to 255 of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*")
        if self.given("GroupName").startswith("sg-"):
            raise invalid("groupName", self.given("GroupName"), "Group names may not be in the format sg-*.")
        return super().create_security_group()

    def authorize_security_group_ingress(self) -> ActionResult:
        """Opens ports to sources."""
        return self._authorized(super().authorize_security_group_ingress, "ingress_rules")

    def authorize_security_group_egress(self) -> ActionResult:
        """Lets traffic out."""
        return self._authorized(super().authorize_security_group_egress, "egress_rules")

    def revoke_security_group_ingress(self) -> ActionResult:
        """Takes ingress rules away."""
        with self._all_or_nothing():
            return super().revoke_security_group_ingress()

    def revoke_security_group_egress(self) -> ActionResult:
        """Takes egress rules away."""
        with self._all_or_nothing():
            return super().revoke_security_group_egress()

    def modify_security_group_rules(self) -> ActionResult:
        """Changes rules under their ids."""
        with self._all_or_nothing():
            return super().modify_security_group_rules()

    def delete_security_group(self) -> ActionResult:
        """Not while an interface or another group's rule names it, and never a network's default group."""
        group = self._group_named()
        if group.is_default:
            message = f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
            raise AwsError("CannotDelete", message)
        if any(group.id in _members(nic) for nic in self.ec2_backend.enis.values()) or self._is_named_by_rules(group):
            raise AwsError("DependencyViolation", f"resource {group.id} has a dependent object")
        self.dry_run()
        self.ec2_backend.delete_security_group(group_id=group.id)
        self.ec2_backend.tags.pop(group.id, None)
        return ActionResult({"Return": True, "GroupId": group.id})

    def _authorized(self, work: Callable[[], ActionResult], kind: str) -> ActionResult:
        """moto answers with the rules of the last permission only."""
        with self._all_or_nothing() as group:
            before = list(getattr(group, kind))
            work()
            made = [rule for rule in getattr(group, kind) if not any(rule is known for known in before)]
        return ActionResult({"Return": True, "SecurityGroupRules": made})

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[Any]:
        group = self._group_named()
        _check_ports(self.params)
        _canonical(self.params)
        before = list(group.ingress_rules), list(group.egress_rules)
        try:
            yield group
        except BaseException:
            group.ingress_rules, group.egress_rules = before
            raise

    def _group_named(self) -> Any:
        if self.given("GroupId"):
            found = self.ec2_backend.get_security_group_from_id(self.given("GroupId"))
        elif self.given("GroupName"):
            found = self.ec2_backend.get_security_group_from_name(self.given("GroupName"))
        else:
            raise AwsError("MissingParameter", "The request must contain the parameter GroupName or GroupId")
        if found is None:
            name = self.given("GroupId") or self.given("GroupName")
            raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
        return found

    def _is_named_by_rules(self, group: Any) -> bool:
        others = [
            other for groups in self.ec2_backend.groups.values() for other in groups.values() if other is not group
        ]
        rules = [rule for other in others for rule in (*other.ingress_rules, *other.egress_rules)]
        return any(rule.source_group.get("GroupId") == group.id for rule in rules)


def _members(nic: Any) -> list[str]:
    return [group.id for group in nic.group_set]


def _check_ports(value: Any) -> None:
    for entry in (value, *value.get("IpPermissions", [])):
        if (
            entry.get("IpProtocol", "-1").lower() in ("tcp", "udp", "6", "17")
            and not {"FromPort", "ToPort"} <= entry.keys()
        ):
            message = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
            raise AwsError("InvalidParameterValue", message)


def _canonical(value: Any) -> None:
    """Writes every network in its canonical form, as AWS does with host bits, in place; refuses what is none."""
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for name, item in items:
        if name in _NETWORKS:
            value[name] = canonical(item, _NETWORKS[name])
        else:
            _canonical(item)
