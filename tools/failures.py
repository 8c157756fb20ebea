# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tables of docs/failures-*.md: each row names tests, and says what they show only while they run and pass."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

TEST = re.compile(r"`(tests/\S+\.py::\w+)`")


class Row(NamedTuple):
    """One row: its line in the file, its first cell, and the node ids of the tests in its last."""

    line: int
    title: str
    tests: list[str]


def rows(text: str) -> Iterator[Row]:
    """Yield the rows below each table's head, which ends with a line of dashes."""
    in_body = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            in_body = False
        elif set(line) <= set("|-: "):
            in_body = True
        elif in_body:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            yield Row(number, cells[0], TEST.findall(cells[-1]))


def unshown(folder: Path, results: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    """Yield a line for each row that its tests do not show. results: a test as reports name it, parameters included,
    and its outcome (None for passed)."""
    outcomes: defaultdict[str, set[str | None]] = defaultdict(set)
    for name, outcome in results:
        outcomes[name.partition("[")[0]].add(outcome)
    tables = sorted(folder.glob("failures-*.md"))
    if not tables:
        yield f"{folder}: there is no failures-*.md"
    for table in tables:
        found = list(rows(table.read_text(encoding="utf-8")))
        if not found:
            yield f"{table}: there is no row in it"
        for row in found:
            where = f"{table}:{row.line}: {row.title!r}"
            if not row.tests:
                yield f"{where} names no test"
            for test in row.tests:
                got = outcomes.get(test.replace(".py::", ".").replace("/", "."))
                if got != {None}:
                    how = "did not run" if got is None else f"ended as {', '.join(sorted(filter(None, got)))}"
                    yield f"{where}: {test} {how}"
