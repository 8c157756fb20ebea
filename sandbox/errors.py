# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The error that the command line prints without a traceback."""

from __future__ import annotations


class SandboxError(Exception):
    """Something the sandbox needs is missing or failed; the text says what happened and what to do."""
