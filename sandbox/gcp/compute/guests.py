# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the cloud tells the guests (metadata, what may come in) and what they tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.driver import HostError, PortRule
from sandbox.gcp import links
from sandbox.gcp.cloud import Call, Cloud, handles
from sandbox.gcp.compute import common, rules
from sandbox.gcp.discovery import Json
from sandbox.gcp.errors import ApiError
from sandbox.gcp.store import Resource

# A host exists from the end of its making to the beginning of its end.
NO_ATTRIBUTES = "compute.disableGuestAttributesAccess"
REACHABLE = ("STAGING", "RUNNING", "TERMINATED")


def metadata(cloud: Cloud, instance: Resource) -> dict[str, str]:
    """What the guest acts on: the instance's own keys over the project's, and the SSH keys of both together.

    With OS Login the guest asks Google's directory who may log in, and no key in metadata lets anybody in.
    """
    owner = links.project_of(common.path_of(instance))
    project = _items(cloud.store.resources[f"projects/{owner}"]["commonInstanceMetadata"])
    own = _items(instance["metadata"])
    merged = {**project, **own}
    lines = [own.get("ssh-keys", ""), "" if _is_true(own, "block-project-ssh-keys") else project.get("ssh-keys", "")]
    merged.pop("ssh-keys", None)
    if _is_true(merged, "enable-oslogin"):
        return merged
    keys = "\n".join(line.strip("\n") for line in lines if line.strip())
    return {**merged, "ssh-keys": keys} if keys else merged


def port_rules(cloud: Cloud, instance: Resource) -> list[PortRule]:
    """What may come in to the instance."""
    owner = links.project_of(common.path_of(instance))
    firewalls = [item for _, item in cloud.store.items("firewalls", owner)]
    return rules.resolve(firewalls, instance, [item for _, item in cloud.store.items("instances", owner)])


def push_rules(cloud: Cloud, only: str | None = None) -> None:
    """Brings the rules of every host, or of one instance's, up to date."""
    _push(cloud, lambda name, instance: _set_rules(cloud, name, instance), only)


def push_metadata(cloud: Cloud, only: str | None = None) -> None:
    """Brings the metadata of every host, or of one instance's, up to date."""
    _push(cloud, lambda name, instance: _set_metadata(cloud, name, instance), only)


def _set_rules(cloud: Cloud, name: str, instance: Resource) -> None:
    with cloud.store.lock:
        current = port_rules(cloud, instance)
    cloud.hosts.set_rules(name, current)


def _set_metadata(cloud: Cloud, name: str, instance: Resource) -> None:
    with cloud.store.lock:
        current = metadata(cloud, instance)
    cloud.hosts.set_metadata(name, current)


def _push(cloud: Cloud, tell: Callable[[str, Resource], None], only: str | None) -> None:
    """Tells the hosts one at a time; what each is told is read under the lock, so that the newest comes last."""
    with cloud.pushing:
        with cloud.store.lock:
            paths = [path for path in cloud.store.hosts if only in (None, path)]
        for path in paths:
            instance = cloud.store.resources.get(path)
            name = cloud.store.hosts.get(path)
            if instance is None or name is None or instance["status"] not in REACHABLE:
                continue
            try:
                tell(name, instance)
            except HostError:
                # A host that goes away meanwhile has nothing left to be told.
                if cloud.store.resources.get(path, {}).get("status") in REACHABLE:
                    raise


@handles("compute.instances.getGuestAttributes", locked=False)
def get_guest_attributes(call: Call) -> Json:
    """instances.getGuestAttributes: what the guest published, by queryPath or variableKey."""
    cloud = call.cloud
    with cloud.store.lock:
        path, instance = common.named(call)
        if cloud.settings.enforced(NO_ATTRIBUTES, call.project):
            message = (
                f"Guest attributes cannot be read: constraint constraints/{NO_ATTRIBUTES} violated for {call.project}."
            )
            raise ApiError(412, "conditionNotMet", message)
        enabled = _is_true(metadata(cloud, instance), "enable-guest-attributes")
        host = cloud.store.hosts.get(path)
    published = cloud.hosts.guest_attributes(host) if enabled and host and instance["status"] != "PROVISIONING" else {}
    answer = {"kind": "compute#guestAttributes", "selfLink": links.link(f"{path}/guestAttributes/")}
    if "variableKey" in call.params:
        key = call.params["variableKey"]
        namespace, _, name = key.partition("/")
        if name not in published.get(namespace, {}):
            raise _unpublished(key)
        return answer | {"variableKey": key, "variableValue": published[namespace][name]}
    query = call.params.get("queryPath", "")
    items = _matching(published, query)
    if not items:
        raise _unpublished(query)
    return answer | {"queryPath": query, "queryValue": {"items": items}}


@handles("compute.instances.getSerialPortOutput", locked=False)
def get_serial_port_output(call: Call) -> Json:
    """instances.getSerialPortOutput: port 1 is the console, from the byte `start` on."""
    with call.cloud.store.lock:
        path, _ = common.named(call)
        host = call.cloud.store.hosts.get(path)
    text = call.cloud.hosts.serial_output(host) if host and call.params["port"] == 1 else ""
    data = text.encode()
    start = int(call.params.get("start", 0))
    start = max(0, len(data) + start) if start < 0 else min(start, len(data))
    return {
        "kind": "compute#serialPortOutput",
        "selfLink": links.link(f"{path}/serialPort"),
        "contents": data[start:].decode(errors="replace"),
        "start": str(start),
        "next": str(len(data)),
    }


def _matching(published: Mapping[str, Mapping[str, str]], query: str) -> list[Json]:
    namespace, _, key = query.partition("/")
    return [
        {"namespace": space, "key": name, "value": value}
        for space, values in sorted(published.items())
        for name, value in sorted(values.items())
        if namespace in ("", space) and key in ("", name)
    ]


def _unpublished(query: str) -> ApiError:
    return ApiError(404, "notFound", f"The resource '{query}' of type 'Guest Attribute' was not found.")


def _is_true(metadata: Mapping[str, str], key: str) -> bool:
    """Whether a switch in metadata is on, as Google's guest agent reads it."""
    return metadata.get(key, "").strip().lower() in ("true", "t", "1")


def _items(container: Resource) -> dict[str, str]:
    return {item["key"]: item.get("value", "") for item in container.get("items", ())}
