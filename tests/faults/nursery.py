# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where module processes are born: this process has imported what all modules import, and forks for each.

It reads an order a line from its input, and answers with the number of the process, then with its exit status.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, ClassVar, SupportsIndex

from ansible.module_utils import basic
from botocore import loaders
from botocore.session import Session

MODULES = "ansible_collections.mlops.workstation.plugins.modules"
LIBRARIES = (
    "cryptography.hazmat.primitives.serialization",
    "google.auth.crypt",
    "google.oauth2.credentials",
    "google.oauth2.service_account",
    "boto3",
)


def main() -> None:
    """Serves orders until the input ends."""
    for name in LIBRARIES:
        importlib.import_module(name)
    loaders.Loader.FILE_LOADER_CLASS = _Read
    Session().create_client("ec2", region_name="ca-central-1", aws_access_key_id="none", aws_secret_access_key="none")
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _be(order)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


class _Read(loaders.JSONFileLoader):
    """botocore's files, each read once: here, as reading that of EC2 takes longer than all the rest of a module."""

    known: ClassVar[dict[str, Any]] = {}

    def load_file(self, file_path: str) -> Any:
        if file_path not in self.known:
            self.known[file_path] = loaders.JSONFileLoader.load_file(self, file_path)
        return self.known[file_path]


def _be(order: dict[str, Any]) -> None:
    """Becomes the module; does not return."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for stream, path in ((0, os.devnull), (1, order["output"]), (2, order["errors"])):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), stream)
        os.environ.clear()
        os.environ.update(order["environ"])
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": order["params"]}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        _Clock(order["clock"]).set()
        with _Witness(order["calls"], order["witness"]):
            runpy.run_module(f"{MODULES}.{order['module']}", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(status)


class _Clock:
    """Time that passes while a module sleeps, here and in the cloud, without anybody waiting for it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ahead = 0.0
        self._real = time.monotonic

    def set(self) -> None:
        time.sleep, time.monotonic = self._sleep, self._monotonic

    def _sleep(self, seconds: float | SupportsIndex) -> None:
        seconds = float(seconds)
        body = json.dumps({"seconds": seconds}).encode()
        urllib.request.urlopen(urllib.request.Request(self._url, body, method="POST"), timeout=30).close()
        self._ahead += seconds

    def _monotonic(self) -> float:
        return self._real() + self._ahead


class _Witness:
    """Notes which lines of resources call the functions of these names; none, where there are no names."""

    def __init__(self, names: list[str], file: str) -> None:
        self._names = frozenset(names)
        self._file = Path(file)

    def __enter__(self) -> None:
        if self._names:
            sys.setprofile(self._see)

    def __exit__(self, *_error: object) -> None:
        sys.setprofile(None)

    def _see(self, frame: Any, event: str, _argument: object) -> None:
        if event != "call" or frame.f_code.co_name not in self._names:
            return
        caller = frame.f_back
        if caller and "/resources/" in caller.f_code.co_filename:
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(f"{Path(caller.f_code.co_filename).resolve()}:{caller.f_lineno}\n")


if __name__ == "__main__":
    main()
