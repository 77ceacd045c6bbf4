from collections.abc import Mapping

import numpy as np
import pytest

from batchmark.course import constant
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer
from batchmark.studies.claims.target import (
    Grid,
    Within,
    edge_notes,
    rates_told,
    ratio_of,
    reached,
    seconds_ratio,
    share_reached,
    times_told,
    unless_at_edge,
)
from batchmark.studies.laboratory.parts import Arm, Part
from batchmark.studies.laboratory.results import MissingPartError, Results
from claim_results_made import made
from reaching_made import reaching
from synthetic import record_of, steps_of

TARGET = 0.43
JUDGED, CHOOSING = 30, 10


def grid(size: int = 50, rates: tuple[float, ...] = (0.01, 0.02, 0.04)) -> Grid:
    arms = tuple(
        (rate, Arm("blobs", constant(size, epochs=40, learning_rate=rate), JUDGED + CHOOSING)) for rate in rates
    )
    return Grid(size, arms, JUDGED)


def rate_of(part: Part) -> float:
    assert isinstance(part, Arm)
    return part.course.phases[0].learning_rate or 0.0


def world(of: Grid, updates: Mapping[float, object], **diverged: int) -> Results:
    return made(of.arms, lambda part: reaching(part, updates[rate_of(part)], **diverged))  # type: ignore[arg-type]


def test_the_rate_is_that_of_the_seeds_that_are_not_judged() -> None:
    # To those that are judged the middle rate is the best one, to those that choose the last.
    judged_by = {0.01: 300.0, 0.02: 50.0, 0.04: 200.0}
    chosen_by = {0.01: 300.0, 0.02: 200.0, 0.04: 100.0}
    updates = {rate: np.repeat([judged_by[rate], chosen_by[rate]], [JUDGED, CHOOSING]) for rate in judged_by}

    found = reached(world(grid(), updates), grid(), TARGET)

    assert (found.rate, found.is_at_edge, found.seeds) == (0.04, True, JUDGED)
    assert np.all(found.updates.at_most == 200)


def test_a_look_says_that_it_was_since_the_look_before() -> None:
    # Ten updates an epoch, and a look each.
    found = reached(world(grid(), dict.fromkeys((0.01, 0.02, 0.04), 34.0)), grid(), TARGET)

    assert set(found.updates.more_than) == {30}
    assert set(found.updates.at_most) == {40}
    assert set(found.examples.more_than) == {1500}
    assert set(found.examples.at_most) == {2000}


def test_a_training_that_ends_before_may_have_got_there_right_after() -> None:
    found = reached(world(grid(), dict.fromkeys((0.01, 0.02, 0.04), 1e9)), grid(), TARGET)

    assert set(found.updates.more_than) == {400}
    assert set(found.updates.at_most) == {np.inf}
    assert found.never == JUDGED


def test_a_training_that_diverged_never_got_there() -> None:
    found = reached(world(grid(), dict.fromkeys((0.01, 0.02, 0.04), 34.0), diverged=3), grid(), TARGET)

    assert (found.diverged, found.never) == (3, 3)
    assert np.isinf(found.updates.more_than[:3]).all()
    assert np.isfinite(found.updates.at_most[3:]).all()


def test_a_rate_that_is_not_there_is_missing() -> None:
    of = grid()
    results = made(of.arms, lambda part: "over budget" if rate_of(part) == 0.02 else reaching(part, 20.0))  # type: ignore[arg-type]

    with pytest.raises(MissingPartError, match="over budget"):
        reached(results, of, TARGET)


def test_the_share_that_gets_there_is_of_seeds_that_choose_at_their_best_rate() -> None:
    everyone = np.full(JUDGED + CHOOSING, 1e9)
    some = everyone.copy()
    some[JUDGED : JUDGED + 7] = 100.0
    results = world(grid(), {0.01: everyone, 0.02: some, 0.04: everyone})

    assert share_reached(results, grid(), TARGET) == pytest.approx(0.7)
    assert share_reached(results, grid(), TARGET, by=0.2) == 0


def test_the_interval_of_a_ratio_holds_wherever_between_looks_it_was() -> None:
    generator = np.random.default_rng(3)
    held, draws = 0, 400
    for _ in range(draws):
        # Exponential, so far from normal, and looks that are far apart.
        ours, theirs = 100 + generator.exponential(200, 40), 50 + generator.exponential(100, 40)
        looks = [Within(np.floor(each / 50) * 50, np.ceil(each / 50) * 50) for each in (ours, theirs)]
        found = ratio_of(*looks, level=0.9)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 2 <= found.high
    # The median of the ratio of two draws of one shape is exactly that of their scales.
    assert held / draws > 0.9


def test_what_neither_reaches_says_nothing() -> None:
    never = Within(np.full(20, 400.0), np.full(20, np.inf))

    found = ratio_of(never, never, level=0.95)

    assert not found.has_interval


def test_one_that_never_gets_there_is_infinitely_slower_than_one_that_does() -> None:
    never = Within(np.full(20, np.inf), np.full(20, np.inf))
    soon = Within(np.full(20, 10.0), np.full(20, 20.0))

    assert ratio_of(never, soon, level=0.95).low == np.inf
    assert ratio_of(soon, never, level=0.95).high == 0


def test_seconds_are_updates_times_those_of_an_update() -> None:
    slow, fast = (
        reached(world(grid(size), dict.fromkeys((0.01, 0.02, 0.04), updates)), grid(size), TARGET)
        for size, updates in ((500, 40.0), (50, 100.0))
    )
    records = [
        record_of(size, [[seconds]] * 20, steps_per_epoch=steps_of(size)) for size, seconds in ((500, 0.03), (50, 0.1))
    ]

    found = seconds_ratio(slow, fast, (records[0], records[1]), level=0.95)

    # 40 updates of 0.03 s over 100 updates of 0.01 s.
    assert found.value == pytest.approx(1.2)
    assert found.low == pytest.approx(39 * 0.03 / (100 * 0.01))
    assert found.high == pytest.approx(40 * 0.03 / (90 * 0.01))
    assert isinstance(found, Estimate)
    assert found.level == 0.95


def test_times_are_told_in_words_where_one_side_never_gets_there() -> None:
    told = [times_told(Estimate(value, None, None, 0.95, 9)) for value in (0.0, np.inf, np.nan, 1.2)]

    assert told[0] == "0 times (most seeds of the other never get there)"
    assert told[1].startswith("infinitely many times")
    assert "can't be told" in told[2]
    assert told[3].startswith("1.20 ×")


@pytest.mark.parametrize("answer", [Answer.CONFIRMED, Answer.REFUTED])
def test_a_rate_at_the_edge_settles_nothing(answer: Answer) -> None:
    edge, inside = (
        reached(world(grid(), dict(zip((0.01, 0.02, 0.04), updates, strict=True))), grid(), TARGET)
        for updates in ((300.0, 200.0, 100.0), (300.0, 100.0, 200.0))
    )

    assert unless_at_edge(answer, inside, inside) is answer
    assert unless_at_edge(answer, inside, edge) is Answer.INCONCLUSIVE
    assert edge_notes([inside]) == ()
    assert "0.04 at 50, the lowest or the highest" in edge_notes([inside, edge])[0]


def test_rates_at_the_edge_of_what_was_tried_are_said() -> None:
    found = reached(world(grid(), {0.01: 300.0, 0.02: 200.0, 0.04: 100.0}), grid(), TARGET)

    assert rates_told([found]) == "0.04 at 50; the edge of what was tried at 50"
