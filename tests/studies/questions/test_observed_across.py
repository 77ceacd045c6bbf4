import math
from dataclasses import replace
from typing import Any

import pytest

from batchmark.errors import BatchmarkError
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.laboratory.parts import Arm, Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.studies.questions.observed_across import OBSERVED, ObserveAnswer, ObserveDesign, judge
from claim_results_made import made
from questions_asked import LAYERS, observe_design, observe_world


def answered(design: ObserveDesign, **fields: Any) -> ObserveAnswer:
    return judge(made(design.parts, observe_world(**fields)), design)


def test_the_ratio_to_the_reference_is_paired_and_known() -> None:
    (found,) = answered(observe_design(), power=-0.5).observed
    ratios = {size.batch_size: size.ratio for size in found.sizes}
    assert ratios[16] is None
    for size, expected in ((64, 0.5), (256, 0.25)):
        ratio = ratios[size]
        assert ratio is not None
        # The same seeds: their differences cancel.
        assert (ratio.low, ratio.value, ratio.high) == pytest.approx((expected,) * 3)


def test_along_training_each_look_has_its_median() -> None:
    (found,) = answered(observe_design()).observed
    (first, *_, last) = found.sizes[0].along
    assert len(found.sizes[0].along) == 4
    assert (first.epochs, last.epochs) == (5, 20)
    assert last.value == found.sizes[0].value
    assert first.value.value == pytest.approx(last.value.value / 4)


def test_a_training_that_diverged_is_counted_and_widens_the_interval() -> None:
    answer = answered(observe_design(), diverged_at=64)
    size = answer.observed[0].sizes[1]
    assert size.diverged == answer.diverged == 1
    assert size.value.n == 9
    without = answered(observe_design()).observed[0].sizes[1]
    assert size.value.low is not None
    assert without.value.low is not None
    assert size.value.low <= without.value.low
    assert "Trainings that diverged: 1 at 64" in answer.notes[0]


def test_too_few_seeds_for_an_interval_have_none_and_one_is_refused() -> None:
    (found,) = answered(observe_design(seeds=3)).observed
    assert found.sizes[1].ratio is not None
    assert not found.sizes[1].ratio.has_interval
    assert "3 seeds give no interval: 6 would." in answered(observe_design(seeds=3)).notes
    with pytest.raises(BatchmarkError, match="1 seeds"):
        observe_design(seeds=1)


def test_a_spread_has_each_layer_s_slope_and_its_own_size_s_variance() -> None:
    (found,) = answered(observe_design("spread")).observed
    assert [layer.layer for layer in found.layers] == list(LAYERS)
    for layer in found.layers:
        assert (layer.slope.low, layer.slope.value, layer.slope.high) == pytest.approx((-1.0, -1.0, -1.0))
        assert len(layer.variances) == 3
    assert found.sizes[1].ratio is not None
    assert found.sizes[1].ratio.value == pytest.approx(16 / 64)


def test_layers_of_a_reference_that_is_the_same_at_both_budgets_are_drawn_once() -> None:
    pictures = answered(observe_design("spread", budgets=(Budget.EPOCHS, Budget.UPDATES))).pictures
    assert [picture.title for picture in pictures if picture.title.startswith("By layer")] == [
        "By layer, equal epochs, fixed rate"
    ]
    assert pictures[0].title == "At the end, equal epochs, fixed rate"


def test_one_size_has_no_slope_and_no_ratio() -> None:
    (found,) = answered(observe_design("spread", batch_sizes=(16,))).observed
    assert math.isnan(found.layers[0].slope.value)
    assert found.sizes[0].ratio is None


def test_equal_updates_take_as_many_steps_as_the_reference_has() -> None:
    design = observe_design(budgets=(Budget.EPOCHS, Budget.UPDATES))
    epochs, updates = answered(design).observed
    assert [size.epochs for size in epochs.sizes] == [20, 20, 20]
    assert [size.steps for size in epochs.sizes] == [640, 160, 40]
    assert [size.steps for size in updates.sizes] == [640, 640, 640]
    assert len(design.parts) == 5, "the reference is the same training at both"


def test_rates_follow_the_batch_size_as_they_are_asked_to() -> None:
    design = observe_design(rates=(Rate.LINEAR, Rate.SQUARE_ROOT, Rate.TUNED))
    linear, root, tuned = answered(design).observed
    assert [size.learning_rate for size in linear.sizes] == pytest.approx([0.01, 0.04, 0.16])
    assert [size.learning_rate for size in root.sizes] == pytest.approx([0.01, 0.02, 0.04])
    assert [size.learning_rate for size in tuned.sizes] == pytest.approx([0.01, 0.02, 0.04])
    assert sum(isinstance(part, Tuned) for part in design.parts) == 3


def test_the_model_s_own_rate_is_left_alone_and_can_not_follow() -> None:
    design = observe_design(learning_rate=None)
    assert [size.learning_rate for size in answered(design).observed[0].sizes] == [None, None, None]
    with pytest.raises(BatchmarkError, match="sets no learning rate that could follow"):
        replace(design, rates=(Rate.LINEAR,))


@pytest.mark.parametrize("instrument", OBSERVED)
def test_every_instrument_is_looked_by_at_every_look(instrument: str) -> None:
    design = observe_design(instrument)
    for part in design.parts:
        assert isinstance(part, Arm)
        (looked,) = part.instruments
        assert looked.kind == OBSERVED[instrument][0]
        assert looked.looks == ()
    assert answered(design).is_whole


def test_no_instrument_of_that_name_and_no_variance_of_all_examples() -> None:
    with pytest.raises(BatchmarkError, match="there are distance, spread, sharpness, training-loss"):
        observe_design("weight")
    with pytest.raises(BatchmarkError, match="all 500 training examples"):
        observe_design("spread", batch_sizes=(16, 500))


def test_what_is_missing_is_said_and_the_rest_is_shown() -> None:
    design = observe_design(budgets=(Budget.EPOCHS, Budget.UPDATES))

    def world(part: Part) -> Any:
        assert isinstance(part, Arm)
        return "the budget was spent before it" if part.course.epochs > 20 else observe_world()(part)

    answer = judge(made(design.parts, world), design)
    assert not answer.is_whole
    assert [each.why for each in answer.observed] == ["", "the budget was spent before it"]
    assert "Not there, equal updates, fixed rate: the budget was spent before it." in answer.notes
    with pytest.raises(MissingPartError, match="the disk is full"):
        judge(made(design.parts, lambda _: "the disk is full"), design)
