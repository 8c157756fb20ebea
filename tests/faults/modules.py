# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules run as Ansible runs them, each in a process of its own that a test may end at any time."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from sandbox.config import REPOSITORY


@dataclasses.dataclass(frozen=True)
class Ended:
    """A module that has ended: its exit status (the signal below 0), its result and what else it wrote."""

    status: int
    result: Mapping[str, Any]
    errors: str

    @property
    def failed(self) -> bool:
        """Whether the task would be red."""
        return self.status != 0


class Nursery:
    """Runs one module after another. folder is theirs for temporary files, clock the URL that puts the cloud's clock
    forward by what they would sleep."""

    def __init__(self, folder: Path, clock: str) -> None:
        self._folder = folder
        self._clock = clock
        for name in ("home", "tmp"):
            (folder / name).mkdir(parents=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY / "collections")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def witness(self) -> Path:
        """Which lines called the functions that were to be watched."""
        return self._folder / "witness"

    def begin(self, module: str, params: Mapping[str, Any], *, watched: Collection[str] = ()) -> int:
        """Starts a module and returns its process; watched names functions whose callers are to be noted."""
        for name in ("output", "errors"):
            (self._folder / name).write_bytes(b"")
        order = {
            "module": module,
            "params": {**params, "_ansible_remote_tmp": str(self._folder / "tmp")},
            "environ": self._environ(),
            "output": str(self._folder / "output"),
            "errors": str(self._folder / "errors"),
            "clock": self._clock,
            "calls": list(watched),
            "witness": str(self.witness),
        }
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> Ended:
        """The module that was started last, once it has ended."""
        status = self._answer()
        output, errors = ((self._folder / name).read_text(encoding="utf-8") for name in ("output", "errors"))
        try:
            result = json.loads(output)
        except ValueError:  # it crashed, or was killed
            result = {"msg": output}
        return Ended(status, result, errors)

    def run(self, module: str, params: Mapping[str, Any], *, watched: Collection[str] = ()) -> Ended:
        """Runs a module to its end."""
        self.begin(module, params, watched=watched)
        return self.end()

    def leftovers(self) -> list[str]:
        """What modules left in the folders for temporary files."""
        return sorted(str(path.relative_to(self._folder)) for path in (self._folder / "tmp").rglob("*"))

    def close(self) -> None:
        """Ends the process that they come from."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def _answer(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())

    def _environ(self) -> dict[str, str]:
        own = {"HOME": str(self._folder / "home"), "TMPDIR": str(self._folder / "tmp"), "LANG": "C.UTF-8"}
        return {**own, "PATH": os.environ["PATH"], "NO_GCE_CHECK": "true", "AWS_EC2_METADATA_DISABLED": "true"}
