# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An EC2 instance: the workstation itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...resource import CloudError, StaleError, State, Step, plan
from ..session import Session
from . import catalog, instance_plan, instances
from . import instance_shape as shape
from .instance_writer import Writer
from .launch import Attempt, Launch
from .tagged import Tagged

Json = dict[str, Any]


class Instance(Tagged):
    """The one instance that carries the workstation's tag, whatever its image, place or name, and its root volume."""

    fields = shape.FIELDS

    def __init__(self, session: Session, params: Mapping[str, Any]) -> None:
        self._name: str = params["name"] or params["workstation"]
        super().__init__(session, params, title=f"instance {self._name}")
        self._writer = Writer(session, self._known, title=self.title)
        self._spent: set[str] = set()
        self._image: catalog.Image | None = None
        self._newest: str | None = None
        self._attempts: list[Attempt] = []
        self._vpc = ""
        self._groups: list[str] | None = None

    def read(self) -> State | None:
        found = self._session.until(self._known, _is_at_rest, self.title)
        self._spent = {str(one.get("ClientToken")) for one in found if shape.state_of(one) in shape.DEAD}
        alive = instances.alive(found)
        instances.refuse_several([one["InstanceId"] for one in alive], self._owner, self.title)
        if not alive:
            if not self._removing:
                self._read_what_creation_needs()
            return None
        self._writer.raw = alive[0]
        volumes = instances.root_volumes(self._session, alive, self.title)
        if self._params["image_drift"] != "ignore" and not self._removing:
            self._newest = catalog.image_id(self._session, self._params, self.title)
        live = shape.from_api(self._writer.raw, volumes.get(self._writer.id, {}), protected=self._protected())
        self._vpc = live["vpc"]
        self._check_type(live)
        return live

    def plan(self, live: State | None) -> Sequence[Step]:
        if self._removing:
            return self._plan_removal(live)
        power = instance_plan.POWER[self._params["state"]]
        if live is None:
            return self._plan_creation(power)
        if self._drift and self._params["image_drift"] == "fail":
            raise CloudError(self._drift, image=self._newest)
        types = self._params["instance_types"] or (None,)
        wanted = {
            **self._desired(live),
            # Any of those that were asked for is right: the first of them may have been out of stock.
            "instance_type": live["instance_type"] if live["instance_type"] in types else types[0],
        }
        allow_stop = self._params["allow_stop"]
        return instance_plan.changes(wanted, live, title=self.title, power=power, allow_stop=allow_stop)

    def apply(self, step: Step) -> Step | None:
        groups = [] if self._removing else self._group_ids()
        if step.action == "create":
            return self._create(step, groups)
        if step.action == "set_tags":
            self._set_tags(self._writer.id, step)
        elif step.action == "set_security_groups":
            self._writer.call("modify_instance_attribute", Groups=groups)
        else:
            self._writer.apply(step)
        return None

    def warnings(self) -> Sequence[str]:
        return [self._drift] if self._drift else []

    def _known(self) -> list[Json]:
        return instances.of_workstation(self._session, self._owner, self.title)

    def _protected(self) -> bool | None:
        """Whether it is protected from termination: a request of its own, so only where that is managed."""
        if self._params["termination_protection"] is None:
            return None
        found = self._writer.call("describe_instance_attribute", Attribute="disableApiTermination")
        return bool(found["DisableApiTermination"]["Value"])

    @property
    def _drift(self) -> str:
        """What to say of an instance whose image is not the newest any more; "" if it is, or nobody asked."""
        image = self._writer.raw.get("ImageId")
        if self._newest is None or image == self._newest:
            return ""
        return (
            f"{self.title} was made from the image {image}, and the one asked for is {self._newest} by now. Its system "
            "is kept up to date from within; to have the new image, remove the instance and make it again."
        )

    def _read_what_creation_needs(self) -> None:
        params = self._params
        if not params["instance_types"]:
            raise CloudError(f"{self.title} does not exist; to make it, instance_types must be given.")
        self._image = catalog.find_image(self._session, params, self.title)
        size = params["root_volume_size"]
        if size and size < self._image.size_gb:
            raise CloudError(
                f"{self.title}: the image {self._image.id} needs a root volume of at least {self._image.size_gb} GiB, "
                f"and root_volume_size is {size}."
            )
        places = catalog.find_places(self._session, params, self.title)
        self._attempts = catalog.offers(self._session, params["instance_types"], places, self.title)
        self._vpc = places[0].vpc

    def _desired(self, live: State | None) -> Json:
        groups = {group["GroupId"]: group["GroupName"] for group in self._writer.raw.get("SecurityGroups") or ()}
        return instance_plan.desired(self._params, name=self._name, tags=self._wanted_tags(live), groups=groups)

    def _plan_creation(self, power: str | None) -> list[Step]:
        params, (instance_type, place) = self._params, self._attempts[0]
        made = {
            **self._desired(None),
            "root_volume_type": params["root_volume_type"],
            "root_volume_encrypted": params["root_volume_encrypted"],
            "state": shape.RUNNING,
            "zone": place.zone,
            "vpc": place.vpc,
            "instance_type": instance_type,
            "image": self._image.id if self._image else None,
        }
        steps = plan(made, None, title=self.title)
        if power == shape.STOPPED:
            steps.append(Step("stop", {"state": shape.RUNNING}, {"state": shape.STOPPED}))
        return steps

    def _plan_removal(self, live: State | None) -> list[Step]:
        steps = plan(None, live, title=self.title)
        if live and live["termination_protection"] and not self._params["termination_protection"]:
            off, on = ({"termination_protection": whether} for whether in (False, True))
            return [Step("set_termination_protection", on, off), *steps]
        return steps

    def _check_type(self, live: State) -> None:
        """Before an instance is stopped for a type that its zone does not have."""
        types: Sequence[str] = self._params["instance_types"] or ()
        if types and live["instance_type"] not in types and not self._removing:
            place = catalog.Place(live["zone"], live["subnet"], live["vpc"])
            catalog.offers(self._session, types[:1], [place], self.title)

    def _group_ids(self) -> list[str]:
        """Before any step is sent, so that an instance is not left half-way for want of a security group."""
        if self._groups is None:
            wanted: Sequence[str] = self._params["security_groups"] or ()
            self._groups = catalog.group_ids(self._session, wanted, self._vpc, self.title)
        return self._groups

    def _create(self, step: Step, group_ids: Sequence[str]) -> Step:
        """The step as it was taken: the first place and type may not have had room."""
        device = self._image.root_device if self._image else ""
        public_ip = self._params["public_ip"]
        request = shape.to_api(step.after, root_device=device, group_ids=group_ids, public_ip=public_ip)
        try:
            made = Launch(self._session, self._owner, self._spent, title=self.title).run(request, self._attempts)
        except StaleError:
            # Its tag is seen later than itself.
            self._session.until(lambda: instances.alive(self._known()), bool, self.title)
            raise
        self._writer.reach(shape.RUNNING, made)
        found = shape.from_api(self._writer.raw, {})
        return Step(step.action, step.before, {**step.after, **{key: found[key] for key in ("zone", "instance_type")}})


def _is_at_rest(found: Sequence[Json]) -> bool:
    return not any(shape.state_of(instance) in shape.IN_TRANSIT for instance in found)
