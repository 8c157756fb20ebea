# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP on this machine's loopback, spoken as the clouds' servers do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class _Handler(WSGIRequestHandler):
    """Keeps connections open, and sends small answers without delay."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the APIs keep request logs of their own."""


def bind(port: int, app: WSGIApplication) -> BaseWSGIServer:
    """A server of the application, not yet serving; on port 0 it takes a free one."""
    return make_server("127.0.0.1", port, app, threaded=True, request_handler=_Handler)
