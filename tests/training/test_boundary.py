"""Rounds are what lies between two epochs' ends."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from batchmark.metrics import table
from batchmark.training.boundary import EpochBoundaries
from batchmark.training.fit_loop import FitLoop
from batchmark.training.loading import Loaded
from batchmark.training.models import seeded_model
from batchmark.workloads import Workload


def _clock(*instants: float) -> Iterator[float]:
    return iter(instants)


def _marked(instants: tuple[float, ...], losses: tuple[float, ...]) -> EpochBoundaries:
    clock = _clock(*instants)
    boundaries = EpochBoundaries(lambda: next(clock), meters={})
    for loss in losses:
        boundaries.mark({"loss": loss})
    return boundaries


def test_a_round_runs_from_one_epochs_end_to_the_next() -> None:
    boundaries = _marked((10.0, 13.0, 14.0, 16.5), (1.0, 0.9, 0.8))
    assert boundaries.rounds() == (1.0, 2.5)
    assert not boundaries.diverged


def test_the_first_epoch_counts_from_the_calls_start() -> None:
    assert _marked((10.0, 13.0), (1.0,)).seconds_since_start == 3.0


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_rounds_end_where_the_loss_stops_being_finite(loss: float) -> None:
    boundaries = _marked((0.0, 1.0, 2.0, 3.0, 4.0), (1.0, 0.9, loss, loss))
    assert boundaries.rounds() == (1.0,)
    assert boundaries.diverged


@pytest.mark.parametrize(
    "logs",
    [
        {"examples": 32.0, "my_loss": math.nan},
        {"loss": 0.1, "of_each_class": np.array([0.5, math.inf])},
        {"loss": 0.1, "perplexity": math.inf},
    ],
)
def test_every_log_is_watched_and_not_the_first_alone(logs: dict[str, Any]) -> None:
    boundaries = EpochBoundaries(lambda: 0.0)
    boundaries.mark(logs)
    assert boundaries.diverged


def test_logs_that_are_no_numbers_say_nothing() -> None:
    boundaries = EpochBoundaries(lambda: 0.0)
    boundaries.mark({"loss": 0.1, "phase": "warm-up", "examples": 32})
    assert not boundaries.diverged


def test_a_longer_warm_up_drops_more_epochs() -> None:
    boundaries = _marked((0.0, 1.0, 3.0, 6.0, 10.0), (1.0, 0.9, 0.8, 0.7))
    assert boundaries.rounds(warm_up=1) == (2.0, 3.0, 4.0)
    assert boundaries.rounds(warm_up=3) == (4.0,)


def test_a_call_that_goes_on_has_its_first_epoch_among_the_rounds() -> None:
    assert _marked((0.0, 1.0, 3.0), (1.0, 0.9)).rounds(warm_up=0) == (1.0, 2.0)
    assert _marked((0.0, 1.0, 3.0), (1.0, math.nan)).rounds(warm_up=0) == (1.0,)


def test_a_loss_that_is_lost_in_the_warm_up_leaves_no_rounds() -> None:
    boundaries = _marked((0.0, 1.0, 2.0, 3.0, 4.0), (1.0, math.nan, 0.8, 0.7))
    assert boundaries.rounds(warm_up=2) == ()
    assert boundaries.diverged


def test_a_burst_that_begins_diverged_has_no_rounds() -> None:
    assert _marked((0.0, 1.0, 2.0), (math.nan, 1.0)).rounds() == ()


def test_fit_marks_every_epoch_once(blobs: Workload, loaded_blobs: Loaded) -> None:
    ticks = iter(range(100))
    loop = FitLoop(
        seeded_model(blobs, learning_rate=0.01, seed=1),
        loaded_blobs.train,
        batch_size=500,
        clock=lambda: float(next(ticks)),
    )
    boundaries = loop.run(5)
    assert boundaries.rounds() == (1.0, 1.0, 1.0, 1.0)
    assert boundaries.seconds_since_start == 1.0
    assert next(ticks) == 11, "a tick at the start, and one before and one after the meters of each boundary"


def test_what_a_meter_shows_more_of_between_two_boundaries_is_a_rounds() -> None:
    clock, shown = _clock(0.0, *range(1, 9)), iter((100.0, 107.0, 109.0, 114.0, 115.0))
    boundaries = EpochBoundaries(lambda: next(clock), {"pages": lambda: next(shown)})
    for loss in (1.0, 0.9, 0.8, math.nan):
        boundaries.mark({"loss": loss})
    assert boundaries.instruments() == {"pages": (2.0, 5.0)}
    assert boundaries.instruments(warm_up=0) == {"pages": (7.0, 2.0, 5.0)}


def test_a_meter_that_moves_seldom_tells_of_rounds_that_are_long_enough_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, shown = _clock(0.0, 1.0, 1.0, 2.0, 2.0, 5.0, 5.0), iter((0.0, 50.0, 50.0, 130.0))
    boundaries = EpochBoundaries(lambda: next(clock), {"joules": lambda: next(shown)})
    for _ in range(3):
        boundaries.mark({"loss": 1.0})
    monkeypatch.setattr(table, "windows", lambda: {"joules": 4.0})
    # 80 J in rounds of 1 s and 3 s: it had moved in one of them alone.
    assert boundaries.instruments() == {"joules": (20.0, 60.0)}
    monkeypatch.setattr(table, "windows", lambda: {"joules": 4.1})
    assert boundaries.instruments() == {"joules": ()}


def test_reading_meters_takes_no_time_of_any_round() -> None:
    """A boundary reads the clock, then the meters, which take 10 s here, and the clock again."""
    now = 0.0

    def slow_meter() -> float:
        nonlocal now
        now += 10.0
        return 0.0

    boundaries = EpochBoundaries(lambda: now, {"slow": slow_meter})
    for _ in range(3):
        now += 1.0
        boundaries.mark({"loss": 1.0})
    assert boundaries.rounds(warm_up=0) == (1.0, 1.0, 1.0)
    assert boundaries.seconds_since_start == 1.0


def test_a_real_epoch_takes_processor_time_and_has_as_many_values_as_rounds(
    blobs: Workload, loaded_blobs: Loaded
) -> None:
    loop = FitLoop(seeded_model(blobs, learning_rate=0.01, seed=1), loaded_blobs.train, batch_size=500)
    boundaries = loop.run(4)
    shown = boundaries.instruments(warm_up=1)
    assert {name: len(values) for name, values in shown.items()} == dict.fromkeys(table.meters(), 3)
    assert all(seconds > 0 for seconds in shown["processor_seconds_per_epoch"])
    assert all(faults >= 0 for faults in shown["page_faults_per_epoch"])


def test_a_paused_call_that_goes_on_has_instruments_of_every_round_too(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = FitLoop(seeded_model(blobs, learning_rate=0.01, seed=1), loaded_blobs.train, batch_size=500)
    loop.begin()
    for epochs in (2, 1):
        boundaries = loop.go_on(epochs)
        assert len(boundaries.rounds(warm_up=0)) == epochs
        assert {len(values) for values in boundaries.instruments(warm_up=0).values()} == {epochs}
    loop.end()
