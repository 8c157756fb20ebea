# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a handler is given: the cloud it acts on, and the call it answers."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.driver import Hosts
from sandbox.gcp.discovery import Document, Json, Method
from sandbox.gcp.settings import Settings
from sandbox.gcp.store import Store

if TYPE_CHECKING:
    from sandbox.gcp.operations import Operations


@dataclasses.dataclass(frozen=True)
class Principal:
    """Who calls, and with which scopes."""

    email: str
    scopes: frozenset[str]

    @property
    def member(self) -> str:
        """How IAM policies name it."""
        return f"{'serviceAccount' if self.is_service_account else 'user'}:{self.email}"

    @property
    def is_service_account(self) -> bool:
        """Whether this is no person."""
        return self.email.endswith(".gserviceaccount.com")


@dataclasses.dataclass(frozen=True)
class Cloud:
    """The parts of one sandboxed cloud."""

    url: str
    store: Store
    settings: Settings
    hosts: Hosts
    operations: Operations
    # Held while hosts are told of new rules or metadata, so that the newest state is what they hear last.
    pushing: threading.Lock = dataclasses.field(default_factory=threading.Lock)


@dataclasses.dataclass(frozen=True)
class OperationFault:
    """How the operation that a call starts is to fail."""

    code: str
    message: str


@dataclasses.dataclass(frozen=True)
class Call:
    """One request, checked: parameters typed, the body without anything the API does not know."""

    cloud: Cloud
    document: Document
    method: Method
    params: Mapping[str, Any]
    body: Json
    principal: Principal
    fault: OperationFault | None = None
    quota_project: str | None = None

    @property
    def project(self) -> str:
        """The project in the path."""
        return str(self.params["project"])

    @property
    def path(self) -> str:
        """The resource the path names, without a verb after it: projects/p/zones/z/instances/i."""
        names = [name for name, node in self.method.parameters.items() if node["location"] == "path"]
        template = self.method.path
        last = max((template.find(f"{{{name}}}") + len(name) + 2 for name in names), default=len(template))
        return template[:last].format(**self.params)

    @property
    def collection(self) -> str:
        """The collection the path names, for list and insert."""
        return self.method.path.format(**self.params)


Handler = Callable[[Call], Json]


@dataclasses.dataclass(frozen=True)
class Registration:
    """A handler; locked ones run under the store's lock, others see to it themselves (they wait or reach a host)."""

    handler: Handler
    locked: bool


HANDLERS: dict[str, Registration] = {}


def handles(*method_ids: str, locked: bool = True) -> Callable[[Handler], Handler]:
    """Makes a function the handler of these discovery methods."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update({method_id: Registration(handler, locked) for method_id in method_ids})
        return handler

    return register
