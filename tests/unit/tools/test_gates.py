# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `make test` says at its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import gates
from tools.gates import Counts, Outcome

REPORT = """<testsuites><testsuite>
<testcase classname="tests.unit.test_plan" name="test_replace" />
<testcase classname="tests.unit.test_plan" name="test_update"><failure message="assert 1 == 2" /></testcase>
<testcase classname="tests.unit.test_wait" name="test_clock"><skipped message="no clock here" /></testcase>
<testcase classname="tests.unit.test_wait" name="test_sleep"><error message="fixture" /></testcase>
</testsuite></testsuites>"""
OFFER = {
    "gcp": {"endpoints": {"compute": "http://127.0.0.1:8491/compute/v1"}, "image_family": "debian-12"},
    "aws": {"endpoint_url": "http://127.0.0.1:8492"},
    "mirror": {"anaconda": {"version": "2022.05-test"}},
}


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "REPORTS", tmp_path)
    monkeypatch.setenv("SANDBOX_HOME", str(tmp_path / "sandbox"))
    monkeypatch.delenv("KEEP", raising=False)


def test_a_gates_tests_are_counted_by_outcome(tmp_path: Path) -> None:
    (tmp_path / "units.xml").write_text(REPORT)

    assert gates.count(Outcome("units", passed=False, seconds=1)) == Counts(passed=1, failed=2, skipped=1)


@pytest.mark.parametrize(("passed", "expected"), [(True, Counts(passed=1)), (False, Counts(failed=1))])
def test_a_gate_without_a_report_is_one_check(passed: bool, expected: Counts) -> None:
    assert gates.count(Outcome("lint", passed=passed, seconds=1)) == expected


def test_a_gate_that_failed_outside_its_tests_still_counts_as_a_failure(tmp_path: Path) -> None:
    (tmp_path / "units.xml").write_text('<testsuites><testcase classname="a" name="b" /></testsuites>')

    assert gates.count(Outcome("units", passed=False, seconds=1)).failed == 1


def test_what_did_not_run_is_listed_by_name_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "units.xml").write_text(REPORT)
    (tmp_path / "sanity.log").write_text('Running "pep8"\nWARNING: Skipping sanity test "import" because of X.\n')

    listed = list(gates.not_run([Outcome("lint", passed=True, seconds=1), Outcome("types", passed=False, seconds=1)]))

    assert listed[:2] == ["gate sanity: types failed before it", "gate units: types failed before it"]
    assert "test tests.unit.test_wait.test_clock: no clock here" in listed
    assert 'Skipping sanity test "import" because of X.' in listed
    assert not any("hosts of" in line for line in listed)


def test_stand_ins_and_unserved_hosts_are_listed_from_the_sandbox_that_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "offer.json").write_text(json.dumps(OFFER))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")

    listed = list(gates.not_run([Outcome(gate, passed=True, seconds=1) for gate in gates.GATES]))

    assert [line.partition(":")[0] for line in listed] == [
        "Google Cloud itself",
        "AWS itself",
        "the virtual machine itself",
        "Anaconda itself",
        "hosts of image family ubuntu-2204-lts",
        "hosts of architecture aarch64",
    ]


def test_a_sandbox_that_is_gone_is_said_to_be() -> None:
    assert "not up" in next(gates.not_run_in_sandbox())


@pytest.mark.parametrize(("passed", "closing"), [(True, "1 passed, 0 failed"), (False, "0 passed, 1 failed")])
def test_the_closing_line_counts(capsys: pytest.CaptureFixture[str], passed: bool, closing: str) -> None:
    assert gates.report([Outcome("lint", passed=passed, seconds=61)], ["the moon: too far"]) is passed

    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == f"checks: {closing}, 0 skipped"
    assert "the moon: too far" in printed


def test_gates_stop_at_the_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "run_gate", lambda gate: Outcome(gate, passed=gate != "types", seconds=0))

    assert [outcome.gate for outcome in gates.run_gates()] == ["lint", "types"]


@pytest.mark.parametrize(("named", "passed"), [("test_replace", True), ("test_gone", False)])
def test_the_tables_are_checked_once_every_gate_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str, passed: bool
) -> None:
    (tmp_path / "units.xml").write_text(REPORT)
    (tmp_path / "docs").mkdir()
    table = f"| There | Here | Shown by |\n|---|---|---|\n| A | B | `tests/unit/test_plan.py::{named}` |\n"
    (tmp_path / "docs" / "failures-cloud.md").write_text(table)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gates, "run_gate", lambda gate: Outcome(gate, passed=True, seconds=0))

    assert [outcome[:2] for outcome in gates.run_gates()][-2:] == [("molecule", True), ("tables", passed)]
    assert ("docs/failures-cloud.md:3: 'A'" in capsys.readouterr().out) is not passed
