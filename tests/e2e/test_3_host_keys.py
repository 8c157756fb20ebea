# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Getting in: host keys that are verified, an address that changes, and from where SSH is let in."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import ZONE, Run, Workstation

KEYS = "/etc/ssh/ssh_host_*_key*"


@pytest.fixture
def other_host_keys(workstation: Workstation, made: Run) -> Iterator[None]:
    """The machine answers with host keys that it did not publish, as another in its place would."""
    changed = f"sudo mkdir /root/kept && sudo mv {KEYS} /root/kept/ && sudo ssh-keygen -A && sudo systemctl restart ssh"
    restored = (
        f"sudo rm {KEYS} && sudo mv /root/kept/* /etc/ssh/ && sudo rmdir /root/kept && sudo systemctl restart ssh"
    )
    workstation.ssh(f"bash -c '{changed}' > /dev/null")
    yield
    container = f"{workstation.environ['SANDBOX_NAME']}-mlops-zoom"
    finished = workstation.command(["docker", "exec", container, "bash", "-c", restored])
    assert finished.returncode == 0, finished.stderr


@pytest.mark.usefixtures("other_host_keys")
def test_a_host_with_other_keys_is_refused_by_ssh_and_by_the_play(workstation: Workstation, tmp_path: Path) -> None:
    by_hand = workstation.login("true")
    assert by_hand.returncode != 0
    assert "HOST IDENTIFICATION HAS CHANGED" in by_hand.stderr
    # A connection that is open from before would not be checked again.
    run = workstation.play(
        "gcp", "-e", "workstation_connect_timeout=3", ANSIBLE_SSH_CONTROL_PATH_DIR=str(tmp_path / "cp")
    )
    assert run.status != 0
    assert "HOST IDENTIFICATION HAS CHANGED" in run.messages()
    assert not [task for task in run.changed() if task.startswith("mlops-zoom")]


def test_a_published_key_that_differs_from_the_pinned_one_is_refused(workstation: Workstation, made: Run) -> None:
    pinned = workstation.home / "ssh" / "known_hosts"
    before = pinned.read_text()
    blob = base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)).decode()
    name = next(line.split()[1] for line in workstation.ssh_config.read_text().splitlines() if "HostKeyAlias" in line)
    others = [line for line in before.splitlines() if not line.startswith(f"{name} ssh-ed25519 ")]
    pinned.write_text("\n".join([*others, f"{name} ssh-ed25519 {blob}", ""]))
    try:
        run = workstation.play("gcp")
        assert run.status != 0
        assert f"ssh-keygen -R {name}" in run.messages()
    finally:
        pinned.write_text(before)


def test_keys_that_are_not_published_are_not_trusted_unseen(workstation: Workstation, made: Run) -> None:
    workstation.fault(
        method="compute.instances.getGuestAttributes", kind="error", status=404, reason="notFound", times=99
    )
    try:
        run = workstation.play("gcp", "-e", "gcp_machine_host_keys_wait=2")
    finally:
        workstation.clear_faults()
    assert run.status != 0
    assert "gcp_machine_host_key_checking=accept-new" in run.messages()
    assert {task.host for task in run.tasks} == {"localhost"}


def test_a_new_ephemeral_address_needs_no_manual_step(workstation: Workstation, address: str) -> None:
    cloud, machine = workstation.cloud(), f"{ZONE}/instances/mlops-zoom"
    cloud.change(
        "POST", f"{machine}/deleteAccessConfig", query={"networkInterface": "nic0", "accessConfig": "External NAT"}
    )
    access = {"type": "ONE_TO_ONE_NAT", "name": "External NAT"}
    cloud.change("POST", f"{machine}/addAccessConfig", access, {"networkInterface": "nic0"})
    cloud.change("POST", f"{machine}/stop")
    run = workstation.play("gcp", "-e", "gcp_machine_address=")
    assert run.status == 0, run.messages()
    assert run.cloud()["Make the machine", ""].result["actions"] == ["start"]
    found = cloud.get(machine)["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    assert found != address
    assert found in workstation.ssh_config.read_text()
    for alias in ("mlops-zoom", "gcp-mlops-zoom"):
        assert workstation.login("true", alias).returncode == 0


def test_narrowing_ssh_narrows_what_the_network_itself_lets_in(workstation: Workstation, made: Run) -> None:
    def allow(*sources: str) -> Run:
        settings = json.dumps({"gcp_machine_ssh_allowed_from": sources, "workstation_connect_timeout": 5})
        # A connection that is open from before would be let through. A socket's path has to be short.
        with tempfile.TemporaryDirectory(prefix="cp") as anew:
            return workstation.play("gcp", "-e", settings, ANSIBLE_SSH_CONTROL_PATH_DIR=anew)

    assert workstation.cloud().get("global/firewalls/default-allow-ssh")["sourceRanges"] == ["0.0.0.0/0"]
    shut_out = allow("203.0.113.7/32")
    assert shut_out.status != 0
    assert "that its firewall lets port 22 in" in shut_out.messages()
    let_in = allow("203.0.113.7/32", workstation.environ["SANDBOX_SUBNET"])
    assert let_in.status == 0, let_in.messages()
    widening = workstation.play("gcp", "--check").cloud()
    assert widening["Open the firewall", "deny-ssh"].result["actions"] == ["delete"]
