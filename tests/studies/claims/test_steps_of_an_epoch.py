from collections.abc import Callable

import numpy as np
import pytest

from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.steps_of_an_epoch import CLAIM
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import arm_of, examples_of, followed, made


def judged(
    steps: Callable[[int, int], int] | None = None, *, quality: float = 0.8, only: tuple[int, ...] = ()
) -> Finding:
    """Count steps of an epoch by number of examples and batch size, or as the course has them."""

    def world(part: Part) -> object:
        arm = arm_of(part)
        size = arm.course.phases[0].batch_size
        if not steps:
            return followed(arm, quality)
        each = steps(examples_of(arm.workload), size)
        return followed(arm, quality, steps=(each, 2 * each))

    return CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # of arms


def test_steps_that_are_rounded_up_refute_it_where_that_is_not_the_nearest() -> None:
    finding = judged()

    assert finding.answer is Answer.REFUTED
    refuted = [condition.what for condition in finding.conditions if condition.answer is Answer.REFUTED]
    assert [what.split(" at ")[1].split(",")[0] for what in refuted] == ["150", "128"]
    assert "⌈N/b⌉ steps, the partial batch included, at all 9 batch sizes" in finding.sentence
    assert "at 4, where b divides N" in finding.sentence
    assert "wrong at 150 of 500 (4 steps, N/b is 3.333) and at 128 of 1200 (10 steps, N/b is 9.375)" in finding.sentence


def test_steps_that_are_the_nearest_whole_number_confirm_it() -> None:
    finding = judged(lambda examples, size: round(examples / size))

    assert finding.answer is Answer.CONFIRMED
    assert "is right at all" in finding.sentence


def test_a_loop_that_drops_the_partial_batch_is_told_apart() -> None:
    finding = judged(lambda examples, size: examples // size)

    assert finding.answer is Answer.REFUTED
    assert "⌊N/b⌋ steps, without the partial batch" in finding.sentence


def test_trainings_that_diverge_still_count_their_steps() -> None:
    assert judged(quality=np.nan).answer is Answer.REFUTED


def test_a_missing_size_leaves_it_untested() -> None:
    first, *_ = CLAIM.parts
    results = made(CLAIM.parts, lambda part: "stopped" if part == first else followed(arm_of(part), 0.8))

    with pytest.raises(MissingPartError, match="stopped"):
        CLAIM.judge(results)
