# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local Google Cloud and AWS whose virtual machines are systemd hosts in containers, reached over real SSH."""
