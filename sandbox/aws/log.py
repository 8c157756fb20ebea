# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a request to AWS may stand in the log."""

from __future__ import annotations

from typing import Any

# A password or token may hide in a script. Signatures are headers, which are never logged.
HIDDEN_FIELDS = frozenset(["UserData"])


def redacted(value: Any) -> Any:
    """A request's parameters, secrets left out."""
    if isinstance(value, dict):
        return {name: redacted(item) for name, item in value.items() if name not in HIDDEN_FIELDS}
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value
