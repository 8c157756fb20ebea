# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the mended actions act on: moto's backends and what is kept beside them, in memory and on disk."""

from __future__ import annotations

import contextlib
import datetime
import pickle
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import moto
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from sandbox import files
from sandbox.aws import images
from sandbox.aws.access_key import AccessKey
from sandbox.aws.jobs import Jobs
from sandbox.aws.records import Machine, Records
from sandbox.aws.settings import Settings
from sandbox.driver import Hosts
from sandbox.errors import SandboxError

# What of moto holds state that is worth keeping.
_BACKENDS: Mapping[str, BackendDict[Any]] = {"ec2": ec2_backends, "iam": iam_backends}


class Cloud:
    """One account of the sandboxed AWS. Readers and writers hold `lock`; writers do so through change(), which saves.

    moto has its objects in memory, by account. So each Cloud has an account of its own, and several live side by side
    in a process; and it pickles them to a file whenever they change.
    """

    def __init__(self, hosts: Hosts, key: AccessKey, file: Path) -> None:
        self.hosts = hosts
        self.clock = time.time
        self.key = key
        self.lock = threading.RLock()
        # Held while hosts are told of new rules or addresses, so that the newest state is what they hear last.
        self.pushing = threading.Lock()
        self.jobs = Jobs()
        self.records = Records()
        self._file = file
        self._depth = 0
        self._load()

    @property
    def settings(self) -> Settings:
        """The present settings."""
        return self.records.settings

    @property
    def machines(self) -> dict[str, Machine]:
        """Machines by instance id."""
        return self.records.machines

    def now(self) -> float:
        """The cloud's clock, in seconds since the epoch: it can be put forward, and never goes back."""
        return self.clock() + self.records.ahead

    def advance(self, seconds: float) -> None:
        """Puts the clock forward."""
        with self.change():
            self.records.ahead += seconds

    def change_settings(self, changes: Any) -> None:
        """Changes some, from their JSON form; ValueError says what is wrong with it."""
        with self.change():
            self.records.settings = self.settings.changed(changes)

    def today(self) -> datetime.datetime:
        """The same as a time in UTC, without a zone as moto has them."""
        return datetime.datetime.fromtimestamp(self.now(), datetime.UTC).replace(tzinfo=None)

    def backend(self, region: str) -> Any:
        """moto's EC2 of a region, with the images that are public there."""
        found = ec2_backends[self.key.account][region]
        if not found.amis:
            images.stock(found)
        return found

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Holds the lock for a change and saves after the outermost one, also after one that failed midway."""
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    self._save()

    def addresses(self) -> set[str]:
        """Every public address that the account holds."""
        dynamic = {machine.nic.public_ip for machine in self.machines.values()}
        elastic = {
            found.public_ip for backend in ec2_backends[self.key.account].values() for found in backend.addresses
        }
        return {address for address in dynamic | elastic if address}

    def reset(self) -> None:
        """Forgets everything but the access key."""
        with self.change():
            self._forget()
            self.records = Records()

    def _forget(self) -> None:
        for backends in _BACKENDS.values():
            if self.key.account in backends:
                del backends[self.key.account]

    def _save(self) -> None:
        regions = {name: dict(backends[self.key.account]) for name, backends in _BACKENDS.items()}
        state = {"moto": moto.__version__, "records": self.records, "backends": regions}
        files.write(self._file, pickle.dumps(state), mode=0o600)

    def _load(self) -> None:
        self._forget()
        if not self._file.exists():
            return
        try:
            state = pickle.loads(self._file.read_bytes())
            if state["moto"] != moto.__version__:
                raise ValueError(f"moto {state['moto']} wrote it, this is {moto.__version__}")
        except Exception as error:
            raise SandboxError(f"{self._file} cannot be read ({error}): run `python -m sandbox reset`") from error
        self.records = state["records"]
        for name, regions in state["backends"].items():
            own: AccountSpecificBackend[Any] = _BACKENDS[name][self.key.account]
            for region, backend in regions.items():
                own[region] = backend
        for backend in ec2_backends[self.key.account].values():
            for subnet in backend.describe_subnets():
                # moto hands addresses out by an iterator that begins anew, and whose first are AWS's own.
                for _ in subnet.aws_reserved_ips:
                    next(subnet._subnet_ip_generator)
