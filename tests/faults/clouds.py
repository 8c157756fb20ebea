# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sandboxed clouds in the tests' own process, whose state can be kept and put back."""

from __future__ import annotations

import copy
import dataclasses
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask

from sandbox import serving
from sandbox.api_only import ApiOnlyHosts
from sandbox.config import Config
from sandbox.driver import Hosts
from sandbox.faults import Fault
from tests.faults.likeness import readable

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SECONDS = 120.0

Tree = Mapping[str, tuple[int, bytes | None]]


class PaperHosts(ApiOnlyHosts):
    """Hosts on paper, of which a copy can be kept."""

    def keep(self) -> Any:
        return copy.deepcopy(self._hosts)

    def list(self) -> list[Any]:
        return [dataclasses.asdict(host) for _, host in sorted(self._hosts.items())]

    def put_back(self, kept: Any) -> None:
        self._hosts = copy.deepcopy(kept)


@dataclasses.dataclass(frozen=True)
class Kept:
    """A cloud and a user's files at some time."""

    home: Tree
    files: Tree
    hosts: Any


class Served:
    """A cloud on a port of its own. Its state is put back as after a restart: it lies in files."""

    def __init__(self, folder: Path, create: Callable[[Hosts, Config], flask.Flask]) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        home = folder / "sandbox"
        home.mkdir()
        self._create = create
        self._answering = threading.Condition()
        self._answers = 0
        self._server = serving.bind(0, self._answer)
        environ = {"SANDBOX_HOME": str(home), "SANDBOX_CACHE": str(folder / "cache")}
        self.config = dataclasses.replace(Config.from_environment(environ), port=self._server.port)
        self.hosts = PaperHosts(self.config)
        self.prepare()
        self.app = create(self.hosts, self.config)
        self._thread = threading.Thread(target=self._server.serve_forever, name="cloud", daemon=True)
        self._thread.start()

    def prepare(self) -> None:
        """Makes what the application wants to find."""

    def drain(self) -> None:
        """Waits for what the cloud does after it has answered."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Lets time pass in the cloud."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """Those that its modules share."""
        raise NotImplementedError

    def places(self) -> dict[str, str]:
        """What words in a scene's options stand for."""
        return {"FILES": str(self.files)}

    def starts_operation(self, method: str) -> bool:
        """Whether a call is answered before what it asked for is done."""
        raise NotImplementedError

    def objects(self) -> dict[str, Any]:
        """Everything there is."""
        raise NotImplementedError

    @property
    def sandbox(self) -> Any:
        """What is behind the application."""
        return self.app.extensions["sandbox"]

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://127.0.0.1:{self._server.port}"

    def state(self) -> dict[str, Any]:
        """The cloud's objects, the hosts behind them, and the user's files."""
        files = {
            name: [oct(mode), content and readable(content)] for name, (mode, content) in read_tree(self.files).items()
        }
        return {"objects": self.objects(), "hosts": self.hosts.list(), "files": files}

    def fault(self, faults: Iterable[Fault]) -> None:
        """Disturbs the calls to come."""
        for fault in faults:
            self.sandbox.faults.add(fault)

    def held(self) -> int:
        """How many calls are held."""
        return int(self.sandbox.faults.gate.waiting)

    def pending(self) -> int:
        """How many calls are still to be disturbed."""
        return sum(fault["times"] for fault in self.sandbox.faults.list())

    def forgive(self) -> None:
        """Takes back the faults that are left, and lets through what is held."""
        self.sandbox.faults.clear()

    def calm(self) -> None:
        """Waits until nothing goes on any more."""
        self.forgive()
        with self._answering:
            assert self._answering.wait_for(lambda: not self._answers, SECONDS)
        self.drain()

    def writes(self) -> list[tuple[str, str]]:
        """Method and path of the mutating requests since the last time."""
        log = self.sandbox.log
        entries = log.read(mutating=True)
        log.clear()
        return [(entry["method"], entry["path"]) for entry in entries]

    def keep(self) -> Kept:
        """How everything is now."""
        self.calm()
        self.sandbox.log.clear()
        return Kept(read_tree(self.config.home), read_tree(self.files), self.hosts.keep())

    def put_back(self, kept: Kept) -> None:
        """Makes everything as it was then."""
        self.calm()
        write_tree(self.config.home, kept.home)
        write_tree(self.files, kept.files)
        self.hosts.put_back(kept.hosts)
        self.app = self._create(self.hosts, self.config)

    def close(self) -> None:
        """Stops serving."""
        self.calm()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(SECONDS)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._answering:
            self._answers += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self._answering:
                self._answers -= 1
                self._answering.notify_all()


def read_tree(folder: Path) -> Tree:
    """Modes and contents below a folder by relative path; folders have no content."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode & 0o7777, None if path.is_dir() else path.read_bytes())
        for path in sorted(folder.rglob("*"))
    }


def write_tree(folder: Path, tree: Tree) -> None:
    """Makes the folder hold exactly this."""
    shutil.rmtree(folder)
    folder.mkdir()
    for name, (mode, content) in tree.items():
        path = folder / name
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
        path.chmod(mode)
