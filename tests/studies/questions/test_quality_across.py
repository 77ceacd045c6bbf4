import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from batchmark.analysis.equivalence import Verdict
from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.laboratory.parts import Arm, Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.studies.questions.quality_across import Against, QualityAnswer, QualityDesign, judge
from batchmark.studies.questions.rules_of_rates import Rule
from claim_results_made import arm_of, made, trained
from questions_asked import DESCRIBED
from sizes_asked import quality_design, quality_world

MANY = 400
"""Seeds that are enough for the margin of 0.017."""


def answered(design: QualityDesign, *arguments: Any, **fields: Any) -> QualityAnswer:
    return judge(made(design.parts, quality_world(*arguments, **fields)), design)


def against(answer: QualityAnswer, size: int, at: int = 0) -> Against:
    (found,) = [each.against for each in answer.found[at].sizes if each.batch_size == size]
    assert found is not None
    return found


def test_what_seeds_share_cancels_and_the_known_difference_is_found() -> None:
    answer = answered(quality_design(), {128: -0.03})
    worse, same = against(answer, 128), against(answer, 8)
    assert worse.difference.value == pytest.approx(-0.03, abs=0.002)
    assert same.difference.value == pytest.approx(0.0, abs=0.002)
    assert worse.difference.low is not None
    assert worse.difference.high is not None
    assert worse.difference.high - worse.difference.low < 0.005, "the spread over seeds is 0.01"
    assert answer.found[0].sizes[1].against is None


def test_a_difference_beyond_the_margin_is_different_and_many_seeds_show_what_is_within_it_equivalent() -> None:
    answer = answered(quality_design(seeds=MANY), {128: -0.03, 8: 0.001})
    assert against(answer, 128).verdict is Verdict.DIFFERENT
    assert against(answer, 8).verdict is Verdict.EQUIVALENT
    assert answer.sentence == (
        "Against batch size 32, within ±0.017: at equal epochs, fixed rate, equivalent at 8, different at 128."
    )


def test_too_few_seeds_for_the_margin_say_how_many_it_takes_and_so_many_are_enough() -> None:
    few = answered(quality_design())
    needed = against(few, 8).seeds_needed
    assert against(few, 8).verdict is Verdict.INCONCLUSIVE
    assert needed is not None
    assert any(note.startswith("20 seeds are too few") and f"about {needed:,} at 8" in note for note in few.notes)
    assert against(answered(quality_design(seeds=needed + needed // 10)), 8).verdict is Verdict.EQUIVALENT


def test_a_difference_of_about_the_margin_takes_no_known_number_of_seeds() -> None:
    answer = answered(quality_design(), {128: -0.0175})
    assert against(answer, 128).verdict is Verdict.INCONCLUSIVE
    assert against(answer, 128).seeds_needed is None
    assert any(note.startswith("No number of seeds is known to show equivalence at 128 (") for note in answer.notes)


def test_equivalence_is_falsely_told_in_at_most_five_of_a_hundred() -> None:
    design = quality_design(seeds=MANY, batch_sizes=(32, 128))
    wrong = 0
    for seed in range(100):
        noise = np.random.default_rng(seed).gamma(2.0, 0.02, (2, MANY))

        def world(part: Part, noise: Any = noise) -> Any:
            is_reference = arm_of(part).course.phases[0].batch_size == 32
            return trained(part, 0.75 + noise[0] - (0.0 if is_reference else noise[1] - 0.04 + 0.017))

        wrong += against(judge(made(design.parts, world), design), 128).verdict is Verdict.EQUIVALENT
    assert wrong <= 9, "of 100, at 5 %: 99 in 100 repetitions have no more"


def test_trainings_that_diverged_are_counted_and_rank_worst() -> None:
    answer = answered(quality_design(), diverged={128: 12})
    (size,) = [each for each in answer.found[0].sizes if each.batch_size == 128]
    assert size.diverged == answer.diverged == 12
    assert size.quality.value == -math.inf
    found = against(answer, 128)
    assert found.difference.value == -math.inf
    assert found.difference.n == 20
    assert found.verdict is Verdict.DIFFERENT
    assert "diverged" in found.reason
    assert "Diverged, equal epochs, fixed rate: 12 at 128, of 20 each; they rank worst." in answer.notes


def test_a_size_at_which_all_seeds_diverge_on_both_sides_tells_nothing() -> None:
    answer = answered(quality_design(), diverged={32: 20, 128: 20})
    found = against(answer, 128)
    assert math.isnan(found.difference.value)
    assert found.difference.n == 0
    assert found.verdict is Verdict.INCONCLUSIVE


def test_both_budgets_and_every_rule_are_the_trainings_they_say() -> None:
    design = quality_design(budgets=tuple(Budget), rates=tuple(Rule))
    answer = answered(design)
    rates = {(at.budget, at.rate): [each.learning_rate for each in at.sizes] for at in answer.found}
    assert rates[Budget.EPOCHS, Rule.FIXED] == [0.01, 0.01, 0.01]
    assert rates[Budget.EPOCHS, Rule.LINEAR] == pytest.approx([0.0025, 0.01, 0.04])
    assert rates[Budget.EPOCHS, Rule.SQUARE_ROOT] == pytest.approx([0.005, 0.01, 0.02])
    assert rates[Budget.UPDATES, Rule.WARM_UP] == pytest.approx([0.0025, 0.01, 0.04])
    updates = {at.budget: [each.updates for each in at.sizes] for at in answer.found}
    assert updates[Budget.EPOCHS] == [1260, 320, 80]
    assert updates[Budget.UPDATES] == [315, 320, 320]
    assert sum(isinstance(part, Tuned) for part in design.parts) == 5, "of the reference one, at both budgets"


def test_seeds_are_paired_and_a_tuned_rate_is_chosen_on_others_by_quality() -> None:
    for part in quality_design(rates=tuple(Rule), budgets=tuple(Budget)).parts:
        assert arm_of(part).asked.seeds == tuple(range(20))
        if isinstance(part, Tuned):
            assert part.by == "fresh_quality"
            assert not set(part.tried(1.0).asked.seeds) & set(range(20))


def test_the_more_comparisons_are_read_together_the_wider_each_interval() -> None:
    alone = quality_design(batch_sizes=(8, 32))
    every = quality_design(rates=tuple(Rule), budgets=tuple(Budget))
    assert alone.family == 1
    # At 8 a warm-up is the linear rate: the same comparison. All others differ.
    assert every.family == 2 * 2 * 5 - 2
    assert answered(every).level > answered(alone).level


def test_the_model_s_own_rate_is_left_alone() -> None:
    design = quality_design(workload=replace(DESCRIBED, learning_rate=None), budgets=tuple(Budget))
    assert {each.learning_rate for at in answered(design).found for each in at.sizes} == {None}
    for part in design.parts:
        assert isinstance(part, Arm)
        assert part.course.phases[0].learning_rate is None


def test_without_a_margin_there_are_differences_and_no_verdicts() -> None:
    answer = answered(quality_design(workload=replace(DESCRIBED, quality_margin=0.0)), {128: -0.03})
    assert against(answer, 128).verdict is None
    assert against(answer, 128).difference.value == pytest.approx(-0.03, abs=0.002)
    assert "no verdicts: the workload has no quality_margin" in answer.sentence


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"seeds": 1}, "1 seeds have no spread"),
        ({"batch_sizes": (32,)}, "batch size 32 is the reference, and nothing is compared with it"),
        ({"workload": replace(DESCRIBED, learning_rate=None), "rates": (Rule.LINEAR,)}, "sets no learning rate"),
        ({"epochs": 5, "rates": (Rule.WARM_UP,)}, "5 epochs of warm-up in a training of 5"),
    ],
)
def test_what_can_not_be_compared_is_refused_before_anything_is_trained(fields: Any, line: str) -> None:
    with pytest.raises(BatchmarkError, match=line):
        quality_design(**fields)


def test_a_workload_without_a_quality_metric_is_refused() -> None:
    with pytest.raises(WorkloadError, match="doesn't say what counts as trained well"):
        quality_design(workload=replace(DESCRIBED, quality_metric=""))


def test_two_seeds_have_no_interval_and_it_is_said() -> None:
    answer = answered(quality_design(seeds=2))
    assert not against(answer, 8).difference.has_interval
    assert "2 seeds give no interval of a median: 6 would." in answer.notes


def test_what_is_missing_is_said_and_the_rest_is_shown() -> None:
    design = quality_design(budgets=tuple(Budget))

    def world(part: Part) -> Any:
        return "the budget was spent before it" if arm_of(part).course.epochs > 20 else quality_world()(part)

    answer = judge(made(design.parts, world), design)
    assert not answer.is_whole
    assert [each.why for each in answer.found] == ["", "the budget was spent before it"]
    assert "Not there, equal updates, fixed rate: the budget was spent before it." in answer.notes
    with pytest.raises(MissingPartError, match="the disk is full"):
        judge(made(design.parts, lambda _: "the disk is full"), design)


def test_pictures_have_a_line_for_each_budget_and_rule() -> None:
    design = quality_design(budgets=tuple(Budget), rates=(Rule.FIXED, Rule.TUNED))
    apart, ends = answered(design, {128: -0.03}).pictures
    assert apart.title == "Quality minus that at 32 (margin ±0.017)"
    assert [line.name for line in apart.lines] == [
        "equal epochs, fixed rate",
        "equal epochs, tuned rate",
        "equal updates, fixed rate",
        "equal updates, tuned rate",
    ]
    assert {line.x for line in apart.lines} == {(8.0, 128.0)}
    assert {line.x for line in ends.lines} == {(8.0, 32.0, 128.0)}
