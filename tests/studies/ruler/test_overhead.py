"""The overhead study, with turns that a script measures."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from batchmark.errors import BatchmarkError, WorkerDiedError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import HARNESSED, LEGS, CallsPerEpoch, OverheadTurn
from batchmark.progress import silent
from batchmark.report.overhead import render_overhead
from batchmark.studies.ruler.overhead import Overhead, run_overhead
from batchmark.workloads import find_workload
from fake_worker import FakeWorker

Took = Callable[[int, str], float]
"""Takes the turn and the leg; returns seconds per epoch."""


def _drifting(turn: int, leg: str, *, harness: float = 1.01) -> float:
    """Return what a leg takes on a machine that gets slower all the time: only the pairing sees the 1 %."""
    return 0.02 * (1 + 0.01 * turn) * (harness if leg == HARNESSED else 1.0)


def _worker(
    took: Took, *, told: float = 1.0, epochs: int = 5, stop_at: int | None = None, error: BaseException | None = None
) -> FakeWorker:
    """Return a worker that ends at the turn `stop_at`, and tells `told` times what a harnessed epoch takes."""

    def turn(request: requests.TakeOverheadTurn) -> OverheadTurn:
        assert (request.workload, request.batch_size, request.epochs) == ("blobs", 500, epochs)
        assert stop_at is None or request.seed <= stop_at, "asked after it was interrupted"
        if request.seed == stop_at and error:
            raise error
        draw = random.Random(request.seed)  # noqa: S311  an order, not a secret
        legs = tuple(leg for _ in range(request.epochs) for leg in draw.sample(LEGS, len(LEGS)))
        return OverheadTurn(legs, tuple(took(request.seed, leg) for leg in legs), (told,) * 2)

    def calls(request: requests.CountCalls) -> CallsPerEpoch:
        assert (request.workload, request.batch_size) == ("blobs", 500)
        return CallsPerEpoch(bare=3681.0, harnessed=3737.0)

    return (
        FakeWorker()
        .on(requests.Facts, lambda _: {"tensorflow": "2.21.0", "device": "CPU"})
        .on(requests.BoundaryCost, lambda _: 12e-6)
        .on(requests.CountCalls, calls)
        .on(requests.TakeOverheadTurn, turn)
    )


def _run(turns: int = 200, epochs: int = 5, took: Took = _drifting, **how: Any) -> Overhead:
    worker = _worker(took, epochs=epochs, **how)
    found = run_overhead(
        find_workload("blobs"), 500, turns=turns, epochs=epochs, progress=silent, start_worker=lambda: worker
    )
    if found.stopped:
        assert worker.names[-1] == "overhead_turn", "asked after it was interrupted"
    return found


def _noisy(rng: random.Random, *, harness: float = 1.0, again: float = 1.0) -> Took:
    """Return what legs take where something else has the machine in one call of five: skewed, and never faster."""
    of_leg = {HARNESSED: harness, "bare again": again}

    def took(turn: int, leg: str) -> float:
        disturbed = rng.expovariate(1 / 0.3) if rng.random() < 0.2 else 0.0
        return _drifting(turn, "") * of_leg.get(leg, 1.0) * math.exp(rng.gauss(0, 0.03) + disturbed)

    return took


def test_harnessed_epochs_are_held_against_the_bare_ones_beside_them() -> None:
    result = _run()
    assert result.ratio.value == pytest.approx(1.01, abs=5e-4)
    assert result.ratio.lies_within(1.009, 1.011)
    assert result.identical.value == pytest.approx(1, abs=1e-3)
    assert (result.ratio.n, result.identical.n, result.turns) == (20, 20, 200)
    assert result.seconds_per_epoch == pytest.approx(0.04, rel=0.01)


def test_over_many_studies_of_nothing_both_intervals_cover_1_as_promised() -> None:
    covered = {"ratio": 0, "identical": 0}
    values = []
    studies = 100
    for seed in range(studies):
        result = _run(60, took=_noisy(random.Random(seed)))  # noqa: S311  noise, not a secret
        values.append(math.log(result.ratio.value))
        for name in covered:
            estimate = getattr(result, name)
            covered[name] += estimate.low <= 1 <= estimate.high
    # 95 %; fewer than 88 of 100 has a probability of 1 in 1,000.
    assert min(covered.values()) >= 88, covered
    # Skewed noise has no bias to give: a standard error of the mean is about 0.0005.
    assert abs(sum(values) / studies) < 0.002


def test_half_a_percent_is_told_from_nothing_at_the_default_number_of_turns() -> None:
    rng = random.Random(7)  # noqa: S311  noise, not a secret
    result = _run(300, epochs=20, took=_noisy(rng, harness=1.02))
    assert result.ratio.lies_within(1.01, 1.03)
    assert result.ratio.lies_beyond(0.995, 1.005)
    assert "Within 0.5 %: no, the whole interval lies beyond it." in render_overhead(result)


@pytest.mark.parametrize(
    ("harness", "again", "shown"),
    [
        (1.001, 1.0, "Within 0.5 %: shown."),
        (0.999, 1.0, "Within 0.5 %: shown."),
        (1.02, 1.0, "Within 0.5 %: no,"),
        (1.0, 1.02, "Within 0.5 %: can't be told. Two bare sides differ, too"),
    ],
)
def test_the_text_says_what_is_shown(harness: float, again: float, shown: str) -> None:
    factors = {HARNESSED: harness, "bare again": again}
    rng = random.Random(1)  # noqa: S311  noise, not a secret
    result = _run(took=lambda _turn, leg: 0.02 * factors.get(leg, 1.0) * math.exp(rng.gauss(0, 1e-4)))
    assert shown in " ".join(render_overhead(result).split())


def test_a_wide_interval_shows_nothing_and_asks_for_turns() -> None:
    rng = random.Random(3)  # noqa: S311  noise, not a secret
    result = _run(40, took=_noisy(rng))
    assert "Within 0.5 %: not shown, the interval reaches beyond it; use more --turns." in " ".join(
        render_overhead(result).split()
    )


def test_the_text_has_both_ratios_the_turns_and_the_work_per_round() -> None:
    text = " ".join(render_overhead(_run(took=lambda _, leg: 0.0202 if leg == HARNESSED else 0.02, told=0.999)).split())
    assert "20.00 ms an epoch 200 turns, each 5 epochs with the harness and twice 5 without" in text
    assert "harnessed epoch / bare epoch: 1.0100 [1.0100, 1.0100] at 95 % (20 blocks of turns)" in text
    assert "bare epoch / bare epoch, the same: 1.0000 [1.0000, 1.0000] at 95 % (20 blocks of turns)" in text
    assert "an epoch as the harness tells it / as it took: 0.9990 [0.9990, 0.9990] at 95 % (400 epochs)" in text
    assert "12.0 µs" in text
    assert "3,681 bare, 3,737 harnessed" in text


def test_too_few_turns_have_no_interval_and_say_so() -> None:
    text = " ".join(render_overhead(_run(turns=3, epochs=2)).split())
    assert "no interval: too few turns (1 block of turns)" in text
    assert "not shown" in text


@pytest.mark.parametrize(("turns", "epochs"), [(0, 5), (5, 0)])
def test_a_study_of_nothing_is_refused(turns: int, epochs: int) -> None:
    with pytest.raises(BatchmarkError, match="use at least 1 turn of 1 epoch"):
        _run(turns=turns, epochs=epochs)


@pytest.mark.parametrize(
    ("error", "why"), [(KeyboardInterrupt(), "interrupted by Ctrl-C"), (WorkerDiedError("killed by 9"), "killed by 9")]
)
def test_the_turns_done_before_ctrl_c_or_a_death_give_the_result(error: BaseException, why: str) -> None:
    result = _run(stop_at=12, error=error)
    assert result.ratio.value == pytest.approx(1.01, abs=0.01)
    assert (result.turns, result.ratio.n, result.stopped) == (12, 6, why)
    assert f"Not finished: {why}." in render_overhead(result)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), WorkerDiedError("killed by 9")])
def test_without_a_turn_there_is_no_result(error: BaseException) -> None:
    with pytest.raises(type(error)):
        _run(stop_at=0, error=error)
