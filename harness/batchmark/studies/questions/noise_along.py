"""The gradient noise scale along a training, and how it goes with the loss.

Source: McCandlish et al. 2018, arXiv 1812.06162, section 2.2 and appendix A.1; that it may be far from the batch size
it stands for: Merrill et al. 2025, arXiv 2505.23971.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import mean_interval, median_interval
from batchmark.analysis.noise_scale import gradient_squared, noise_scale, trace
from batchmark.course import NOISE, Course, Instrument, Phase
from batchmark.errors import BatchmarkError
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Line, Picture
from batchmark.studies.claims.noise_trend import Noise, jackknifed
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed

SMALL, LARGE = "noise/small_squared", "noise/large_squared"
BATCHES = 16
"""Gradients of each size, a look and seed."""
FEWEST_SEEDS, FEWEST_LOOKS = 3, 3
"""Fewer seeds have hardly a spread; fewer looks are no trend."""
_LEVEL = 0.95

Values = NDArray[np.float64]


@dataclass(frozen=True)
class NoiseDesign:
    """What is trained, and what is looked at."""

    workload: str
    examples: int
    batch_size: int
    """Of the training."""
    gradients: tuple[int, int]
    """The two batch sizes of the gradients, the smaller first."""
    seeds: int
    epochs: int
    looks: int
    """About so many."""
    learning_rate: float | None = None
    """None: the model's own."""

    def __post_init__(self) -> None:
        """Refuse what no noise scale comes of. Raises BatchmarkError."""
        small, large = self.gradients
        if not 1 <= small < large <= self.examples:
            message = (
                f"gradients at batch sizes {small} and {large}; expected two, the smaller first, up to the "
                f"{self.examples:,} training examples"
            )
            raise BatchmarkError(message)
        if self.seeds < FEWEST_SEEDS:
            message = f"{self.seeds} seeds have no spread to make an interval of; expected at least {FEWEST_SEEDS}"
            raise BatchmarkError(message)

    @property
    def arm(self) -> Arm:
        """The trainings. There is no look before the first step."""
        phases = (Phase(self.epochs, self.batch_size, self.learning_rate),)
        per_look = self.epochs * self.examples / self.looks
        if per_look < self.examples:
            batches = max(1, round(per_look / self.batch_size))
            course = Course(phases, examples_per_look=batches * self.batch_size)
        else:
            course = Course(phases, max(1, round(self.epochs / self.looks)))
        instrument = Instrument(NOISE, batch_sizes=self.gradients, batches=BATCHES)
        return Arm(self.workload, course, self.seeds, instruments=(instrument,))

    @property
    def parts(self) -> tuple[Arm, ...]:
        """The experiment."""
        return (self.arm,)


@dataclass(frozen=True)
class NoiseLook:
    """What was seen at one moment of the trainings."""

    steps: int
    examples: int
    loss: Estimate
    """Median validation loss; a training that diverged has an infinite one."""
    gradient_squared: Estimate
    """|G|², mean over seeds."""
    trace: Estimate
    """trΣ, mean over seeds."""
    scale: Estimate | None
    """B_simple, in examples; None: it can't be told."""
    why: str
    """Why it can't be told, or empty."""
    diverged: int


@dataclass(frozen=True)
class NoiseAnswer:
    """What was found along a training."""

    design: NoiseDesign
    looks: tuple[NoiseLook, ...]
    slope: Estimate | None
    """Of the logarithm of the scale on that of the mean validation loss; None: it isn't known, and `notes` say why."""
    sentence: str
    method: str
    diverged: int
    notes: tuple[str, ...]
    pictures: tuple[Picture, ...]

    @property
    def is_told(self) -> bool:
        """Whether there is a noise scale at any look."""
        return any(look.scale for look in self.looks)


@dataclass(frozen=True)
class _Seen:
    """By seed and look; NaN where a training had diverged."""

    small: Values
    large: Values
    loss: Values

    @property
    def is_known(self) -> NDArray[np.bool_]:
        return np.isfinite(self.small) & np.isfinite(self.large) & np.isfinite(self.loss)


def judge(results: Results, design: NoiseDesign) -> NoiseAnswer:
    """Return what the trainings show.

    Raises MissingPartError: they are missing, or nothing was looked at.
    """
    followed = results.of(design.arm)
    seen = _seen(followed)
    looks = tuple(_look(design, followed, seen, at) for at in range(len(followed.steps)))
    told = [at for at, look in enumerate(looks) if look.scale]
    # Seeds are left out of the trend whole: each look's means are then of the same ones.
    whole: NDArray[np.bool_] = np.asarray(seen.is_known.all(axis=1))
    slope, why = _slope(design, seen, whole, told)
    diverged = int((~whole).sum())
    return NoiseAnswer(
        design,
        looks,
        slope,
        _sentence(looks, slope),
        followed.method,
        diverged,
        (*_notes(looks, diverged), *why),
        (_along(looks), _by_loss(looks)),
    )


def _seen(followed: Followed) -> _Seen:
    if lacking := [name for name in (SMALL, LARGE) if name not in followed.observed]:
        message = f"no gradients were looked at: {' and '.join(lacking)} not found"
        raise MissingPartError(message)
    small, large = (np.array(followed.observed[name], float) for name in (SMALL, LARGE))
    return _Seen(small, large, np.array(followed.validation_loss, float))


def _look(design: NoiseDesign, followed: Followed, seen: _Seen, at: int) -> NoiseLook:
    small_size, large_size = design.gradients
    known = seen.is_known[:, at]
    small, large = seen.small[known, at], seen.large[known, at]
    examples = design.examples
    scale = noise_scale(small, large, small=small_size, large=large_size, examples=examples, level=_LEVEL)
    why = _why_not(scale)
    return NoiseLook(
        followed.steps[at],
        followed.examples[at],
        median_interval(np.where(known, seen.loss[:, at], np.inf), level=_LEVEL),
        mean_interval(
            gradient_squared(small, large, small=small_size, large=large_size, examples=examples), level=_LEVEL
        ),
        mean_interval(trace(small, large, small=small_size, large=large_size), level=_LEVEL),
        None if why else scale,
        why,
        int((~known).sum()),
    )


def _why_not(scale: Estimate) -> str:
    if scale.n < FEWEST_SEEDS:
        return "too few trainings are left"
    if not scale.has_interval:
        return "|G|² isn't told from 0"
    return "" if scale.value > 0 else "trΣ isn't told from 0"


def _slope(
    design: NoiseDesign, seen: _Seen, whole: NDArray[np.bool_], told: Sequence[int]
) -> tuple[Estimate | None, tuple[str, ...]]:
    """Return the trend over the looks that have a scale, or why there is none."""
    seeds = int(whole.sum())
    if len(told) < FEWEST_LOOKS or seeds < FEWEST_SEEDS:
        takes = f"it takes {FEWEST_LOOKS} looks with a noise scale and {FEWEST_SEEDS} trainings that do not diverge"
        return None, (f"How it goes with the loss isn't told: {takes}, and there are {len(told)} and {seeds}.",)
    small, large, loss = (each[whole][:, told] for each in (seen.small, seen.large, seen.loss))
    if loss.mean(axis=0).min() <= 0:
        return None, ("How it goes with the loss isn't told: the loss is not above 0, and has no logarithm.",)
    found = jackknifed(Noise(*design.gradients, small, large, loss, design.examples).slope, seeds, level=_LEVEL)
    if not found.has_interval:
        return None, ("How it goes with the loss isn't told: without one of the seeds there is no noise scale.",)
    return found, ()


def _sentence(looks: Sequence[NoiseLook], slope: Estimate | None) -> str:
    told = [look for look in looks if look.scale]
    if not told:
        return f"No noise scale can be told: {' or '.join(dict.fromkeys(look.why for look in looks))} at each look."
    first, last = told[0], told[-1]
    ends = " and ".join(
        f"{_examples(look.scale)} after {look.steps:,} steps" for look in dict.fromkeys((first, last)) if look.scale
    )
    if slope is None or slope.low is None or slope.high is None:
        return f"The noise scale is {ends}."
    goes = "grows as the loss falls" if slope.high < 0 else "falls as the loss falls" if slope.low > 0 else ""
    power = f"to the power {slope.value:.2f} [{slope.low:.2f}, {slope.high:.2f}] of the loss"
    trend = f"it {goes}, {power}" if goes else f"that it goes with the loss isn't told: {power}"
    return f"The noise scale is {ends}; {trend}."


def _examples(scale: Estimate | None) -> str:
    if scale is None or scale.low is None or scale.high is None:
        return "not told"
    value, low, high = (_two_digits(each) for each in (scale.value, scale.low, scale.high))
    return f"{value} [{low}, {high}] examples"


def _two_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"  # noqa: PLR2004  two digits


def _notes(looks: Sequence[NoiseLook], diverged: int) -> tuple[str, ...]:
    notes = []
    for why in dict.fromkeys(look.why for look in looks if look.why):
        at = ", ".join(f"{look.steps:,}" for look in looks if look.why == why)
        notes.append(
            f"After {at} steps {why}, and the noise scale may be of any size: no number is given. More seeds, or "
            "larger batches of the gradients, tell more."
        )
    if diverged:
        notes.append(
            f"{diverged} {'trainings' if diverged > 1 else 'training'} diverged: left out of the noise scale, and the "
            "worst in the median of the loss."
        )
    notes.append("There is no look before training. The noise scale is a proxy of the critical batch size, not itself.")
    return tuple(notes)


def _along(looks: Sequence[NoiseLook]) -> Picture:
    lines = (_line("noise scale", [(look.steps, look.scale) for look in looks]),)
    return Picture(
        "Noise scale along training", "steps", "examples", lines, x_is_logarithmic=True, y_is_logarithmic=True
    )


def _by_loss(looks: Sequence[NoiseLook]) -> Picture:
    points = sorted(((look.loss.value, look.scale) for look in looks), key=lambda point: point[0])
    lines = (_line("noise scale", points),)
    return Picture(
        "Noise scale by loss", "validation loss", "examples", lines, x_is_logarithmic=True, y_is_logarithmic=True
    )


def _line(name: str, points: Sequence[tuple[float, Estimate | None]]) -> Line:
    shown = [
        (float(x), each.value, each.low, each.high)
        for x, each in points
        if each and each.low is not None and each.high is not None and math.isfinite(x) and x > 0
    ]
    x, y, low, high = zip(*shown, strict=True) if shown else ((), (), (), ())
    return Line(name, x, y, low, high)
