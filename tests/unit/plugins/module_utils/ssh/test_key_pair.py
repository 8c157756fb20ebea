# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Key pairs in files."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.resource import CloudError, reconcile
from plugins.module_utils.ssh import files, key_pair
from plugins.module_utils.ssh.resources.key_pair import KeyPair

PASSPHRASE = "a passphrase"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ssh" / "key"


def run(path: Path, *, check_mode: bool = False, kind: str = "ed25519") -> dict[str, Any]:
    return reconcile(KeyPair({"path": str(path), "type": kind, "comment": "me"}), check_mode=check_mode)


def make(path: Path, passphrase: str = "") -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-f", path, "-N", passphrase], check=True)
    path.chmod(0o400)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode)[-3:]


def public(path: Path) -> Path:
    return Path(key_pair.public_path(str(path)))


@pytest.fixture
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An SSH agent, and a program that answers its question for the passphrase."""
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    socket, pid = re.findall(r"(?:SSH_AUTH_SOCK|SSH_AGENT_PID)=([^;]+);", started)
    answer = tmp_path / "answer"
    answer.write_text(f"#!/bin/sh\necho '{PASSPHRASE}'\n")
    answer.chmod(0o700)
    for name, value in {"SSH_AUTH_SOCK": socket, "SSH_ASKPASS": str(answer), "SSH_ASKPASS_REQUIRE": "force"}.items():
        monkeypatch.setenv(name, value)
    yield
    os.kill(int(pid), signal.SIGTERM)


def test_a_key_pair_is_made_once(path: Path) -> None:
    check = run(path, check_mode=True)
    assert not path.parent.exists()
    made = run(path)
    assert (check["actions"], check["diff"]) == (made["actions"], made["diff"])
    assert made["actions"] == ["generate"]
    assert (mode(path.parent), mode(path), mode(public(path))) == ("700", "400", "644")
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["key", "key.pub"]
    assert made["resource"]["public_key"] == public(path).read_text().strip()
    assert made["resource"]["public_key"].endswith(" me")
    before = path.read_bytes()
    assert run(path, kind="rsa")["changed"] is False
    assert path.read_bytes() == before


@pytest.mark.parametrize(("pem", "first"), [(True, "BEGIN RSA PRIVATE KEY"), (False, "BEGIN OPENSSH PRIVATE KEY")])
def test_an_rsa_key_comes_in_either_format(path: Path, pem: bool, first: str) -> None:
    key_pair.generate(str(path), kind="rsa", comment="me", pem=pem)
    assert first in path.read_text().splitlines()[0]
    derived = key_pair.derive(path.read_text())
    assert derived is not None
    assert key_pair.same(derived, public(path).read_text())


def test_loose_permissions_are_mended_with_a_warning(path: Path) -> None:
    make(path)
    before = path.read_bytes()
    path.chmod(0o644)
    check = run(path, check_mode=True)
    assert (check["actions"], mode(path)) == (["set_mode"], "644")
    finished = run(path)
    assert finished["diff"] == check["diff"]
    assert "others could read it" in finished["warnings"][0]
    assert (mode(path), path.read_bytes()) == ("400", before)


def test_strict_permissions_are_set_without_a_warning(path: Path) -> None:
    make(path)
    path.chmod(0o600)
    finished = run(path)
    assert (finished["actions"], finished["warnings"], mode(path)) == (["set_mode"], [], "400")


@pytest.mark.parametrize("permissions", [0o400, 0o644])
def test_a_lost_public_half_is_derived(path: Path, permissions: int) -> None:
    make(path)
    before = public(path).read_text().split()[:2]
    public(path).unlink()
    path.chmod(permissions)
    check = run(path, check_mode=True)
    assert check["actions"][-1] == "write_public_key"
    assert run(path)["diff"] == check["diff"]
    assert public(path).read_text().split()[:2] == before


@pytest.mark.usefixtures("no_agent")
def test_a_passphrase_needs_the_agent(path: Path) -> None:
    make(path, PASSPHRASE)
    with pytest.raises(CloudError, match="ssh-add"):
        run(path)


@pytest.mark.usefixtures("agent")
def test_a_passphrase_is_fine_with_the_agent(path: Path) -> None:
    make(path, PASSPHRASE)
    subprocess.run(["ssh-add", "-q", path], check=True)
    assert run(path)["changed"] is False


@pytest.mark.usefixtures("no_agent")
def test_a_public_half_that_cannot_be_derived_is_asked_for(path: Path) -> None:
    make(path, PASSPHRASE)
    public(path).unlink()
    with pytest.raises(CloudError, match=r"ssh-keygen -y -f .* > .*\.pub"):
        run(path)


@pytest.mark.usefixtures("no_agent")
def test_a_damaged_key_is_refused_and_kept(path: Path) -> None:
    make(path)
    path.chmod(0o600)
    path.write_text("not a key")
    with pytest.raises(CloudError, match="or is damaged"):
        run(path)
    assert path.read_text() == "not a key"


def test_a_public_half_alone_is_refused(path: Path) -> None:
    make(path)
    path.unlink()
    with pytest.raises(CloudError, match="without its private half"):
        run(path)


def test_a_public_half_of_another_key_is_refused(path: Path) -> None:
    make(path)
    other = path.with_name("other")
    make(other)
    public(path).write_bytes(public(other).read_bytes())
    with pytest.raises(CloudError, match="is not the public half"):
        run(path)


def test_what_came_in_between_is_not_overwritten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = KeyPair({"path": str(path), "type": "ed25519", "comment": None})
    steps = resource.plan(resource.read())
    make(path)
    before = path.read_bytes()
    with pytest.raises(CloudError, match="never overwritten"):
        resource.apply(steps[0])
    assert path.read_bytes() == before


def test_what_a_killed_run_left_goes_and_what_another_run_works_on_stays(path: Path) -> None:
    abandoned = path.parent / f".{path.name}.killed00"
    abandoned.mkdir(parents=True)
    (abandoned / "key").write_text("half a key")
    with files.workplace(str(path)) as taken:
        (taken / "key").write_text("another run's")
        run(path)
        assert (taken / "key").exists()
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["key", "key.pub"]


def test_the_private_key_is_in_no_argument_and_no_result(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    real = subprocess.run

    def recorded(command: list[str], **options: Any) -> Any:
        commands.append(command)
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", recorded)
    result = run(path)
    run(path)
    secret = path.read_text().splitlines()[1]
    assert commands
    assert secret not in str(commands) + str(result)
