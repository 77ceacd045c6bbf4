import numpy as np
import pytest

from batchmark.course import constant
from batchmark.studies.claims.claim import Answer
from batchmark.studies.claims.losses import SAME
from batchmark.studies.claims.same_curve import MOST_LOOKS, Apart, judge_same_curve, largest_gap, looks_after
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.trainings import Followed
from claim_results_made import followed, skewed

ARM = Arm("blobs", constant(50, epochs=60, learning_rate=0.01), 100)
AFTER = 10 * 500


def trained(
    shift: float = 0.0, *, at: int | None = None, seed: int = 1, spread: float = 0.004, lost: int = 0
) -> Followed:
    """Return curves that are off by `shift` at all looks, or at one; the first `lost` seeds diverge."""
    generator = np.random.default_rng(seed)

    def loss(look: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        own = 0.4 + 1 / (look + 1) + (shift if at in (None, look) else 0.0) + skewed(generator, ARM.seeds, spread)
        own[:lost] = np.nan
        return own

    return followed(ARM, 0.8, validation_loss=loss)


def judged(candidate: Followed, *, reference: Followed | None = None) -> Apart:
    return judge_same_curve(candidate, reference or trained(seed=2), after=AFTER, conditions=3)


def test_curves_that_only_scatter_are_the_same() -> None:
    assert judged(trained()).answer is Answer.CONFIRMED


def test_one_look_that_is_off_makes_them_differ_and_is_the_one_that_is_told() -> None:
    found = judged(trained(0.05, at=59))

    assert found.answer is Answer.REFUTED
    assert found.examples == 60 * 500
    assert found.estimate.value == pytest.approx(0.05, abs=0.003)


def test_before_the_first_look_that_counts_they_may_differ() -> None:
    assert judged(trained(0.5, at=5)).answer is Answer.CONFIRMED


def test_curves_as_far_apart_as_the_margin_are_not_settled() -> None:
    assert judged(trained(SAME, spread=0.02)).answer is Answer.INCONCLUSIVE


def test_most_seeds_diverged_on_one_side_make_them_differ() -> None:
    found = judged(trained(lost=80))

    assert found.answer is Answer.REFUTED
    assert found.estimate.value == np.inf


def test_a_few_seeds_diverged_don_t() -> None:
    assert judged(trained(lost=5)).answer is Answer.CONFIRMED


def test_all_seeds_diverged_on_both_sides_settle_nothing() -> None:
    assert judged(trained(lost=100), reference=trained(lost=100)).answer is Answer.INCONCLUSIVE


def test_curves_that_differ_by_the_margin_are_seldom_called_the_same() -> None:
    wrong = sum(
        judge_same_curve(
            trained(SAME, seed=2 * draw, spread=0.02),
            trained(seed=2 * draw + 1, spread=0.02),
            after=55 * 500,
            conditions=1,
        ).answer
        is Answer.CONFIRMED
        for draw in range(60)
    )

    assert wrong <= 6


def test_looks_are_spread_evenly_and_the_last_is_one_of_them() -> None:
    looks = looks_after(trained(), AFTER)

    assert len(looks) == MOST_LOOKS
    assert (looks[0], looks[-1]) == (10, 59)
    assert set(np.diff(looks)) <= {2, 3}


def test_without_any_look_nothing_can_be_said() -> None:
    with pytest.raises(MissingPartError, match="no look after 99999 examples"):
        looks_after(trained(), 99_999)


def test_looks_at_other_places_are_not_compared() -> None:
    other = followed(Arm("blobs", constant(50, epochs=60, epochs_per_look=2), 100), 0.8)

    with pytest.raises(MissingPartError, match="not of one curve"):
        judge_same_curve(other, trained(), after=AFTER, conditions=1)


def test_the_largest_gap_is_of_each_seed_and_has_the_noise_in_it() -> None:
    gaps = largest_gap(trained(spread=0.02, lost=2), trained(seed=2, spread=0.02), after=AFTER)

    assert np.isinf(gaps[:2]).all()
    assert 0.04 < np.median(gaps[2:]) < 0.12
