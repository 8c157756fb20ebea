# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Google Cloud APIs of the sandbox: create_app() makes the WSGI application."""

from __future__ import annotations

from sandbox.gcp.app import create_app

__all__ = ["create_app"]
