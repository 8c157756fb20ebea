#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_known_host
short_description: Pin the SSH host keys of one name
version_added: 0.1.0
description:
  - Puts all host keys of a name into a known_hosts file, or takes them out. Every other line stays byte for byte.
  - A key that differs from the pinned one of its type is refused with an explanation, not replaced.
  - The file is replaced atomically, at mode 0600.
author:
  - mlops.workstation contributors (@mlops)
options:
  name:
    description:
      - The name that ssh looks up. For a machine whose address changes use a name that does not, together with
        C(HostKeyAlias).
    type: str
    required: true
  keys:
    description: The keys, each as type and base64 text. Needed to pin them.
    type: list
    elements: str
  path:
    description: The known_hosts file.
    type: path
    default: ~/.ssh/known_hosts
  replace:
    description: Whether keys that differ from the pinned ones replace them. For when you know why they changed.
    type: bool
    default: false
  state:
    description: Whether the name is to have keys in the file.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.attributes
seealso:
  - module: mlops.workstation.gcp_host_keys
  - module: mlops.workstation.ssh_host
"""

EXAMPLES = r"""
- name: Pin the keys of a machine under its id
  mlops.workstation.ssh_known_host:
    name: compute.4567890123456789012
    keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [create]
resource:
  description: The name and its keys; empty if it has none.
  returned: success
  type: dict
  sample:
    name: compute.4567890123456789012
    keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample]
"""

from ..module_utils.ssh.module import run
from ..module_utils.ssh.resources.known_host import KnownHost

SPEC = {
    "name": {"type": "str", "required": True},
    "keys": {"type": "list", "elements": "str", "no_log": False},
    "path": {"type": "path", "default": "~/.ssh/known_hosts"},
    "replace": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(KnownHost, SPEC)


if __name__ == "__main__":
    main()
