# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running playbooks as a person does, and reading their results and the sandbox's request log as a program can."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

from plugins.module_utils.gcp.session import Session, connect

REPOSITORY = Path(__file__).resolve().parents[2]
INVENTORY = "inventories/sandbox"
MINUTES = 60
ZONE = "zones/northamerica-northeast2-a"
FOREIGN = {
    "machine": f"{ZONE}/instances/somebody-elses",
    "address": "regions/northamerica-northeast2/addresses/somebody-elses",
    "firewall rule": "global/firewalls/mlops-zoom-allow-jupyter",
    "project": "",
}


@dataclasses.dataclass(frozen=True)
class Task:
    """One result: of a task on a host, or of one item of its loop."""

    play: str
    name: str
    host: str
    result: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """What tells this result from the others of a run of the same playbook."""
        return self.name, str(self.result.get("_ansible_item_label") or "")


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished ansible-playbook."""

    status: int
    tasks: tuple[Task, ...]
    stats: Mapping[str, Mapping[str, int]]
    warnings: str
    text: str

    def changed(self) -> list[str]:
        """Host and name of each changed task."""
        return [f"{task.host}: {task.name}" for task in self.tasks if task.result.get("changed")]

    def messages(self) -> str:
        """Everything that tasks said, and what Ansible said besides."""
        said = [json.dumps(task.result.get("msg", "")) for task in self.tasks]
        return "\n".join([*said, self.warnings, "" if self.tasks else self.text])

    def cloud(self) -> dict[tuple[str, str], Task]:
        """The results of this collection's own modules."""
        return {task.key: task for task in self.tasks if "api_calls" in task.result}


@dataclasses.dataclass(frozen=True)
class Workstation:
    """The sandbox from outside, and the playbooks against it."""

    offer: Mapping[str, Any]
    environ: Mapping[str, str]
    home: Path
    logs: Path
    inventory: str = INVENTORY
    settings: tuple[str, ...] = ()
    machine: str = "mlops-zoom"

    def play(self, playbook: str, *arguments: str, inventory: str | None = None, **environ: str) -> Run:
        """Runs a playbook; its whole output is kept in a file."""
        source = ["-i", inventory or self.inventory, *(() if inventory else self.settings)]
        command = ["ansible-playbook", f"playbooks/{playbook}.yml", *source, *arguments]
        settings = {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_FORCE_COLOR": "0", **environ}
        finished = self.command(command, **settings)
        number = len(list(self.logs.iterdir()))
        (self.logs / f"{number:02}-{playbook}.log").write_text(
            f"$ {' '.join(command)}\n{finished.stdout}\n{finished.stderr}"
        )
        tasks, stats = _parse(finished.stdout)
        return Run(finished.returncode, tuple(tasks), stats, finished.stderr, finished.stdout)

    def command(self, command: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the checkout without a terminal, as a script or CI would."""
        return subprocess.run(
            command,
            cwd=REPOSITORY,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20 * MINUTES,
            check=False,
        )

    @property
    def ssh_config(self) -> Path:
        """In place of ~/.ssh/config, which is the developer's own."""
        return self.home / "ssh" / "config"

    def login(self, command: str, alias: str = "") -> subprocess.CompletedProcess[str]:
        """A command on the machine, as a person gives it: by name, host keys checked strictly, nothing asked."""
        strict = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ClearAllForwardings=yes"]
        return self.command(["ssh", "-F", str(self.ssh_config), *strict, alias or self.machine, command])

    def ssh(self, command: str) -> str:
        """What a command prints on the machine."""
        finished = self.login(command)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def evaluate(self, expression: str, inventory: str | None = None) -> Any:
        """What an expression is on the machine, as a playbook would see it."""
        source = ["-i", inventory or self.inventory, *(() if inventory else self.settings)]
        task = ["-m", "ansible.builtin.debug", "-a", f"msg={{{{ ({expression}) | to_json }}}}"]
        settings = {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
        finished = self.command(["ansible", self.machine, *source, *task], **settings)
        assert finished.returncode == 0, finished.stderr
        shown = json.loads(finished.stdout.partition("=> ")[2])["msg"]
        return json.loads(shown) if isinstance(shown, str) else shown

    def cloud(self) -> Session:
        """The Compute Engine API of the sandbox."""
        gcp = self.offer["gcp"]
        return connect({key: gcp[key] for key in ("project", "endpoints", "service_account_file")}, {})

    def log(self) -> list[dict[str, Any]]:
        """The API requests since the log was last cleared; token requests apart."""
        entries: list[dict[str, Any]] = requests.get(self._admin("requests"), timeout=10).json()["requests"]
        return [entry for entry in entries if not str(entry["method"]).startswith("oauth2.")]

    def mutations(self) -> list[str]:
        """The methods of the requests that may have changed something."""
        return [entry["method"] for entry in self.log() if entry["mutating"]]

    def clear_log(self) -> None:
        requests.delete(self._admin("requests"), timeout=10).raise_for_status()

    def fault(self, **fault: Any) -> None:
        """Makes the next calls of a method fail."""
        requests.post(self._admin("faults"), json=fault, timeout=10).raise_for_status()

    def clear_faults(self) -> None:
        requests.delete(self._admin("faults"), timeout=10).raise_for_status()

    def behave(self, **settings: Any) -> None:
        """Changes how Google Cloud behaves, until it is reset."""
        requests.post(self._admin("settings"), json=settings, timeout=10).raise_for_status()

    def reset(self) -> None:
        """Empty clouds."""
        for root in (self._admin("reset"), f"{self.offer['aws']['endpoint_url']}/_sandbox/reset"):
            requests.post(root, timeout=120).raise_for_status()
        self.clear_log()

    def _admin(self, path: str) -> str:
        return f"{self.offer['gcp']['token_uri'].removesuffix('/token')}/_sandbox/{path}"


def bring_up(environ: Mapping[str, str], logs: Path) -> Workstation:
    """The sandbox, up and empty."""
    subprocess.run([sys.executable, "-m", "sandbox", "up"], cwd=REPOSITORY, env=dict(environ), check=True)
    home = REPOSITORY / environ["SANDBOX_HOME"]
    offer = json.loads((home / "offer.json").read_text())
    (home / "existing.json").write_text(json.dumps(existing_project(offer)))
    made = Workstation(
        offer,
        {**environ, "SANDBOX_HOME": str(home), "SANDBOX_SSH_CONFIG": str(home / "ssh" / "config")},
        home,
        logs,
        settings=("-e", f"@{home / 'existing.json'}"),
    )
    made.reset()
    return made


def existing_project(offer: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of somebody who has a project, and a service account of somebody else's making in it."""
    gcp = offer["gcp"]
    others = dict.fromkeys(("service_account", "service_account_key", "iam"), False)
    return {
        "gcp_project_id": gcp["project"],
        "gcp_credentials_file": "",
        "gcp_service_account_file": gcp["service_account_file"],
        **{f"gcp_manage_{part}": managed for part, managed in others.items()},
    }


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """A sandbox of the tests' own, also when they are started without make."""
    own = {
        "SANDBOX_NAME": "mlops-sandbox-test",
        "SANDBOX_HOME": ".sandbox-test",
        "SANDBOX_PORT": "8491",
        "SANDBOX_SUBNET": "198.19.0.0/16",
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}",
    }
    return {**environ, **own}


def _parse(text: str) -> tuple[list[Task], Mapping[str, Mapping[str, int]]]:
    """Results and statistics of the JSON callback, which are printed last; none where Ansible ended before it."""
    start = re.search(r"^\{$", text, re.MULTILINE)
    if start is None:
        return [], {}
    report = json.JSONDecoder().raw_decode(text[start.start() :])[0]
    return [task for play in report["plays"] for task in _of_play(play)], report["stats"]


def _of_play(play: Mapping[str, Any]) -> Iterator[Task]:
    for task in play["tasks"]:
        for host, result in task["hosts"].items():
            for single in result.get("results") or [result]:
                if isinstance(single, Mapping):
                    name = task["task"]["name"].rpartition(" : ")[2]  # without the role's name
                    yield Task(play["play"]["name"], name, host, single)


def read_foreign(workstation: Workstation) -> dict[str, Any]:
    cloud = workstation.cloud()
    found = {kind: cloud.get(path) for kind, path in FOREIGN.items()}
    items = found.pop("project")["commonInstanceMetadata"]["items"]
    keys = next(item["value"] for item in items if item["key"] == "ssh-keys").splitlines()
    return {**found, "keys": [key for key in keys if key.startswith("somebody:")]}


def role_settings(workstation: Workstation) -> dict[str, Any]:
    """What the sandbox's inventory sets for the roles."""
    mirror = workstation.offer["mirror"]
    stand_ins = {
        f"{role}_{option}": mirror[role][option] for role in ("anaconda", "compose") for option in mirror[role]
    }
    return {"docker_registry_mirrors": [mirror["registry"]], **stand_ins}
