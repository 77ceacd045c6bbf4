import math
from dataclasses import replace
from typing import Any

import pytest

from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.studies.questions.target_across import TargetAnswer, TargetDesign, best_rate, judge, then
from batchmark.studies.questions.target_pictures import target_pictures
from claim_results_made import made
from questions_asked import DESCRIBED
from sizes_asked import BALANCE, FEWEST_STEPS, target_design, target_results, target_world, updates_needed


def answered(design: TargetDesign, **fields: Any) -> TargetAnswer:
    return judge(target_results(design, target_world(**fields)), design)


def test_the_known_trade_off_and_its_critical_batch_size_are_found() -> None:
    fit = answered(target_design()).trade_off
    assert not fit.refused
    for found, truth in (
        (fit.balance, BALANCE),
        (fit.critical_batch_size, BALANCE / 4),
        (fit.fewest_steps, FEWEST_STEPS),
        (fit.fewest_examples, FEWEST_STEPS * BALANCE),
    ):
        assert found.value == pytest.approx(truth, rel=0.15)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high


def test_the_interval_of_the_critical_batch_size_covers_the_truth() -> None:
    design = target_design(rates=(0.01,), batch_sizes=(8, 32, 128))
    best = dict.fromkeys(design.batch_sizes, 0.01)
    covered = 0
    for draw in range(20):
        found = answered(design, best=best, spread=0.2, draw=draw).trade_off.critical_batch_size
        covered += found.low is not None and found.high is not None and found.low <= BALANCE / 4 <= found.high
    assert covered >= 16, "of 20, at 95 %: with more than 99.9 %"


def test_medians_are_of_the_first_look_and_examples_are_those_that_were_trained() -> None:
    for at in answered(target_design(), spread=0.0).sizes:
        steps_an_epoch = -(-500 // at.batch_size)
        epochs = math.ceil(updates_needed(at.batch_size) / steps_an_epoch)
        assert at.updates.value == epochs * steps_an_epoch
        # Not updates times size: 500 is no multiple of any of them.
        assert at.examples.value == epochs * 500


def test_every_size_is_looked_at_after_each_epoch() -> None:
    arms = [part for part in target_design(epochs=7).parts if isinstance(part, Arm)]
    assert {(arm.course.epochs_per_look, arm.course.examples_per_look) for arm in arms} == {(1, None)}
    assert len(arms) == 4 * 5


def test_seconds_are_updates_times_those_of_one_in_steady_epochs() -> None:
    for at in answered(target_design()).sizes:
        assert at.seconds is not None
        assert at.seconds_per_update == pytest.approx(1e-3 + 1e-5 * at.batch_size, rel=0.02)
        assert at.seconds.value == pytest.approx(at.updates.value * (at.seconds_per_update or 0))
        assert at.seconds.low is not None
        assert at.updates.low is not None
        assert at.seconds.low <= at.updates.low * (at.seconds_per_update or 0)


@pytest.mark.parametrize("best", [0.005, 0.01, 0.02])
def test_the_best_rate_is_found_on_other_seeds_than_those_that_are_judged(best: float) -> None:
    design = target_design(rates=(0.005, 0.01, 0.02))
    results = made(design.parts, target_world(best=dict.fromkeys(design.batch_sizes, best)))
    assert {best_rate(results, design, size) for size in design.batch_sizes} == {best}
    for arm in then(results, design):
        assert arm.asked.seeds == tuple(range(12))
        assert arm.course.phases[0].learning_rate == best
        assert not set(design.tried(4, best).asked.seeds) & set(arm.asked.seeds)


def test_a_rate_at_which_most_seeds_never_get_there_is_not_the_best() -> None:
    design = target_design(rates=(0.01, 0.02), batch_sizes=(8, 32, 64))

    def world(part: Part) -> Any:
        is_high = isinstance(part, Arm) and part.course.phases[0].learning_rate == 0.02
        sooner = target_world(best=dict.fromkeys(design.batch_sizes, 0.02))
        often_lost = target_world(
            best=dict.fromkeys(design.batch_sizes, 0.02), censored=dict.fromkeys(design.batch_sizes, 3)
        )
        return (often_lost if is_high else sooner)(part)

    assert best_rate(made(design.parts, world), design, 8) == 0.01


def test_without_named_rates_they_stand_around_the_workload_s_and_follow_the_square_root() -> None:
    design = target_design()
    assert design.rates_at(32) == pytest.approx((0.0025, 0.005, 0.01, 0.02, 0.04))
    assert design.rates_at(128) == pytest.approx((0.005, 0.01, 0.02, 0.04, 0.08))
    answer = answered(design)
    assert [at.learning_rate for at in answer.sizes] == pytest.approx(
        [0.01 * math.sqrt(b / 32) for b in (8, 32, 64, 128)]
    )
    assert not any(at.is_at_edge for at in answer.sizes)


def test_a_rate_at_the_edge_is_said_and_a_single_one_has_no_edge() -> None:
    best = dict.fromkeys((8, 32, 64, 128), 0.08)
    assert all(at.is_at_edge for at in answered(target_design(rates=(0.04, 0.08)), best=best).sizes)
    assert not any(at.is_at_edge for at in answered(target_design(rates=(0.08,)), best=best).sizes)


def test_seeds_that_never_get_there_are_counted_and_not_dropped() -> None:
    some = answered(target_design(), censored={64: 3}).sizes[2]
    none = answered(target_design()).sizes[2]
    assert (some.never, none.never) == (3, 0)
    assert some.updates.n == none.updates.n == 12
    assert some.updates.value >= none.updates.value
    assert some.updates.high == math.inf


def test_a_size_that_half_of_the_seeds_never_reach_has_no_finite_median_and_is_left_out_of_the_curve() -> None:
    answer = answered(target_design(), censored={128: 7})
    assert answer.sizes[3].updates.value == answer.sizes[3].examples.value == math.inf
    assert not answer.sizes[3].is_reached
    assert answer.trade_off.left_out == (128,)
    assert not answer.trade_off.refused
    assert answer.is_reached


def test_a_target_that_no_size_reaches_names_the_best_that_was_seen() -> None:
    design = target_design(target=0.99)
    answer = answered(design)
    assert not answer.is_reached
    assert {at.never for at in answer.sizes} == {12}
    assert answer.best is not None
    assert answer.best.value == pytest.approx(0.85)
    assert answer.trade_off.refused


def test_of_a_loss_less_is_better_and_of_a_metric_that_is_lower_too() -> None:
    loss = answered(target_design(is_quality=False, target=0.2))
    quality = answered(target_design())
    assert [at.updates for at in loss.sizes] == [at.updates for at in quality.sizes]
    assert loss.metric == "loss"
    assert loss.best is not None
    assert loss.best.value == pytest.approx(0.15)
    lower = replace(DESCRIBED, quality_metric="mse", quality_direction="lower", quality_if_stuck=1.0)
    # Quality is turned: 0.05 of an error is -0.05.
    turned = answered(target_design(workload=lower, target=0.1), curve=(-0.5, -0.05))
    assert [at.updates for at in turned.sizes] == [at.updates for at in quality.sizes]
    assert turned.best is not None
    assert turned.best.value == pytest.approx(0.05)


def test_what_diverges_after_it_got_there_has_reached_it_and_is_counted() -> None:
    answer = answered(target_design(), diverged={8: 4})
    assert (answer.sizes[0].diverged, answer.sizes[0].never) == (4, 0)
    best = dict.fromkeys((8, 32, 64, 128), 0.01)
    early = answered(target_design(epochs=14, rates=(0.01,)), best=best, diverged={64: 4}).sizes[2]
    assert (early.diverged, early.never) == (4, 4)


def test_a_target_reached_by_the_first_look_is_said() -> None:
    assert answered(target_design()).first_look == ()
    assert answered(target_design(target=0.4)).first_look == (8, 32, 64, 128)


def test_two_sizes_have_no_curve_and_two_seeds_no_interval() -> None:
    answer = answered(target_design(batch_sizes=(16, 64), seeds=2))
    assert "a curve takes 3" in answer.trade_off.refused
    assert not answer.sizes[0].updates.has_interval
    assert answer.few_seeds == "2 seeds give no intervals: 6 would"


def test_what_is_missing_is_said_and_the_rest_is_shown() -> None:
    design = target_design()

    def world(part: Part) -> Any:
        if isinstance(part, Timing):
            return "a cell failed"
        size = part.course.phases[0].batch_size  # type: ignore[union-attr]  # an arm
        return "the budget was spent before it" if size == 128 else target_world()(part)

    answer = judge(target_results(design, world), design)
    assert answer.missing == {128: "the budget was spent before it"}
    assert answer.why_no_seconds == "a cell failed"
    assert [at.seconds for at in answer.sizes] == [None] * 3
    assert not answer.is_whole
    assert not answer.trade_off.refused
    with pytest.raises(MissingPartError, match="the disk is full"):
        judge(target_results(design, lambda _: "the disk is full"), design)


def test_pictures_have_what_was_measured_and_the_curve() -> None:
    seconds, by_seconds, by_epochs, updates, examples = target_pictures(answered(target_design(), censored={128: 7}))
    assert updates.title == "Updates to accuracy 0.8"
    measured, fitted = updates.lines
    assert measured.x == (8.0, 32.0, 64.0), "an infinite median has no place"
    assert fitted.x == (8.0, 32.0, 64.0, 128.0)
    for line, fit in ((measured, fitted), examples.lines):
        assert line.y == pytest.approx(fit.y[:3], rel=0.2)
    assert len(seconds.lines) == 1
    assert [line.name for line in by_epochs.lines] == [*(f"batch size {size}" for size in (8, 32, 64, 128)), _TARGET]
    assert by_seconds.x == "seconds of training by fit"


_TARGET = "the target, 0.8"


def test_learning_curves_rise_to_the_target_where_it_is_reached_by_epochs_and_by_seconds() -> None:
    answer = answered(target_design())
    _, by_seconds, by_epochs, *_ = target_pictures(answer)
    for at, epochs, seconds in zip(answer.sizes, by_epochs.lines, by_seconds.lines, strict=False):
        reached = next(place for place, value in zip(epochs.x, epochs.y, strict=True) if value >= 0.8)
        steps = -(-500 // at.batch_size)
        # The curve has fewer looks than the trainings.
        assert at.examples.value / 500 <= reached <= at.examples.value / 500 + 2
        assert seconds.x == pytest.approx([steps * (at.seconds_per_update or 0) * epoch for epoch in epochs.x])
        assert seconds.y == epochs.y


def test_of_a_loss_the_curves_are_in_its_own_sign() -> None:
    answer = answered(target_design(is_quality=False, target=0.5))
    assert all(value > 0 for line in answer.curves for value in line.y)


def test_an_answer_from_before_there_were_curves_has_the_other_pictures() -> None:
    seconds, *rest = target_pictures(replace(answered(target_design()), curves=()))
    assert [each.title.split()[0] for each in (seconds, *rest)] == ["Seconds", "Updates", "Examples"]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"seeds": 1}, "1 seeds and 5 that choose"),
        ({"tuning_seeds": 0}, "12 seeds and 0 that choose"),
        ({"target": math.nan}, "a target of nan"),
        ({"rates": (0.0, 0.1)}, "expected finite numbers above 0"),
        ({"rates": (math.nan,)}, "expected finite numbers above 0"),
        ({"workload": replace(DESCRIBED, learning_rate=None)}, "sets no learning rate to try others around; name some"),
    ],
)
def test_what_can_not_be_asked_is_refused_before_anything_is_trained(fields: Any, line: str) -> None:
    with pytest.raises(BatchmarkError, match=line):
        target_design(**fields)


def test_a_workload_without_a_quality_metric_is_refused() -> None:
    with pytest.raises(WorkloadError, match="doesn't say what counts as trained well"):
        target_design(workload=replace(DESCRIBED, quality_metric=""))
