# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where Google Cloud meets AnsibleModule: the shared options, and a session for the module's work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..conclude import conclude
from ..resource import CloudError, Resource, reconcile
from .session import Session, connect

# The environment's part in these is in connect(), which serves the inventory too.
COMMON: dict[str, Any] = {
    "project": {"type": "str"},
    "auth_kind": {
        "type": "str",
        "choices": ["auto", "application", "serviceaccount", "accesstoken", "machineaccount"],
        "default": "auto",
    },
    "service_account_file": {"type": "path"},
    "access_token": {"type": "str", "no_log": True},
    "impersonate_service_account": {"type": "str"},
    "quota_project": {"type": "str"},
    "endpoints": {"type": "dict"},
    "token_endpoint": {"type": "str", "no_log": False},
    "timeout": {"type": "int", "default": 600},
}


def run(factory: Callable[[Session, Mapping[str, Any]], Resource], spec: Mapping[str, Any], **rules: Any) -> None:
    """The body of a module that manages a resource."""
    module = AnsibleModule(argument_spec={**COMMON, **spec}, supports_check_mode=True, **rules)

    def work(session: Session) -> dict[str, Any]:
        return reconcile(factory(session, module.params), check_mode=module.check_mode)

    _with_session(module, work)


def ask(question: Callable[[Session, Mapping[str, Any]], Mapping[str, Any]], spec: Mapping[str, Any]) -> None:
    """The body of a module that only reads."""
    module = AnsibleModule(argument_spec={**COMMON, **spec}, supports_check_mode=True)
    _with_session(module, lambda session: {"changed": False, **question(session, module.params)})


def _with_session(module: AnsibleModule, work: Callable[[Session], dict[str, Any]]) -> None:
    try:
        session = connect(module.params)
    except ImportError as error:
        module.fail_json(msg=missing_required_lib("google-auth and requests"), exception=str(error))
    except CloudError as error:
        module.fail_json(msg=error.message, api_calls=0, **error.details)
    conclude(module, lambda: work(session), lambda: {"api_calls": session.calls})
