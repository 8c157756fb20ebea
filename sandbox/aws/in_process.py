# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets boto3 call the application without a socket, for tests."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import flask
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from werkzeug.test import Client


class _Raw(io.BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self, **_options: Any) -> Any:
        yield self.read()


def attach(events: Any, app: flask.Flask) -> None:
    """Sends the requests of a client (client.meta.events), or of all of a botocore session's, to the application."""
    client = Client(app)

    def send(request: AWSPreparedRequest, **_context: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        # botocore signs text headers and sends some as bytes.
        headers = {
            name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
        }
        try:
            reply = client.open(
                parts.path or "/",
                method=request.method,
                query_string=parts.query,
                headers=headers,
                data=request.body or b"",
                base_url=f"{parts.scheme}://{parts.netloc}",
            )
        except ConnectionResetError as error:  # how the application drops a connection
            raise ConnectionClosedError(endpoint_url=request.url) from error
        return AWSResponse(request.url, reply.status_code, reply.headers, _Raw(reply.data))

    events.register("before-send", send)
