# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The address that this machine has for the rest of the world."""

from __future__ import annotations

import ipaddress
import urllib.error

from ansible.module_utils.urls import open_url

from .. import endpoint
from ..resource import CloudError

TIMEOUT = 10


def network(url: str) -> str:
    """The network of that one address, as 192.0.2.1/32; CloudError where the page at url does not say it."""
    endpoint.check(url)
    remedy = "Give another my_ip_url, or the addresses themselves in ssh_from."
    try:
        with open_url(url, timeout=TIMEOUT, use_proxy=not endpoint.is_local(url)) as page:
            text = page.read(100).decode("ascii", "replace").strip()
        return str(ipaddress.ip_network(text))
    except (OSError, urllib.error.URLError) as error:
        raise CloudError(f"my_ip: {url} could not be read: {error}. {remedy}") from error
    except ValueError as error:
        raise CloudError(f"my_ip: {url} does not answer with an address. {remedy}") from error
