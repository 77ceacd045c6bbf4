from functools import partial

import numpy as np
import pytest

from batchmark.course import SHARPNESS, TRAINING_LOSS
from batchmark.studies.claims.claim import Answer, Condition, Finding
from batchmark.studies.claims.digits_arms import BOXES, BY_BUDGET, LARGE, MARGIN, SEEDS, SMALL, sharpness_of
from batchmark.studies.claims.sharpness import CLAIM
from batchmark.studies.laboratory.parts import Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, made, skewed, trained


def world(
    *,
    sharper: tuple[float, float] = (2.0, 2.0),
    gap: float = -0.03,
    gap_at_updates: float | None = None,
    spread: float = 0.3,
    diverged: int = 0,
) -> World:
    """Return one where the large batch is so many times as sharp, box by box, and so much less accurate."""
    generator = np.random.default_rng(0)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        is_large = arm.course.phases[0].batch_size == LARGE
        is_longer = arm.course.phases[0].epochs > BY_BUDGET.epochs
        off = gap_at_updates if is_longer and gap_at_updates is not None else gap
        quality = 0.96 + off * is_large + skewed(generator, arm.seeds, 0.005)
        if is_large:
            quality[:diverged] = np.nan
        found = {TRAINING_LOSS: partial(_at_any_look, np.full(arm.seeds, 0.02 if is_large else 0.01))}
        for box, times in zip(BOXES, sharper, strict=True):
            sharp = 5.0 * (times if is_large else 1.0) * np.exp(skewed(generator, arm.seeds, spread))
            found[sharpness_of(box)] = partial(_at_any_look, sharp)
        return trained(part, quality, observed=found)

    return answer  # type: ignore[return-value]  # as `trained` says


def _at_any_look(values: object, _: int) -> object:
    return values


def judged(**fields: object) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(**fields)))  # type: ignore[arg-type]  # a test's own


def of(finding: Finding, kind: str) -> list[Condition]:
    return [condition for condition in finding.conditions if condition.what.startswith(kind)]


def test_a_large_batch_that_is_sharper_and_worse_everywhere_confirms_it() -> None:
    finding = judged()

    assert finding.answer is Answer.CONFIRMED
    assert len(of(finding, "sharpness")) == 8
    assert len(of(finding, "test accuracy")) == 4
    assert "sharper in 8 and flatter in 0 of 8" in finding.sentence
    assert finding.seeds == SEEDS
    assert finding.diverged == 0


def test_a_large_batch_that_is_flatter_refutes_it() -> None:
    finding = judged(sharper=(0.5, 0.5))

    assert finding.answer is Answer.REFUTED
    assert {condition.answer for condition in of(finding, "sharpness")} == {Answer.REFUTED}


def test_boxes_that_answer_oppositely_are_judged_each() -> None:
    finding = judged(sharper=(2.0, 0.5))

    answers = {box: {c.answer for c in of(finding, "sharpness") if f"box {box:g}," in c.what} for box in BOXES}
    assert answers == {BOXES[0]: {Answer.CONFIRMED}, BOXES[1]: {Answer.REFUTED}}
    assert finding.answer is Answer.REFUTED


def test_a_large_batch_that_is_sharper_and_no_worse_refutes_it() -> None:
    finding = judged(gap=-MARGIN / 4)

    assert {condition.answer for condition in of(finding, "sharpness")} == {Answer.CONFIRMED}
    assert [condition.answer for condition in of(finding, "test accuracy")] == [None, None, *[Answer.REFUTED] * 2]
    assert finding.answer is Answer.REFUTED


def test_accuracy_at_equal_epochs_is_shown_and_not_judged() -> None:
    # The large batch is undertrained there, and as accurate with as many updates.
    undertrained = judged(gap=-0.03, gap_at_updates=-MARGIN / 4)
    as_good = judged(gap=0.0, gap_at_updates=-0.03)

    assert undertrained.answer is Answer.REFUTED
    assert as_good.answer is Answer.CONFIRMED
    assert all((each.answer is None) == ("equal epochs" in each.what) for each in of(undertrained, "test accuracy"))
    assert "may only be undertrained" in undertrained.sentence


def test_what_is_lost_from_training_to_test_stands_beside() -> None:
    finding = judged()

    shown = of(finding, "test loss minus training loss")
    assert len(shown) == 4
    assert {each.answer for each in shown} == {None}
    # Trainings lose 0.01 at 32, 0.02 at 500; tests 0.4.
    assert [each.estimate.value for each in shown] == pytest.approx([-0.01] * 4)
    assert "Its test loss minus training loss, less that at 32," in finding.sentence


def test_sharpness_that_is_not_told_apart_leaves_it_open() -> None:
    finding = judged(sharper=(1.05, 1.05), spread=1.0)

    assert finding.answer is Answer.INCONCLUSIVE


def test_a_large_batch_that_diverges_is_counted_and_not_called_sharper() -> None:
    finding = judged(sharper=(1.3, 1.3), spread=0.1, diverged=SEEDS // 2 + 1)

    # The small batch is the same part at both budgets; three large ones and the tuned small one are others.
    assert finding.diverged == 4 * (SEEDS // 2 + 1)
    assert {condition.answer for condition in of(finding, "sharpness")} == {Answer.INCONCLUSIVE}
    assert finding.answer is Answer.INCONCLUSIVE
    assert judged(sharper=(1.3, 1.3), spread=0.1, diverged=1).answer is Answer.CONFIRMED


def test_a_part_that_is_missing_is_told() -> None:
    def answer(part: Part) -> object:
        return "no time" if isinstance(part, Tuned) else world()(part)

    with pytest.raises(MissingPartError, match="no time"):
        CLAIM.judge(made(CLAIM.parts, answer))  # type: ignore[arg-type]  # a test's own


def test_the_small_batch_is_trained_once_for_both_budgets() -> None:
    sizes = [arm_of(part).course.phases[0].batch_size for part in CLAIM.parts]

    assert sorted(sizes) == [SMALL, SMALL, LARGE, LARGE, LARGE, LARGE]


def test_each_arm_is_looked_at_in_the_end_alone() -> None:
    for part in CLAIM.parts:
        arm = arm_of(part)
        assert {each.looks for each in arm.instruments} == {(-1,)}
        assert {each.box for each in arm.instruments if each.kind == SHARPNESS} == set(BOXES)
        assert not isinstance(part, Tuned) or not part.tried(1.0).instruments


def test_there_is_a_picture_a_box() -> None:
    first, second = judged().pictures

    assert "0.001" in first.title
    assert "0.0005" in second.title
    assert {line.x for line in first.lines} == {(float(SMALL), float(LARGE))}
