# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def close_to(wrong: str, known: Iterable[str]) -> str:
    """A hint that names what was probably meant, "" if nothing comes near."""
    near = difflib.get_close_matches(wrong, list(known), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(near)}?" if near else ""
