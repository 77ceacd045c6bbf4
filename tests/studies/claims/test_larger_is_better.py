import numpy as np
import pytest

from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.larger_is_better import CLAIM, MATTERS, SIZES
from batchmark.studies.laboratory.parts import Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, made, skewed, trained


def world(
    slope: float, *, spread: float = 0.004, seed: int = 0, diverged: tuple[int, int] = (0, 0), spare: str = ""
) -> World:
    """Accuracy rises by `slope` per doubling; at the size `diverged[0]`, so many seeds diverge."""
    generator = np.random.default_rng(seed)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        size = arm.course.phases[0].batch_size
        quality = 0.8 + slope * np.log2(size / 32) + skewed(generator, arm.seeds, spread)
        if size == diverged[0]:
            quality[: diverged[1]] = np.nan
        if spare and isinstance(part, Tuned):
            return spare
        return trained(part, quality)

    return answer  # type: ignore[return-value]  # as `trained` says


def judged(**fields: float) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(**fields)))  # type: ignore[arg-type]  # a test's own


def test_accuracy_that_rises_at_each_budget_and_rate_confirms_it() -> None:
    finding = judged(slope=0.004)

    assert finding.answer is Answer.CONFIRMED
    assert len(finding.conditions) == 8
    assert finding.seeds == 100
    assert "rises with the batch size in 8" in finding.sentence


def test_accuracy_that_falls_refutes_it() -> None:
    finding = judged(slope=-0.004)

    assert finding.answer is Answer.REFUTED
    assert {condition.answer for condition in finding.conditions} == {Answer.REFUTED}


def test_a_slope_too_small_to_matter_refutes_it() -> None:
    finding = judged(slope=0.0)

    assert finding.answer is Answer.REFUTED
    assert all(condition.estimate.lies_within(-MATTERS, MATTERS) for condition in finding.conditions)


def test_a_slope_that_is_there_and_too_small_to_matter_refutes_it_too() -> None:
    finding = judged(slope=0.001, spread=0.002)

    assert finding.answer is Answer.REFUTED
    assert all((condition.estimate.low or 0) > 0 for condition in finding.conditions)


def test_seeds_that_scatter_too_much_leave_it_open() -> None:
    finding = judged(slope=0.001, spread=0.15)

    assert finding.answer is Answer.INCONCLUSIVE


def test_one_slope_that_falls_refutes_it_though_the_others_rise() -> None:
    rising, falling = world(0.004), world(-0.004)
    results = made(CLAIM.parts, lambda part: (falling if isinstance(part, Tuned) else rising)(part))

    finding = CLAIM.judge(results)

    assert finding.answer is Answer.REFUTED
    assert sum(condition.answer is Answer.CONFIRMED for condition in finding.conditions) == 6


@pytest.mark.parametrize(("own", "said"), [(0.004, "confirmed: +0.0040 ["), (-0.004, "refuted: -0.0040 [")])
def test_what_came_of_the_papers_own_setting_is_said_beside(own: float, said: str) -> None:
    as_papers, otherwise = world(own, spread=0.0001), world(-own, spread=0.0001)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        is_own = arm.course.epochs == 200 and arm.course.phases[0].learning_rate == 0.01
        # At 32 all known rates are one.
        return (as_papers if is_own and not isinstance(part, Tuned) else otherwise)(part)

    finding = CLAIM.judge(made(CLAIM.parts, answer))  # type: ignore[arg-type]  # as `trained` says

    assert finding.answer is Answer.REFUTED
    assert f"At P's own setting, equal epochs, fixed rate, that it rises is {said}" in finding.sentence


def test_large_batches_that_diverge_are_the_worst_and_not_left_out() -> None:
    finding = judged(slope=0.004, diverged=(500, 80))  # type: ignore[arg-type]  # a size and a number

    assert finding.answer is Answer.REFUTED
    assert finding.diverged == 80 * 8
    assert all(np.isfinite(line.y).all() for picture in finding.pictures for line in picture.lines)


def test_the_reference_is_trained_once_for_the_rates_that_agree_there() -> None:
    at_reference = [part for part in CLAIM.parts if arm_of(part).course.phases[0].batch_size == 32]

    assert len(at_reference) == 2  # at a known rate and at a tuned one: both budgets are the same at 32
    assert len(CLAIM.parts) < len(SIZES) * 8


def test_parts_that_are_missing_leave_it_untested() -> None:
    with pytest.raises(MissingPartError, match="over budget"):
        CLAIM.judge(made(CLAIM.parts, world(0.004, spare="over budget")))
