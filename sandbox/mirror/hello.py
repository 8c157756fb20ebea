# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hello-world image, laid out as a registry stores it on disk.

Written to the registry's storage rather than pushed: the registry then runs read-only, and the result is the same
bytes each time.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path

_NAME = "library/hello-world"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_EPOCH = "2022-05-01T00:00:00Z"
_TYPE = "application/vnd.docker."
GREETING = """
Hello from Docker!
This message comes from a container, so the engine works: the client asked it for an image, it pulled that image
from its registry, made a container of it, and sent what the container printed back to the client.

The image is the mlops.workstation sandbox's stand-in for hello-world, not the one on Docker Hub.

"""


def lay_out(storage: Path, busybox: Path) -> None:
    """Fills a registry's storage directory; busybox is a statically linked one."""
    layer = _layer(busybox.read_bytes())
    config = _config(hashlib.sha256(layer).hexdigest())
    packed = gzip.compress(layer, mtime=0)
    blobs = [
        _blob(storage, json.dumps(config).encode(), "container.image.v1+json"),
        _blob(storage, packed, "image.rootfs.diff.tar.gzip"),
    ]
    media_type = "distribution.manifest.v2+json"
    manifest = {"schemaVersion": 2, "mediaType": f"{_TYPE}{media_type}", "config": blobs[0], "layers": blobs[1:]}
    described = _blob(storage, json.dumps(manifest).encode(), media_type)
    repository = storage / "docker/registry/v2/repositories" / _NAME
    for blob in blobs:
        _link(repository / "_layers", blob["digest"])
    _link(repository / "_manifests/revisions", described["digest"])
    _link(repository / "_manifests/tags/latest/index", described["digest"])
    current = repository / "_manifests/tags/latest/current/link"
    current.parent.mkdir(parents=True)
    current.write_text(str(described["digest"]))


def _layer(busybox: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content, mode in (("busybox", busybox, 0o755), ("greeting", GREETING.encode(), 0o644)):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), mode
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _config(layer: str) -> dict[str, object]:
    return {
        "architecture": _ARCHITECTURES[platform.machine()],
        "os": "linux",
        "created": _EPOCH,
        "config": {"Cmd": ["/busybox", "cat", "/greeting"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
        "history": [{"created": _EPOCH, "created_by": "mlops.workstation sandbox"}],
    }


def _blob(storage: Path, content: bytes, media_type: str) -> dict[str, object]:
    hexadecimal = hashlib.sha256(content).hexdigest()
    path = storage / "docker/registry/v2/blobs/sha256" / hexadecimal[:2] / hexadecimal / "data"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": f"{_TYPE}{media_type}", "size": len(content), "digest": f"sha256:{hexadecimal}"}


def _link(folder: Path, digest: object) -> None:
    path = folder / str(digest).replace(":", "/") / "link"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(digest))
