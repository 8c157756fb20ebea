# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Long-running operations: a call answers at once, a thread does the work, and the operation says how it went."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from sandbox.driver import HostError
from sandbox.gcp import links
from sandbox.gcp.cloud import Call, OperationFault
from sandbox.gcp.errors import ApiError
from sandbox.gcp.store import Resource, Store

log = logging.getLogger(__name__)

Work = Callable[[], None]

WAIT_SECONDS = 120.0
KEPT = 500
INTERRUPTED = "The sandbox was stopped before this operation ended; repeat the request."


class Operations:
    """Starts operations and remembers them. Those on one resource run one after another, in the order of the calls."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = threading.Condition(store.lock)
        self._tail: dict[str, threading.Event] = {}

    def start(self, call: Call, kind: str, path: str, work: Work, prepare: Work | None = None) -> Resource:
        """An operation on the resource at path.

        prepare runs at once, under the lock, and is for what other calls are to see from now on (a name that is
        taken); work runs in a thread of its own. With a fault injected, neither does.
        """
        with self._store.change():
            if prepare and not call.fault:
                prepare()
            operation = _new(call, kind, path, self._store.resources.get(path))
            self._store.resources[_path(operation)] = operation
            self._prune()
            before, done = self._tail.get(path), threading.Event()
            self._tail[path] = done
            job = _failing(call.fault) if call.fault else self._unless_gone(path, work)
            arguments = (operation, job, before, done, path)
            threading.Thread(target=self._run, args=arguments, name=operation["name"], daemon=True).start()
            return dict(operation)

    def busy(self, path: str) -> bool:
        """Whether an operation on this resource has not ended."""
        with self._store.lock:
            return path in self._tail

    def wait(self, path: str, timeout: float) -> None:
        """Returns once the operation is done, has been forgotten, or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._store.resources.get(path, {}).get("status") in (None, "DONE"), timeout)

    def drain(self, timeout: float) -> bool:
        """Waits for every operation to end; whether they all did."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._tail, timeout)

    def interrupt(self) -> None:
        """Ends what an earlier process left unfinished."""
        with self._store.change():
            for _, operation in self._store.items("operations"):
                if operation["status"] != "DONE":
                    _end(operation, ApiError(500, "internalError", INTERRUPTED))

    def _unless_gone(self, path: str, work: Work) -> Work:
        """The work, unless what it is about has been deleted by an operation that came before."""

        def guarded() -> None:
            with self._store.lock:
                if path not in self._store.resources:
                    raise ApiError(404, "notFound", f"The resource '{path}' was not found", code="RESOURCE_NOT_FOUND")
            work()

        return guarded

    def _run(
        self, operation: Resource, work: Work, before: threading.Event | None, done: threading.Event, path: str
    ) -> None:
        if before:
            before.wait()
        with self._store.change():
            operation |= {"status": "RUNNING", "startTime": links.now()}
        error = _attempt(work)
        with self._store.change():
            _end(operation, error)
            if self._tail.get(path) is done:
                del self._tail[path]
            done.set()
            self._changed.notify_all()

    def _prune(self) -> None:
        """Forgets the oldest finished operations, as Google does after some weeks."""
        finished = [path for path, found in self._store.items("operations") if found["status"] == "DONE"]
        for path in sorted(finished, key=links.name_of)[:-KEPT]:
            del self._store.resources[path]


def _attempt(work: Work) -> ApiError | None:
    try:
        work()
    except ApiError as error:
        return error
    except HostError as error:
        return ApiError(500, "internalError", str(error))
    except Exception as error:
        log.exception("An operation failed")
        return ApiError(500, "internalError", f"Internal error in the sandbox: {type(error).__name__}: {error}")
    return None


def _failing(fault: OperationFault) -> Work:
    def work() -> None:
        raise ApiError(503, fault.code, fault.message, code=fault.code)

    return work


def _path(operation: Resource) -> str:
    return str(operation["selfLink"]).removeprefix(links.BASE)


def _new(call: Call, kind: str, path: str, target: Resource | None) -> Resource:
    scope = links.scope_of(path) if path.count("/") > 1 else "global"
    owner = f"projects/{links.project_of(path)}"
    noise = [secrets.token_hex(size) for size in (6, 4, 4)]
    name = "-".join(["operation", str(time.time_ns() // 10**6), noise[0] + "0", *noise[1:]])
    operation = {
        "kind": "compute#operation",
        "id": links.new_id(),
        "name": name,
        "operationType": kind,
        "targetLink": links.link(path),
        "targetId": target["id"] if target else links.new_id(),
        "status": "PENDING",
        "user": call.principal.email,
        "progress": 0,
        "insertTime": links.now(),
        "selfLink": links.link(f"{owner}/{scope}/operations/{name}"),
    }
    if scope != "global":
        area = "zone" if scope.startswith("zones/") else "region"
        operation[area] = links.link(f"{owner}/{scope}")
    return operation


def _end(operation: Resource, error: ApiError | None) -> None:
    operation.setdefault("startTime", operation["insertTime"])
    operation |= {"status": "DONE", "progress": 100, "endTime": links.now()}
    if error is None:
        return
    entry: dict[str, Any] = {"code": error.operation_code(), "message": error.message}
    if error.details:
        entry["errorDetails"] = error.details
    operation["error"] = {"errors": [entry]}
    operation["httpErrorStatusCode"] = error.status
    operation["httpErrorMessage"] = HTTPStatus(error.status).phrase.upper()
