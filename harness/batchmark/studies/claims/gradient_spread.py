"""Claim 18: the gradients of larger batches have narrower histograms, in each layer."""

from collections.abc import Sequence

import numpy as np

from batchmark.analysis.rules import below, within
from batchmark.course import SPREAD, Instrument, constant
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Line, Picture, together
from batchmark.studies.claims.either_way import Values, median_either_way, median_line, slopes
from batchmark.studies.claims.observed import observed
from batchmark.studies.claims.settled import settled
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import diverged
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed
from batchmark.workloads.digits_mlp import DIGITS_MLP

SIZES = (8, 16, 32, 64, 128)
BATCHES = 125
"""Of each size: at the smallest, every example once."""
SEEDS = 24
AFTER_EPOCHS = (1, 8, DIGITS_MLP.epochs)
LAW, OFF = -1.0, 0.1
"""The slope of log variance over log batch size by 1/B, and how far off it, or off 0, is as good as that."""
_LAYERS = 5
"""What digits-mlp has, by which the intervals' level is known beforehand."""
_LOOKS = tuple(epochs - 1 for epochs in AFTER_EPOCHS)
_FAMILY = _LAYERS * len(_LOOKS)
_ARM = Arm(
    DIGITS_MLP.name,
    constant(DIGITS_MLP.reference_batch_size, epochs=DIGITS_MLP.epochs, learning_rate=DIGITS_MLP.learning_rate),
    SEEDS,
    instruments=(Instrument(SPREAD, batch_sizes=SIZES, batches=BATCHES, looks=_LOOKS),),
)


def judge(results: Results) -> Finding:
    """Judge the slope of the variance over batch size, layer by layer and look by look."""
    followed = results.of(_ARM)
    layers = _layers(followed)
    family = max(_FAMILY, len(layers) * len(_LOOKS))
    variances = {
        (layer, epochs): _variances(followed, layer, epochs - 1) for epochs in AFTER_EPOCHS for layer in layers
    }
    conditions = [_slope(layer, epochs, values, family) for (layer, epochs), values in variances.items()]
    return Finding(
        together([each.answer for each in conditions if each.answer]),
        _sentence(conditions),
        tuple(conditions),
        seeds=len(followed.seeds),
        diverged=diverged([followed]),
        notes=_about(),
        pictures=tuple(
            _picture(epochs, {layer: variances[layer, epochs] for layer in layers}) for epochs in AFTER_EPOCHS
        ),
    )


def _layers(followed: Followed) -> list[str]:
    prefix = f"{SPREAD}/{SIZES[0]}/"
    layers = sorted(name.removeprefix(prefix) for name in followed.observed if name.startswith(prefix))
    if not layers:
        message = f"no layer's variance was found at batch size {SIZES[0]}"
        raise MissingPartError(message)
    return layers


def _variances(followed: Followed, layer: str, look: int) -> list[Values]:
    return [observed(followed, f"{SPREAD}/{size}/{layer}", look=look) for size in SIZES]


def _slope(layer: str, epochs: int, values: Sequence[Values], family: int) -> Condition:
    with np.errstate(divide="ignore"):
        found = slopes(np.log(SIZES).tolist(), [np.log(each) for each in values])
    slope, answer = settled(lambda level: median_either_way(found, level=level), _answer, family=family)
    what = f"slope of log variance over log batch size, {layer}, after {epochs} epoch{'s' if epochs > 1 else ''}"
    return Condition(what, slope, answer=answer)


def _answer(slope: Estimate) -> Answer:
    # Narrower is what is claimed; in which proportion is not.
    return Answer(below(slope, 0.0, refuted_within=OFF).value)


def _sentence(conditions: Sequence[Condition]) -> str:
    narrower = sum(each.answer is Answer.CONFIRMED for each in conditions)
    by_law = sum(Answer(within(each.estimate, LAW - OFF, LAW + OFF).value) is Answer.CONFIRMED for each in conditions)
    ordered = sorted(conditions, key=lambda each: each.estimate.value)
    ends = [f"{told(each.estimate, '.3f')} ({each.what.partition(', ')[2]})" for each in (ordered[0], ordered[-1])]
    return (
        "At given weights this is arithmetic for a loss that is a mean over examples: the gradient's variance falls "
        f"with the batch size in {narrower} of {len(conditions)} layers and looks, and in {by_law} as 1/B within "
        f"±{OFF} of the exponent, which isn't judged: its slope lies from {ends[0]} to {ends[1]}."
    )


def _about() -> tuple[str, ...]:
    examples = DIGITS_MLP.examples
    uncorrected = np.log((1 - SIZES[-1] / examples) / (1 - SIZES[0] / examples)) / np.log(SIZES[-1] / SIZES[0])
    return (
        (
            "A batch's gradient is then the mean of its examples' gradients. What is tested is that the training's "
            "gradients are that, in each layer."
        ),
        (
            f"Batches are drawn without replacement from {examples:,} examples, so each varies less than one of "
            "independent examples by (1 - B/N)·N/(N - 1), and those of one pass are not independent: the variance "
            "that is judged is corrected for both. Uncorrected, the slope over these sizes would be "
            f"{uncorrected:+.2f} off for the first alone."
        ),
        (
            f"{BATCHES} batches a size and seed, in place of the source's 1,000; a layer's variance is the sum over "
            "its weights."
        ),
        (
            "All gradients of a look are taken at the same weights, those of a training at "
            f"{DIGITS_MLP.reference_batch_size}: that batch sizes train to other weights, with other gradients, is "
            "not in it."
        ),
    )


def _picture(epochs: int, by_layer: dict[str, list[Values]]) -> Picture:
    lines = [median_line(layer, SIZES, values, is_logarithmic=True) for layer, values in by_layer.items()]
    drawn = next((line for line in lines if line.x), None)
    if drawn:
        law = tuple(drawn.y[0] * (drawn.x[0] / size) for size in drawn.x)
        lines.append(Line("in proportion to 1/B", drawn.x, law))
    return Picture(
        f"Variance of the gradient by layer, after {epochs} epoch{'s' if epochs > 1 else ''}",
        "batch size",
        "variance, summed over the layer's weights",
        tuple(lines),
        x_is_logarithmic=True,
        y_is_logarithmic=True,
    )


CLAIM = Claim(
    number=18,
    who="A",
    source="two popular articles on batch size, not named here",
    sentence="The gradients of larger batches have narrower histograms, in each layer.",
    workload=DIGITS_MLP.name,
    rule=(
        f"Over {SEEDS} seeds trained at {DIGITS_MLP.reference_batch_size}, after {in_a_row(AFTER_EPOCHS)} epochs: the "
        f"variance of the gradient over {BATCHES} batches of each of the sizes {in_a_row(SIZES)}, layer by layer, "
        "corrected for batches being drawn from a finite set; the median slope of its logarithm over that of the "
        f"size, {_FAMILY} in all. Confirmed: each lies below 0, and not all within ±{OFF} of it, at 95 % each. "
        f"Refuted: one lies above 0, or within ±{OFF}, which is not narrower, at 95 % for all together. Otherwise "
        f"inconclusive. Whether it falls as 1/B, a slope of {LAW:g} ± {OFF}, is told beside, not judged."
    ),
    parts=(_ARM,),
    judge=judge,
)
