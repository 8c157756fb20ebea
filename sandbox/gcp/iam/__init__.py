# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Identity and Access Management v1, and IAM Credentials v1. The app imports the modules that register handlers."""
