# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The application while it is being made, which takes moto a second or two: calls wait, and nothing else does."""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sandbox.aws.errors import AwsError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)


class Later:
    """Makes an application in a thread and passes calls on to it; where that failed, each is told why."""

    def __init__(self, make: Callable[[], WSGIApplication]) -> None:
        self._made: concurrent.futures.Future[WSGIApplication] = concurrent.futures.Future()
        threading.Thread(target=self._make, args=(make,), name="aws-making", daemon=True).start()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            app = self._made.result()
        except Exception as error:
            body, content_type = AwsError("ServiceUnavailable", str(error), 503).body("ec2")
            start_response("503 Service Unavailable", [("Content-Type", content_type)])
            return [body.encode()]
        return app(environ, start_response)

    def _make(self, make: Callable[[], WSGIApplication]) -> None:
        try:
            self._made.set_result(make())
        except Exception as error:
            _LOG.exception("The AWS APIs cannot be served")
            self._made.set_exception(error)
