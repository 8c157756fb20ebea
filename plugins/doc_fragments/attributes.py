# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of what every module can do."""

from __future__ import annotations


class ModuleDocFragment:
    """Check mode and diff mode, from the one engine."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what would change, without changing it.
    support: full
  diff_mode:
    description: Returns what changes, or would change in check mode, when in diff mode.
    support: full
"""

    READ_ONLY = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode), as it only reads.
    support: full
  diff_mode:
    description: Returns what changes, or would change in check mode, when in diff mode.
    support: none
"""
