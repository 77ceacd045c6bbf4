"""What a quality verdict says, to the digit."""

import math

from batchmark.analysis.equivalence import EquivalenceDesign, judge
from batchmark.report.quality import explain, render_quality
from batchmark.studies.quality.study import QualityResult
from batchmark.workloads import find_workload

_BLOBS = find_workload("blobs")


def _result(shift: float, looks: tuple[int, ...] = (4,), spread: float = 0.001, cost: float = 0.5) -> QualityResult:
    differences = [shift - spread, shift + spread, shift - spread, shift + spread]
    design = EquivalenceDesign(margin=_BLOBS.quality_margin, looks=looks, family=1, cost=cost)
    return QualityResult(
        workload=_BLOBS,
        batch_size=64,
        learning_rate=0.001,
        reference_learning_rate=0.01,
        fresh=judge(differences, design, 0),
        validation_difference=tuple(differences),
        quality=tuple(0.8 + difference for difference in differences),
        reference_quality=(0.8,) * 4,
    )


def test_a_failure_shows_both_sides_the_interval_the_margin_and_how_it_was_trained() -> None:
    assert explain(_result(-0.05)).splitlines() == [
        "blobs: batch size 64 does not train as well as the reference 32 (verdict: different)",
        "  accuracy on fresh data: 0.7500 against 0.8000",
        "  difference -0.0500 [-0.0514, -0.0486], margin ±0.017",
        "  on the workload's own test set the difference is -0.0500",
        "  up to 53 % of seeds may be stuck unseen, and cost 0.26",
        "  4 paired seeds, 200 epochs, learning rate 0.001 (reference 0.01)",
    ]


def test_better_by_more_than_the_margin_is_called_different_too() -> None:
    assert "trains differently from the reference" in explain(_result(0.05))


def test_an_inconclusive_verdict_says_what_settles_it() -> None:
    text = explain(_result(-0.017))
    assert "(verdict: inconclusive)" in text
    assert "raise --batchmark-max-seeds to settle it" in text


def test_a_pass_says_what_share_of_seeds_may_be_stuck_unseen_and_what_that_could_cost() -> None:
    text = " ".join(render_quality([_result(0.0, cost=0.02)]).split())
    assert "blobs, 4 seeds: up to 53 % of seeds may be stuck unseen, and cost 0.011." in text


def test_what_a_stuck_seed_costs_has_to_be_known() -> None:
    text = explain(_result(0.0, cost=math.inf))
    assert "what that costs isn't known: give the workload quality_if_stuck=..." in text
    assert "nothing passes before it is known" in text


def test_the_table_has_a_row_for_each_verdict_and_cuts_nothing_off() -> None:
    text = render_quality([_result(0.0, cost=0.02), _result(-0.05)], width=40)
    assert "equivalent" in text
    assert "different" in text
    assert "…" not in text.partition("Difference:")[0]
