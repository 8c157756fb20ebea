# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine: plans, check mode, diffs and stale readings, on a resource that lives in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from plugins.module_utils.resource import (
    STALE_ATTEMPTS,
    CloudError,
    StaleError,
    State,
    Step,
    UncertainError,
    differences,
    plan,
    reconcile,
)


class Lamp:
    """A resource with one immutable field, one field that only its maker knows, and a power switch as a second step."""

    title = "lamp"
    fields = ("name", "colour", "socket", "id", "on")

    def __init__(self, live: State | None, desired: State | None, stale: int = 0) -> None:
        self.live = dict(live) if live is not None else None
        self.desired = desired
        self.stale = stale
        self.applied: list[str] = []

    def read(self) -> State | None:
        return None if self.live is None else dict(self.live)

    def plan(self, live: State | None) -> Sequence[Step]:
        steps = plan(self.desired, live, title=self.title, immutable={"socket"})
        if self.desired is not None and live is None:
            steps.append(Step("switch", {"on": False}, {"on": True}))
        return steps

    def apply(self, step: Step) -> None:
        if self.stale:
            self.stale -= 1
            self.live = {**(self.live or {}), "colour": "green"}  # the other writer
            raise StaleError("stale")
        self.applied.append(step.action)
        if not step.after:
            self.live = None
        else:
            self.live = {**(self.live or {"id": "7", "on": False}), **step.after}

    def warnings(self) -> Sequence[str]:
        return ("dim",) if self.live and self.live.get("colour") == "grey" else ()


BLANK = {"name": "a", "colour": "red", "socket": "E27"}
LIVE = {**BLANK, "id": "7", "on": True}


@pytest.mark.parametrize(
    ("desired", "live", "expected"),
    [
        pytest.param(None, None, [], id="absent stays absent"),
        pytest.param(None, LIVE, [Step("delete", LIVE, {})], id="delete"),
        pytest.param({**BLANK, "extra": None}, None, [Step("create", {}, BLANK)], id="create without unmanaged fields"),
        pytest.param(BLANK, LIVE, [], id="nothing to do"),
        pytest.param({"colour": "blue"}, LIVE, [Step("update", {"colour": "red"}, {"colour": "blue"})], id="update"),
        pytest.param({"colour": None}, LIVE, [], id="None is not managed"),
        pytest.param({"weight": 2}, LIVE, [Step("update", {"weight": None}, {"weight": 2})], id="missing key is drift"),
    ],
)
def test_plan(desired: State | None, live: State | None, expected: list[Step]) -> None:
    assert plan(desired, live, title="lamp") == expected


def test_plan_refuses_what_is_fixed_and_says_both_values() -> None:
    with pytest.raises(CloudError, match=r"lamp: .*socket is 'E27', wanted 'E14'.*state=absent") as caught:
        plan({"socket": "E14", "colour": "blue"}, LIVE, title="lamp", immutable={"socket"})
    assert caught.value.details == {"fields": ["socket"]}


def test_differences_tell_false_from_unmanaged() -> None:
    assert differences({"on": False, "colour": None}, {"on": True, "colour": "red"}) == ({"on": True}, {"on": False})


@pytest.mark.parametrize(
    ("live", "desired"),
    [(None, BLANK), (LIVE, {"colour": "blue"}), (LIVE, None), (LIVE, BLANK), (None, None)],
    ids=["create", "update", "delete", "no change", "still absent"],
)
def test_prediction_equals_outcome(live: State | None, desired: State | None) -> None:
    predicted = reconcile(Lamp(live, desired), check_mode=True)
    actual = reconcile(Lamp(live, desired), check_mode=False)
    assert {key: predicted[key] for key in ("changed", "actions", "diff")} == {
        key: actual[key] for key in ("changed", "actions", "diff")
    }
    assert predicted["resource"].keys() == actual["resource"].keys()


def test_check_mode_applies_nothing_and_leaves_the_unknowable_empty() -> None:
    lamp = Lamp(None, BLANK)
    result = reconcile(lamp, check_mode=True)
    assert lamp.applied == []
    assert result["resource"] == {**BLANK, "id": None, "on": True}


def test_result_of_a_creation_in_two_steps() -> None:
    result = reconcile(Lamp(None, BLANK), check_mode=False)
    assert result["actions"] == ["create", "switch"]
    assert result["resource"] == LIVE
    assert result["diff"] == {
        "before_header": "lamp",
        "after_header": "lamp",
        "before": {},
        "after": {**BLANK, "on": True},
    }


def test_diff_shows_only_what_changes() -> None:
    result = reconcile(Lamp(LIVE, {"name": "a", "colour": "blue"}), check_mode=False)
    assert (result["diff"]["before"], result["diff"]["after"]) == ({"colour": "red"}, {"colour": "blue"})


def test_a_stale_reading_is_read_and_planned_again() -> None:
    lamp = Lamp(LIVE, {"colour": "blue"}, stale=2)
    result = reconcile(lamp, check_mode=False)
    assert result["actions"] == ["update"]
    assert lamp.live is not None
    assert lamp.live["colour"] == "blue"


def test_a_writer_that_never_stops_is_an_error() -> None:
    with pytest.raises(CloudError, match=f"somebody else {STALE_ATTEMPTS} times"):
        reconcile(Lamp(LIVE, {"colour": "blue"}, stale=99), check_mode=False)


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_step_whose_reply_was_lost_counts_once_however_it_ended(
    carried_out: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp = Lamp(None, BLANK)
    lost = iter([True])

    def apply(step: Step) -> None:
        if step.action == "create" and next(lost, False):
            if carried_out:
                Lamp.apply(lamp, step)
            raise UncertainError("no answer")
        Lamp.apply(lamp, step)

    monkeypatch.setattr(lamp, "apply", apply)
    result = reconcile(lamp, check_mode=False)
    assert result["actions"] == (["create"] if carried_out else ["create", "switch"])
    assert lamp.applied.count("create") == 1


def test_replies_that_are_always_lost_are_an_error_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    lamp = Lamp(LIVE, {"colour": "blue"})

    def apply(_step: Step) -> None:
        raise UncertainError("lamp: no answer")

    monkeypatch.setattr(lamp, "apply", apply)
    with pytest.raises(CloudError, match="Run again once the API answers"):
        reconcile(lamp, check_mode=False)


@pytest.mark.parametrize(("colour", "warnings"), [("grey", ["dim"]), ("red", [])])
def test_warnings_reach_the_result(colour: str, warnings: list[str]) -> None:
    live: dict[str, Any] = {**LIVE, "colour": colour}
    assert reconcile(Lamp(live, live), check_mode=True)["warnings"] == warnings
