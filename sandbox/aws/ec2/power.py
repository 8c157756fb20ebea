# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starting, stopping, rebooting and terminating instances, from the states that allow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import OperationDisableApiStopNotPermitted, OperationNotPermitted4

from sandbox.aws import power
from sandbox.aws.ec2.base import Ec2Base
from sandbox.aws.ec2.capacity import check_capacity
from sandbox.aws.errors import AwsError, unsupported
from sandbox.aws.records import Machine


class Power(Ec2Base):
    """StartInstances, StopInstances, RebootInstances, TerminateInstances."""

    def start_instances(self) -> ActionResult:
        """A stopped instance boots, at a new address unless it has an Elastic IP."""

        def check(machine: Machine) -> None:
            instance = machine.instance
            check_capacity(self.cloud, self.region, str(instance.availability_zone), instance.instance_type, 1)

        def start(machine: Machine) -> None:
            power.start(self.cloud, machine, self.fault)

        return self._move("Starting", "started", {"stopped"}, {"pending", "running"}, check, start)

    def stop_instances(self) -> ActionResult:
        """A running instance shuts down; its disk stays, and its address only if it is an Elastic IP."""
        if self.given("Hibernate"):
            raise unsupported("hibernation")

        def check(machine: Machine) -> None:
            if machine.instance.disable_api_stop:
                raise OperationDisableApiStopNotPermitted(machine.id)

        def stop(machine: Machine) -> None:
            power.stop(self.cloud, machine)

        return self._move("Stopping", "stopped", {"running"}, {"stopping", "stopped"}, check, stop)

    def terminate_instances(self) -> ActionResult:
        """An instance goes for good, whichever its state."""

        def check(machine: Machine) -> None:
            if machine.instance.disable_api_termination:
                raise OperationNotPermitted4(machine.id)

        def terminate(machine: Machine) -> None:
            power.terminate(self.cloud, machine)

        alive = {"pending", "running", "stopping", "stopped"}
        return self._move("Terminating", "terminated", alive, {"shutting-down", "terminated"}, check, terminate)

    def reboot_instances(self) -> ActionResult:
        """A running instance boots again at the same address."""
        machines = self.machines(self.given("InstanceIds", []))
        for machine in machines:
            _check_state(machine, {"running"}, "rebooted")
        self.dry_run()
        for machine in machines:
            power.reboot(self.cloud, machine)
        return EmptyResult()

    def _move(
        self,
        word: str,
        participle: str,
        sources: set[str],
        there: set[str],
        check: Callable[[Machine], None],
        act: Callable[[Machine], None],
    ) -> ActionResult:
        """All of the instances or none: those that are there already stay as they are."""
        machines = self.machines(self.given("InstanceIds", []))
        moving = [machine for machine in machines if machine.state not in there]
        for machine in moving:
            _check_state(machine, sources, participle)
            check(machine)
        self.dry_run()
        before = {machine.id: _state(machine) for machine in machines}
        for machine in moving:
            act(machine)
        changes = [
            {"InstanceId": machine.id, "CurrentState": _state(machine), "PreviousState": before[machine.id]}
            for machine in machines
        ]
        return ActionResult({f"{word}Instances": changes})


def _state(machine: Machine) -> dict[str, Any]:
    return {"Name": machine.state, "Code": power.CODES[machine.state]}


def _check_state(machine: Machine, sources: set[str], participle: str) -> None:
    if machine.state not in sources:
        message = f"The instance '{machine.id}' is not in a state from which it can be {participle}."
        raise AwsError("IncorrectInstanceState", message)
