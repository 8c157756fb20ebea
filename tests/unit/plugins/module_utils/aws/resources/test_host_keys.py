# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Host keys from the console."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.module_utils.aws.resources.host_keys import parse, read
from plugins.module_utils.aws.resources.instance import Instance
from plugins.module_utils.resource import CloudError
from tests.unit.plugins.module_utils.aws.resources.conftest import HOST_KEY, Cloud

Options = dict[str, Any]

OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA"
RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAACQDExampleXX"
BEGIN, END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (f"{BEGIN}\n{HOST_KEY} root@ip\n{RSA} root@ip\n{END}\n", [HOST_KEY, RSA]),
        (f"\x1b[0m{BEGIN}\r\n{HOST_KEY} root@ip\r\n{END}\r\n", [HOST_KEY]),
        (f"[   9.1] cloud-init[7]: {BEGIN}\n[   9.1] cloud-init[7]: {HOST_KEY} root@ip\n[   9.2] {END}", [HOST_KEY]),
        (f"{BEGIN}\n{HOST_KEY}\n[  9.9] systemd[1]: Started x.\n{RSA}\n{END}", [HOST_KEY, RSA]),
        (f"{BEGIN}\n{OTHER}\n{END}\nreboot\n{BEGIN}\n{HOST_KEY}\n{END}\n", [HOST_KEY]),
        (f"{BEGIN}\n{HOST_KEY}\n", []),
        (f"{HOST_KEY}\n", []),
        (f"{BEGIN}\nssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n{END}", []),
    ],
    ids=["none", "two", "carriage returns", "prefixes", "in between", "last boot", "unfinished", "no block", "no key"],
)
def test_the_keys_are_those_between_the_marks(text: str, expected: list[str]) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(("kind", "calls"), [("t3.large", 1), ("t2.large", 2)])
def test_they_are_read_once_they_are_shown(cloud: Cloud, machine: Options, kind: str, calls: int) -> None:
    made = cloud.run(Instance, {**machine, "instance_types": [kind]})["resource"]["id"]
    cloud.sleep(60)
    session = cloud.session()
    assert read(session, {"instance_id": made, "wait": 600}) == {"host_keys": [HOST_KEY]}
    assert session.calls == calls


def test_the_late_console_of_older_types_is_waited_for(cloud: Cloud, machine: Options) -> None:
    cloud.aws.settings(console_after_t2=240.0)
    made = cloud.run(Instance, machine)["resource"]["id"]
    assert read(cloud.session(), {"instance_id": made, "wait": 600})["host_keys"]
    assert 200 <= cloud.now < 260


def test_what_does_not_come_is_explained(cloud: Cloud, machine: Options) -> None:
    made = cloud.run(Instance, machine)["resource"]["id"]
    cloud.run(Instance, {**machine, "state": "stopped"})
    cloud.run(Instance, machine)
    with pytest.raises(CloudError, match=r"within 30 seconds.*first boot only.*such as t2") as caught:
        read(cloud.session(), {"instance_id": made, "wait": 30})
    assert caught.value.details["reason"] == "hostKeysNotPublished"


def test_an_instance_that_is_not_there_is_an_error_of_its_own(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match=r"\(InvalidInstanceID\.NotFound\)"):
        read(cloud.session(), {"instance_id": "i-0123456789abcdef0", "wait": 30})
