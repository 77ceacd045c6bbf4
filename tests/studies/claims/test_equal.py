import numpy as np

from batchmark.studies.claims.blobs_arms import papers
from batchmark.studies.claims.claim import Answer
from batchmark.studies.claims.equal import Equal, judge_equal
from batchmark.workloads.blobs import BLOBS
from claim_results_made import followed, skewed

MARGIN = BLOBS.quality_margin


def compared(difference: float, *, spread: float, seed: int, family: int = 18, diverged: int = 0) -> Equal:
    generator = np.random.default_rng(seed)
    reference, candidate = papers(32), papers(64)
    theirs = 0.82 + skewed(generator, reference.seeds, spread)
    ours = 0.82 + difference + skewed(generator, candidate.seeds, spread)
    ours[:diverged] = np.nan
    return judge_equal(followed(candidate, ours), followed(reference, theirs), BLOBS, family=family)


def test_sizes_that_train_alike_are_equal() -> None:
    found = compared(0.0005, spread=0.003, seed=1)

    assert found.answer is Answer.CONFIRMED
    assert found.difference.lies_within(-MARGIN, MARGIN)


def test_a_difference_at_the_margin_is_called_equal_in_one_of_twenty_at_most() -> None:
    answers = [compared(MARGIN, spread=0.02, seed=seed).answer for seed in range(150)]

    assert answers.count(Answer.CONFIRMED) <= 150 * 0.05 + 6
    assert answers.count(Answer.INCONCLUSIVE) > 100


def test_a_family_without_difference_beyond_the_margin_is_seldom_called_apart() -> None:
    family = 18
    wrong = sum(
        any(
            compared(-MARGIN, spread=0.02, seed=1000 * each + member, family=family).answer is Answer.REFUTED
            for member in range(family)
        )
        for each in range(12)
    )

    assert wrong <= 3  # 5 % of 12, and what chance adds to it


def test_what_is_not_settled_says_how_many_seeds_would() -> None:
    found = compared(0.004, spread=0.02, seed=3)

    assert found.answer is Answer.INCONCLUSIVE
    assert found.seeds_needed is not None
    assert found.seeds_needed > 100
    assert "may be stuck unseen" in found.unseen


def test_a_side_that_diverges_more_often_differs() -> None:
    found = compared(0.0, spread=0.003, seed=4, diverged=20)

    assert found.answer is Answer.REFUTED
