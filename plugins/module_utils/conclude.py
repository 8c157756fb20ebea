# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How every module ends: with the result, or with the one message of a CloudError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .resource import CloudError

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def conclude(
    module: AnsibleModule, work: Callable[[], dict[str, Any]], extra: Callable[[], Mapping[str, Any]] = dict
) -> None:
    """Does the work and ends the module. "warnings" of its result become Ansible's; extra is returned in any case."""
    try:
        result = work()
    except CloudError as error:
        module.fail_json(msg=error.message, **extra(), **error.details)
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    module.exit_json(**result, **extra())
