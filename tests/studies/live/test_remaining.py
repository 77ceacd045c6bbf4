"""How long a comparison will still take."""

from dataclasses import replace

import pytest

from batchmark.studies.live.remaining import Remaining

HALF_WAY = Remaining(seconds=300.0, done=10, most=20, spent_seconds=30.0, budget_seconds=60.0)


def test_restarts_that_are_left_take_what_those_before_took() -> None:
    assert str(HALF_WAY) == "at most about 5 min of restarts left"
    assert str(replace(HALF_WAY, done=15, seconds=150.0, spent_seconds=45.0)) == "at most about 50 s of restarts left"


def test_before_the_first_restart_is_done_nobody_knows() -> None:
    assert not str(replace(HALF_WAY, done=0, seconds=0.0, spent_seconds=0.0))


def test_a_budget_that_ends_before_the_last_restart_ends_the_wait_too() -> None:
    assert str(replace(HALF_WAY, done=2, seconds=80.0, spent_seconds=30.0)) == "at most about 1 min of restarts left"


def test_a_budget_that_is_nearly_spent_still_has_the_restart_that_is_running() -> None:
    assert str(replace(HALF_WAY, spent_seconds=60.0)) == "at most about 30 s of restarts left"


@pytest.mark.parametrize(
    ("afterwards", "said"), [(("memory",), "then memory"), (("memory", "quality"), "then memory and quality")]
)
def test_what_comes_after_the_restarts_is_named(afterwards: tuple[str, ...], said: str) -> None:
    assert str(replace(HALF_WAY, afterwards=afterwards)) == f"at most about 5 min of restarts left, {said}"
