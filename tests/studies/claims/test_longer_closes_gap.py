import numpy as np
import pytest

from batchmark.records import Estimate
from batchmark.studies.claims import longer_closes_gap, sharpness
from batchmark.studies.claims.by_budget import Rate
from batchmark.studies.claims.claim import Answer, Condition, Finding
from batchmark.studies.claims.digits_arms import BY_BUDGET, LARGE, MARGIN, RATE, SEEDS, SMALL
from batchmark.studies.claims.longer_closes_gap import CLAIM
from batchmark.studies.laboratory.parts import Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, made, skewed, trained

EPOCHS = BY_BUDGET.epochs


def world(*, gap: float, left: float, spread: float = 0.004, diverged: int = 0, spare: str = "") -> World:
    """Return one where 500 is `gap` off at 15 epochs, and `left` off when it is trained longer."""
    generator = np.random.default_rng(0)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        phase = arm.course.phases[0]
        if spare and (isinstance(part, Tuned) or (phase.batch_size == SMALL and phase.epochs > EPOCHS)):
            return spare
        off, is_longer = 0.0, phase.epochs > EPOCHS
        if phase.batch_size == LARGE:
            off = left if is_longer else gap
        quality = 0.96 + off + skewed(generator, arm.seeds, spread)
        if phase.batch_size == LARGE and is_longer:
            quality[:diverged] = np.nan
        return trained(part, quality)

    return answer  # type: ignore[return-value]  # as `trained` says


def judged(**fields: float | str) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(**fields)))  # type: ignore[arg-type]  # a test's own


def test_a_gap_that_as_many_updates_close_confirms_it() -> None:
    finding = judged(gap=-0.1, left=0.0)

    assert finding.answer is Answer.CONFIRMED
    assert f"closed to within {MARGIN}" in finding.sentence
    assert finding.seeds == SEEDS
    share = next(each for each in finding.conditions if each.what.startswith("share"))
    assert share.estimate.value == pytest.approx(1.0, abs=0.05)
    assert share.answer is None


def test_a_gap_that_is_more_than_closed_confirms_it_too() -> None:
    assert judged(gap=-0.1, left=0.02).answer is Answer.CONFIRMED


def test_a_gap_that_stays_refutes_it() -> None:
    finding = judged(gap=-0.1, left=-0.03)

    assert finding.answer is Answer.REFUTED
    assert f"stays wider than {MARGIN}" in finding.sentence


@pytest.mark.parametrize("left", [0.0, -0.03])
def test_without_a_gap_there_is_nothing_to_close(left: float) -> None:
    finding = judged(gap=0.0, left=left)

    assert finding.answer is Answer.INCONCLUSIVE
    assert "no gap to close" in finding.sentence
    assert not any(each.what.startswith("share") for each in finding.conditions)


def test_a_gap_that_does_not_matter_is_none() -> None:
    finding = judged(gap=-MARGIN / 2, left=0.0, spread=0.001)

    assert finding.answer is Answer.INCONCLUSIVE
    assert "is not worse" in finding.sentence
    assert "no gap to close" in finding.sentence


def test_a_gap_that_is_not_told_from_none_is_open() -> None:
    finding = judged(gap=-MARGIN, left=0.0, spread=0.02)

    assert finding.answer is Answer.INCONCLUSIVE
    assert "whether there is a gap to close is open" in finding.sentence
    assert "no gap to close" not in finding.sentence


def test_seeds_needed_are_counted_to_the_one_bound_of_the_rule() -> None:
    # As far above 0 as the upper margin, that the rule does not have.
    estimate = Estimate(MARGIN, -1.1 * MARGIN, 3.1 * MARGIN, 0.95, 20)
    left = Condition("accuracy", estimate, answer=Answer.INCONCLUSIVE)

    (note,) = longer_closes_gap._seeds_needed({Rate.FIXED: left})

    assert "about 23 seeds would settle it" in note


def test_a_difference_at_the_margin_leaves_it_open_and_says_how_many_seeds_would_settle_it() -> None:
    finding = judged(gap=-0.1, left=-MARGIN + 0.001, spread=0.01)

    assert finding.answer is Answer.INCONCLUSIVE
    assert any("Not settled" in note for note in finding.notes)


def test_longer_trainings_that_diverge_are_the_worst_and_are_counted() -> None:
    finding = judged(gap=-0.1, left=0.0, diverged=SEEDS - 4)

    assert finding.answer is Answer.REFUTED
    assert finding.diverged == 2 * (SEEDS - 4)


def test_what_is_only_shown_may_be_missing() -> None:
    finding = judged(gap=-0.1, left=0.0, spare="no time")

    assert finding.answer is Answer.CONFIRMED
    assert sum("Not shown" in note and "no time" in note for note in finding.notes) == 2


def test_what_is_judged_may_not_be_missing() -> None:
    with pytest.raises(MissingPartError):
        CLAIM.judge(made(CLAIM.parts, lambda _: "no time"))


def test_seeds_that_a_median_does_not_see_are_told_of() -> None:
    notes = judged(gap=-0.1, left=0.0).notes

    assert any("may be stuck unseen" in note and "seeds would show" in note for note in notes)


def test_the_longer_training_has_the_updates_of_the_small_batch() -> None:
    steps = {
        (phase.batch_size, phase.epochs): phase.epochs * -(-1000 // phase.batch_size)
        for phase in (arm_of(part).course.phases[0] for part in CLAIM.parts)
    }

    assert steps[LARGE, 2 * steps[SMALL, EPOCHS] // 4] == steps[SMALL, EPOCHS]


def test_rates_are_the_fixed_one_and_that_times_the_root() -> None:
    rates = {arm_of(part).course.phases[0].learning_rate for part in CLAIM.parts}

    assert sorted(rates) == pytest.approx([RATE, RATE * (LARGE / SMALL) ** 0.5])  # type: ignore[type-var]  # numbers


def test_it_shares_with_the_claim_on_sharpness_what_both_train() -> None:
    assert len(set(CLAIM.parts) & set(sharpness.CLAIM.parts)) == 5


def test_curves_are_drawn_by_updates_and_by_examples() -> None:
    by_updates, by_examples = judged(gap=-0.1, left=0.0).pictures

    assert [len(picture.lines) for picture in (by_updates, by_examples)] == [4, 4]
    assert by_updates.lines[0].x[-1] < by_examples.lines[0].x[-1]
