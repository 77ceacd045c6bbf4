"""The sequential quality study, with made-up trainings."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from batchmark.analysis.equivalence import Verdict
from batchmark.studies.quality.study import QualityStudy
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.trainings import Trainings
from batchmark.workloads import Description
from synthetic import trainings_of

_BLOBS = Descriptions().of("blobs")


class _Trainer:
    """Qualities by batch size: a common part by seed, which pairing removes, and a shift with noise."""

    def __init__(self, shift: dict[int, float], noise: float = 0.005) -> None:
        self._shift = shift
        self._noise = noise
        self.asked: list[tuple[int, tuple[int, ...]]] = []

    def __call__(self, workload: Description, batch_size: int, seeds: Sequence[int]) -> Trainings:
        self.asked.append((batch_size, tuple(seeds)))
        quality = tuple(self._quality(batch_size, seed) for seed in seeds)
        rate = workload.learning_rate_for(batch_size)
        return trainings_of(seeds, quality, workload=workload.name, batch_size=batch_size, learning_rate=rate)

    def _quality(self, batch_size: int, seed: int) -> float:
        common = np.random.default_rng(seed).normal(0.8, 0.05)
        own = np.random.default_rng([seed, batch_size]).normal(0.0, self._noise)
        return float(common + own + self._shift.get(batch_size, 0.0))


def test_a_clear_difference_is_settled_at_the_first_look() -> None:
    trainer = _Trainer({64: -0.1})
    result = QualityStudy(trainer, looks=(20, 80, 400), family=3).judge(_BLOBS, 64)
    assert result.fresh.verdict is Verdict.DIFFERENT
    assert result.fresh.estimate.n == 20
    assert trainer.asked == [(64, tuple(range(20))), (32, tuple(range(20)))]


def test_sides_that_train_alike_pass_after_all_seeds_and_not_before() -> None:
    trainer = _Trainer({})
    result = QualityStudy(trainer, looks=(20, 80, 400), family=3).judge(_BLOBS, 64)
    assert result.fresh.verdict is Verdict.EQUIVALENT
    assert result.fresh.estimate.n == 400
    assert result.fresh.cost == pytest.approx(max(*result.quality, *result.reference_quality) - 1 / 3)


def test_so_few_seeds_that_stuck_ones_could_hide_are_inconclusive_and_told_how_many_it_takes() -> None:
    result = QualityStudy(_Trainer({}), looks=(20, 80), family=3).judge(_BLOBS, 64)
    assert result.fresh.verdict is Verdict.INCONCLUSIVE
    assert result.needed is not None
    assert 80 < result.needed < 400


def test_a_loss_of_which_it_is_not_known_what_stuck_seeds_cost_never_passes() -> None:
    by_loss = replace(_BLOBS, quality_metric="loss", quality_if_stuck=None)
    result = QualityStudy(_Trainer({}), looks=(400,), family=1).judge(by_loss, 64)
    assert (result.fresh.verdict, result.needed) == (Verdict.INCONCLUSIVE, None)


def test_a_straddling_interval_draws_only_the_missing_seeds_until_the_limit() -> None:
    trainer = _Trainer({64: -_BLOBS.quality_margin}, noise=0.01)
    result = QualityStudy(trainer, looks=(20, 40, 80), family=3).judge(_BLOBS, 64)
    assert result.fresh.verdict is Verdict.INCONCLUSIVE
    assert result.fresh.estimate.n == 80
    assert [seeds for size, seeds in trainer.asked if size == 64] == [
        tuple(range(20)),
        tuple(range(20, 40)),
        tuple(range(40, 80)),
    ]


def test_the_reference_is_trained_once_for_all_sizes() -> None:
    trainer = _Trainer({})
    study = QualityStudy(trainer, looks=(20,), family=3)
    for size in (16, 64, 128):
        study.judge(_BLOBS, size)
    assert [size for size, _ in trainer.asked] == [16, 32, 64, 128]


def test_a_size_settled_early_is_paired_with_the_references_first_seeds_only() -> None:
    trainer = _Trainer({64: -0.1}, noise=0.01)
    study = QualityStudy(trainer, looks=(20, 40), family=1)
    study.judge(_BLOBS, 16)
    result = study.judge(_BLOBS, 64)
    assert len(result.quality) == len(result.reference_quality) == result.fresh.estimate.n == 20


@pytest.mark.parametrize(("shift", "verdict"), [(-0.05, Verdict.DIFFERENT), (0.05, Verdict.DIFFERENT)])
def test_worse_and_better_beyond_the_margin_are_both_different(shift: float, verdict: Verdict) -> None:
    result = QualityStudy(_Trainer({64: shift}), looks=(20,), family=1).judge(_BLOBS, 64)
    assert result.fresh.verdict is verdict
