from collections.abc import Callable

import numpy as np
import pytest

from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.convolutions import CLAIM, SIZES, TENS, tens_off_the_powers
from batchmark.studies.laboratory.parts import Arm, Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, followed, made, skewed, trained


def world(
    accuracy: Callable[[int], float], *, spread: float = 0.004, diverged: tuple[int, ...] = (), seeds: int | None = None
) -> World:
    """Accuracy by batch size; at the sizes `diverged`, every seed diverges."""
    generator = np.random.default_rng(10)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        size = arm.course.phases[0].batch_size
        quality = accuracy(size) + skewed(generator, arm.seeds, spread)
        if size in diverged:
            quality[:] = np.nan
        if seeds:
            quality[seeds:] = np.nan
        return trained(part, quality)

    return answer  # type: ignore[return-value]  # as `trained` says


def judged(accuracy: Callable[[int], float], **fields: object) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(accuracy, **fields)))  # type: ignore[arg-type]  # a test's own


def rising(size: int) -> float:
    return 0.85 + 0.01 * float(np.log2(size / 16))


def test_accuracy_that_rises_whatever_the_kind_of_number_confirms_it() -> None:
    finding = judged(rising)

    assert finding.answer is Answer.CONFIRMED
    assert len(finding.conditions) == 6
    assert finding.seeds == 8
    assert "makes no difference beyond ±0.01" in finding.sentence


def test_accuracy_that_falls_refutes_it() -> None:
    finding = judged(lambda size: 0.9 - 0.02 * float(np.log2(size / 16)))

    assert finding.answer is Answer.REFUTED
    assert "rises with the batch size in 0 of 4" in finding.sentence


def test_a_kind_of_number_that_matters_refutes_it() -> None:
    finding = judged(lambda size: rising(size) + 0.05 * (size in TENS))

    assert finding.answer is Answer.REFUTED
    assert "The kind of number matters" in finding.sentence


def test_seeds_that_scatter_too_much_leave_it_open() -> None:
    assert judged(rising, spread=0.08).answer is Answer.INCONCLUSIVE


def test_sizes_that_diverge_are_the_worst() -> None:
    finding = judged(rising, diverged=(1000, 1024))

    assert finding.answer is Answer.REFUTED
    assert finding.diverged == 8 * (2 + 2 + 1 + 1)


@pytest.mark.parametrize("steepness", [0.5, 1.2, 2.0])
def test_a_curve_that_falls_steeply_does_not_pass_for_a_kind_of_number(steepness: float) -> None:
    def falling(size: int) -> float:
        return 0.2 + 0.73 / (1 + float(np.exp(steepness * (np.log2(size) - 9.2))))

    off = tens_off_the_powers({size: followed(_arm(size), falling(size)) for size in SIZES})

    assert np.all(np.abs(off) < 0.005)


def test_a_kind_of_number_is_found_as_large_as_it_is() -> None:
    made_up = {size: followed(_arm(size), rising(size) - 0.03 * (size in TENS)) for size in SIZES}

    assert tens_off_the_powers(made_up) == pytest.approx(-0.03, abs=1e-6)


def test_equal_updates_differ_by_no_more_than_two_per_cent() -> None:
    at_updates = [
        arm.course
        for arm in map(arm_of, CLAIM.parts)
        if arm.course.epochs != 10 and arm.course.phases[0].batch_size not in TENS
    ]

    updates = [sum(stretch.steps for stretch in course.stretches(1200)) for course in at_updates]
    assert len(updates) == 8
    assert max(updates) < 1.02 * min(updates)


def test_the_epochs_and_updates_that_are_told_are_those_of_the_trainings() -> None:
    courses = [arm.course for arm in map(arm_of, CLAIM.parts)]
    (epochs,) = {course.epochs for course in courses if course.phases[0].batch_size in TENS}
    (updates,) = {
        sum(stretch.steps for stretch in course.stretches(1200))
        for course in courses
        if course.phases[0].batch_size == 16 and course.epochs != epochs
    }

    assert f"at equal epochs ({epochs})" in CLAIM.rule
    assert f"at equal updates ({updates})" in CLAIM.rule
    assert any(f"At equal updates ({updates}," in note for note in judged(rising).notes)


def test_what_came_of_the_papers_own_setting_is_said() -> None:
    rises, falls = world(rising), world(lambda size: -rising(size))

    def of_own_only(part: Part) -> object:
        arm = arm_of(part)
        is_own = arm.course.epochs == 10 and not isinstance(part, Tuned)
        return (rises if is_own else falls)(part)

    finding = CLAIM.judge(made(CLAIM.parts, of_own_only))  # type: ignore[arg-type]  # as `trained` says

    assert finding.answer is Answer.REFUTED
    assert "at P's own setting, equal epochs, fixed rate, that it rises is confirmed" in finding.sentence


def test_a_missing_part_leaves_it_untested() -> None:
    made_up = world(rising)
    results = made(CLAIM.parts, lambda part: "over budget" if isinstance(part, Tuned) else made_up(part))

    with pytest.raises(MissingPartError, match="over budget"):
        CLAIM.judge(results)


def _arm(size: int) -> Arm:
    return next(arm for arm in map(arm_of, CLAIM.parts) if arm.course.phases[0].batch_size == size)
