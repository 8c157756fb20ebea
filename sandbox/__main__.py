# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets `python -m sandbox` run the command line."""

from __future__ import annotations

import sys

from sandbox.cli import main

sys.exit(main())
