"""Whether two sides train equally well, over trainings that are drawn."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from batchmark.comparison import ComparedCell, Verdict
from batchmark.errors import WorkerDiedError
from batchmark.measurement.protocol import requests
from batchmark.progress import silent
from batchmark.studies.live.quality import compare_quality, quality_not_compared
from batchmark.trainings import Trainings
from batchmark.workloads import Description
from fake_worker import FakeWorker
from synthetic import trainings_of

DESCRIPTION = Description(
    name="mine", examples=500, reference_batch_size=32, quality_metric="accuracy", quality_margin=0.02, epochs=4
)
MARGIN = 0.02
DESCRIPTIONS = {"baseline": DESCRIPTION, "candidate": DESCRIPTION}


def _worker(of: Callable[[int], float]) -> FakeWorker:
    """Return a worker that trains seeds to a quality that `of` gives, or fails."""

    def train(request: requests.Train) -> Trainings:
        quality = tuple(of(seed) for seed in request.seeds)
        return trainings_of(request.seeds, quality, batch_size=request.batch_size)

    return FakeWorker().on(requests.Train, train)


def _asked_of(worker: FakeWorker) -> list[tuple[int, int]]:
    """Return the first seed and the number of seeds of each training that was asked for."""
    return [(request.seeds[0], len(request.seeds)) for request in worker.asked_for(requests.Train)]


def _noise(seed: int, side: int) -> float:
    return float(np.random.default_rng([seed, side]).normal(0, 0.01))


def _compare(candidate: Callable[[int], float], **how: Any) -> tuple[ComparedCell, dict[str, FakeWorker]]:
    workers = {"baseline": _worker(lambda seed: 0.9 + _noise(seed, 0)), "candidate": _worker(candidate)}
    settings: dict[str, Any] = {"margin": MARGIN, "family": 3, "confidence": 0.95, "progress": silent, **how}
    return compare_quality(workers, DESCRIPTIONS, 32, **settings), workers


def test_sides_that_train_alike_are_unchanged_once_all_seeds_are_trained() -> None:
    cell, workers = _compare(lambda seed: 0.9 + _noise(seed, 1))
    assert cell.verdict is Verdict.UNCHANGED
    assert (cell.metric, cell.batch_size, cell.loop, cell.tolerance) == ("quality", 32, None, MARGIN)
    assert cell.baseline == pytest.approx(0.9, abs=0.01)
    assert cell.candidate == pytest.approx(0.9, abs=0.01)
    assert cell.rounds == 400
    assert [_asked_of(worker) for worker in workers.values()] == [[(0, 20), (20, 60), (80, 320)]] * 2
    assert cell.unseen_share == pytest.approx(-math.expm1(math.log((1 - cell.level) / 2) / 400))
    assert cell.unseen_cost == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize(("shift", "verdict"), [(-0.06, Verdict.REGRESSED), (0.06, Verdict.IMPROVED)])
def test_a_difference_beyond_the_margin_is_called_by_its_direction(shift: float, verdict: Verdict) -> None:
    cell, _ = _compare(lambda seed: 0.9 + shift + _noise(seed, 1))
    assert cell.verdict is verdict
    assert cell.effect == pytest.approx(shift, abs=0.01)


def test_a_difference_near_the_margin_trains_more_seeds_and_says_what_it_would_take() -> None:
    cell, workers = _compare(lambda seed: 0.9 - 0.012 + _noise(seed, 1))
    assert cell.verdict is Verdict.INCONCLUSIVE
    assert [_asked_of(worker) for worker in workers.values()] == [[(0, 20), (20, 60), (80, 320)]] * 2
    assert cell.rounds == 400
    assert cell.needed is not None
    assert cell.needed.endswith("seeds")


def test_a_candidate_that_diverges_more_than_chance_allows_is_a_regression() -> None:
    cell, _ = _compare(lambda seed: math.nan if seed < 15 else 0.9 + _noise(seed, 1))
    assert cell.verdict is Verdict.REGRESSED
    assert cell.effect is not None
    assert cell.effect < -MARGIN
    told = "the candidate diverged at 15 and the baseline at 0; the difference counts them as stuck"
    assert cell.warnings == (f"of 400 seeds {told}",)


def test_two_seeds_that_diverge_are_no_regression_and_no_pass() -> None:
    cell, _ = _compare(lambda seed: math.nan if seed in (7, 8) else 0.9 + _noise(seed, 1))
    assert cell.verdict is Verdict.INCONCLUSIVE
    told = "the candidate diverged at 2 and the baseline at 0; the difference counts them as stuck"
    assert cell.warnings == (f"of 400 seeds {told}",)


def test_a_candidate_that_trains_better_where_it_does_not_diverge_is_regressed_all_the_same() -> None:
    cell, _ = _compare(lambda seed: math.nan if seed % 10 == 0 else 0.99 + _noise(seed, 1))
    assert cell.verdict is Verdict.REGRESSED


def test_seeds_that_are_trained_one_by_one_are_no_more_than_80() -> None:
    def train(request: requests.Train) -> Trainings:
        return trainings_of(request.seeds, [0.9] * len(request.seeds), method="one by one by fit: of its own")

    workers = {name: FakeWorker().on(requests.Train, train) for name in ("baseline", "candidate")}
    cell = compare_quality(workers, DESCRIPTIONS, 32, margin=MARGIN, family=3, confidence=0.95, progress=silent)
    assert (cell.rounds, cell.verdict) == (80, Verdict.INCONCLUSIVE)
    assert cell.needed is not None
    assert [_asked_of(worker) for worker in workers.values()] == [[(0, 20), (20, 60)]] * 2


def test_each_side_trains_with_its_own_learning_rate() -> None:
    workers = {name: _worker(lambda seed: 0.9 + _noise(seed, 0)) for name in ("baseline", "candidate")}
    descriptions = {
        "baseline": replace(DESCRIPTION, learning_rate=0.01),
        "candidate": replace(DESCRIPTION, learning_rate=0.5),
    }
    compare_quality(workers, descriptions, 32, margin=MARGIN, family=1, confidence=0.95, progress=silent)
    rates = {name: [each.learning_rate for each in workers[name].asked_for(requests.Train)] for name in workers}
    assert rates == {"baseline": [0.01] * 3, "candidate": [0.5] * 3}


def test_a_larger_family_asks_for_more() -> None:
    alone, _ = _compare(lambda seed: 0.9 + _noise(seed, 1), family=1)
    among_many, _ = _compare(lambda seed: 0.9 + _noise(seed, 1), family=50)
    assert among_many.level > alone.level
    # The looks before the last have a tenth of what one comparison of 5 % may err by.
    assert alone.level == pytest.approx(1 - 0.9 * 0.05)


@pytest.mark.parametrize("error", [WorkerDiedError("killed"), KeyboardInterrupt()])
def test_what_ends_one_side_ends_both(error: BaseException) -> None:
    def fails(_: int) -> float:
        raise error

    workers = {"baseline": _worker(lambda _: 0.9), "candidate": _worker(fails)}
    with pytest.raises(type(error)):
        compare_quality(
            workers,
            DESCRIPTIONS,
            32,
            margin=MARGIN,
            family=1,
            confidence=0.95,
            progress=silent,
        )
    assert all(worker.killed.is_set() for worker in workers.values())


@pytest.mark.parametrize(("confidence", "family"), [(0.95, 1), (0.99, 3), (0.8, 12)])
def test_quality_that_could_not_be_compared_has_the_level_that_was_asked_for(confidence: float, family: int) -> None:
    asked: dict[str, Any] = {"confidence": confidence, "family": family}
    compared, _ = _compare(lambda seed: 0.9 + _noise(seed, 1), **asked)
    lost = quality_not_compared("mine", 32, "it died", margin=MARGIN, **asked)
    diverged, _ = _compare(lambda _: math.nan, **asked)
    assert lost.level == compared.level == diverged.level != 0.95
