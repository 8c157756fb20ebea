# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections over real sockets: kept, lost, closed by the other side, compressed, and through a proxy."""

from __future__ import annotations

import base64
import gzip
import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils import wait
from plugins.module_utils.gcp import http as ours
from plugins.module_utils.gcp.http import Http, UnansweredError


class Handler(http.server.BaseHTTPRequestHandler):
    """Echoes; /lost drops the connection, /last closes it after its answer."""

    protocol_version = "HTTP/1.1"
    server: Any

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def do_CONNECT(self) -> None:
        self.server.tunnels.append((self.path, self.headers.get("Proxy-Authorization")))
        self.send_error(502)

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/lost":
            self.close_connection = True
            return
        data = gzip.compress(body or self.path.encode())
        self.send_response(200 if self.path != "/missing" else 404)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = self.path == "/last"

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    connections = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tunnels: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield running
        running.shutdown()


def test_one_connection_serves_many_requests(server: Server) -> None:
    client = Http()
    for path in ("/a", "/missing", "/b?c=d"):
        reply = client.request("GET", server.url + path, None, {})
        assert (reply.status, reply.data.decode()) == (404 if path == "/missing" else 200, path)
    assert client.request("POST", f"{server.url}/a", b"body", {}).data == b"body"
    assert server.connections == 1


def test_a_connection_that_the_server_closed_is_opened_anew(server: Server) -> None:
    client = Http()
    client.request("GET", f"{server.url}/last", None, {})
    (kept,) = client._kept.connections.values()
    wait.poll(lambda: ours._was_closed(kept), bool, timeout=10, pause=0.01)
    assert client.request("GET", f"{server.url}/a", None, {}).status == 200
    assert server.connections == 2


def test_after_a_lost_answer_the_next_request_has_a_new_connection(server: Server) -> None:
    client = Http()
    with pytest.raises(UnansweredError):
        client.request("POST", f"{server.url}/lost", b"body", {})
    assert client.request("GET", f"{server.url}/a", None, {}).status == 200


def test_threads_do_not_share_a_connection(server: Server) -> None:
    client = Http()
    replies = []
    callers = [
        threading.Thread(target=lambda: replies.append(client.request("GET", f"{server.url}/a", None, {}).data))
        for _ in range(4)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10)
    assert replies == [b"/a"] * 4


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(UnansweredError, match="refused"):
        Http().request("GET", "http://127.0.0.1:1/", None, {})


def test_it_fetches_tokens_for_google_auth(server: Server) -> None:
    from google.auth import exceptions

    reply = Http()(f"{server.url}/token", "POST", body="grant_type=x", headers={}, timeout=120)
    assert (reply.status, reply.data) == (200, b"grant_type=x")
    with pytest.raises(exceptions.TransportError):
        Http()(f"{server.url}/lost")


def test_https_goes_through_the_proxy_with_its_login(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.url.replace("//", "//me:pass%40word@"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(UnansweredError, match="Tunnel connection failed"):
        Http().request("GET", "https://compute.googleapis.com/compute/v1/", None, {})
    login = base64.b64encode(b"me:pass@word").decode()
    assert server.tunnels == [("compute.googleapis.com:443", f"Basic {login}")]


def test_this_machine_is_reached_without_the_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    with pytest.raises(UnansweredError):
        Http().request("GET", "https://127.0.0.1:1/", None, {})
    assert server.tunnels == []


def test_certificates_of_ones_own_are_trusted_where_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    monkeypatch.setattr(ssl, "create_default_context", lambda cafile: asked.append(cafile))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("NO_PROXY", "*")
    ours._connection("https", "compute.googleapis.com")
    assert asked == [str(tmp_path / "ca.pem")]
