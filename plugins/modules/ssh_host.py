#!/usr/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_host
short_description: Manage one Host block of your SSH configuration
version_added: 0.1.0
description:
  - Keeps a block between two marks at the top of C(~/.ssh/config), or of a file that it includes. Everything else in
    the file stays byte for byte. The block ends with C(Host *), so that options for all hosts below it still are.
  - A name that a Host line of your own uses already, here or in an included file, is reported and left to it.
  - The file is replaced atomically, at mode 0600; what it points to, where it is a symlink.
author:
  - mlops.workstation contributors (@mlops)
options:
  aliases:
    description: The names to use with ssh. No patterns.
    type: list
    elements: str
    required: true
  block:
    description: What tells this block from others of this module in the file. The first alias if unset.
    type: str
  hostname:
    description: The address or name to connect to. Needed to make the block.
    type: str
  user:
    description: The login.
    type: str
  identity_file:
    description: The path of the private key.
    type: str
  identities_only:
    description: Whether no other key is tried, whatever the agent holds.
    type: bool
  host_key_alias:
    description: The name under which the host's keys are pinned.
    type: str
  known_hosts_file:
    description: The file they are pinned in, where it is not ssh's own.
    type: str
  server_alive_interval:
    description: After how many seconds of silence to ask whether the host is still there.
    type: int
  local_forward:
    description: Ports of this machine to forward, each as C(8888 127.0.0.1:8888).
    type: list
    elements: str
  take_over:
    description: Whether a name that a Host line of your own uses is taken all the same. That line stays, behind ours.
    type: bool
    default: false
  path:
    description: The configuration file.
    type: path
    default: ~/.ssh/config
  state:
    description: Whether the block is to be there.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - mlops.workstation.attributes
seealso:
  - module: mlops.workstation.ssh_known_host
"""

EXAMPLES = r"""
- name: Let 'ssh mlops-zoom' just work
  mlops.workstation.ssh_host:
    aliases: [mlops-zoom, gcp-mlops-zoom]
    hostname: 192.0.2.10
    user: mlops-zoom-user
    identity_file: ~/.ssh/mlops-zoom
    identities_only: true
    host_key_alias: compute.4567890123456789012
    local_forward: ["8888 127.0.0.1:8888"]
"""

RETURN = r"""
actions:
  description: The steps that were taken, or would be taken in check mode, in their order.
  returned: success
  type: list
  elements: str
  sample: [create]
resource:
  description: The block as it is now, or as it would be in check mode; empty if there is none.
  returned: success
  type: dict
  sample:
    aliases: [mlops-zoom, gcp-mlops-zoom]
    hostname: 192.0.2.10
    user: mlops-zoom-user
    identity_file: ~/.ssh/mlops-zoom
    identities_only: true
    host_key_alias: compute.4567890123456789012
    known_hosts_file: null
    server_alive_interval: null
    local_forward: ["8888 127.0.0.1:8888"]
    mode: "0600"
"""

from ..module_utils.ssh.module import run
from ..module_utils.ssh.resources.host import SshHost

SPEC = {
    "aliases": {"type": "list", "elements": "str", "required": True},
    "block": {"type": "str"},
    "hostname": {"type": "str"},
    "user": {"type": "str"},
    "identity_file": {"type": "str"},
    "identities_only": {"type": "bool"},
    "host_key_alias": {"type": "str", "no_log": False},
    "known_hosts_file": {"type": "str"},
    "server_alive_interval": {"type": "int"},
    "local_forward": {"type": "list", "elements": "str"},
    "take_over": {"type": "bool", "default": False},
    "path": {"type": "path", "default": "~/.ssh/config"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def main() -> None:
    run(SshHost, SPEC)


if __name__ == "__main__":
    main()
