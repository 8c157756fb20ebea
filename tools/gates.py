# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make test`: every gate in order up to the first failure, then what could not run here, then the count."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple
from xml.etree import ElementTree

from sandbox.config import Config
from sandbox.image import FAMILIES
from tools.failures import unshown
from tools.standins import read_offer, stand_ins

GATES = ("lint", "types", "sanity", "units", "faults", "readers", "build", "plays", "e2e", "molecule")
USES_SANDBOX = {"e2e", "molecule"}
REPORTS = Path(".cache/reports")


class Counts(NamedTuple):
    """Checks by outcome."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0


class Outcome(NamedTuple):
    """One gate that ran."""

    gate: str
    passed: bool
    seconds: float


def run_gate(gate: str) -> Outcome:
    """Run one make target; KEEP leaves the test sandbox up for the gate that follows."""
    print(f"\n==> {gate}", flush=True)
    began = time.monotonic()
    status = subprocess.run(["make", gate], env={**os.environ, "KEEP": "1"}, check=False).returncode
    return Outcome(gate, status == 0, time.monotonic() - began)


def run_gates() -> list[Outcome]:
    """Run the gates in order and stop after the first that fails; the tables need the reports of them all."""
    outcomes: list[Outcome] = []
    for gate in GATES:
        outcomes.append(run_gate(gate))
        if not outcomes[-1].passed:
            return outcomes
    return [*outcomes, check_tables()]


def check_tables() -> Outcome:
    """See that every row of docs/failures-*.md names tests that ran and passed."""
    print("\n==> tables", flush=True)
    began = time.monotonic()
    results = [case[:2] for report in REPORTS.glob("*.xml") for case in cases(report)]
    wrong = list(unshown(Path("docs"), results))
    for line in wrong:
        print(f"  {line}")
    return Outcome("tables", not wrong, time.monotonic() - began)


def take_down() -> None:
    """Remove the test sandbox; the container engine stays, as a demo may be using it."""
    if Config.from_environment(os.environ).home.exists() and not os.environ.get("KEEP"):
        print("\n==> Taking the test sandbox down (KEEP=1 leaves it up)", flush=True)
        subprocess.run([sys.executable, "-m", "sandbox", "down"], check=False)


def cases(report: Path) -> Iterator[tuple[str, str | None, str]]:
    """Yield name, outcome ("failure", "error", "skipped", None for passed) and message of each test of a report."""
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        result = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        yield name, None if result is None else result.tag, "" if result is None else result.get("message", "")


def count(outcome: Outcome) -> Counts:
    """Count a gate's tests where it reports them; a gate that does not is one check."""
    outcomes = [case for report in REPORTS.glob(f"{outcome.gate}*.xml") for _, case, _ in cases(report)]
    failed = sum(case in ("failure", "error") for case in outcomes)
    if not outcomes or (failed == 0 and not outcome.passed):
        return Counts(passed=int(outcome.passed), failed=int(not outcome.passed))
    skipped = outcomes.count("skipped")
    return Counts(len(outcomes) - failed - skipped, failed, skipped)


def not_run(outcomes: list[Outcome]) -> Iterator[str]:
    """Name what this run did not cover, each with its reason."""
    started = {outcome.gate for outcome in outcomes}
    for gate in GATES:
        if gate not in started:
            yield f"gate {gate}: {outcomes[-1].gate} failed before it"
    for report in sorted(REPORTS.glob("*.xml")):
        yield from (f"test {name}: {message}" for name, result, message in cases(report) if result == "skipped")
    sanity = REPORTS / "sanity.log"
    if sanity.exists():
        yield from (line.removeprefix("WARNING: ") for line in sanity.read_text().splitlines() if "Skipping" in line)
    if started & USES_SANDBOX:
        yield from not_run_in_sandbox()


def not_run_in_sandbox() -> Iterator[str]:
    """Name the real things behind the sandbox's stand-ins, and the hosts that it did not boot."""
    offer = read_offer()
    if offer is None:
        yield "the sandbox: it is not up at the end, so what it stood in for is not known"
        return
    for real, here, _ in stand_ins(offer):
        yield f"{real} itself: here {here}"
    served = offer["gcp"]["image_family"]
    for family in sorted(FAMILIES.keys() - {served}):
        yield f"hosts of image family {family}: hosts here run {served} (Ubuntu's need an image registry that answers)"
    for machine in sorted({"x86_64", "aarch64"} - {platform.machine()}):
        yield f"hosts of architecture {machine}: this machine is {platform.machine()}"


def report(outcomes: list[Outcome], missing: list[str]) -> bool:
    """Print the times, what is missing and the closing line; tell whether everything passed."""
    print("\n==> Gates")
    for outcome in outcomes:
        print(f"  {'passed' if outcome.passed else 'FAILED'}  {outcome.gate:<9} {outcome.seconds:6.0f} s")
    print("\n==> Not run here" + ("" if missing else ": nothing was left out"))
    for line in missing:
        print(f"  {line}")
    totals = Counts(*map(sum, zip(*map(count, outcomes), strict=True)))
    print(f"\nchecks: {totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped", flush=True)
    return totals.failed == 0


def terminate(number: int, _frame: FrameType | None) -> None:
    """Turn a request to end into an exception, so that the sandbox is taken down on the way out."""
    sys.exit(128 + number)


def main() -> int:
    """Run the gates and report."""
    signal.signal(signal.SIGTERM, terminate)
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    try:
        outcomes = run_gates()
        missing = list(not_run(outcomes))
    finally:
        take_down()
    return 0 if report(outcomes, missing) else 1


if __name__ == "__main__":
    sys.exit(main())
