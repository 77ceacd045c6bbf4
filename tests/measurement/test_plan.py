"""How much is measured, and in which order."""

import pytest

from batchmark.errors import BatchmarkError
from batchmark.measurement.plan import Plan, Visit
from batchmark.records import Cell

_SINGLE = [Cell("blobs", size, "fit") for size in (1, 2, 6, 50, 100, 200)]
_BLOCKS = [Cell("blobs", size, loop) for size in (15, 16, 17, 31, 32, 33) for loop in ("fit", "compiled")]


def _visits(plan: Plan, cells: list[Cell], turn: int, epoch_seconds: float = 0.03) -> list[Visit]:
    places = plan.places(dict.fromkeys(cells, epoch_seconds), turn)
    return [plan.visit(place, epoch_seconds) for place in places]


def test_every_turn_has_an_order_of_its_own_that_the_seed_repeats() -> None:
    plan = Plan(seed=3)
    orders = [[visit.cell for visit in _visits(plan, _SINGLE, turn)] for turn in range(5)]
    assert all(set(order) == set(_SINGLE) for order in orders)
    assert len({tuple(order) for order in orders}) == 5
    assert orders == [[visit.cell for visit in _visits(Plan(seed=3), _SINGLE, turn)] for turn in range(5)]
    assert orders != [[visit.cell for visit in _visits(Plan(seed=4), _SINGLE, turn)] for turn in range(5)]


def test_cells_are_opened_in_a_random_order() -> None:
    orders = [tuple(Plan(seed=seed).opening_order(_SINGLE)) for seed in range(5)]
    assert all(sorted(order) == _SINGLE for order in orders)
    assert len(set(orders)) > 1


def test_a_power_of_two_and_its_neighbours_meet_every_period_together() -> None:
    for turn in range(20):
        order = [visit.cell for visit in _visits(Plan(), _BLOCKS + _SINGLE, turn)]
        for loop in ("fit", "compiled"):
            for power in (16, 32):
                block = {Cell("blobs", size, loop) for size in (power - 1, power, power + 1)}
                places = [place for place, cell in enumerate(order) if cell in block]
                assert places == list(range(places[0], places[0] + 6))
                passes = [set(order[places[0] + start : places[0] + start + 3]) for start in (0, 3)]
                assert passes == [block, block]


def test_blocks_come_in_random_order_and_so_do_the_cells_in_them() -> None:
    orders = [[visit.cell for visit in _visits(Plan(), _BLOCKS, turn)] for turn in range(200)]
    assert {(order[0].loop, order[0].batch_size) for order in orders} == {(c.loop, c.batch_size) for c in _BLOCKS}


@pytest.mark.parametrize(
    ("epoch_seconds", "times", "rounds"),
    [(0.0, 4, 10), (0.0006, 4, 10), (0.01, 4, 3), (0.02, 4, 2), (0.04, 2, 2), (0.08, 1, 2), (0.5, 1, 1)],
)
def test_short_epochs_take_many_short_visits_and_long_ones_one(epoch_seconds: float, times: int, rounds: int) -> None:
    block = [Cell("blobs", size, "fit") for size in (31, 32, 33)]
    visits = _visits(Plan(), block, 0, epoch_seconds)
    assert len(visits) == 3 * times
    assert {visit.rounds for visit in visits} == {rounds}


@pytest.mark.parametrize(
    ("epoch_seconds", "warm_up"), [(0.0, 40), (0.0006, 14), (0.001, 8), (0.005, 2), (0.008, 1), (0.5, 1)]
)
def test_a_visit_warms_up_for_some_milliseconds_and_at_least_one_epoch(epoch_seconds: float, warm_up: int) -> None:
    (visit, *_) = _visits(Plan(), _SINGLE[:1], 0, epoch_seconds)
    assert visit.warm_up == warm_up


def test_cells_without_neighbours_are_visited_like_the_others_by_three_of_alike_sizes() -> None:
    cells = [Cell("blobs", size, "fit") for size in (1, 2, 8, 50, 100, 200, 500)]
    order = [visit.cell.batch_size for visit in _visits(Plan(), cells, 0, 0.0006)]
    places = {size: [place for place, found in enumerate(order) if found == size] for size in (1, 2, 8, 50, 100, 200)}
    assert all(len(found) == 4 for found in places.values())
    for block in ((1, 2, 8), (50, 100, 200)):
        together = sorted(place for size in block for place in places[size])
        assert together == list(range(together[0], together[0] + 12))


def test_measuring_ends_after_the_planned_turns() -> None:
    plan = Plan(turns=12, minimum_turns=6, budget_seconds=100)
    assert not plan.is_over(turns_done=11, seconds_spent=0)
    assert plan.is_over(turns_done=12, seconds_spent=0)


def test_a_spent_budget_ends_it_but_not_before_the_minimum() -> None:
    plan = Plan(turns=12, minimum_turns=6, budget_seconds=100)
    assert not plan.is_over(turns_done=5, seconds_spent=1e6)
    assert plan.is_over(turns_done=6, seconds_spent=100)


def test_sides_that_alternate_begin_no_turn_that_would_not_fit_into_the_budget() -> None:
    plan = Plan(turns=12, minimum_turns=2, budget_seconds=35, alternate=True)
    assert not plan.is_over(turns_done=0, seconds_spent=0)
    assert not plan.is_over(turns_done=1, seconds_spent=100)
    assert not plan.is_over(turns_done=2, seconds_spent=20)
    assert plan.is_over(turns_done=3, seconds_spent=30)
    assert plan.is_over(turns_done=2, seconds_spent=24)


@pytest.mark.parametrize(
    "settings", [{"turns": 0}, {"turns": -1}, {"budget_seconds": 0}, {"budget_seconds": float("nan")}]
)
def test_a_plan_that_measures_nothing_is_refused(settings: dict[str, float]) -> None:
    with pytest.raises(BatchmarkError, match="measure"):
        Plan(**settings)  # type: ignore[arg-type]  # a dict of either


def test_the_sides_of_a_comparison_take_each_place_in_an_order_of_its_own() -> None:
    sides = ("baseline", "candidate")
    orders = [tuple(Plan(seed=2).order_of_sides(sides, turn, place)) for turn in range(10) for place in range(10)]
    first = [order[0] for order in orders]
    # Fair coins: 100 of them fall to one side 25 times or fewer once in three million.
    assert 25 < first.count("baseline") < 75
    assert {frozenset(order) for order in orders} == {frozenset(sides)}
    assert orders == [
        tuple(Plan(seed=2).order_of_sides(sides, turn, place)) for turn in range(10) for place in range(10)
    ]


def test_a_slow_side_takes_as_many_visits_as_a_fast_one_with_fewer_rounds() -> None:
    plan = Plan()
    (place, *_) = plan.places({_SINGLE[0]: 0.03}, 0)
    assert plan.visit(place, 0.03) == Visit(_SINGLE[0], warm_up=1, rounds=2)
    assert plan.visit(place, 0.001) == Visit(_SINGLE[0], warm_up=8, rounds=20)


@pytest.mark.parametrize(
    ("epoch_seconds", "warm_up", "rounds", "visits"),
    [(0.001, 8, 20, 16), (0.004, 2, 5, 16), (0.01, 0, 2, 16), (0.03, 0, 1, 16), (0.1, 0, 1, 5), (0.5, 0, 1, 1)],
)
def test_sides_that_alternate_visit_a_place_several_times_for_as_short_as_can_be(
    epoch_seconds: float, warm_up: int, rounds: int, visits: int
) -> None:
    plan = Plan(alternate=True, seconds_per_cell=0.02)
    block = [Cell("blobs", size, "fit") for size in (31, 32, 33)]
    places = plan.places(dict.fromkeys(block, epoch_seconds), 0)
    # Each cell is in the order once: its visits follow one another.
    assert sorted(place.cell for place in places) == block
    for place in places:
        assert plan.visit(place, epoch_seconds) == Visit(place.cell, warm_up=warm_up, rounds=rounds)
    assert plan.visits_of_a_side(epoch_seconds) == visits


@pytest.mark.parametrize("epoch_seconds", [0.001, 0.03, 0.5])
def test_sides_that_do_not_alternate_visit_each_place_once(epoch_seconds: float) -> None:
    assert Plan().visits_of_a_side(epoch_seconds) == 1


@pytest.mark.parametrize("seconds", [0.0005, 0.01, 0.25, 0.4, 0.7, 3.0])
def test_every_visit_is_as_long_as_a_meter_needs_that_moves_seldom(seconds: float) -> None:
    plan = Plan(shortest_visit_seconds=1.0)
    cells = {Cell("blobs", size, "fit"): seconds for size in (31, 32, 33, 100)}
    places = plan.places(cells, 0)
    assert len(places) == len(cells)
    assert all(plan.visit(place, seconds).rounds * seconds >= 1.0 for place in places)
