"""What an instrument sees of trainings at several batch sizes, beside the reference, along them and at their end.

Seeds are paired: a training at each size begins at the same weights. A training that diverged has no distance and no
sharpness: it may lie on either side, and widens the interval (`batchmark.studies.claims.either_way`).

Source: Hoffer et al. 2017, arXiv 1705.08741 (distance); Keskar et al. 2017, openreview H1oyRlYgg (sharpness);
McCandlish et al. 2018, arXiv 1812.06162 (the gradient's variance is in proportion to 1/B).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from batchmark.analysis.intervals import units_needed
from batchmark.course import DISTANCE, SHARPNESS, SPREAD, TRAINING_LOSS, Instrument, constant
from batchmark.errors import BatchmarkError
from batchmark.records import Estimate
from batchmark.studies.claims.by_budget import Budget, ByBudget, Rate
from batchmark.studies.claims.claim import Line, Picture
from batchmark.studies.claims.either_way import Values, median_either_way, median_line, ratio_either_way, slopes
from batchmark.studies.claims.observed import observed
from batchmark.studies.claims.trained import diverged, trainings_of
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed

OBSERVED = {
    "distance": (DISTANCE, "distance from the initial weights", ""),
    "spread": (SPREAD, "variance of the gradient at the training's own batch size, over all layers", ""),
    "sharpness": (SHARPNESS, "sharpness", "%"),
    "training-loss": (TRAINING_LOSS, "training loss", ""),
}
"""By the word that is typed: the instrument, what it sees, and in which unit."""
BATCHES = 64
"""Gradients of each batch size, of a spread."""
BOX = 5e-4
"""Of a sharpness: Keskar's smaller one."""
FEWEST_SEEDS = 2
_LEVEL = 0.95


@dataclass(frozen=True)
class ObserveDesign:
    """What is trained, and what is looked at."""

    workload: str
    examples: int
    instrument: str
    """A word of `OBSERVED`."""
    batch_sizes: tuple[int, ...]
    """Ascending."""
    reference: int
    """One of them."""
    seeds: int
    epochs: int
    budgets: tuple[Budget, ...] = (Budget.EPOCHS, Budget.UPDATES)
    rates: tuple[Rate, ...] = (Rate.FIXED,)
    learning_rate: float | None = None
    """At the reference; None: the model's own, which can only be fixed."""
    looks: int = 4
    """About so many."""
    factors: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)
    """Tried by a tuned rate."""
    tuning_seeds: int = 5

    def __post_init__(self) -> None:
        """Refuse what can't be looked at. Raises BatchmarkError."""
        if self.instrument not in OBSERVED:
            message = f"there is no instrument {ascii(self.instrument)[:40]}; there are {', '.join(OBSERVED)}"
            raise BatchmarkError(message)
        if self.seeds < FEWEST_SEEDS:
            message = f"{self.seeds} seeds have no spread; expected at least {FEWEST_SEEDS}"
            raise BatchmarkError(message)
        if self.instrument == "spread" and max(self.batch_sizes) >= self.examples:
            message = (
                f"batches of {max(self.batch_sizes)} are all {self.examples} training examples, and their gradient has "
                "no variance; name smaller batch sizes"
            )
            raise BatchmarkError(message)
        if self.learning_rate is None and self.rates != (Rate.FIXED,):
            message = (
                f"workload {self.workload!r} sets no learning rate that could follow the batch size; give it "
                "learning_rate=..., or keep the rate fixed"
            )
            raise BatchmarkError(message)

    @property
    def parts(self) -> tuple[Arm | Tuned, ...]:
        """The experiment."""
        return tuple(
            dict.fromkeys(
                self.part(size, budget, rate)
                for budget in self.budgets
                for rate in self.rates
                for size in self.batch_sizes
            )
        )

    def part(self, size: int, budget: Budget, rate: Rate) -> Arm | Tuned:
        """Return the trainings at one batch size."""
        arm = self._arm(size, budget)
        if self.learning_rate is None:
            return arm
        at = self._by_budget.rate_at(size, rate)
        phases = tuple(replace(phase, learning_rate=at) for phase in arm.course.phases)
        arm = replace(arm, course=replace(arm.course, phases=phases))
        return Tuned(arm, self.factors, self.tuning_seeds) if rate is Rate.TUNED else arm

    def _arm(self, size: int, budget: Budget) -> Arm:
        epochs = self.epochs if budget is Budget.EPOCHS else self._by_budget.epochs_of_updates(size)
        course = constant(size, epochs=epochs, epochs_per_look=max(1, round(epochs / self.looks)))
        return Arm(self.workload, course, self.seeds, instruments=(self._looked_by,))

    @property
    def _looked_by(self) -> Instrument:
        kind = OBSERVED[self.instrument][0]
        if kind == SPREAD:
            return Instrument(kind, batch_sizes=self.batch_sizes, batches=BATCHES)
        return Instrument(kind, box=BOX) if kind == SHARPNESS else Instrument(kind)

    @property
    def _by_budget(self) -> ByBudget:
        return ByBudget(
            workload=self.workload,
            examples=self.examples,
            rate=self.learning_rate or 0.0,
            reference=self.reference,
            epochs=self.epochs,
            updates=self.epochs * -(-self.examples // self.reference),
            seeds=self.seeds,
            factors=self.factors,
            tuning_seeds=self.tuning_seeds,
            epochs_per_look=1,
            looks=self.looks,
        )


@dataclass(frozen=True)
class AtLook:
    """What was seen at one moment of the trainings at one batch size."""

    epochs: float
    steps: int
    value: Estimate
    """Median over seeds."""


@dataclass(frozen=True)
class AtSize:
    """What was seen of the trainings at one batch size."""

    batch_size: int
    learning_rate: float | None
    """None: the model's own."""
    epochs: int
    steps: int
    value: Estimate
    """At the end: the median over seeds."""
    ratio: Estimate | None
    """To the reference, paired by seed; None: this is the reference."""
    along: tuple[AtLook, ...]
    diverged: int


@dataclass(frozen=True)
class LayerSlope:
    """How a layer's gradient varies with the batch size, at the weights that the reference's trainings end at."""

    layer: str
    variances: tuple[Estimate, ...]
    """By batch size of the gradient, ascending."""
    slope: Estimate
    """Of the logarithm of the variance on that of the batch size; -1 is in proportion to 1/B."""


@dataclass(frozen=True)
class Observed:
    """What was seen at one budget and rate."""

    budget: Budget
    rate: Rate
    sizes: tuple[AtSize, ...]
    layers: tuple[LayerSlope, ...]
    """Of a spread."""
    why: str
    """Why there is nothing, or empty."""

    def is_of_new_layers(self, before: Sequence["Observed"]) -> bool:
        """Whether it has layers that none `before` has: a reference may be the same training at several budgets."""
        return bool(self.layers) and all(self.layers != other.layers for other in before)


@dataclass(frozen=True)
class ObserveAnswer:
    """What an instrument saw."""

    design: ObserveDesign
    what: str
    unit: str
    observed: tuple[Observed, ...]
    diverged: int
    notes: tuple[str, ...]
    pictures: tuple[Picture, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything that was asked for is there."""
        return not any(each.why for each in self.observed)


def judge(results: Results, design: ObserveDesign) -> ObserveAnswer:
    """Return what was seen, at each budget and rate for which the trainings are there.

    Raises MissingPartError: at none.
    """
    found = [_observed(results, design, budget, rate) for budget in design.budgets for rate in design.rates]
    if all(each.why for each, _ in found):
        raise MissingPartError(found[0][0].why)
    _, what, unit = OBSERVED[design.instrument]
    answers = tuple(each for each, _ in found)
    trainings = {id(one): (size, one) for _, followed in found for size, one in followed.items()}
    lost = {size: diverged(one for own, one in trainings.values() if own == size) for size in design.batch_sizes}
    pictures = [picture for each, followed in found if not each.why for picture in _pictures(design, each, followed)]
    pictures += [_layer_picture(design, each) for at, each in enumerate(answers) if each.is_of_new_layers(answers[:at])]
    notes = (*_notes(design, answers, lost), *_edges(results, design, answers))
    return ObserveAnswer(design, what, unit, answers, sum(lost.values()), notes, tuple(pictures))


def _observed(
    results: Results, design: ObserveDesign, budget: Budget, rate: Rate
) -> tuple[Observed, dict[int, Followed]]:
    parts = {size: design.part(size, budget, rate) for size in design.batch_sizes}
    try:
        followed = {size: trainings_of(results, part) for size, part in parts.items()}
    except MissingPartError as error:
        return Observed(budget, rate, (), (), str(error)), {}
    rates = {size: _rate(results, part) for size, part in parts.items()}
    sizes = tuple(_at_size(design, size, followed, rates[size]) for size in design.batch_sizes)
    layers = _layers(design, followed[design.reference]) if design.instrument == "spread" else ()
    return Observed(budget, rate, sizes, layers, ""), followed


def _rate(results: Results, part: Arm | Tuned) -> float | None:
    arm = part.at(results.of_tuned(part).factor) if isinstance(part, Tuned) else part
    return arm.course.phases[0].learning_rate


def _at_size(design: ObserveDesign, size: int, followed: dict[int, Followed], rate: float | None) -> AtSize:
    one = followed[size]
    end = _values(design, one, size, -1)
    reference = _values(design, followed[design.reference], design.reference, -1)
    return AtSize(
        size,
        rate,
        round(one.examples[-1] / design.examples),
        one.steps[-1],
        median_either_way(end, level=_LEVEL),
        None if size == design.reference else ratio_either_way(end, reference, level=_LEVEL),
        tuple(
            AtLook(done / design.examples, steps, median_either_way(_values(design, one, size, look), level=_LEVEL))
            for look, (done, steps) in enumerate(zip(one.examples, one.steps, strict=True))
        ),
        diverged([one]),
    )


def _values(design: ObserveDesign, followed: Followed, size: int, look: int) -> Values:
    """Return what was seen at a look, by seed: of a spread, the variance at the training's own batch size."""
    if design.instrument != "spread":
        return observed(followed, OBSERVED[design.instrument][0], look=look)
    layers = _layer_names(followed, size)
    return np.asarray(sum(observed(followed, f"{SPREAD}/{size}/{layer}", look=look) for layer in layers))


def _layer_names(followed: Followed, size: int) -> list[str]:
    prefix = f"{SPREAD}/{size}/"
    layers = [name.removeprefix(prefix) for name in followed.observed if name.startswith(prefix)]
    if not layers:
        message = f"no layer's variance was found at batch size {size}"
        raise MissingPartError(message)
    return layers


def _layers(design: ObserveDesign, followed: Followed) -> tuple[LayerSlope, ...]:
    return tuple(_layer(design, followed, layer) for layer in _layer_names(followed, design.reference))


def _layer(design: ObserveDesign, followed: Followed, layer: str) -> LayerSlope:
    variances = [observed(followed, f"{SPREAD}/{size}/{layer}") for size in design.batch_sizes]
    found = np.full(len(followed.seeds), np.nan)
    if len(design.batch_sizes) > 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = slopes(np.log(design.batch_sizes).tolist(), [np.log(each) for each in variances])
    medians = tuple(median_either_way(each, level=_LEVEL) for each in variances)
    return LayerSlope(layer, medians, median_either_way(found, level=_LEVEL))


def _notes(design: ObserveDesign, answers: Sequence[Observed], lost: Mapping[int, int]) -> tuple[str, ...]:
    notes = [f"Not there, {each.budget}, {each.rate}: {each.why}." for each in answers if each.why]
    if by_size := ", ".join(f"{count} at {size}" for size, count in lost.items() if count):
        notes.append(f"Trainings that diverged: {by_size}; each may lie on either side, and widens the interval.")
    if design.seeds < (needed := units_needed(_LEVEL)):
        notes.append(f"{design.seeds} seeds give no interval: {needed} would.")
    if design.instrument == "spread":
        notes.append(
            f"Variances are of {BATCHES} batches, summed over weights, as batches of independent examples have them; "
            "at given weights they are in proportion to 1/B by arithmetic."
        )
    if design.instrument == "sharpness":
        notes.append(f"Keskar's, in a box of {BOX:g} · (|weight| + 1): a lower bound, as any search for a maximum is.")
    return tuple(notes)


def _edges(results: Results, design: ObserveDesign, answers: Sequence[Observed]) -> list[str]:
    """Return which tuned rates are the first or the last of what was tried: a better one may lie beyond."""
    notes = []
    for each in answers:
        if each.why:
            continue
        parts = {size: design.part(size, each.budget, each.rate) for size in design.batch_sizes}
        edges = [
            str(size) for size, part in parts.items() if isinstance(part, Tuned) and results.of_tuned(part).is_at_edge
        ]
        if edges:
            notes.append(f"At {each.budget}, tuned rates at the edge of what was tried: at {', '.join(edges)}.")
    return notes


def _pictures(design: ObserveDesign, found: Observed, followed: dict[int, Followed]) -> list[Picture]:
    _, what, unit = OBSERVED[design.instrument]
    title, axis = f"{found.budget}, {found.rate}", f"{what}, {unit}" if unit else what
    ends = median_line(
        "at the end", design.batch_sizes, [_values(design, followed[size], size, -1) for size in design.batch_sizes]
    )
    along = tuple(
        median_line(
            f"batch size {size}",
            [done / design.examples for done in one.examples],
            [_values(design, one, size, look) for look in range(len(one.examples))],
        )
        for size, one in followed.items()
    )
    return [
        Picture(f"At the end, {title}", "batch size", axis, (ends,), x_is_logarithmic=True),
        Picture(f"Along training, {title}", "epochs", axis, along),
    ]


def _layer_picture(design: ObserveDesign, found: Observed) -> Picture:
    return Picture(
        f"By layer, {found.budget}, {found.rate}",
        "batch size",
        "variance of the gradient",
        tuple(_layer_line(design, each) for each in found.layers),
        x_is_logarithmic=True,
        y_is_logarithmic=True,
    )


def _layer_line(design: ObserveDesign, layer: LayerSlope) -> Line:
    nan = float("nan")
    return Line(
        layer.layer,
        tuple(float(size) for size in design.batch_sizes),
        tuple(each.value for each in layer.variances),
        tuple(nan if each.low is None else each.low for each in layer.variances),
        tuple(nan if each.high is None else each.high for each in layer.variances),
    )
