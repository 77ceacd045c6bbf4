from collections.abc import Callable

import numpy as np
import pytest

from batchmark.course import SPREAD
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.gradient_spread import AFTER_EPOCHS, CLAIM, OFF, SEEDS, SIZES
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, made, skewed, trained

LAYERS = ("dense", "dense_1", "dense_2", "dense_3", "dense_4")


def world(exponent: dict[str, float] | float, *, spread: float = 0.08, diverged: int = 0) -> World:
    """Return one where a layer's variance goes with the batch size to this power."""
    generator = np.random.default_rng(0)

    def answer(part: Part) -> object:
        arm = arm_of(part)
        quality = np.full(arm.seeds, 0.96)
        quality[:diverged] = np.nan
        found = {}
        for place, layer in enumerate(LAYERS):
            power = exponent if isinstance(exponent, float) else exponent.get(layer, -1.0)
            level = np.exp(skewed(generator, arm.seeds, 1.0) + place)
            for size in SIZES:
                variance = level * size**power * np.exp(skewed(generator, arm.seeds, spread))
                variance[:diverged] = np.nan
                found[f"{SPREAD}/{size}/{layer}"] = _falling(variance)
        return trained(part, quality, observed=found)

    return answer  # type: ignore[return-value]  # as `trained` says


def _falling(first: np.ndarray) -> Callable[[int], np.ndarray]:
    return lambda look: first / (1 + look)


def judged(exponent: dict[str, float] | float, **fields: float) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(exponent, **fields)))  # type: ignore[arg-type]  # a test's own


def test_a_variance_that_falls_as_one_over_the_batch_size_in_each_layer_confirms_it() -> None:
    finding = judged(-1.0)

    assert finding.answer is Answer.CONFIRMED
    assert len(finding.conditions) == len(LAYERS) * len(AFTER_EPOCHS)
    assert "in 15 of 15" in finding.sentence
    assert finding.seeds == SEEDS


@pytest.mark.parametrize("exponent", [0.0, 0.5])
def test_one_layer_that_is_not_narrower_refutes_it(exponent: float) -> None:
    finding = judged({"dense_2": exponent})

    assert finding.answer is Answer.REFUTED
    refuted = [each.what for each in finding.conditions if each.answer is Answer.REFUTED]
    assert len(refuted) == len(AFTER_EPOCHS)
    assert all("dense_2" in what for what in refuted)
    levels = {each.answer: each.estimate.level for each in finding.conditions}
    assert levels == {Answer.CONFIRMED: pytest.approx(0.95), Answer.REFUTED: pytest.approx(1 - 0.05 / 15)}


def test_narrower_in_another_proportion_confirms_it_and_is_told() -> None:
    finding = judged({"dense_4": -0.5})

    assert finding.answer is Answer.CONFIRMED
    assert finding.sentence.startswith("At given weights this is arithmetic for a loss that is a mean over examples")
    assert "falls with the batch size in 15 of 15" in finding.sentence
    assert "in 12 as 1/B" in finding.sentence


def test_noise_that_hides_the_slope_leaves_it_open() -> None:
    assert judged(-0.2, spread=2.0).answer is Answer.INCONCLUSIVE


def test_narrower_by_so_little_that_it_is_as_good_as_not_refutes_it() -> None:
    assert judged({"dense_1": -OFF / 3}, spread=0.02).answer is Answer.REFUTED


def test_seeds_that_diverged_are_counted_and_settle_nothing() -> None:
    some, most = judged(-1.0, diverged=3), judged(-1.0, diverged=SEEDS - 4)

    assert (some.answer, some.diverged) == (Answer.CONFIRMED, 3)
    assert some.conditions[0].estimate.n == SEEDS
    assert (most.answer, most.diverged) == (Answer.INCONCLUSIVE, SEEDS - 4)


def test_it_is_not_settled_without_its_part_or_its_instrument() -> None:
    with pytest.raises(MissingPartError, match="no time"):
        CLAIM.judge(made(CLAIM.parts, lambda _: "no time"))
    with pytest.raises(MissingPartError, match="no layer"):
        CLAIM.judge(made(CLAIM.parts, lambda part: trained(part, 0.9)))


def test_the_looks_are_after_the_epochs_that_the_rule_names() -> None:
    (part,) = CLAIM.parts
    (instrument,) = arm_of(part).instruments

    assert instrument.looks == tuple(epochs - 1 for epochs in AFTER_EPOCHS)
    assert arm_of(part).course.epochs == AFTER_EPOCHS[-1]


def test_each_look_has_a_picture_with_the_law_beside_the_layers() -> None:
    pictures = judged(-1.0).pictures

    assert len(pictures) == len(AFTER_EPOCHS)
    assert [line.name for line in pictures[0].lines] == [*LAYERS, "in proportion to 1/B"]
    law = pictures[0].lines[-1]
    assert law.y[0] / law.y[-1] == pytest.approx(SIZES[-1] / SIZES[0])
