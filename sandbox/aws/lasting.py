# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records that outlive the version of the sandbox that wrote them."""

from __future__ import annotations

import dataclasses
from typing import Any, cast


class Lasting:
    """A dataclass whose pickles may lack fields that were added since: those take their defaults."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        fields = dataclasses.fields(cast(Any, self))
        vars(self).update({field.name: field.default for field in fields if field.default is not dataclasses.MISSING})
        vars(self).update({field.name: field.default_factory() for field in fields if callable(field.default_factory)})
        vars(self).update(state)
