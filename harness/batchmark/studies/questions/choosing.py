"""Which batch size to use: the one that takes least time to a target, and what else speaks for one or another.

Every batch size is trained at the rate of its grid that reaches the target soonest, chosen on other seeds than those
that are judged. The same trainings, followed to their end, tell which sizes train as well as the reference does.
Without a target it is what the reference reaches on the choosing seeds, less the workload's margin.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from batchmark.analysis.cheapest import Cheapest, cheapest
from batchmark.analysis.equivalence import Verdict
from batchmark.analysis.paired import worst_if_diverged
from batchmark.analysis.recommendation import Recommendation, recommend
from batchmark.analysis.speedup import speedup
from batchmark.analysis.turns import turn_matrix
from batchmark.errors import BatchmarkError
from batchmark.loops import FIT
from batchmark.records import CellRecord, Estimate
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.claims.timed_cells import cells_of
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.studies.questions import target_across
from batchmark.studies.questions.quality_across import Against, QualityDesign, against
from batchmark.studies.questions.rules_of_rates import Rule
from batchmark.studies.questions.target_across import ReachedAt, TargetAnswer, TargetDesign, updates_to
from batchmark.trainings import Followed
from batchmark.workloads.quality import quality_of
from batchmark.workloads.workload import Description

_FEWEST_FOR_A_SLOPE = 3
_DIGITS = 4


@dataclass(frozen=True)
class ChoiceDesign:
    """What is trained, and by what it is chosen."""

    workload: Description
    batch_sizes: tuple[int, ...]
    """Ascending; the workload's reference is among them."""
    seeds: int
    tuning_seeds: int
    epochs: int
    rates: tuple[float, ...] = ()
    """Ascending, tried at each size; none: around the workload's own."""
    target: float | None = None
    """In the unit of the metric itself; None: what the reference reaches, less the workload's margin."""
    is_quality: bool = True
    """Whether the target is of the workload's quality, else of its loss."""
    loops: tuple[str, ...] = (FIT,)
    """`fit` first: what others gain over it is told."""

    def __post_init__(self) -> None:
        """Refuse what nothing could be chosen by, before anything is trained. Raises BatchmarkError."""
        if self.target is None and self.workload.quality_margin <= 0:
            message = (
                f"workload {self.workload.name!r} has no quality_margin to say how much less than its reference's "
                "quality will do; name a target, as --quality 0.95 or --loss 0.5"
            )
            raise BatchmarkError(message)
        if self.target is None and not self.is_quality:
            message = "a target without a number is of quality"
            raise BatchmarkError(message)
        self._to(0.0 if self.target is None else self.target)

    @property
    def times(self) -> Timing:
        """Steady epochs of every size by every loop."""
        return Timing(self.workload.name, self.batch_sizes, self.loops, turns=target_across.TURNS)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What it takes to set the target and to choose the rates, and the times."""
        return self._to(0.0).parts

    def to_target(self, results: Results) -> TargetDesign:
        """Return what is to be reached. Raises MissingPartError: what tells it is not there."""
        return self._to(self._usual(results) if self.target is None else self.target)

    @property
    def quality(self) -> QualityDesign | None:
        """How the ends of the judged trainings are compared; None: there is no margin, or nothing to compare."""
        if self.workload.quality_margin <= 0 or self.workload.reference_batch_size not in self.batch_sizes:
            return None
        if len(self.batch_sizes) < 2:  # noqa: PLR2004  the reference and another
            return None
        return QualityDesign(self.workload, self.batch_sizes, self.seeds, self.epochs, (Budget.EPOCHS,), (Rule.FIXED,))

    def _to(self, target: float) -> TargetDesign:
        return TargetDesign(
            self.workload,
            self.batch_sizes,
            target,
            self.is_quality,
            self.seeds,
            self.tuning_seeds,
            self.epochs,
            self.rates,
            self.times,
        )

    def _usual(self, results: Results) -> float:
        """Return what the reference ends at, in the median over the choosing seeds at its best rate, less the margin.

        Raises MissingPartError; of no rate at which most seeds train.
        """
        design, size = self._to(0.0), self.workload.reference_batch_size
        ends = []
        for rate in design.rates_at(size):
            found = [curve[-1] for curve in results.of(design.tried(size, rate)).validation_quality]
            ends.append(float(np.median(worst_if_diverged(np.array(found, np.float64), higher_is_better=True))))
        best = max(ends, default=-math.inf)
        if not math.isfinite(best):
            message = f"at batch size {size}, the reference, most trainings diverge at every rate that was tried"
            raise MissingPartError(message)
        own = quality_of(self.workload).sign * (best - self.workload.quality_margin)
        return float(f"{own:.{_DIGITS}g}")


@dataclass(frozen=True)
class Gain:
    """What a loop gains over ``fit``."""

    loop: str
    how: str
    """What runs its epochs, as ``xla``."""
    speedup: Estimate
    """At the batch size that is chosen."""
    batch_size: int | None
    """What would be chosen by this loop's times; None: nothing."""


@dataclass(frozen=True)
class AsGood:
    """How a batch size's final quality stands to the reference's."""

    batch_size: int
    against: Against


@dataclass(frozen=True)
class Choice:
    """Which batch size to use, and why."""

    batch_size: int | None
    """What is recommended; None: nothing."""
    learning_rate: float | None
    """At which it was trained."""
    design: ChoiceDesign
    answer: TargetAnswer
    """What it takes each size to reach the target."""
    sizes: tuple[int, ...]
    """Those that can be chosen: they are trained and timed."""
    cheapest: Cheapest | None
    """Of `sizes`, by ``fit``; None: most seeds reach the target at none, or there are no times."""
    gains: tuple[Gain, ...]
    as_good: tuple[AsGood, ...]
    """The others against the reference, at the end of their trainings; empty: no margin, or no reference."""
    fastest_as_good: int | None
    """Of the reference and those that are equivalent, the one of most examples a second."""
    speed: Recommendation | None
    """What speed alone says: the fastest, and the knee."""
    rate_exponent: float | None
    """The power of the batch size that the best rates follow; None: fewer than three, or one at the edge of a grid."""
    left_out: tuple[str, ...]
    """What was asked for, and isn't there, and why."""

    @property
    def is_whole(self) -> bool:
        """Whether all that was asked for is there."""
        return not self.left_out


def then(results: Results, design: ChoiceDesign) -> tuple[Arm, ...]:
    """Return the trainings that are judged: each batch size at its best rate, where its grid is there."""
    try:
        return target_across.then(results, design.to_target(results))
    except MissingPartError:
        return ()


def judge(results: Results, design: ChoiceDesign) -> Choice:
    """Return the choice, of the batch sizes whose trainings are there.

    Raises MissingPartError: of none.
    """
    target = design.to_target(results)
    answer = target_across.judge(results, target)
    followed = {at.batch_size: results.of(target.judged(at.batch_size, at.learning_rate)) for at in answer.sizes}
    times, left_out = _times(results, design)
    sizes = tuple(size for size in followed if FIT in times)
    chosen = _cheapest(target, followed, times[FIT], sizes) if sizes else None
    as_good, why_not = _as_good(design, followed)
    lost = [f"batch size {size}: {why}" for size, why in answer.missing.items()]
    best = None if chosen is None else sizes[chosen.index]
    found = Choice(
        best,
        next((at.learning_rate for at in answer.sizes if at.batch_size == best), None),
        design,
        answer,
        sizes,
        chosen,
        (),
        as_good,
        _fastest(design, as_good, times.get(FIT, {})) if as_good else None,
        recommend(list(times[FIT].values())) if FIT in times else None,
        _exponent(answer.sizes),
        (*lost, *left_out, *why_not),
    )
    return replace(found, gains=_gains(target, followed, times, found))


def _times(results: Results, design: ChoiceDesign) -> tuple[dict[str, dict[int, CellRecord]], list[str]]:
    """Return the cells of each loop that was timed at every size, and why others weren't."""
    found, why = {}, []
    for loop in design.loops:
        try:
            found[loop] = cells_of(results, design.times, loop)
        except MissingPartError as error:
            why.append(f"the loop {loop}: {error}")
    return found, why


def _cheapest(
    target: TargetDesign, followed: Mapping[int, Followed], cells: Mapping[int, CellRecord], sizes: Sequence[int]
) -> Cheapest | None:
    updates = np.array([updates_to(target, followed[size]) for size in sizes])
    records = [cells[size] for size in sizes]
    steps = np.array([record.steps_per_epoch for record in records], np.float64)
    return cheapest(updates, turn_matrix(records) / steps[:, None])


def _gains(
    target: TargetDesign,
    followed: Mapping[int, Followed],
    times: Mapping[str, Mapping[int, CellRecord]],
    found: Choice,
) -> tuple[Gain, ...]:
    size = found.batch_size
    if size is None:
        return ()
    gains = []
    for loop, cells in times.items():
        if loop == FIT:
            continue
        by_it = _cheapest(target, followed, cells, found.sizes)
        best = None if by_it is None else found.sizes[by_it.index]
        gains.append(Gain(loop, cells[size].compilation, speedup(times[FIT][size], cells[size]), best))
    return tuple(gains)


def _as_good(design: ChoiceDesign, followed: Mapping[int, Followed]) -> tuple[tuple[AsGood, ...], tuple[str, ...]]:
    quality, reference = design.quality, design.workload.reference_batch_size
    if quality is None:
        return (), ("which sizes train as well: the workload has no quality_margin, or there is one size alone",)
    if reference not in followed:
        return (), (f"which sizes train as well: batch size {reference}, the reference, is missing",)
    others = tuple(size for size in followed if size != reference)
    return tuple(AsGood(size, against(quality, followed[size], followed[reference])) for size in others), ()


def _fastest(design: ChoiceDesign, as_good: Sequence[AsGood], cells: Mapping[int, CellRecord]) -> int | None:
    equivalent = [each.batch_size for each in as_good if each.against.verdict is Verdict.EQUIVALENT]
    known = [size for size in (design.workload.reference_batch_size, *equivalent) if size in cells]
    return max(known, key=lambda size: cells[size].examples_per_second, default=None)


def _exponent(sizes: Sequence[ReachedAt]) -> float | None:
    if len(sizes) < _FEWEST_FOR_A_SLOPE or any(at.is_at_edge for at in sizes):
        return None
    by_size = np.log([at.batch_size for at in sizes]), np.log([at.learning_rate for at in sizes])
    slope, _ = np.polyfit(*by_size, 1)
    return float(slope)
