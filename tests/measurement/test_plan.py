"""How much is measured, and in which order."""

import pytest

from batchmark.errors import BatchmarkError
from batchmark.measurement.plan import Plan, rounds_in_burst
from batchmark.records import Cell

_CELLS = [Cell("blobs", size, "fit") for size in (1, 2, 4, 8, 16, 32)]


def test_every_turn_has_an_order_of_its_own_that_the_seed_repeats() -> None:
    plan = Plan(seed=3)
    orders = [plan.order_of(_CELLS, turn) for turn in range(5)]
    assert all(sorted(order) == _CELLS for order in orders)
    assert len({tuple(order) for order in orders}) == 5
    assert orders == [Plan(seed=3).order_of(_CELLS, turn) for turn in range(5)]
    assert orders != [Plan(seed=4).order_of(_CELLS, turn) for turn in range(5)]


def test_measuring_ends_after_the_planned_turns() -> None:
    plan = Plan(turns=12, minimum_turns=6, budget_seconds=100)
    assert not plan.is_over(turns_done=11, seconds_spent=0)
    assert plan.is_over(turns_done=12, seconds_spent=0)


def test_a_spent_budget_ends_it_but_not_before_the_minimum() -> None:
    plan = Plan(turns=12, minimum_turns=6, budget_seconds=100)
    assert not plan.is_over(turns_done=5, seconds_spent=1e6)
    assert plan.is_over(turns_done=6, seconds_spent=100)


@pytest.mark.parametrize(
    "settings", [{"turns": 0}, {"turns": -1}, {"budget_seconds": 0}, {"budget_seconds": float("nan")}]
)
def test_a_plan_that_measures_nothing_is_refused(settings: dict[str, float]) -> None:
    with pytest.raises(BatchmarkError, match="measure"):
        Plan(**settings)  # type: ignore[arg-type]  # a dict of either


@pytest.mark.parametrize(
    ("epoch_seconds", "rounds"), [(0.0, 50), (0.0001, 50), (0.01, 10), (0.03, 3), (0.1, 1), (5.0, 1)]
)
def test_a_burst_lasts_about_a_tenth_of_a_second(epoch_seconds: float, rounds: int) -> None:
    assert rounds_in_burst(epoch_seconds) == rounds
