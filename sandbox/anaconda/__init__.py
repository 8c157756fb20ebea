# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small stand-in for Anaconda's installer: the same command line and traces, a real Python with a real Jupyter."""
