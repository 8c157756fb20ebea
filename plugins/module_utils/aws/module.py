# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules of AWS share: the options of the connection, and how they begin and end."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from .session import connect

# The environment's part in these is botocore's, as for every program that uses it.
COMMON: dict[str, Any] = {
    "region": {"type": "str"},
    "profile": {"type": "str"},
    "access_key": {"type": "str", "no_log": False},
    "secret_key": {"type": "str", "no_log": True},
    "session_token": {"type": "str", "no_log": True},
    "endpoint_url": {"type": "str"},
    "timeout": {"type": "int", "default": 600},
}

_CLOUD = Cloud(COMMON, connect, "boto3")
run = _CLOUD.run
ask = _CLOUD.ask
