# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole plays against a cloud of the tests' own, as far as they are done from here: there are no machines."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from plugins.module_utils import wait
from sandbox import files, identity, offer
from sandbox.config import REPOSITORY
from tests.faults.cloud_aws import Aws
from tests.faults.cloud_gcp import GoogleCloud
from tests.faults.clouds import Served

SECONDS = 300.0
INVENTORIES = {"gcp": ("inventories/sandbox",), "aws": ("inventories/sandbox", "inventories/sandbox-aws")}
# A machine in an inventory takes away the host that Ansible would imply.
LOCALHOST = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


class Desk:
    """Somebody who runs the playbook of a cloud. folder is theirs beside the cloud's; what lasts is in cloud.files."""

    def __init__(self, cloud: Served, name: str, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self._name = name
        for place in ("home", "tmp"):
            (folder / place).mkdir(parents=True)
        self._here = folder / "here.yml"
        self._here.write_text(yaml.safe_dump({"all": {"hosts": {"localhost": LOCALHOST}}}))
        offer.write(cloud.config, identity.ensure_service_account(cloud.config), "debian-12", "debian-cloud", None)
        offered = files.read_json(cloud.config.home / offer.FILE)
        offered["aws"]["endpoint_url"] = cloud.url  # each cloud is alone on its port here
        files.write_json(cloud.files / offer.FILE, offered, mode=0o600)

    @property
    def offer(self) -> dict[str, Any]:
        """What the cloud offers."""
        offered: dict[str, Any] = files.read_json(self.cloud.files / offer.FILE)
        return offered

    def play(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs the playbook to its end."""
        with self.running(*arguments, **environ) as process:
            output, _ = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def cut_short(self, *arguments: str) -> None:
        """Runs the playbook until a call is held, and kills all of it there."""
        with self.running(*arguments) as process:
            wait.poll(
                lambda: (self.cloud.held(), process.poll()),
                lambda found: found != (0, None),
                timeout=SECONDS,
                pause=0.05,
            )
            assert self.cloud.held(), "the playbook ended before the call"

    @contextlib.contextmanager
    def running(self, *arguments: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
        """The playbook while it runs; nothing of it is left afterwards."""
        sources = [text for source in (*INVENTORIES[self._name], str(self._here)) for text in ("-i", source)]
        command = ["ansible-playbook", f"playbooks/{self._name}.yml", *sources, "--limit", "localhost", *arguments]
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**self.environ(), **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            kill_tree(process.pid)
            process.wait(SECONDS)
            assert process.stdout
            process.stdout.close()

    def environ(self) -> dict[str, str]:
        """Nothing of whoever runs the tests."""
        return {
            "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.folder / "home" / ".ansible"),
            "ANSIBLE_REMOTE_TMP": str(self.folder / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "NO_GCE_CHECK": "true",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SANDBOX_HOME": str(self.cloud.files),
            "SANDBOX_SSH_CONFIG": str(self.cloud.files / "ssh" / "config"),
            "TMPDIR": str(self.folder / "tmp"),
        }


@contextlib.contextmanager
def at_a_desk(name: str, folder: Path) -> Iterator[Desk]:
    """A desk with a cloud of its own. Real time passes there, and no more of it than has to."""
    cloud = GoogleCloud(folder, delays={}) if name == "gcp" else Aws(folder, clock=time.time)
    with contextlib.closing(cloud):
        yield Desk(cloud, name, folder / "desk")


def kill_tree(root: int) -> None:
    """Kills a process and all that come from it; Ansible's workers are no part of its process group. They are stopped
    first, so that none is missed that another one starts meanwhile."""
    stopped: list[int] = []
    while stopped != (found := family(root)):
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
        stopped = found
    for process in stopped:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def family(root: int) -> list[int]:
    """A process, and those that come from it and have not ended."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in brackets may hold anything, brackets too.
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found
