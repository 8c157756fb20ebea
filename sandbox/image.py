# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hosts' image: what a cloud's image has, and the guest's half of the sandbox.

Left out on purpose: cloud-init (the guest agent does its part of Google's images), a container engine, locales.
"""

from __future__ import annotations

import base64
import dataclasses
import re
from pathlib import Path

from sandbox import apt, files
from sandbox import docker as engine
from sandbox.command import CommandError, run
from sandbox.config import Config
from sandbox.docker import docker
from sandbox.errors import SandboxError
from sandbox.progress import Progress

REPOSITORY_NAME = "mlops-workstation/host"
RECIPE_LABEL = "mlops.workstation.recipe"
FAMILY_LABEL = "mlops.workstation.family"
DESCRIPTION_LABEL = "mlops.workstation.description"
FAMILIES = {"ubuntu-2204-lts": "ubuntu-os-cloud", "debian-12": "debian-cloud"}
PACKAGES = (
    *("systemd", "systemd-sysv", "libpam-systemd", "dbus", "openssh-server", "sudo", "python3", "python3-apt"),
    *("ca-certificates", "iproute2", "iputils-ping", "procps", "nftables", "netbase", "curl", "less", "bzip2"),
)
_SUITE = "bookworm"
_UPSTREAM = "ubuntu:22.04"
_REGISTRY_SECONDS = 5.0
_GUEST = Path(__file__).parent / "guest"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s*(.*?)\s*-----END CERTIFICATE-----", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Image:
    """A built host image."""

    family: str
    description: str

    @property
    def reference(self) -> str:
        """How the engine calls it."""
        return f"{REPOSITORY_NAME}:{self.family}"

    @property
    def project(self) -> str:
        """Whose image the cloud says it is."""
        return FAMILIES[self.family]


def current(config: Config) -> Image | None:
    """The image that the present recipe gives, if it was built before."""
    for family in FAMILIES:
        found = engine.inspect("image", f"{REPOSITORY_NAME}:{family}")
        labels = (found or {}).get("Config", {}).get("Labels") or {}
        if labels.get(RECIPE_LABEL) == _recipe(config):
            return Image(family, labels[DESCRIPTION_LABEL])
    return None


def ensure(config: Config, progress: Progress) -> Image:
    """The present image, built where it is missing or its recipe changed."""
    image = current(config)
    if image is None:
        base = _base(config, progress)
        with progress.step("host image: adding the guest's half"):
            image = _build(config, base)
    return image


def _base(config: Config, progress: Progress) -> str:
    if config.base_image:
        if engine.inspect("image", config.base_image) is None:
            with progress.step(f"host image: pulling {config.base_image}"):
                docker("pull", config.base_image, timeout=600)
        return config.base_image
    if engine.inspect("image", _UPSTREAM) or _registry_answers():
        with progress.step(f"host image: pulling {_UPSTREAM}"):
            docker("pull", _UPSTREAM, timeout=600)
        return _UPSTREAM
    progress.say("host image: no image registry answers, so hosts run Debian 12 from this machine's Debian mirror")
    return _bootstrapped(config, progress)


def _registry_answers() -> bool:
    try:
        docker("manifest", "inspect", _UPSTREAM, timeout=_REGISTRY_SECONDS)
    except CommandError:
        return False
    return True


def _bootstrapped(config: Config, progress: Progress) -> str:
    """Debian from packages: a tarball, cached, imported as an image."""
    sources = apt.debian_archive(config.cache).sources(_SUITE)
    recipe = files.digest(sources, *PACKAGES)
    tarball = config.cache / f"base-debian-12-{recipe}.tar"
    reference = f"mlops-workstation/base:debian-12-{recipe}"
    if not tarball.exists():
        apt.ensure_program("mmdebstrap", "mmdebstrap")
        with progress.step("host image: bootstrapping Debian 12"), files.replacing(tarball) as scratch:
            _bootstrap(sources, scratch)
        files.prune(config.cache, "base-*", tarball)
    if engine.inspect("image", reference) is None:
        docker("import", str(tarball), reference, timeout=300)
    return reference


def _bootstrap(sources: str, tarball: Path) -> None:
    include = f"--include={','.join(PACKAGES)}"
    # The sources come on standard input; the format is named because the scratch file's ending says nothing.
    run(["mmdebstrap", "--variant=minbase", "--format=tar", include, _SUITE, tarball, "-"], stdin=sources.encode())


def _build(config: Config, base: str) -> Image:
    release = docker("run", "--rm", "--network", "none", "--entrypoint", "cat", base, "/etc/os-release")
    image = identify(base, release)
    labels = {
        RECIPE_LABEL: _recipe(config),
        FAMILY_LABEL: image.family,
        DESCRIPTION_LABEL: image.description,
    }
    engine.build(
        engine.packed(_context()),
        *("--tag", image.reference, "--build-arg", f"BASE={base}"),
        *("--build-arg", f"PACKAGES={' '.join(PACKAGES)}"),
        *(word for name, value in labels.items() for word in ("--label", f"{name}={value}")),
    )
    # What carried the name before, unless a container still stands on it.
    docker("image", "prune", "--force", "--filter", f"label={RECIPE_LABEL}")
    return image


def identify(base: str, os_release: str) -> Image:
    """Which image family the base really is; a look-alike is refused."""
    fields = (line.partition("=")[::2] for line in os_release.splitlines() if "=" in line)
    values = {name: value.strip("\"'") for name, value in fields}
    distribution, version = values.get("ID", ""), values.get("VERSION_ID", "")
    suffix = "-lts" if distribution == "ubuntu" else ""
    family = f"{distribution}-{version.replace('.', '')}{suffix}"
    if family not in FAMILIES:
        raise SandboxError(
            f"base image {base} is {values.get('PRETTY_NAME', 'unknown')}: "
            f"set SANDBOX_BASE_IMAGE to Ubuntu 22.04 or Debian 12, or unset it"
        )
    return Image(family, values["PRETTY_NAME"])


def _recipe(config: Config) -> str:
    return files.digest(_GUEST, Path(__file__), *extra_authorities().values(), config.base_image or "")


def _context() -> dict[str, bytes | str]:
    guest = {path.name: path.read_bytes() for path in sorted(_GUEST.iterdir()) if path.is_file()}
    return {**guest, **{f"ca/{name}": pem for name, pem in extra_authorities().items()}}


def extra_authorities(
    bundle: Path = Path("/etc/ssl/certs/ca-certificates.crt"), packaged: Path = Path("/usr/share/ca-certificates")
) -> dict[str, str]:
    """The certificate authorities that this machine trusts beyond its distribution's, as files to be."""
    if not bundle.exists() or not packaged.is_dir():
        return {}
    known = {body for path in packaged.rglob("*.crt") for body in _bodies(path)}
    extra = [body for body in _bodies(bundle) if body not in known]
    return {f"machine-{number}.crt": _pem(body) for number, body in enumerate(extra)}


def _bodies(path: Path) -> list[str]:
    return ["".join(body.split()) for body in _PEM.findall(path.read_text(errors="replace"))]


def _pem(body: str) -> str:
    encoded = base64.encodebytes(base64.b64decode(body)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{encoded}-----END CERTIFICATE-----\n"
