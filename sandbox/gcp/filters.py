# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list methods' filter: AIP-160 comparisons, or the older eq and ne with a regular expression.

As in AIP-160, OR binds tighter than AND, and terms side by side are joined by AND.
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.gcp.errors import ApiError, invalid
from sandbox.gcp.store import Resource

Predicate = Callable[[Resource], bool]

_QUOTED = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\''
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"(AND|OR|NOT)\b|-(?=[(A-Za-z_])")
_FIELD = re.compile(r"[A-Za-z_][\w.-]*")
_OPERATOR = re.compile(r"\s*(!=|<=|>=|=|<|>|:)\s*|\s+(eq|ne)\s+")
_VALUE = re.compile(rf"{_QUOTED}|[^\s()]+")
_PATTERN = re.compile(rf"{_QUOTED}|[^()]*(?:\([^()]*\)[^()]*)*")

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def parse(text: str, parameter: str = "filter") -> Predicate:
    """A filter as a predicate on resources; ApiError as Google words it where it is none."""
    try:
        parser = _Parser(text)
        predicate = parser.conjunction()
        parser.end()
    except (ValueError, re.error) as error:
        raise _invalid(text, parameter) from error
    if len(parser.styles) > 1:
        raise _invalid(text, parameter)
    return predicate


def select(
    text: str, parameter: str, items: Iterable[Resource], view: Callable[[Resource], Resource]
) -> list[Resource]:
    """The items whose view, which has the fields under the names that may be asked for, fits the filter."""
    predicate = parse(text, parameter) if text.strip() else None
    return [item for item in items if predicate is None or predicate(view(item))]


def _invalid(text: str, parameter: str) -> ApiError:
    return invalid(parameter, text, "Invalid list filter expression.")


class _Parser:
    """Recursive descent; ValueError where the text is not a filter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.styles: set[str] = set()

    def conjunction(self) -> Predicate:
        """Terms joined by AND, said or not."""
        terms = [self._disjunction()]
        while not self._at_end():
            self._keyword("AND")
            terms.append(self._disjunction())
        return lambda item: all(term(item) for term in terms)

    def end(self) -> None:
        """Refuses what is left over."""
        if self.position < len(self.text):
            raise ValueError(self.text)

    def _disjunction(self) -> Predicate:
        terms = [self._factor()]
        while self._keyword("OR"):
            terms.append(self._factor())
        return lambda item: any(term(item) for term in terms)

    def _factor(self) -> Predicate:
        if self._keyword("NOT") or self._keyword("-"):
            inner = self._factor()
            return lambda item: not inner(item)
        self._take(_SPACE)
        if not self.text.startswith("(", self.position):
            return self._comparison()
        self.position += 1
        inner = self.conjunction()
        if not self.text.startswith(")", self.position):
            raise ValueError(self.text)
        self.position += 1
        return inner

    def _comparison(self) -> Predicate:
        field = self._need(_FIELD)[0]
        found = self._need(_OPERATOR)
        name = found[1] or found[2]
        self.styles.add("regular expression" if found[2] else "AIP-160")
        value = _unquote(self._need(_PATTERN if found[2] else _VALUE)[0].strip())
        return _comparison(field, name, value)

    def _at_end(self) -> bool:
        self._take(_SPACE)
        return self.position >= len(self.text) or self.text[self.position] == ")"

    def _keyword(self, word: str) -> bool:
        self._take(_SPACE)
        found = _WORD.match(self.text, self.position)
        if not found or found[0] != word:
            return False
        self.position = found.end()
        return True

    def _need(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = self._take(pattern)
        if not found:
            raise ValueError(self.text)
        return found

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found


def _comparison(field: str, name: str, value: str) -> Predicate:
    keys = field.split(".")
    if name in ("eq", "ne"):
        pattern = re.compile(value)
        return lambda item: any(pattern.fullmatch(_text(v)) for v in _values(item, keys)) == (name == "eq")
    if name in _ORDER:
        return lambda item: any(_ordered(name, found, value) for found in _values(item, keys))
    if name == "!=":
        return lambda item: not any(_equal(found, value) for found in _values(item, keys))
    if name == ":" and value == "*":
        return lambda item: any(True for _ in _values(item, keys))
    return lambda item: any(_equal(found, value) for found in _values(item, keys))


def _values(item: Any, keys: list[str]) -> Iterator[Any]:
    """What a field path leads to; in a list, any element will do."""
    if isinstance(item, list):
        for element in item:
            yield from _values(element, keys)
    elif not keys:
        yield item
    elif isinstance(item, dict) and keys[0] in item:
        yield from _values(item[keys[0]], keys[1:])


def _equal(found: Any, value: str) -> bool:
    return fnmatch.fnmatchcase(_text(found), value.replace("[", "[[]").replace("?", "[?]"))


def _ordered(name: str, found: Any, value: str) -> bool:
    try:
        return _ORDER[name](float(found), float(value))
    except (TypeError, ValueError):
        return _ORDER[name](_text(found), value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unquote(text: str) -> str:
    return re.sub(r"\\([\"'])", r"\1", text[1:-1]) if text[:1] in ("'", '"') and text[-1:] == text[:1] else text
