# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The API server: a background process that owns the hosts."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from types import FrameType

from sandbox import files
from sandbox.api_only import ApiOnlyHosts
from sandbox.config import REPOSITORY, Config
from sandbox.driver import HostError
from sandbox.errors import SandboxError
from sandbox.hosts import DockerHosts
from sandbox.image import Image, current
from sandbox.processes import Background
from sandbox.progress import Progress
from sandbox.supervisor import Supervisor

_READY_SECONDS = 120.0
_LOG = logging.getLogger(__name__)


def background(config: Config) -> Background:
    """The server's process."""
    return Background(config.home / "api.json", config.home / "api.log", cwd=REPOSITORY)


def ensure(config: Config, image: Image | None, progress: Progress) -> None:
    """Returns once a server answers that runs the present code in the mode asked for; no image means no hosts."""
    process = background(config)
    fingerprint = files.digest(REPOSITORY / "sandbox", repr(config), repr(image))
    if process.pid is not None and process.fingerprint == fingerprint and answers(config):
        return
    process.stop()
    _refuse_taken_ports(config)
    with progress.step("API server: starting"):
        mode = [] if image else ["--api-only"]
        process.start([sys.executable, "-m", "sandbox", "serve", *mode], fingerprint)
        _wait(config, process)


def mode(config: Config) -> str:
    """What a person may want to know about the server, in a word."""
    return _word(background(config).pid is not None and answers(config))


def aws_mode(config: Config) -> str:
    """The same of the AWS APIs, which that server also serves."""
    return _word(background(config).pid is not None and _healthy(config.aws_url))


def answers(config: Config) -> bool:
    """Whether the server is healthy; its AWS half may still be in the making, and keeps its callers waiting."""
    return _healthy(config.url)


def _word(healthy: bool) -> str:
    return "up" if healthy else "down"


def _healthy(root: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{root}/_sandbox/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def serve(config: Config, *, api_only: bool) -> None:
    """Runs the server until it is told to end."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    signal.signal(signal.SIGTERM, _end)
    if api_only:
        _listen(config, ApiOnlyHosts(config))
        return
    image = current(config)
    if image is None:
        raise SandboxError("the host image is missing: run `python -m sandbox up`")
    hosts = DockerHosts(config, image)
    _recover(hosts)
    supervisor = Supervisor(config, hosts)
    supervisor.start()
    try:
        _listen(config, hosts)
    finally:
        supervisor.close()


def _listen(config: Config, hosts: DockerHosts | ApiOnlyHosts) -> None:
    """Serves both clouds: Google Cloud here, AWS in threads of its own."""
    # Late: the client half of the command line works without a web framework.
    from sandbox import aws, gcp, serving
    from sandbox.aws import later

    server = serving.bind(config.aws_port, later.Later(lambda: aws.create_app(hosts, config)))
    threading.Thread(target=server.serve_forever, name="aws", daemon=True).start()
    serving.bind(config.port, gcp.create_app(hosts, config)).serve_forever()


def _recover(hosts: DockerHosts) -> None:
    """Boots what should be up before the API looks at its instances, as after a reboot of the machine."""
    for name in hosts.names():
        try:
            hosts.recover(name)
        except HostError as error:
            _LOG.warning("%s", error)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _refuse_taken_ports(config: Config) -> None:
    for port in (config.port, config.aws_port):
        with socket.socket() as probe:
            # As the server itself does; else connections that just ended would look like a server.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise SandboxError(
                    f"port {port} on 127.0.0.1 is taken by another program: end it, or set SANDBOX_PORT"
                ) from error


def _wait(config: Config, process: Background) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not answers(config):
        if process.pid is None:
            raise SandboxError(f"the API server ended at once: {process.last_words()} (all of it: {process.log})")
        if time.monotonic() > deadline:
            raise SandboxError(f"the API server does not answer after {_READY_SECONDS:.0f} s: see {process.log}")
        time.sleep(0.1)
