# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a person's SSH files meet AnsibleModule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..conclude import conclude
from ..resource import Resource, reconcile


def run(factory: Callable[[Mapping[str, Any]], Resource], spec: Mapping[str, Any], **rules: Any) -> None:
    """The body of a module that manages an entry of such a file."""
    module = AnsibleModule(argument_spec=dict(spec), supports_check_mode=True, **rules)
    conclude(module, lambda: reconcile(factory(module.params), check_mode=module.check_mode))
