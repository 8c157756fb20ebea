# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where an API is reached: at what address credentials may be sent."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from .resource import CloudError


def is_local(url: str) -> bool:
    """Whether an endpoint is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check(url: str) -> None:
    """CloudError for an endpoint whose traffic others could read and change."""
    if not (url.startswith("https://") or (url.startswith("http://") and is_local(url))):
        raise CloudError(f"{url}: spoken to only over https, or on this machine, as others could listen in else.")
