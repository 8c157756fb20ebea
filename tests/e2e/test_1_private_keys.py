# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The key pair that the provisioning makes or finds."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import REPOSITORY, own_environment

PASSPHRASE = "a passphrase"


def have_key_pair(key: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """That part of the role alone."""
    settings = {"gcp_machine_ssh_key_file": str(key), "gcp_machine_ssh_key_type": "ed25519"}
    role = "name=mlops.workstation.gcp_machine tasks_from=key_pair"
    command = ["ansible", "localhost", "-i", "/dev/null", "-m", "include_role", "-a", role]
    return subprocess.run(
        [*command, *arguments, "-e", json.dumps(settings)],
        cwd=REPOSITORY,
        env={**own_environment(os.environ), "SSH_AUTH_SOCK": "", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def make_key(key: Path, passphrase: str = "") -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-f", key, "-N", passphrase], check=True)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode)[-3:]


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An SSH agent, and a program that answers its question for the passphrase."""
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    socket, pid = re.findall(r"(?:SSH_AUTH_SOCK|SSH_AGENT_PID)=([^;]+);", started)
    answer = tmp_path / "answer"
    answer.write_text(f"#!/bin/sh\necho '{PASSPHRASE}'\n")
    answer.chmod(0o700)
    yield {"SSH_AUTH_SOCK": socket, "SSH_ASKPASS": str(answer), "SSH_ASKPASS_REQUIRE": "force"}
    os.kill(int(pid), signal.SIGTERM)


def test_a_key_pair_is_made_once(tmp_path: Path) -> None:
    key = tmp_path / "ssh" / "key"
    assert have_key_pair(key).returncode == 0
    assert (mode(key.parent), mode(key)) == ("700", "400")
    before = key.read_bytes()
    again = have_key_pair(key)
    assert again.returncode == 0
    assert "CHANGED" not in again.stdout
    assert key.read_bytes() == before


def test_loose_permissions_are_mended_with_a_notice(tmp_path: Path) -> None:
    key = tmp_path / "key"
    make_key(key)
    before = key.read_bytes()
    key.chmod(0o644)
    check = have_key_pair(key, "--check")
    assert (check.returncode, mode(key)) == (0, "644")
    assert "would be set to 0400" in " ".join(check.stdout.split())
    finished = have_key_pair(key)
    assert finished.returncode == 0
    assert "others could read it" in " ".join(finished.stdout.split())
    assert (mode(key), key.read_bytes()) == ("400", before)


def test_a_lost_public_half_is_derived(tmp_path: Path) -> None:
    key = tmp_path / "key"
    make_key(key)
    public = key.with_suffix(".pub")
    before = public.read_text().split()[:2]
    public.unlink()
    assert have_key_pair(key).returncode == 0
    assert public.read_text().split()[:2] == before


def test_a_passphrase_needs_the_agent(tmp_path: Path, agent: dict[str, str]) -> None:
    key = tmp_path / "key"
    make_key(key, PASSPHRASE)
    without = have_key_pair(key)
    assert without.returncode != 0
    assert "ssh-add" in without.stdout
    subprocess.run(["ssh-add", "-q", key], env={**os.environ, **agent}, check=True)
    assert have_key_pair(key, **agent).returncode == 0
