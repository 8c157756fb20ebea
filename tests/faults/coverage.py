# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a story has to show: read from the modules' own source, so that whatever joins them is missed at once."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TypeVar

from sandbox.config import REPOSITORY

MODULES = REPOSITORY / "plugins" / "modules"
RESOURCES = REPOSITORY / "plugins" / "module_utils"

# How the first argument of a call begins that changes nothing.
READING = ("'describe_", "'get_")

TABLES = {"WRITERS", "POWER_CALLS"}

N = TypeVar("N", bound=ast.AST)


def changing_modules(prefix: str) -> set[str]:
    """The modules that do more than read: they run a resource rather than ask a question."""
    return {
        path.stem
        for path in MODULES.glob(f"{prefix}_*.py")
        if any(alias.name == "run" for node in _nodes(path, ast.ImportFrom) for alias in node.names)
    }


def unmet(cloud: str, functions: Collection[str], witness: Path) -> set[str]:
    """The calls of these functions in resources that the witness has not met, but for those that read."""
    met: dict[str, set[int]] = {}
    for entry in witness.read_text(encoding="utf-8").splitlines():
        file, _, line = entry.rpartition(":")
        met.setdefault(file, set()).add(int(line))
    return {
        f"{path.name}: {ast.unparse(call)}"
        for path in _resources(cloud)
        for call in _calls(path, functions)
        if not met.get(str(path.resolve()), set()) & set(range(call.lineno, (call.end_lineno or 0) + 1))
    }


def _calls(path: Path, functions: Collection[str]) -> Iterator[ast.Call]:
    modules = {alias.asname or alias.name for node in _nodes(path, ast.ImportFrom) for alias in node.names}
    for call in _nodes(path, ast.Call):
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr not in functions:
            continue
        of_module = isinstance(function.value, ast.Name) and function.value.id in modules
        if not of_module and not (call.args and ast.unparse(call.args[0]).lstrip("f").startswith(READING)):
            yield call


def exists(test: str) -> bool:
    """Whether there is a test of this node id."""
    path, _, name = test.partition("::")
    return f"def {name}(" in (REPOSITORY / path).read_text(encoding="utf-8")


def actions(cloud: str) -> set[str]:
    """The steps that resources name, and those that their tables of steps list."""
    named: list[ast.expr | None] = []
    for path in _resources(cloud):
        for call in _nodes(path, ast.Call):
            named += call.args[:1] if isinstance(call.func, ast.Name) and call.func.id == "Step" else []
        for table in _tables(path):
            named += table.keys if isinstance(table, ast.Dict) else list(_inside(table, ast.Constant))
    return {str(node.value) for node in named if isinstance(node, ast.Constant)}


def _tables(path: Path) -> Iterator[ast.expr]:
    for node in _nodes(path, ast.stmt):
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value and any(isinstance(target, ast.Name) and target.id in TABLES for target in targets):
            yield value


def _resources(cloud: str) -> Iterator[Path]:
    yield from sorted((RESOURCES / cloud / "resources").glob("*.py"))


def _nodes(path: Path, kind: type[N]) -> Iterator[N]:
    yield from _inside(ast.parse(path.read_text(encoding="utf-8")), kind)


def _inside(tree: ast.AST, kind: type[N]) -> Iterator[N]:
    yield from (node for node in ast.walk(tree) if isinstance(node, kind))
