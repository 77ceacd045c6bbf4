import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.course import NOISE
from batchmark.errors import BatchmarkError
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.studies.questions.noise_along import NoiseAnswer, judge
from claim_results_made import World, followed, looks_of, made
from questions_asked import NOISE_DESIGN, noise_world


def answered(**fields: Any) -> NoiseAnswer:
    return judge(made(NOISE_DESIGN.parts, noise_world(**fields)), NOISE_DESIGN)


def test_a_known_noise_scale_is_found_at_every_look() -> None:
    answer = answered(spread=0.01)
    for look, found in enumerate(answer.looks):
        assert found.scale is not None
        assert found.scale.low is not None
        assert found.scale.high is not None
        true = 40 * (1.5 - 0.15 * look) ** -3
        assert found.scale.low < true < found.scale.high
        assert found.scale.value == pytest.approx(true, rel=0.05)
        assert found.gradient_squared.value == pytest.approx(2, rel=0.05)
        assert found.loss.value == pytest.approx(1.5 - 0.15 * look)


def test_how_it_goes_with_the_loss_has_the_known_power() -> None:
    answer = answered(spread=0.01)
    assert answer.slope is not None
    assert answer.slope.low is not None
    assert answer.slope.high is not None
    assert answer.slope.low < -3 < answer.slope.high < 0
    assert "it grows as the loss falls, to the power -2.99 [-3.03, -2.95]" in answer.sentence


def test_a_scale_that_does_not_move_is_not_told_to_go_with_the_loss() -> None:
    answer = answered(power=0.0)
    assert "that it goes with the loss isn't told" in answer.sentence


def test_intervals_of_the_slope_hold_as_often_as_promised() -> None:
    generator, held, draws = np.random.default_rng(23), 0, 150
    design = NOISE_DESIGN
    for _ in range(draws):
        shape = (design.seeds, 5)
        loss = 1.5 - 0.15 * np.arange(5)
        scale = 40 * loss**-3.0
        curves = {
            name: (2 + 2 * scale * (1 / size - 1 / design.examples)) * generator.gamma(50, 1 / 50, shape)
            for name, size in (("noise/small_squared", 8), ("noise/large_squared", 128))
        }
        slope = judge(made(design.parts, _world(loss, curves)), design).slope
        held += slope is not None and (slope.low or 0) <= -3 <= (slope.high or 0)
    assert held / draws > 0.9


def _world(loss: NDArray[Any], curves: dict[str, NDArray[Any]]) -> World:
    def at(values: NDArray[Any]) -> Callable[[int], NDArray[np.float64]]:
        return lambda look: np.asarray(values[:, look])

    observed = {name: at(values) for name, values in curves.items()}
    every = at(np.broadcast_to(loss, (NOISE_DESIGN.seeds, loss.size)))
    return lambda _: followed(NOISE_DESIGN.arm, 0.8, validation_loss=every, observed=observed)


def test_where_the_gradient_is_lost_in_the_noise_there_is_no_number() -> None:
    answer = answered(vanishing=(2,))
    assert [look.scale is None for look in answer.looks] == [False, False, True, False, False]
    assert answer.looks[2].why == "|G|² isn't told from 0"
    assert f"After {answer.looks[2].steps} steps |G|² isn't told from 0" in " ".join(answer.notes)
    assert answer.slope is not None


def test_trainings_that_diverged_are_left_out_and_counted() -> None:
    answer = answered(diverged=4, spread=0.01)
    assert answer.diverged == 4
    assert [look.diverged for look in answer.looks] == [0, 4, 4, 4, 4]
    assert [look.gradient_squared.n for look in answer.looks] == [12, 8, 8, 8, 8]
    assert "4 trainings diverged" in " ".join(answer.notes)
    assert answer.slope is not None
    assert answer.slope.n == 8


def test_a_median_loss_of_trainings_that_diverged_is_infinite() -> None:
    answer = answered(diverged=10)
    assert math.isinf(answer.looks[-1].loss.value)
    assert answer.looks[-1].scale is None
    assert answer.looks[-1].why == "too few trainings are left"
    assert answer.slope is None
    assert "3 trainings that do not diverge, and there are 1 and 2" in " ".join(answer.notes)


def test_too_few_seeds_are_refused_and_say_how_many() -> None:
    with pytest.raises(BatchmarkError, match=r"2 seeds have no spread .* at least 3"):
        replace(NOISE_DESIGN, seeds=2)


@pytest.mark.parametrize("gradients", [(8, 8), (128, 8), (0, 8), (8, 501)])
def test_gradients_take_two_sizes_that_ascend_up_to_the_examples(gradients: tuple[int, int]) -> None:
    with pytest.raises(BatchmarkError, match="two, the smaller first, up to the 500 training examples"):
        replace(NOISE_DESIGN, gradients=gradients)


@pytest.mark.parametrize(("epochs", "looks", "seen"), [(20, 5, 5), (20, 40, 40), (1, 4, 4), (3, 1, 1)])
def test_there_are_about_as_many_looks_as_asked_for_and_none_before_training(
    epochs: int, looks: int, seen: int
) -> None:
    arm = replace(NOISE_DESIGN, epochs=epochs, looks=looks).arm
    steps, examples = looks_of(arm)
    assert seen <= len(steps) <= seen + epochs
    assert steps[0] > 0
    assert examples[-1] == epochs * 500
    assert [each.kind for each in arm.instruments] == [NOISE]


def test_what_was_not_looked_at_is_missing() -> None:
    with pytest.raises(MissingPartError, match="noise/small_squared"):
        judge(made(NOISE_DESIGN.parts, lambda part: followed(part, 0.8)), NOISE_DESIGN)  # type: ignore[arg-type]  # an arm
