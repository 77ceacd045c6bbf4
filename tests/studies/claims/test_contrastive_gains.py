"""The claim that contrast gains more than labels do, on worlds whose truth is known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from batchmark.studies.claims.claim import Answer, Condition, Finding
from batchmark.studies.claims.contrastive_arms import FEW, LARGE, MANY, MIDDLE, SEEDS, SMALL, Rate, arm, log_odds
from batchmark.studies.claims.contrastive_gains import CLAIM
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.trainings import Followed
from batchmark.workloads import find_workload
from claim_results_made import World, arm_of, followed, made, skewed

_CONTRASTIVE, _SUPERVISED, _RANDOM = "digits-contrastive", "digits-supervised", "digits-random-encoder"
_FIRST, _LAST = 0, MANY // FEW - 1


def _world(
    by_batch: dict[str, float], by_length: dict[str, float], *, seed: int = 0, spread: float = 0.01, diverged: int = 0
) -> World:
    """Return a world in which accuracy rises by so much from small to large batches, and from few to many epochs.

    So many seeds by contrast diverge at the large batch, in its last epochs.
    """
    generator = np.random.default_rng(seed)

    def world(part: Part) -> Followed:
        one = arm_of(part)
        size = one.course.phases[0].batch_size
        by_seed = skewed(generator, one.seeds, spread)
        begun = 0.7 + by_batch[one.workload] * math.log(size / SMALL, LARGE / SMALL) + by_seed
        lost = np.zeros(one.seeds)
        if size == LARGE and one.workload == _CONTRASTIVE:
            lost[:diverged] = math.nan

        def quality(look: int) -> np.ndarray:
            gained = by_length[one.workload] * look / _LAST + skewed(generator, one.seeds, spread)
            return begun + gained + (lost if look == _LAST else 0.0)

        end = quality(_LAST)
        return followed(
            one,
            end,
            loss=1.0 + lost,
            validation_quality=lambda look: end if look == _LAST else quality(look),
            validation_loss=lambda look: 1.0 + (lost if look == _LAST else np.zeros(one.seeds)),
        )

    return world


def _gains(contrastive: float, supervised: float, random: float = 0.0) -> dict[str, float]:
    return {_CONTRASTIVE: contrastive, _SUPERVISED: supervised, _RANDOM: random}


def _found(world: World) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world))


def _judged(finding: Finding) -> list[Condition]:
    return [each for each in finding.conditions if each.answer is not None]


def test_it_is_confirmed_where_contrast_gains_more_from_both() -> None:
    finding = _found(_world(_gains(0.05, 0.0), _gains(0.1, 0.03)))
    assert finding.answer is Answer.CONFIRMED
    in_accuracy = [each.estimate.value for each in finding.conditions[3:6]]
    assert in_accuracy == pytest.approx([0.05, 0.05, 0.07], abs=0.015)
    assert [each.answer for each in finding.conditions[3:6]] == [None] * 3
    # From 0.7 to 0.75, against no gain.
    by_batch = math.log(0.75 / 0.25) - math.log(0.7 / 0.3)
    assert _judged(finding)[0].estimate.value == pytest.approx(by_batch, abs=0.08)
    assert finding.seeds == SEEDS
    assert "gains more than by labels from larger batches and from more epochs" in finding.sentence


@pytest.mark.parametrize(
    ("by_batch", "by_length"),
    [(_gains(-0.05, 0.0), _gains(0.1, 0.03)), (_gains(0.05, 0.0), _gains(0.03, 0.1))],
)
def test_it_is_refuted_where_labels_gain_more_from_either(
    by_batch: dict[str, float], by_length: dict[str, float]
) -> None:
    finding = _found(_world(by_batch, by_length))
    assert finding.answer is Answer.REFUTED
    assert {Answer.CONFIRMED, Answer.REFUTED} == {each.answer for each in _judged(finding)}


def test_it_is_inconclusive_where_one_gain_is_as_large_by_labels() -> None:
    finding = _found(_world(_gains(0.05, 0.05), _gains(0.1, 0.03)))
    assert finding.answer is Answer.INCONCLUSIVE
    assert "is not shown to gain more than by labels from both" in finding.sentence


def test_a_smaller_gain_in_accuracy_near_one_is_the_larger_one_where_it_mends_more_of_the_errors() -> None:
    # Errors fall by contrast from 0.1 to 0.06, and by labels from 0.4 to 0.32: less in accuracy, more in log-odds.
    def world(part: Part) -> Followed:
        one = arm_of(part)
        is_contrastive = one.workload == _CONTRASTIVE
        begun, gained = (0.9, 0.08) if is_contrastive else (0.6, 0.16)
        generator = np.random.default_rng(5)
        share = math.log(one.course.phases[0].batch_size / SMALL, LARGE / SMALL)
        noise = skewed(generator, one.seeds, 0.004)

        def quality(look: int) -> np.ndarray:
            return begun + gained * (share + look / _LAST) / 2 + noise * (1 - begun)

        return followed(one, quality(_LAST), validation_quality=quality)

    finding = _found(world)
    assert all(each.estimate.value < 0 for each in finding.conditions[3:6])
    assert {each.answer for each in _judged(finding)} == {Answer.CONFIRMED}


def test_log_odds_are_finite_where_all_or_none_are_right() -> None:
    none, half, every = log_odds(np.array([0.0, 0.5, 1.0]))
    assert (none, half) == (-every, 0.0)
    assert math.isfinite(every)


def test_equal_gains_are_seldom_taken_for_different_ones() -> None:
    answers = [_found(_world(_gains(0.02, 0.02), _gains(0.05, 0.05), seed=seed)).answer for seed in range(200)]
    # Three intervals that hold together at 95 %: confirmed needs all, refuted one of six ends.
    assert answers.count(Answer.CONFIRMED) == 0
    assert answers.count(Answer.REFUTED) <= 14


def test_a_diverged_training_is_counted_as_the_worst_and_told() -> None:
    finding = _found(_world(_gains(0.05, 0.0), _gains(0.1, 0.03), diverged=3))
    assert finding.diverged == 3 * len(Rate)
    later = next(
        each
        for each in finding.conditions
        if each.what.startswith(f"accuracy after {MANY} epochs minus after {FEW} at {LARGE}, {Rate.FIXED}")
    )
    assert later.estimate.n == SEEDS
    assert later.estimate.low is not None
    # What had not yet diverged when it was judged is judged as it was.
    assert finding.answer is Answer.CONFIRMED


@pytest.mark.parametrize(
    ("workload", "size"),
    [(_CONTRASTIVE, LARGE), (_CONTRASTIVE, SMALL), (_SUPERVISED, LARGE), (_SUPERVISED, SMALL)],
)
def test_most_seeds_diverged_on_any_side_neither_confirm_nor_refute(workload: str, size: int) -> None:
    world = _world(_gains(0.05, 0.0), _gains(0.1, 0.03))

    def diverging(part: Part) -> Followed:
        found = world(part)
        assert isinstance(found, Followed)
        one = arm_of(part)
        if one.workload != workload or one.course.phases[0].batch_size != size:
            return found
        nothing = (math.nan,) * len(found.steps)
        curves = (nothing,) * (SEEDS - 2)
        return replace(
            found,
            validation_loss=curves + found.validation_loss[-2:],
            validation_quality=curves + found.validation_quality[-2:],
            fresh_loss=(math.nan,) * (SEEDS - 2) + found.fresh_loss[-2:],
        )

    finding = _found(diverging)
    assert finding.answer is Answer.INCONCLUSIVE
    assert [each.estimate.low for each in _judged(finding)][:2] == [-math.inf, -math.inf]
    assert [each.estimate.high for each in _judged(finding)][:2] == [math.inf, math.inf]


def test_what_a_random_encoder_gains_is_shown_and_not_judged() -> None:
    gaining = _found(_world(_gains(0.05, 0.0, 0.2), _gains(0.1, 0.03, 0.2)))
    shown = [each for each in gaining.conditions if each.what.endswith(_RANDOM)]
    assert {each.answer for each in shown} == {None}
    assert [each.estimate.value for each in shown] == pytest.approx([0.2] * len(shown), abs=0.02)
    assert gaining.answer is Answer.CONFIRMED


def test_without_the_random_encoder_it_is_judged_and_said() -> None:
    world = _world(_gains(0.05, 0.0), _gains(0.1, 0.03))
    finding = _found(lambda part: "over budget" if arm_of(part).workload == _RANDOM else world(part))
    assert finding.answer is Answer.CONFIRMED
    assert "Not shown, what the probe gains by itself: over budget." in finding.notes


def test_without_a_twin_it_is_not_judged() -> None:
    world = _world(_gains(0.05, 0.0), _gains(0.1, 0.03))
    with pytest.raises(MissingPartError, match="over budget"):
        _found(lambda part: "over budget" if arm_of(part).workload == _SUPERVISED else world(part))


def test_the_arms_are_paired_and_differ_in_what_is_compared_alone() -> None:
    ours, theirs = (arm(workload, LARGE, Rate.SQUARE_ROOT) for workload in (_CONTRASTIVE, _SUPERVISED))
    assert replace(ours, workload=_SUPERVISED) == theirs
    assert arm(_CONTRASTIVE, MIDDLE, Rate.FIXED) == arm(_CONTRASTIVE, MIDDLE, Rate.SQUARE_ROOT)
    rate = find_workload(_CONTRASTIVE).learning_rate
    assert rate is not None
    assert [arm(_CONTRASTIVE, size, Rate.SQUARE_ROOT).course.phases[0].learning_rate for size in (SMALL, LARGE)] == [
        rate / 2,
        rate * 2,
    ]
    assert len(set(CLAIM.parts)) == len(CLAIM.parts)
    # The rule's two looks are the first and the last.
    looks = [stretch for stretch in ours.course.stretches(2000) if stretch.is_looked_at]
    assert len(looks) == MANY // FEW
