from collections.abc import Callable

import numpy as np
import pytest

from batchmark.course import DISTANCE
from batchmark.studies.claims.blobs_arms import RATE, SEEDS
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.distance import CLAIM, SIZES
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, made, skewed, trained

EPOCHS = 200


def world(
    *, fixed: float, linear: float, spread: float = 0.2, diverged: tuple[int, int] = (0, 0), spare: str = ""
) -> World:
    """Return one where the distance grows by these factors per doubling; of size `diverged[0]` some seeds diverge."""
    generator = np.random.default_rng(0)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        phase = arm.course.phases[0]
        if spare and phase.epochs != EPOCHS:
            return spare
        growth = fixed if phase.learning_rate == RATE else linear
        distance = 3 * growth ** np.log2(phase.batch_size / 32) * np.exp(skewed(generator, arm.seeds, spread))
        quality = np.full(arm.seeds, 0.8)
        if phase.batch_size == diverged[0]:
            quality[: diverged[1]] = np.nan
            distance[: diverged[1]] = np.nan
        looks = len(list(arm.course.stretches(500)))
        return trained(part, quality, observed={DISTANCE: _growing(distance, looks)})

    return answer  # type: ignore[return-value]  # as `trained` says


def _growing(end: np.ndarray, looks: int) -> Callable[[int], np.ndarray]:
    return lambda look: end * np.sqrt(min(1.0, (look + 1) / looks))


def judged(**fields: object) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(**fields)))  # type: ignore[arg-type]  # a test's own


def test_larger_batches_that_move_further_at_both_rates_confirm_it() -> None:
    finding = judged(fixed=1.2, linear=1.3)

    assert finding.answer is Answer.CONFIRMED
    assert finding.seeds == SEEDS
    assert [each.answer for each in finding.conditions] == [Answer.CONFIRMED, Answer.CONFIRMED, None, None]
    assert finding.conditions[0].estimate.value == pytest.approx(1.2, rel=0.02)


def test_larger_batches_that_move_less_far_refute_it() -> None:
    finding = judged(fixed=0.8, linear=0.9)

    assert finding.answer is Answer.REFUTED
    assert "at the fixed rate larger batches move the weights less far" in finding.sentence


def test_moving_less_far_at_one_rate_alone_refutes_it_and_is_told() -> None:
    finding = judged(fixed=0.8, linear=1.3)

    assert finding.answer is Answer.REFUTED
    assert "at the fixed rate larger batches move the weights less far" in finding.sentence
    assert "at the linear rate larger batches move the weights further" in finding.sentence


def test_no_difference_that_is_told_leaves_it_open() -> None:
    assert judged(fixed=1.0, linear=1.0).answer is Answer.INCONCLUSIVE


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]])
@pytest.mark.parametrize("growth", [0.98, 1.02])
def test_divergence_settles_nothing_on_either_side(size: int, growth: float) -> None:
    finding = judged(fixed=growth, linear=growth, diverged=(size, SEEDS // 2))

    assert finding.answer is Answer.INCONCLUSIVE
    assert finding.diverged == 2 * SEEDS // 2


def test_few_that_diverge_leave_what_the_others_show() -> None:
    finding = judged(fixed=1.2, linear=1.2, diverged=(SIZES[-1], 5))

    assert finding.answer is Answer.CONFIRMED
    assert finding.diverged == 2 * 5
    assert finding.conditions[0].estimate.n == SEEDS


def test_equal_updates_are_shown_beside_and_may_be_missing() -> None:
    finding = judged(fixed=1.2, linear=1.3, spare="no time")

    assert finding.answer is Answer.CONFIRMED
    assert len(finding.conditions) == 2
    assert sum("no time" in note for note in finding.notes) == 2


def test_equal_examples_may_not_be_missing() -> None:
    with pytest.raises(MissingPartError):
        CLAIM.judge(made(CLAIM.parts, lambda _: "no time"))


def test_the_reference_is_trained_once_for_all_budgets_and_rates() -> None:
    sizes = [arm_of(part).course.phases[0].batch_size for part in CLAIM.parts]

    assert sorted(sizes) == sorted([32, *(4 * [8]), *(4 * [128]), *(4 * [500])])


def test_the_end_and_the_way_are_drawn() -> None:
    final, along = judged(fixed=1.2, linear=1.3).pictures

    assert len(final.lines) == 4
    assert final.lines[0].x == tuple(map(float, SIZES))
    assert [line.name for line in along.lines] == [str(size) for size in SIZES]
    assert len(along.lines[0].x) == 200
