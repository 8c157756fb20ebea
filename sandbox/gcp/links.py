# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of things: self links, references in any of the forms Google takes, ids, time stamps, fingerprints."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
import secrets
import time
from typing import Any

HOST = "https://www.googleapis.com"
BASE = f"{HOST}/compute/v1/"

# A client built for another endpoint puts that endpoint into its references; what follows the version counts.
_REFERENCE = re.compile(r"(?:https?://[^/]+/compute/(?:v1|beta|alpha)/)?/?(.+)")


def link(path: str) -> str:
    """The self link of a path."""
    return BASE + path


def path_of(reference: str, project: str, scope: str = "") -> str | None:
    """The path a reference means: a full URL, projects/p/…, zones/z/… or, within scope, a bare name or kind/name."""
    found = _REFERENCE.fullmatch(reference)
    if not found or ":" in found[1]:
        return None
    path = found[1]
    if path.startswith("projects/"):
        return path
    if path.startswith(("zones/", "regions/", "global/")):
        return f"projects/{project}/{path}"
    return f"projects/{project}/{scope}/{path}" if scope else None


def name_of(reference: str) -> str:
    """The last part of a path or link."""
    return reference.rsplit("/", 1)[-1]


def scope_of(path: str) -> str:
    """zones/z, regions/r or global."""
    parts = path.split("/")
    return "global" if parts[2] == "global" else "/".join(parts[2:4])


def project_of(path: str) -> str:
    """The id of the project a path of Compute Engine is in."""
    return path.split("/")[1]


def region_of(zone: str) -> str:
    """The region of a zone's name."""
    return zone.rsplit("-", 1)[0]


def region_in(path: str) -> str:
    """The region a path is in: projects/p/zones/z/… or projects/p/regions/r/…."""
    _, _, kind, place, *_ = path.split("/")
    return region_of(place) if kind == "zones" else place


def new_id() -> str:
    """A 64-bit id as a decimal string."""
    return str(secrets.randbelow(9 * 10**18) + 10**18)


def fixed_id(text: str) -> str:
    """An id that is always the same for the same text, for what is not stored."""
    return str(int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") + 10**15)


def now() -> str:
    """A time stamp in Google's form, with the zone of its west coast."""
    zone = datetime.timezone(datetime.timedelta(hours=-8))
    return datetime.datetime.now(zone).isoformat(timespec="milliseconds")


def utc(seconds: float) -> str:
    """A moment as the APIs beside Compute Engine write it."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc_now() -> str:
    """This moment, in the same form."""
    return utc(time.time())


def fingerprint(content: Any) -> str:
    """A digest of what a resource holds, as the API's 8 bytes in base64."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
    return base64.urlsafe_b64encode(digest[:8]).decode()
