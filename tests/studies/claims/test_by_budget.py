import pytest

from batchmark.studies.claims.blobs_arms import BY_BUDGET, SIZES, papers
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.laboratory.parts import Tuned
from claim_results_made import arm_of, looks_of


@pytest.mark.parametrize("size", [8, 32, 128, 500])
@pytest.mark.parametrize("rate", Rate)
def test_equal_budgets_are_equal(size: int, rate: Rate) -> None:
    epochs, updates = (arm_of(BY_BUDGET.part(size, budget, rate)) for budget in (Budget.EPOCHS, Budget.UPDATES))

    assert epochs.course.epochs == 200
    assert looks_of(updates)[0][-1] == pytest.approx(3200, rel=0.01)


def test_rates_follow_the_batch_size_from_the_reference() -> None:
    rates = {rate: BY_BUDGET.rate_at(128, rate) for rate in Rate}

    assert rates == {Rate.FIXED: 0.01, Rate.LINEAR: 0.04, Rate.SQUARE_ROOT: 0.02, Rate.TUNED: 0.02}


def test_what_is_equal_is_the_same_part() -> None:
    at_reference = {
        BY_BUDGET.part(32, budget, rate) for budget in Budget for rate in (Rate.FIXED, Rate.LINEAR, Rate.SQUARE_ROOT)
    }

    assert at_reference == {papers(32)}


def test_a_tuned_rate_is_found_on_other_seeds_by_what_is_judged() -> None:
    part = BY_BUDGET.part(8, Budget.EPOCHS, Rate.TUNED)

    assert isinstance(part, Tuned)
    assert part.by == "fresh_quality"
    assert not set(part.tried(1.0).asked.seeds) & set(part.arm.asked.seeds)


def test_looks_at_equal_updates_are_few() -> None:
    assert len(looks_of(arm_of(BY_BUDGET.part(500, Budget.UPDATES, Rate.FIXED)))[0]) == 20


def test_the_papers_ten_sizes_are_there() -> None:
    assert SIZES == (1, 2, 4, 8, 16, 32, 64, 128, 256, 500)
