# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a project is written: by people, by the API, and in results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...resource import CloudError
from .. import names

Json = dict[str, Any]

FIELDS = ("project_id", "number", "name", "parent", "state", "labels", "billing_account", "billing_enabled")
# What an option may be, and how to say so.
FORMS: Mapping[str, tuple[str, str]] = {
    "name": (r"[A-Za-z0-9 '\"!-]{4,30}", "4 to 30 letters, digits, spaces, hyphens, quotes or exclamation marks"),
    "parent": (r"(folders|organizations)/\d+", "folders/NUMBER or organizations/NUMBER"),
    "billing_account": (r"(billingAccounts/)?[0-9A-F]{6}(-[0-9A-F]{6}){2}", "of the form 012345-6789AB-CDEF01"),
}
TO_API: Mapping[str, str] = {"project_id": "projectId", "name": "displayName", "parent": "parent", "labels": "labels"}


def check(params: Mapping[str, Any]) -> None:
    """CloudError for an option that Google Cloud would not take."""
    for option, (pattern, form) in FORMS.items():
        value = params[option]
        if value is not None and not re.fullmatch(pattern, value):
            raise CloudError(f"{option} is {value!r}, and has to be {form}.")


def from_api(found: Mapping[str, Any], billing: Mapping[str, Any]) -> Json:
    """A project as the APIs answer it, in the module's terms; billing is {} where it is not managed."""
    return {
        "project_id": found["projectId"],
        "number": names.short(found["name"]),
        "name": found.get("displayName"),
        "parent": found.get("parent"),
        "state": found.get("state"),
        "labels": dict(found.get("labels") or {}),
        "billing_account": billing.get("billingAccountName") or None,
        "billing_enabled": billing.get("billingEnabled"),
    }
