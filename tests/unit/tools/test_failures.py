# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What keeps the tables of docs/failures-*.md true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.failures import unshown

HEAD = "# Failures\n\n| There | Here | Shown by |\n|---|---|---|\n"
ROW = "| A twin | One | `tests/unit/test_plan.py::test_one`, `tests/unit/test_plan.py::test_two` |\n"
ONE, TWO = ("tests.unit.test_plan.test_one", None), ("tests.unit.test_plan.test_two[a-b.c[0]]", None)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([ONE, TWO], []),
        ([ONE], ["tests/unit/test_plan.py::test_two did not run"]),
        ([TWO, ("tests.unit.test_plan.test_one", "skipped")], ["tests/unit/test_plan.py::test_one ended as skipped"]),
        (
            [ONE, TWO, ("tests.unit.test_plan.test_two[other]", "failure")],
            ["tests/unit/test_plan.py::test_two ended as failure"],
        ),
        ([ONE, ("tests.unit.test_plan.test_two_more", None)], ["tests/unit/test_plan.py::test_two did not run"]),
    ],
    ids=["passed", "did not run", "skipped", "failed with one of its parameters", "another that begins alike"],
)
def test_a_row_needs_all_its_tests_to_pass(
    tmp_path: Path, results: list[tuple[str, str | None]], expected: list[str]
) -> None:
    table = tmp_path / "failures-cloud.md"
    table.write_text(HEAD + ROW)
    assert list(unshown(tmp_path, results)) == [f"{table}:5: 'A twin': {line}" for line in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD, ": there is no row in it"),
        ("No table.\n", ": there is no row in it"),
        (HEAD + "| A twin | `tests/unit/test_plan.py::test_one` | see there |\n", ":5: 'A twin' names no test"),
    ],
)
def test_a_table_that_shows_nothing_fails(tmp_path: Path, text: str, expected: str) -> None:
    table = tmp_path / "failures-cloud.md"
    table.write_text(text)
    assert list(unshown(tmp_path, [ONE])) == [f"{table}{expected}"]


def test_tables_that_are_gone_are_missed(tmp_path: Path) -> None:
    assert list(unshown(tmp_path, [ONE])) == [f"{tmp_path}: there is no failures-*.md"]
