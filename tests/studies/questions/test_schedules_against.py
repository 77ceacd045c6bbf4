import math
from dataclasses import replace
from typing import Any

import pytest

from batchmark.analysis.equivalence import Verdict
from batchmark.errors import BatchmarkError
from batchmark.studies.questions.schedules_against import SchedulesAnswer, beta_2, judge, way_of
from batchmark.workloads.workload import Description
from batchmark.written.schedules import parse_schedule
from claim_results_made import made
from questions_asked import DESCRIBED, schedules_design, schedules_world

LANGUAGE = replace(DESCRIBED, name="char-lm", tokens_per_example=64, examples=640)


def answered(*, seeds: int = 200, workload: Description = DESCRIBED, **fields: Any) -> SchedulesAnswer:
    design = schedules_design(seeds=seeds, workload=workload)
    return judge(made(design.parts, schedules_world(design, **fields)), design)


def way(text: str, workload: Description = DESCRIBED) -> Any:
    return way_of(parse_schedule(text, "--with"), workload, "--with")


def test_the_same_end_is_equivalent_with_fewer_updates() -> None:
    answer = answered()
    assert answer.verdict is Verdict.EQUIVALENT
    assert (answer.reference.updates, answer.candidate.updates) == (320, 160 + 40)
    assert answer.reference.examples == answer.candidate.examples == 10_000
    assert "ends as well as the reference, within the margin" in answer.sentence
    assert "with 200 updates in place of 320" in answer.sentence


def test_a_worse_end_is_different_by_the_known_difference() -> None:
    answer = answered(quality=-0.05, loss=0.2)
    assert answer.verdict is Verdict.DIFFERENT
    assert answer.quality.value == pytest.approx(-0.05, abs=0.001)
    assert answer.loss.value == pytest.approx(0.2)


def test_too_few_seeds_settle_nothing_and_say_how_many_would() -> None:
    answer = answered(seeds=5)
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert answer.seeds_needed is not None
    assert answer.seeds_needed > 5
    assert f"About {answer.seeds_needed} seeds would show" in " ".join(answer.notes)
    assert "has no interval from 5 seeds: 9 would give one" in " ".join(answer.notes)
    with pytest.raises(BatchmarkError, match="at least 2"):
        schedules_design(seeds=1)


def test_the_largest_gap_is_found_where_it_is() -> None:
    gap = answered(bump=0.3).gap
    assert gap is not None
    assert gap.examples == 15 * 500
    assert gap.difference.value == pytest.approx(0.3, abs=0.001)
    assert gap.difference.level > 0.99


def test_no_gap_is_looked_for_while_both_are_the_same_training() -> None:
    answer = answered()
    assert answer.gap is not None
    assert answer.gap.looks == 10
    assert "Up to 5,000 examples both are the same training" in answer.notes[0]


def test_diverged_trainings_are_counted_and_rank_worst() -> None:
    answer = answered(diverged=120)
    assert answer.candidate.diverged == 120
    assert answer.reference.diverged == 0
    assert answer.verdict is Verdict.DIFFERENT
    assert math.isinf(answer.candidate.loss.value)
    assert answer.loss.value == math.inf
    assert answer.quality.value == -math.inf
    assert answer.loss.n == 200


def test_without_a_margin_nothing_is_judged_and_differences_are_shown() -> None:
    answer = answered(workload=replace(DESCRIBED, quality_margin=0.0))
    assert answer.verdict is None
    assert answer.mean_quality is None
    assert "has no margin" in answer.sentence
    assert answer.quality.has_interval


def test_a_quality_that_nobody_knows_the_floor_of_is_never_equivalent_and_says_what_to_give() -> None:
    answer = answered(workload=replace(DESCRIBED, quality_metric="loss", quality_if_stuck=None))
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert "what that costs isn't known" in " ".join(answer.notes)
    assert "quality_if_stuck=..." in " ".join(answer.notes)


def test_without_a_metric_it_is_refused() -> None:
    with pytest.raises(BatchmarkError, match="quality_metric"):
        answered(workload=replace(DESCRIBED, quality_metric=""))


def test_trainings_of_other_lengths_are_compared_as_far_as_both_go() -> None:
    design = schedules_design("for 10 epochs", "for 20 epochs")
    assert design.alike_until == 5_000
    assert judge(made(design.parts, schedules_world(design)), design).gap is None


def test_what_is_not_written_is_the_workload_s() -> None:
    (phase,) = way("for 3 epochs").phases
    assert (phase.epochs, phase.batch_size, phase.learning_rate) == (3, 32, 0.01)
    assert way("for 3 epochs").phases == way("batch 32 for 1 epoch; rate .01 for 2 epochs").phases
    assert way("for 3 epochs", replace(DESCRIBED, learning_rate=None)).phases[0].learning_rate is None


def test_settings_go_to_the_optimizer() -> None:
    design = schedules_design("for 3 epochs", "accumulate 4 momentum .95 beta_2 .98 for 3 epochs")
    assert design.arms[1].settings == (("gradient_accumulation_steps", 4.0), ("momentum", 0.95), ("beta_2", 0.98))
    assert design.alike_until == 0


def test_a_half_life_is_held_in_tokens_whatever_the_batch_size() -> None:
    for size, accumulate in ((1, ""), (32, ""), (8, "accumulate 4 ")):
        settings = dict(way(f"batch {size} {accumulate}beta_2 half-life 100000 tokens for 1 epoch", LANGUAGE).settings)
        updates = 100_000 / (64 * size * (4 if accumulate else 1))
        assert settings["beta_2"] ** updates == pytest.approx(0.5)


def test_a_half_life_in_examples_needs_no_tokens() -> None:
    assert dict(way("batch 50 beta_2 half-life 50 examples for 1 epoch").settings)["beta_2"] == 0.5
    assert beta_2(200, per_update=100) == pytest.approx(0.5**0.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("batch 501 for 1 epoch", "--with: batch size 501 exceeds the workload's 500 examples"),
        ("beta_2 half-life 100 tokens for 1 epoch", "has no tokens_per_example; write half-life 100 examples"),
        ("beta_2 half-life 9 examples for 1 epoch; batch 64 for 1 epoch", "β₂ is set once"),
        ("beta_2 half-life 1e15 examples for 1 epoch", "makes β₂ 1"),
    ],
)
def test_what_the_workload_can_not_do_is_refused(text: str, said: str) -> None:
    with pytest.raises(BatchmarkError, match=said):
        way(text)


def test_a_rate_that_changes_from_the_model_s_own_is_not_known() -> None:
    with pytest.raises(BatchmarkError, match="write one in the first phase too"):
        way("for 1 epoch; rate .1 for 1 epoch", replace(DESCRIBED, learning_rate=None))


def test_two_ways_that_are_the_same_training_are_refused() -> None:
    with pytest.raises(BatchmarkError, match="both are the same training"):
        schedules_design("for 2 epochs", "batch 32 rate 1e-2 for 1 epoch; for 1 epoch")
