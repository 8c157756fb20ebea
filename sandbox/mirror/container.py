# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The container behind the name `mirror`, at the second address of the hosts' network."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

from sandbox import docker as engine
from sandbox import files
from sandbox.config import FILES_PORT, REGISTRY_PORT, ROLE_LABEL, Config
from sandbox.docker import docker
from sandbox.errors import SandboxError
from sandbox.image import RECIPE_LABEL, Image
from sandbox.mirror.content import Content
from sandbox.progress import Progress

_READY_SECONDS = 20.0


def ensure(config: Config, image: Image, content: Content, progress: Progress) -> None:
    """Returns once the mirror answers with exactly this content."""
    recipe = files.digest(content.folder.name, image.reference, config.mirror_address)
    found = engine.inspect("container", config.mirror)
    if found and found["Config"]["Labels"].get(RECIPE_LABEL) != recipe:
        docker("rm", "--force", config.mirror)
        found = None
    if found is None:
        with progress.step("mirror: starting"):
            _make(config, image, content, recipe)
            _start(config)
    elif not found["State"]["Running"]:
        with progress.step("mirror: starting again"):
            _start(config)


def _make(config: Config, image: Image, content: Content, recipe: str) -> None:
    docker(
        *("create", "--name", config.mirror, "--hostname", "mirror", "--stop-signal", "SIGTERM"),
        *("--label", config.label, "--label", f"{ROLE_LABEL}=mirror", "--label", f"{RECIPE_LABEL}={recipe}"),
        *("--network", config.network, "--ip", config.mirror_address),
        *(image.reference, "python3", "-u", "/srv/mirror/serve.py"),
    )
    try:
        docker("cp", str(content.folder), f"{config.mirror}:/srv/mirror")
    except SandboxError:
        # Half a mirror would look like a whole one next time.
        docker("rm", "--force", config.mirror)
        raise


def _start(config: Config) -> None:
    docker("start", config.mirror)
    deadline = time.monotonic() + _READY_SECONDS
    while not answers(config):
        if time.monotonic() > deadline:
            raise SandboxError(
                f"the mirror does not answer at {config.mirror_address} after {_READY_SECONDS:.0f} s: see "
                f"`docker logs {config.mirror}`. This machine must reach its containers' addresses, "
                f"which an engine inside a virtual machine does not allow"
            )
        time.sleep(0.1)


def answers(config: Config) -> bool:
    """Whether both servers answer."""
    urls = (f"http://{config.mirror_address}:{port}/" for port in (REGISTRY_PORT, FILES_PORT))
    return all(_status(url) == 200 for url in urls)


def _status(url: str) -> int:
    # Past any proxy of the environment: the address is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return int(answer.status)
    except (urllib.error.URLError, OSError):
        return 0
