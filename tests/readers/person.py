# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Somebody who sets a workstation up with the playbooks as they are, watched for secrets."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.faults.clouds import Served
from tests.readers import processes

REPOSITORY = Path(__file__).parents[2]
SECONDS = 300.0
# Seconds between two looks at the arguments of all processes.
INTERVAL = 0.01
# The piece of a private key that counts as a leak, in characters.
PIECE = 40
LOCALHOST = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@dataclasses.dataclass
class Person:
    """A home of its own, with everything that a run may write below it; the settings lie outside, in a file.

    name is the cloud's, in playbooks and inventories; secrets are values by name, key_files modes by pattern,
    credentials the environment that stands for the settings. arguments are the command lines of all processes that were
    there meanwhile; outputs what the runs printed. leaked and listed are what was found after the workstation was
    provisioned: secrets, and the inventory.
    """

    name: str
    folder: Path
    cloud: Served
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    key_files: Mapping[str, int]
    credentials: Mapping[str, str]
    arguments: set[bytes] = dataclasses.field(default_factory=set)
    outputs: list[bytes] = dataclasses.field(default_factory=list)
    leaked: list[str] = dataclasses.field(default_factory=list)
    listed: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.move_in()
        self.here_file.write_text(json.dumps({"all": {"hosts": {"localhost": LOCALHOST}}}))
        self.settings_file.touch(0o600)
        self.settings_file.write_text(json.dumps(self.settings))

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def settings_file(self) -> Path:
        return self.folder / "settings.json"

    @property
    def here_file(self) -> Path:
        """An inventory of this computer alone, which goes unsaid only as long as there is no other host."""
        return self.folder / "here.yml"

    def move_in(self) -> None:
        """An empty home."""
        shutil.rmtree(self.home, ignore_errors=True)
        for name in ("tmp", "local"):
            (self.home / name).mkdir(parents=True)

    def environment(self) -> dict[str, str]:
        """Verbose, in a log as well, with everything cached that can be."""
        home = str(self.home)
        return {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": home,
            "TMPDIR": f"{home}/tmp",
            "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": f"{home}/local",
            "ANSIBLE_REMOTE_TEMP": f"{home}/remote",
            "ANSIBLE_LOG_PATH": f"{home}/ansible.log",
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": f"{home}/facts",
            "ANSIBLE_INVENTORY_CACHE": "true",
            "ANSIBLE_INVENTORY_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_INVENTORY_CACHE_CONNECTION": f"{home}/inventory",
            "ANSIBLE_NOCOLOR": "1",
        }

    def run(self, *argv: str, **environment: str) -> str:
        """What a command prints; it has to succeed."""
        status, text, errors = self.tried(*argv, **environment)
        assert status == 0, f"{' '.join(argv)}\n{text[-4000:]}\n{errors[-4000:]}"
        return text

    def tried(self, *argv: str, **environment: str) -> tuple[int, str, str]:
        """Exit status, output and errors of a command."""
        with watching(self.arguments), self.running(*argv, **environment) as process:
            found = process.communicate(timeout=SECONDS)
        self.outputs += found
        return process.returncode, found[0].decode(), found[1].decode()

    @contextlib.contextmanager
    def running(self, *argv: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command while it runs; if it has not ended by then it is killed, with all that it started."""
        process = subprocess.Popen(
            argv,
            cwd=REPOSITORY,
            env=self.environment() | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:  # the number of one that has ended may be another's by now
                    processes.kill(process.pid)

    def play(self, inventory: str, playbook: str, *options: str, **environment: str) -> str:
        """A playbook with the settings."""
        argv = ("ansible-playbook", "-i", inventory, playbook, "-e", f"@{self.settings_file}", *options)
        return self.run(*argv, **environment)

    @property
    def provisioning(self) -> tuple[str, ...]:
        """The command that sets the workstation up as far as it goes without one that answers: from here alone."""
        sources = ("-i", f"inventories/{self.name}", "-i", str(self.here_file), "--limit", "localhost")
        return ("ansible-playbook", f"playbooks/{self.name}.yml", *sources, "-e", f"@{self.settings_file}")

    def provision(self) -> Person:
        """Sets it up, and looks at what came of it."""
        self.run(*self.provisioning, "-vvv", "--diff")
        self.listed = self.inventory(f"inventories/{self.name}")
        self.leaked = self.leaks()
        return self

    def inventory(self, source: str, **environment: str) -> dict[str, Any]:
        """Groups and variables by a source, as ansible-inventory --list has them, which shows extra variables too."""
        text = self.run("ansible-inventory", "-i", source, "--list", "--export", **self.credentials, **environment)
        listed: dict[str, Any] = json.loads(text)
        return listed

    def report(self, playbook: str, **environment: str) -> dict[str, Any]:
        """What a playbook of the tests has read."""
        file = self.folder / "report.json"
        self.play("/dev/null", playbook, "-e", f"readers_report={file}", **environment)
        report: dict[str, Any] = json.loads(file.read_text())
        return report

    def leaks(self) -> list[str]:
        """Where which secret is that is no secret any more."""
        pieces = {**self.secrets, **self.private_pieces()}
        return [f"{what} in {where}" for where, text in self._places() for what in found_in(text, pieces)]

    def private_pieces(self) -> dict[str, str]:
        """Pieces of the private keys of the files that were made, that their public halves do not have."""
        files = [path for path in self.home.rglob("*") if self.is_key(path)]
        return {f"line {n} of {path.name}": piece for path in files for n, piece in private_pieces(path)}

    def modes(self) -> dict[str, int]:
        """The mode of each file of private keys that was made, by the pattern of its name."""
        return {pattern: path.stat().st_mode & 0o777 for pattern in self.key_files for path in self.home.glob(pattern)}

    def modules(self) -> set[str]:
        """The modules of which the arguments were seen."""
        seen = (
            re.search(rb"/remote/[^ ]*/AnsiballZ_(\w+)\.py", text)
            for text in self.arguments
            if str(self.home).encode() in text
        )
        return {found[1].decode() for found in seen if found}

    def is_key(self, path: Path) -> bool:
        """Whether a file holds a private key."""
        return any(path.relative_to(self.home).match(pattern) for pattern in self.key_files)

    def _places(self) -> Iterator[tuple[str, bytes]]:
        yield from ((f"output {number}", text) for number, text in enumerate(self.outputs))
        yield from ((f"the arguments {text!r}", text) for text in self.arguments)
        for path in self.home.rglob("*"):
            if path.is_file() and not self.is_key(path):
                yield str(path), path.read_bytes()
        yield "the requests", json.dumps(self.cloud.sandbox.log.read()).encode()


@contextlib.contextmanager
def watching(arguments: set[bytes]) -> Iterator[None]:
    """Notes the command lines of all processes meanwhile."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(INTERVAL):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):  # it has ended
                    arguments.add(file.read_bytes())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def found_in(text: bytes, pieces: Mapping[str, str]) -> Iterator[str]:
    """The names of the pieces that a text has, as they are or as JSON writes them."""
    for what, piece in pieces.items():
        if piece.encode() in text or json.dumps(piece)[1:-1].encode() in text:
            yield what


def private_pieces(path: Path) -> Iterator[tuple[int, str]]:
    """The beginnings of the lines of a private key, by number; those that its public half has too are no secret."""
    text = path.read_text()
    key = json.loads(text)["private_key"] if path.suffix == ".json" else text
    public = Path(f"{path}.pub")
    known = public.read_text() if public.exists() else ""
    for number, line in enumerate(key.splitlines()):
        if len(line) >= PIECE and not line.startswith("-") and line[:PIECE] not in known:
            yield number, line[:PIECE]
