# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP on the standard library: connections that are kept, a proxy where one is set, and what google-auth asks for.

A module is a process that lives for a few calls. Importing the larger HTTP libraries costs it more than the calls do.
"""

from __future__ import annotations

import dataclasses
import http.client
import os
import select
import threading
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from ..endpoint import is_local

# A call that waits on the server holds the line for up to two minutes; anything else is quick.
READ_TIMEOUT = 150.0
CONNECT_TIMEOUT = 10.0
# Google compresses for those who ask for it in both of these.
HEADERS: Mapping[str, str] = {"Accept-Encoding": "gzip", "User-Agent": "mlops.workstation (gzip)"}


class UnansweredError(Exception):
    """The request went out, or not even that, and no answer came back."""


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer, with the names that google-auth knows its parts by; the keys of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    reason: str = ""


class Http:
    """Keeps one connection to each origin, in every thread that asks."""

    def __init__(self) -> None:
        self._kept = threading.local()

    def request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """The answer, whatever its status; UnansweredError where there is none."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        kept: dict[str, http.client.HTTPConnection] = self._kept.__dict__.setdefault("connections", {})
        try:
            connection = kept.get(origin)
            if connection is None or _was_closed(connection):
                connection = kept[origin] = _open(parts.scheme, parts.netloc)
            connection.request(method, url.removeprefix(origin) or "/", body, {**HEADERS, **headers})
            response = connection.getresponse()
            data = _plain(response.read(), response.getheader("Content-Encoding"))
        except (OSError, EOFError, http.client.HTTPException) as error:
            # Half-way through an answer, a connection is good for nothing more.
            broken = kept.pop(origin, None)
            if broken is not None:
                broken.close()
            raise UnansweredError(str(error) or type(error).__name__) from error
        found = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, found, data, response.reason)

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_more: object,
    ) -> Reply:
        """The transport that google-auth's credentials fetch their tokens by."""
        from google.auth import exceptions

        content = body.encode() if isinstance(body, str) else body
        try:
            return self.request(method, url, content, headers or {})
        except UnansweredError as error:
            raise exceptions.TransportError(error) from error


def _was_closed(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has closed a connection that waited: nothing else can be there to read."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def _open(scheme: str, origin: str) -> http.client.HTTPConnection:
    connection = _connection(scheme, origin)
    connection.connect()
    connection.sock.settimeout(READ_TIMEOUT)
    return connection


def _connection(scheme: str, origin: str) -> http.client.HTTPConnection:
    """Plain HTTP is for this machine alone, as is seen to where endpoints are read, and no proxy could reach that."""
    if scheme == "http":
        return http.client.HTTPConnection(origin, timeout=CONNECT_TIMEOUT)
    import ssl
    from urllib.request import getproxies, proxy_bypass

    # Beside the system's certificates' own variable, the one that other Python programs go by.
    context = ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE") or None)
    proxy = None if is_local(f"https://{origin}") or proxy_bypass(origin) else getproxies().get("https")
    if not proxy:
        return http.client.HTTPSConnection(origin, timeout=CONNECT_TIMEOUT, context=context)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    through = http.client.HTTPSConnection(
        parts.hostname or "", parts.port or 80, timeout=CONNECT_TIMEOUT, context=context
    )
    host, _colon, port = origin.partition(":")
    through.set_tunnel(host, int(port or 443), _proxy_headers(parts.username, parts.password))
    return through


def _proxy_headers(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    login = f"{unquote(user)}:{unquote(password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(login.encode()).decode()}"}


def _plain(data: bytes, encoding: str | None) -> bytes:
    if encoding != "gzip":
        return data
    import gzip

    return gzip.decompress(data)
