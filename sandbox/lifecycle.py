# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bringing a whole sandbox up, and taking it down without a trace."""

from __future__ import annotations

import concurrent.futures
import shutil

from sandbox import docker as containers
from sandbox import engine, files, identity, image, network, offer, server
from sandbox.aws import access_key
from sandbox.config import LABEL, ROLE_LABEL, Config
from sandbox.docker import docker
from sandbox.errors import SandboxError
from sandbox.mirror import container as mirror
from sandbox.mirror import content
from sandbox.progress import Progress

# What `reset` keeps of the home: clients' credentials, and the log that tells what happened before.
_KEPT = (*identity.FILES, access_key.FILE, "api.log", files.MARK, "lock")


def up(config: Config, progress: Progress, *, api_only: bool) -> None:
    """Makes and starts whatever is missing; quick where all is there."""
    files.claim(config.home)
    files.claim(config.cache)
    with files.locked(config.home / "lock"):
        account = identity.ensure_service_account(config)
        if api_only:
            offer.write(config, account, "debian-12", image.FAMILIES["debian-12"], None)
            server.ensure(config, None, progress)
        else:
            _up_with_hosts(config, account, progress)


def down(config: Config, progress: Progress) -> None:
    """Removes everything that belongs to this sandbox."""
    server.background(config).stop()
    if containers.answers():
        _remove_containers(config.label)
        for name in containers.names("network", config.label):
            docker("network", "rm", name)
    elif (files.read_json(config.home / offer.FILE) or {}).get("mirror"):
        raise SandboxError(
            "no container engine answers, so its containers cannot be removed: "
            "run `python -m sandbox engine`, then this again"
        )
    files.discard(config.home)
    progress.say(f"sandbox {config.name}: removed")


def down_all(config: Config, progress: Progress) -> None:
    """Also removes what sandboxes of this checkout share: images, downloads, an engine that was started for them."""
    down(config, progress)
    if containers.answers():
        others = containers.names("container", LABEL)
        if others:
            raise SandboxError(f"other sandboxes still use the images: {', '.join(others)}; take those down first")
        ours = ("--filter", "reference=mlops-workstation/*")
        images = docker("images", "--format", "{{.Repository}}:{{.Tag}}", *ours).split()
        if images:
            docker("rmi", "--force", *images)
        engine.stop(config, progress)
    files.discard(config.cache)


def reset(config: Config, progress: Progress) -> None:
    """Deletes hosts and the cloud's state; the mirror stays, and a server that ran runs again."""
    ran = server.background(config).stop()
    was_api_only = ran and files.read_json(config.home / offer.FILE).get("mirror") is None
    if containers.answers():
        _remove_containers(config.label, f"{ROLE_LABEL}=host")
    for path in config.home.iterdir() if config.home.is_dir() else ():
        if path.name not in _KEPT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if ran:
        up(config, progress, api_only=was_api_only)


def _up_with_hosts(config: Config, account: str, progress: Progress) -> None:
    engine.ensure(config, progress)
    network.ensure(config)
    # Sandboxes share the cache: the second one waits and then finds everything built.
    with files.locked(config.cache / "lock"):
        built, served = _build(config, progress)
    mirror.ensure(config, built, served, progress)
    offer.write(config, account, built.family, built.project, served)
    server.ensure(config, built, progress)


def _build(config: Config, progress: Progress) -> tuple[image.Image, content.Content]:
    """The slow parts, side by side."""
    with progress.heartbeat(), concurrent.futures.ThreadPoolExecutor() as pool:
        built = pool.submit(image.ensure, config, progress)
        installer = pool.submit(content.ensure_installer, config.cache, progress)
        packages = pool.submit(content.ensure_packages, config.cache, progress)
        return built.result(), content.ensure(config.cache, installer.result(), packages.result())


def _remove_containers(*labels: str) -> None:
    found = containers.names("container", *labels)
    if found:
        docker("rm", "--force", "--volumes", *found)
    volumes = containers.names("volume", *labels)
    if volumes:
        docker("volume", "rm", "--force", *volumes)
