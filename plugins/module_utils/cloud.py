# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a cloud meets AnsibleModule: how its modules begin, with options and a session, and how they end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .conclude import conclude
from .resource import CloudError, Resource, reconcile


class Counted(Protocol):
    """A session with a cloud."""

    @property
    def calls(self) -> int:
        """The API requests sent so far, retries included."""


S = TypeVar("S", bound=Counted)
Params = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Cloud(Generic[S]):
    """The options that all modules of a cloud have, what makes a session of them, and the libraries that it needs."""

    options: Mapping[str, Any]
    connect: Callable[[Params], S]
    libraries: str

    def run(self, factory: Callable[[S, Params], Resource], spec: Mapping[str, Any], **rules: Any) -> None:
        """The body of a module that manages a resource."""
        module = AnsibleModule(argument_spec={**self.options, **spec}, supports_check_mode=True, **rules)

        def work(session: S) -> dict[str, Any]:
            return reconcile(factory(session, module.params), check_mode=module.check_mode)

        self._with_session(module, work)

    def ask(self, question: Callable[[S, Params], Mapping[str, Any]], spec: Mapping[str, Any]) -> None:
        """The body of a module that only reads."""
        module = AnsibleModule(argument_spec={**self.options, **spec}, supports_check_mode=True)
        self._with_session(module, lambda session: {"changed": False, **question(session, module.params)})

    def _with_session(self, module: AnsibleModule, work: Callable[[S], dict[str, Any]]) -> None:
        try:
            session = self.connect(module.params)
        except ImportError as error:
            module.fail_json(msg=missing_required_lib(self.libraries), exception=str(error))
        except CloudError as error:
            module.fail_json(msg=error.message, api_calls=0, **error.details)
        conclude(module, lambda: work(session), lambda: {"api_calls": session.calls})
