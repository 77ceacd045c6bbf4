from collections.abc import Callable

import numpy as np
import pytest

from batchmark.studies.claims.blobs_arms import papers
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.noisy_curves import BETWEEN, CLAIM, LAST, spread_at_the_end
from batchmark.studies.laboratory.parts import Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, made, trained


def world(spread: Callable[[int], float], *, unlike: float = 0.3, diverged: int = 0, at: int = 256) -> World:
    """Curves of validation accuracy scatter by `spread` of the batch size, and seeds differ in that by `unlike`.

    Of each training at the batch size `at`, so many seeds diverge.
    """
    generator = np.random.default_rng(6)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        size = arm.course.phases[0].batch_size
        own = spread(size) * np.exp(generator.normal(0, unlike, arm.seeds))
        quality = np.full(arm.seeds, 0.82)
        quality[: diverged if size == at else 0] = np.nan
        return trained(
            part, quality, validation_quality=lambda look: 0.82 + own * generator.uniform(-1, 1, arm.seeds) + 0 * look
        )

    return answer  # type: ignore[return-value]  # as `trained` says


def as_claimed(size: int) -> float:
    return 0.1 / size


def judged(spread: Callable[[int], float], **fields: float) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(spread, **fields)))  # type: ignore[arg-type]  # a test's own


def test_curves_that_scatter_more_the_smaller_the_batch_confirm_it() -> None:
    finding = judged(as_claimed)

    assert finding.answer is Answer.CONFIRMED
    at_2 = finding.conditions[0]
    assert at_2.estimate.low is not None
    assert at_2.estimate.high is not None
    assert at_2.estimate.low < 128 < at_2.estimate.high
    assert [condition.answer for condition in finding.conditions].count(Answer.CONFIRMED) == 12


def test_the_papers_own_numbers_stand_beside() -> None:
    finding = judged(as_claimed)

    assert "0.048 at 2, 0.031 at 4, 0.011 at 8 and 0.0015 at 256" in finding.notes[0]
    assert "32, 21 and 7 times" in finding.notes[0]


def test_curves_that_scatter_less_refute_it() -> None:
    finding = judged(lambda size: 0.001 * size)

    assert finding.answer is Answer.REFUTED


def test_seeds_that_differ_too_much_leave_it_open() -> None:
    finding = judged(lambda _: 0.01, unlike=2.0)

    assert finding.answer is Answer.INCONCLUSIVE


@pytest.mark.parametrize("at", [2, 8])
def test_small_batches_that_diverge_do_not_confirm_that_they_are_noisy(at: int) -> None:
    # Those that are left scatter alike.
    finding = judged(lambda _: 0.01, diverged=80, at=at)
    of_it = [each for each in finding.conditions if each.answer and f"accuracy at {at} over" in each.what]

    assert finding.answer is Answer.INCONCLUSIVE
    assert finding.diverged == 320
    assert [each.answer for each in of_it] == [Answer.INCONCLUSIVE] * 4
    assert any("A training that diverged has no spread" in note for note in finding.notes)


def test_large_batches_that_diverge_do_not_refute_it() -> None:
    assert judged(as_claimed, diverged=80).answer is Answer.INCONCLUSIVE


def test_a_few_that_diverged_leave_what_the_others_show() -> None:
    assert judged(as_claimed, diverged=5, at=2).answer is Answer.CONFIRMED
    assert judged(lambda size: 0.001 * size, diverged=5).answer is Answer.REFUTED


def test_a_size_at_which_all_diverged_has_nothing_to_tell() -> None:
    assert judged(as_claimed, diverged=100, at=4).answer is Answer.INCONCLUSIVE


def test_a_curve_that_stands_still_has_no_spread_and_the_rest_still_has_its_rank() -> None:
    finding = judged(lambda size: 0.0 if size == 256 else 0.01)

    assert finding.answer is Answer.CONFIRMED


def test_only_the_last_looks_count() -> None:
    arm = papers(2)

    def early(look: int) -> list[float]:
        return [0.5 * (look % 2) if look < arm.course.epochs - LAST else 0.8] * arm.seeds

    followed = trained(arm, 0.8, validation_quality=early)

    assert np.all(spread_at_the_end(followed) == 0)  # type: ignore[arg-type]  # of an arm


def test_looks_are_as_many_updates_apart_at_each_size_where_updates_are_equal() -> None:
    arms = [arm_of(part) for part in CLAIM.parts if not isinstance(part, Tuned)]
    courses = [arm.course for arm in arms if arm.course.examples_per_look or arm.course.epochs_per_look > 1]

    updates = {}
    for course in courses:
        looked_at, since = [], 0
        for stretch in course.stretches(500):
            since += stretch.steps
            if stretch.is_looked_at:
                looked_at.append(since)
                since = 0
        updates[course.phases[0].batch_size] = looked_at
    assert set(updates) == {2, 4, 8, 256}
    assert all(np.median(each) == 16 for each in updates.values())
    assert all(sum(each) == pytest.approx(3200, rel=0.02) for each in updates.values())


def test_sizes_shown_beside_may_be_missing() -> None:
    made_up = world(as_claimed)
    beside = [papers(size) for size in BETWEEN]
    results = made(CLAIM.parts, lambda part: "over budget" if part in beside else made_up(part))

    finding = CLAIM.judge(results)

    assert finding.answer is Answer.CONFIRMED
    assert "Not shown at 16: over budget." in finding.notes


def test_sizes_that_are_judged_may_not() -> None:
    made_up = world(as_claimed)
    results = made(CLAIM.parts, lambda part: "over budget" if part == papers(256) else made_up(part))

    with pytest.raises(MissingPartError):
        CLAIM.judge(results)
