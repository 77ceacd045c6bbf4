"""Claim 10: the critical batch size of a language model follows its loss, as about the gradient noise scale.

Two ways to look at it: the noise scale along trainings, which is cheap and only a proxy, and the batch size at which
updates and examples to a loss are both twice the fewest, which is what is meant.

Source: Kaplan et al. 2020, arXiv 2001.08361, section 5.1; McCandlish et al. 2018, arXiv 1812.06162, section 2.2;
Merrill et al. 2025, arXiv 2505.23971 (that the proxy may be far from what it stands for).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.noise_scale import noise_scale
from batchmark.analysis.rules import above, level_for, within
from batchmark.analysis.trade_off import TradeOff, fit_trade_off
from batchmark.course import NOISE, TRAINING_LOSS, Course, Instrument, Phase, constant
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Line, Picture, together
from batchmark.studies.claims.noise_trend import Noise, jackknifed
from batchmark.studies.claims.target import Grid, Reached, fit_notes, rates_told, reached, share_reached
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.workloads.char_lm import CHAR_LM

ALPHA = 0.21
TOKENS = 2e8
"""B*: of the source's tokens, which are not characters."""
SLOPE = -1 / ALPHA
STEEPER = 1.5
"""A slope that is up to so many times steeper or flatter is the claimed one."""
PROXY = 2.0
"""The noise scale is roughly the critical batch size if it is at most so many times as large, or as small."""
SIZES = (4, 16, 64, 128)
TARGETS = tuple(round(1.5 + 0.05 * step, 2) for step in range(31))
"""In nats, the hardest first."""
EASIER = 1.2
"""The second loss is at least so many times the first: the law has the critical batch size at 2.4 times as large."""
_LOOKED_AT = (1, 2, 3, 5, 8, 12, 19, 29)
"""Of the epochs, from 0. Not after the first: so soon the noise scale is that of the initial weights."""
_SMALL, _LARGE = 8, 128
_JUDGED, _TUNING = 12, 3
_BY = 0.5
_LEAST = 0.01
_SAME_LOSS = 0.02
"""Logarithms of two losses that far apart are taken as one."""
_MOST = 0.9
_FAMILY = 4
_NOISE_ARM = Arm(
    CHAR_LM.name,
    constant(CHAR_LM.reference_batch_size, epochs=CHAR_LM.epochs, learning_rate=0.01),
    seeds=16,
    instruments=(
        Instrument(NOISE, batch_sizes=(_SMALL, _LARGE), batches=16, looks=_LOOKED_AT),
        Instrument(TRAINING_LOSS, looks=_LOOKED_AT),
    ),
)
_EPOCHS = {4: 12, 16: 20, 64: 30, 128: 40}
"""Small batches need fewer."""

Curves = NDArray[np.float64]


def _grid(size: int) -> Grid:
    rate = 0.01 * math.sqrt(size / CHAR_LM.reference_batch_size)
    # A fifth of an epoch, at every size.
    arms = tuple(
        (each, Arm(CHAR_LM.name, Course((Phase(_EPOCHS[size], size, each),), examples_per_look=128), _JUDGED + _TUNING))
        for each in (rate / 2, rate, 2 * rate)
    )
    return Grid(size, arms, _JUDGED)


_GRIDS = {size: _grid(size) for size in SIZES}


@dataclass(frozen=True)
class _Measured:
    """The critical batch size that was measured at a loss."""

    target: float
    fit: TradeOff
    sizes: tuple[Reached, ...]


def judge(results: Results) -> Finding:
    """Judge the noise scale's trend, the measured critical batch size's growth, and the one against the other."""
    level = level_for(_FAMILY)
    noise, validation, lost = _noise(results)
    slope = jackknifed(noise.slope, len(noise.loss), level=level)
    steepness = Answer(within(slope, SLOPE * STEEPER, SLOPE / STEEPER).value)
    measured, notes = _measured(results, level)
    grows = _grows(measured, level)
    proxies = [_proxy(each, noise, validation, level) for each in measured]
    judged = [
        Condition("slope of log noise scale on log training loss", slope, answer=steepness),
        *([grows] if grows else []),
        *proxies,
    ]
    # What could not be measured settles nothing.
    answers = [each.answer or Answer.INCONCLUSIVE for each in judged]
    answers += [Answer.INCONCLUSIVE] * (_FAMILY - len(judged))
    return Finding(
        together(answers),
        _sentence(slope, steepness, grows, proxies, measured),
        (*judged, *_beside(noise, validation, measured)),
        seeds=min(len(noise.loss), _JUDGED),
        diverged=lost + _diverged(measured),
        notes=(
            (
                "B* ≈ 2·10⁸ tokens is of another text in other tokens: losses per character are not losses per token, "
                "and B* is not judged."
            ),
            (
                "Looks are 128 examples apart at each size; critical sizes take what was done halfway between a look "
                "and the one before it, and their intervals hold wherever since that look the loss was reached."
            ),
            "The training set is gone over many times here: the loss that the gradients are of is the training loss.",
            *notes,
        ),
        pictures=(_picture(noise, validation, measured),),
    )


def _noise(results: Results) -> tuple[Noise, Curves, int]:
    """Return what was seen of the noise at its looks, the validation loss there, and how many trainings diverged."""
    followed = results.of(_NOISE_ARM)
    names = ("noise/small_squared", "noise/large_squared", TRAINING_LOSS)
    if lacking := [name for name in names if name not in followed.observed]:
        message = f"no instrument found {in_a_row(lacking)}"
        raise MissingPartError(message)
    small, large, loss = (np.array(followed.observed[name], float)[:, _LOOKED_AT] for name in names)
    validation = np.array(followed.validation_loss, float)[:, _LOOKED_AT]
    is_whole = np.isfinite(np.stack([small, large, loss, validation])).all(axis=(0, 2))
    noise = Noise(_SMALL, _LARGE, small[is_whole], large[is_whole], loss[is_whole], CHAR_LM.examples)
    return noise, validation[is_whole], int((~is_whole).sum())


def _measured(results: Results, level: float) -> tuple[tuple[_Measured, ...], tuple[str, ...]]:
    """Return the critical batch size at two losses, the harder first; and what is to be said of that."""
    hard = next((each for each in TARGETS if _is_reached(results, each)), None)
    if hard is None:
        return (), (f"No loss up to {TARGETS[-1]:g} is reached at every batch size: no critical one is measured.",)
    easy = next((each for each in TARGETS if each >= EASIER * hard), None)
    measured: list[_Measured] = []
    notes: list[str] = []
    for target in (hard,) if easy is None else (hard, easy):
        sizes = tuple(reached(results, grid, target) for grid in _GRIDS.values())
        fit = _fitted(sizes, _half(level))
        notes.append(f"Rates that reach the loss {target:g} soonest: {rates_told(sizes)}.")
        notes += fit_notes(fit, target)
        if not fit.refused:
            measured.append(_Measured(target, fit, sizes))
    return tuple(measured), tuple(notes)


def _fitted(sizes: Sequence[Reached], level: float) -> TradeOff:
    """Return the trade-off, with intervals that hold whenever since the look before it the loss was reached.

    The outermost ends of fits to the middle and to where small sizes are early and large ones late, and the reverse.
    """
    middle = _fit([each.updates.middle for each in sizes], [each.examples.middle for each in sizes], level)
    half = len(sizes) // 2
    fits = []
    for early in (sizes[:half], sizes[half:]):
        at = [
            (each.updates.more_than, each.examples.more_than)
            if each in early
            else (each.updates.at_most, each.examples.at_most)
            for each in sizes
        ]
        fits.append(_fit([one[0] for one in at], [one[1] for one in at], level))
    if middle.refused:
        return middle
    return replace(
        middle,
        balance=_outermost([each.balance for each in (middle, *fits)]),
        critical_batch_size=_outermost([each.critical_batch_size for each in (middle, *fits)]),
    )


def _fit(updates: Sequence[Curves], examples: Sequence[Curves], level: float) -> TradeOff:
    # Before its first look a seed has trained nothing; a hundredth of an update has a logarithm.
    least = [np.maximum(each, _LEAST) for each in updates]
    return fit_trade_off(SIZES, least, [np.maximum(each, _LEAST) for each in examples], level=level)


def _outermost(estimates: Sequence[Estimate]) -> Estimate:
    """Return the first estimate with the lowest and the highest of all ends; none where one has none."""
    first = estimates[0]
    lows, highs = [each.low for each in estimates], [each.high for each in estimates]
    if any(end is None or math.isnan(end) for end in (*lows, *highs)):
        return replace(first, low=None, high=None)
    return replace(first, low=min(end for end in lows if end is not None), high=max(e for e in highs if e is not None))


def _diverged(measured: Sequence[_Measured]) -> int:
    """Return how many trainings diverged; those that serve at both losses are counted once."""
    return sum({(each.size, each.rate): each.diverged for one in measured for each in one.sizes}.values())


def _is_reached(results: Results, target: float) -> bool:
    """Whether at each batch size nearly all seeds that choose the rate reach a loss in the first half of the course."""
    return all(share_reached(results, grid, target, by=_BY) >= _MOST for grid in _GRIDS.values())


def _grows(measured: Sequence[_Measured], level: float) -> Condition | None:
    if len(measured) < len(("harder", "easier")):
        return None
    hard, easy = measured
    ratio = _quotient(hard.fit.balance, easy.fit.balance, level)
    what = f"measured critical batch size at the loss {hard.target:g} over that at {easy.target:g}"
    return Condition(what, ratio, "×", Answer(above(ratio, 1.0).value))


def _proxy(one: _Measured, noise: Noise, validation: Curves, level: float) -> Condition:
    """Return the noise scale over the measured critical batch size, both at one validation loss."""
    loss, scale = _scale_at_loss(noise, validation, one.target, _half(level))
    ratio = _quotient(scale, one.fit.balance, level)
    what = f"noise scale at the loss {loss:.2f} over the measured critical batch size at {one.target:g}"
    answer = Answer(within(ratio, 1 / PROXY, PROXY).value)
    # The noise scale follows the loss: at another one it says nothing of this.
    is_same_loss = abs(math.log(loss / one.target)) <= _SAME_LOSS
    return Condition(what, ratio, "×", answer if is_same_loss else Answer.INCONCLUSIVE)


def _scale_at(noise: Noise, look: int, level: float) -> Estimate:
    small, large = noise.small_squared[:, look], noise.large_squared[:, look]
    return noise_scale(small, large, small=noise.small, large=noise.large, examples=noise.examples, level=level)


def _scale_at_loss(noise: Noise, validation: Curves, target: float, level: float) -> tuple[float, Estimate]:
    """Return the noise scale at a validation loss, between the two looks around it, and that loss.

    On logarithms, ends of the interval as well, as if both looks erred alike: it is no narrower for that. Where the
    loss was not seen, it is the nearest that was.
    """
    medians = np.median(validation, axis=0)
    # Later ones are of trainings that have begun to learn by heart.
    looks = np.argsort(medians[: int(medians.argmin()) + 1])
    losses = medians[looks]
    loss = float(np.clip(target, losses[0], losses[-1]))
    scales = [_scale_at(noise, int(look), level) for look in looks]

    def between(values: Sequence[float | None]) -> float | None:
        known = [math.nan if value is None else value for value in values]
        with np.errstate(divide="ignore", invalid="ignore"):
            found = math.exp(float(np.interp(math.log(loss), np.log(losses), np.log(known))))
        return None if math.isnan(found) else found

    value = between([each.value for each in scales])
    low, high = between([each.low for each in scales]), between([each.high for each in scales])
    if value is None or low is None or high is None:
        return loss, Estimate(math.nan if value is None else value, None, None, level, scales[0].n)
    return loss, Estimate(value, low, high, level, scales[0].n)


def _beside(noise: Noise, validation: Curves, measured: Sequence[_Measured]) -> list[Condition]:
    on_validation = jackknifed(replace(noise, loss=validation).slope, len(validation), level=level_for(_FAMILY))
    shown = [Condition("slope of log noise scale on log validation loss", on_validation)]
    for name, look in (("first", 0), ("last", -1)):
        loss = f"training loss {noise.loss[:, look].mean():.2f}"
        shown.append(Condition(f"noise scale at the {name} look, {loss}", _scale_at(noise, look, 0.95), "examples"))
    for one in measured:
        shown += [
            Condition(f"measured critical batch size at the loss {one.target:g}", one.fit.balance, "examples"),
            Condition(
                f"batch size at which updates to {one.target:g} fall 20 % short of perfect scaling",
                one.fit.critical_batch_size,
                "examples",
            ),
        ]
    return [each for each in shown if np.isfinite(each.estimate.value)]


def _quotient(one: Estimate, other: Estimate, level: float) -> Estimate:
    """Return one estimate over another, each of which has half of the error."""
    value = one.value / other.value if other.value else math.nan
    n = min(one.n, other.n)
    if one.low is None or one.high is None or not other.low or not other.high:
        return Estimate(value, None, None, level, n)
    return Estimate(value, one.low / other.high, one.high / other.low, level, n)


def _half(level: float) -> float:
    return 1 - (1 - level) / 2


def _sentence(
    slope: Estimate,
    steepness: Answer,
    grows: Condition | None,
    proxies: Sequence[Condition],
    measured: Sequence[_Measured],
) -> str:
    follows = {
        Answer.CONFIRMED: "as claimed",
        Answer.REFUTED: "not as claimed",
        Answer.INCONCLUSIVE: "not shown to be as claimed or not",
    }[steepness]
    parts = [f"The noise scale goes with the training loss to the power {told(slope, '.2f')}, {follows} ({SLOPE:.2f})"]
    if grows:
        predicted = (measured[1].target / measured[0].target) ** (1 / ALPHA)
        parts.append(f"{grows.what} is {told(grows.estimate, '.2f', ' ×')}, where the law has {predicted:.2f} ×")
    parts += [f"the {each.what} is {told(each.estimate, '.2f', ' ×')}" for each in proxies]
    if not measured:
        parts.append("no critical batch size could be measured")
    return f"{'; '.join(parts)}."


def _picture(noise: Noise, validation: Curves, measured: Sequence[_Measured]) -> Picture:
    losses = np.median(validation, axis=0)
    scales = [_scale_at(noise, look, 0.95) for look in range(len(losses))]
    lines = [_line("noise scale", list(zip(losses, scales, strict=True)))]
    lines.append(_line("measured critical batch size", [(one.target, one.fit.balance) for one in measured]))
    if lines[0].x:
        # Through the middle of what was seen.
        middle = len(lines[0].x) // 2
        law = tuple(lines[0].y[middle] * (loss / lines[0].x[middle]) ** SLOPE for loss in lines[0].x)
        lines.append(Line(f"loss to the power {SLOPE:.2f}", lines[0].x, law))
    title = "Noise scale and critical batch size by loss"
    drawn = tuple(line for line in lines if line.x)
    return Picture(title, "validation loss, nats", "examples", drawn, x_is_logarithmic=True, y_is_logarithmic=True)


def _line(name: str, points: Sequence[tuple[float, Estimate]]) -> Line:
    """Return a line through the estimates that have an interval above 0."""
    shown = [
        (float(x), each.value, each.low, each.high)
        for x, each in sorted(points, key=lambda point: point[0])
        if each.low is not None and each.high is not None and each.low > 0 and math.isfinite(each.high)
    ]
    x, y, low, high = zip(*shown, strict=True) if shown else ((), (), (), ())
    return Line(name, x, y, low, high)


CLAIM = Claim(
    number=10,
    who="P, citing Kaplan et al. 2020",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332; Kaplan et al. 2020, arXiv 2001.08361",
    sentence=(
        f"The critical batch size of a language model follows its loss L alone, as L to the power {SLOPE:.2f}: it "
        "doubles for each 13 % less of loss, and is roughly the gradient noise scale."
    ),
    workload=CHAR_LM.name,
    rule=(
        f"The noise scale of {_NOISE_ARM.seeds} trainings at batch size 32 at {len(_LOOKED_AT)} looks, squared "
        "gradients averaged over seeds before they are divided; and the batch size at which updates and examples to a "
        f"loss are both twice the fewest, from {in_a_row(SIZES)} over {_JUDGED} seeds, each at the best of three "
        "rates, at two validation losses: the hardest that other seeds reach at all sizes halfway, and one at least "
        f"{EASIER:g} times as high. Four intervals hold together at 95 %. Confirmed: the slope of log noise scale on "
        f"log training loss lies within {SLOPE * STEEPER:.2f} to {SLOPE / STEEPER:.2f} (claimed is {SLOPE:.2f}); the "
        "measured size at the harder loss is above that at the easier; and at both losses the noise scale is within a "
        f"factor of {PROXY:g} of it. Refuted: one interval lies wholly outside. Otherwise inconclusive, as where no "
        "critical size could be measured."
    ),
    parts=(_NOISE_ARM, *(arm for grid in _GRIDS.values() for arm in grid.arms)),
    judge=judge,
    kind_of_network="language model",
)
