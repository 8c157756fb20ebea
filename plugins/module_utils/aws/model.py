# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 as botocore is to know it: with the operations that are used here.

botocore reads its model of a service when it makes a client, and EC2's, with more than 800 operations, is the largest:
that takes two thirds of the time, before every task. So what is used of it is kept in the user's cache, cut out of the
installed botocore's own model at first and again for every other version of it. Where that cannot be, botocore's own
does as well.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..resource import CloudError
from ..ssh import files

Json = dict[str, Any]

OPERATIONS = (
    "AllocateAddress",
    "AssociateAddress",
    "AssociateIamInstanceProfile",
    "AuthorizeSecurityGroupIngress",
    "CancelSpotInstanceRequests",
    "CreateKeyPair",
    "CreateSecurityGroup",
    "CreateTags",
    "DeleteKeyPair",
    "DeleteSecurityGroup",
    "DescribeAddresses",
    "DescribeIamInstanceProfileAssociations",
    "DescribeImages",
    "DescribeInstanceAttribute",
    "DescribeInstances",
    "DescribeInstanceTypeOfferings",
    "DescribeKeyPairs",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVolumes",
    "DescribeVolumesModifications",
    "DescribeVpcs",
    "DisassociateAddress",
    "GetConsoleOutput",
    "ImportKeyPair",
    "ModifyInstanceAttribute",
    "ModifyInstanceMetadataOptions",
    "ModifyVolume",
    "ReleaseAddress",
    "ReplaceIamInstanceProfileAssociation",
    "RevokeSecurityGroupIngress",
    "RunInstances",
    "StartInstances",
    "StopInstances",
    "TerminateInstances",
)


def search_path() -> str | None:
    """The folder that botocore is to look for EC2's model in first; None where it could not be made."""
    import botocore

    digest = hashlib.sha256(" ".join(OPERATIONS).encode()).hexdigest()[:8]
    name = f"mlops.workstation/botocore-{botocore.__version__}-{digest}"
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / name
        if not any(folder.glob("ec2/*/service-2.json")):
            _make(folder)
        # Whoever else could write there could have requests sent to themselves.
        return None if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o022 else str(folder)
    except (OSError, RuntimeError, CloudError):  # RuntimeError: there is no home
        return None


def _make(folder: Path) -> None:
    from botocore.loaders import Loader

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    loader = Loader()
    name = f"ec2/{loader.determine_latest_version('ec2', 'service-2')}/service-2"
    files.write(str(folder / f"{name}.json"), json.dumps(reduced(loader.load_data(name))))


def reduced(model: Json) -> Json:
    """A service's model with these operations alone and the shapes that they reach, without documentation."""
    operations = {name: model["operations"][name] for name in OPERATIONS if name in model["operations"]}
    shapes: Json = {}
    reached = list(_shapes(operations))
    while reached:
        name = reached.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            reached += _shapes(shapes[name])
    kept: Json = _undocumented({**model, "operations": operations, "shapes": shapes})
    return kept


def _shapes(part: Any) -> Iterator[str]:
    """The names of the shapes that a part of a model refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for value in part.values():
            yield from _shapes(value)
    elif isinstance(part, list):
        for value in part:
            yield from _shapes(value)


def _undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        # A member may be called so too, which is not a text.
        texts = {key for key, value in part.items() if key == "documentation" and isinstance(value, str)}
        return {key: _undocumented(value) for key, value in part.items() if key not in texts}
    return [_undocumented(value) for value in part] if isinstance(part, list) else part
