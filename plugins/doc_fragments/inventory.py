# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the inventory plugins share."""

from __future__ import annotations


class ModuleDocFragment:
    """What plugin_utils/inventory.py does with the machines, whichever their cloud."""

    DOCUMENTATION = r"""
options:
  group:
    description: The group that the hosts land in.
    type: str
    default: workstation
  known_hosts_file:
    description: The file that M(mlops.workstation.ssh_known_host) pins host keys in.
    type: str
    default: ~/.ssh/known_hosts
  host_key_checking:
    description:
      - V(published) trusts pinned host keys only. V(accept-new) trusts whatever answers at the first contact.
    type: str
    choices: [published, accept-new]
    default: published
  allow_missing:
    description:
      - Whether machines that cannot be listed count as none rather than as an error. Where there is nothing yet to list
        machines of, that is so in silence, else with a warning.
      - For the playbook that is about to set everything up, and has its own say on what is wrong.
    type: bool
    default: false
  strict_partial:
    description:
      - Whether an answer that leaves something out is an error, and no host is taken from it. By default that is a
        warning, which a cached answer repeats.
    type: bool
    default: false
notes:
  - Each host has C(ansible_host), and C(ansible_ssh_common_args) that check its host keys under the machine's id. The
    group has the login, the private key and the Python interpreter as group variables, so that yours outdo them.
  - Hosts come in the order of their names, whichever part of the cloud answers first.
  - O(group), O(user), O(private_key_file), O(known_hosts_file) and O(host_key_checking) may be templates. They see the
    variables of the group C(all) that stand beside the source, and extra variables.
"""
