# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules of Google Cloud share: the options of the connection, and how they begin and end."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from .session import connect

# The environment's part in these is in connect(), which serves the inventory too.
COMMON: dict[str, Any] = {
    "project": {"type": "str"},
    "auth_kind": {
        "type": "str",
        "choices": ["auto", "application", "serviceaccount", "accesstoken", "machineaccount"],
        "default": "auto",
    },
    "service_account_file": {"type": "path"},
    "credentials_file": {"type": "path"},
    "access_token": {"type": "str", "no_log": True},
    "impersonate_service_account": {"type": "str"},
    "quota_project": {"type": "str"},
    "endpoints": {"type": "dict"},
    "token_endpoint": {"type": "str", "no_log": False},
    "timeout": {"type": "int", "default": 600},
}


_CLOUD = Cloud(COMMON, connect, "google-auth")
run = _CLOUD.run
ask = _CLOUD.ask
