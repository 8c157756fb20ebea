# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where Google Cloud meets AnsibleModule: the shared options, and the only exit_json and fail_json."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..resource import CloudError, Resource, reconcile
from . import session

# The environment's part in these is in session.connect(), which serves the inventory too.
COMMON: dict[str, Any] = {
    "project": {"type": "str"},
    "auth_kind": {
        "type": "str",
        "choices": ["auto", "application", "serviceaccount", "accesstoken"],
        "default": "auto",
    },
    "service_account_file": {"type": "path"},
    "access_token": {"type": "str", "no_log": True},
    "endpoint": {"type": "str"},
    "token_endpoint": {"type": "str", "no_log": False},
    "timeout": {"type": "int", "default": 600},
}


def run(
    factory: Callable[[session.Session, Mapping[str, Any]], Resource], spec: Mapping[str, Any], **rules: Any
) -> None:
    """The body of every module: one resource, brought to its desired state."""
    module = AnsibleModule(argument_spec={**COMMON, **spec}, supports_check_mode=True, **rules)
    connection: session.Session | None = None
    try:
        connection = session.connect(module.params)
        result = reconcile(factory(connection, module.params), check_mode=module.check_mode)
    except ImportError as error:
        module.fail_json(msg=missing_required_lib("google-auth and requests"), exception=str(error))
    except CloudError as error:
        module.fail_json(msg=error.message, api_calls=connection.calls if connection else 0, **error.details)
    for warning in result.pop("warnings"):
        module.warn(warning)
    module.exit_json(**result, api_calls=connection.calls)
