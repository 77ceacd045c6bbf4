from collections.abc import Mapping

import numpy as np
import pytest

from batchmark.studies.claims.blobs_arms import papers
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.exact_size import CLAIM
from batchmark.studies.laboratory.parts import Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, made, skewed, trained


def world(by_size: Mapping[int, float] | None = None, *, spread: float = 0.003, diverged: int = 0) -> World:
    """Accuracy is 0.82, and by so much more at some sizes; of 2, so many seeds diverge."""
    generator = np.random.default_rng(5)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        size = arm.course.phases[0].batch_size
        quality = 0.82 + (by_size or {}).get(size, 0.0) + skewed(generator, arm.seeds, spread)
        quality[: diverged if size == 2 else 0] = np.nan
        return trained(part, quality)

    return answer  # type: ignore[return-value]  # as `trained` says


def judged(by_size: Mapping[int, float] | None = None, **fields: float) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(by_size, **fields)))  # type: ignore[arg-type]  # a test's own


def test_sizes_that_all_train_alike_confirm_it() -> None:
    finding = judged()

    assert finding.answer is Answer.CONFIRMED
    assert len(finding.conditions) == 18
    assert finding.sentence.startswith("Against 32, 18 of 18 are equal within ±0.017")


def test_one_size_that_trains_worse_refutes_it_and_is_named() -> None:
    finding = judged({2: -0.035})

    assert finding.answer is Answer.REFUTED
    assert sum(condition.answer is Answer.CONFIRMED for condition in finding.conditions) == 17
    assert "differs by more than that: -0.03" in finding.sentence
    assert "at 2 (equal epochs, P's rate)" in finding.sentence


def test_seeds_that_scatter_too_much_leave_it_open_and_say_how_many_it_takes() -> None:
    finding = judged({4: -0.012}, spread=0.03)

    assert finding.answer is Answer.INCONCLUSIVE
    assert any("may be stuck unseen" in note for note in finding.notes)


def test_a_size_at_which_many_diverge_refutes_it() -> None:
    finding = judged(diverged=30)

    assert finding.answer is Answer.REFUTED
    assert finding.diverged == 30


def test_each_interval_is_at_the_level_that_settled_it() -> None:
    finding = judged({2: -0.035})

    levels = {condition.answer: condition.estimate.level for condition in finding.conditions}
    assert levels[Answer.CONFIRMED] == pytest.approx(0.90)
    assert levels[Answer.REFUTED] == pytest.approx(1 - 2 * 0.05 / 18)


def test_size_1_is_trained_at_the_papers_own_rate() -> None:
    rates = {
        arm_of(part).course.phases[0].learning_rate
        for part in CLAIM.parts
        if arm_of(part).course.phases[0].batch_size == 1
    }

    assert rates == {0.001}
    assert papers(2).course.phases[0].learning_rate == 0.01


def test_a_tuned_rate_at_the_edge_of_what_was_tried_is_said() -> None:
    made_up = world()

    def at_edge(part: Part) -> object:
        return trained(part, 0.82, factor=part.factors[-1]) if isinstance(part, Tuned) else made_up(part)

    finding = CLAIM.judge(made(CLAIM.parts, at_edge))  # type: ignore[arg-type]  # as `trained` says

    assert any("the edge of what was tried at 32, 8, 128, 500" in note for note in finding.notes)


def test_a_missing_size_leaves_it_untested() -> None:
    made_up = world()
    results = made(CLAIM.parts, lambda part: "it was stopped" if part == papers(1) else made_up(part))

    with pytest.raises(MissingPartError, match="it was stopped"):
        CLAIM.judge(results)
