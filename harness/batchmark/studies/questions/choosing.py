"""Which batch size to use: the one that takes least time to a target, and what else speaks for one or another.

Every batch size is trained at the rate of its grid that reaches the target soonest, chosen on other seeds than those
that are judged. The same trainings, followed to their end, tell which sizes train as well as the reference does.
Without a target it is what the reference reaches on the choosing seeds, less the workload's margin.

What comes when is in `batchmark.studies.questions.choice_steps`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from batchmark.analysis.cheapest import Cheapest
from batchmark.analysis.equivalence import Verdict
from batchmark.analysis.recommendation import Recommendation, recommend
from batchmark.analysis.speedup import speedup
from batchmark.loops import FIT, LOOPS_OF
from batchmark.metrics import table
from batchmark.records import Cell, CellRecord, Estimate
from batchmark.studies.laboratory.parts import Fits
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.studies.questions import target_across
from batchmark.studies.questions.choice_design import ChoiceDesign, Micro
from batchmark.studies.questions.choice_known import Known
from batchmark.studies.questions.choice_steps import cheapest_by, judged_updates
from batchmark.studies.questions.quality_across import Against, against
from batchmark.studies.questions.target_across import ReachedAt, TargetAnswer
from batchmark.trainings import of_seeds

_FEWEST_FOR_A_SLOPE = 3
_ENERGY = "joules_per_epoch"


@dataclass(frozen=True)
class Gain:
    """What a loop, or a backend, gains over ``fit`` of the one that trains."""

    loop: str
    backend: str
    how: str
    """What runs its epochs, as ``xla``."""
    speedup: Estimate
    """At the batch size that is chosen."""
    batch_size: int | None
    """What would be chosen by this loop's times; None: nothing."""

    @property
    def way(self) -> str:
        """The loop, and the backend where it isn't TensorFlow."""
        return Cell("", 1, self.loop, self.backend).way


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
    fits: Fits | None
    """What fits into memory; None: it wasn't asked, or isn't there."""
    micro: Mapping[int, Micro]
    """By batch size, how those are trained that don't fit."""
    joules: Mapping[int, float]
    """By batch size, energy to the target: median updates times the joules of one; empty: no counter tells it."""
    left_out: tuple[str, ...]
    """What was asked for, and isn't there, and why."""
    untold: tuple[str, ...] = ()
    """What can't be told of this workload and these sizes, whatever is trained."""

    @property
    def is_whole(self) -> bool:
        """Whether all that was asked for is there."""
        return not self.left_out


def judge(results: Results, design: ChoiceDesign) -> Choice:
    """Return the choice, of the batch sizes whose trainings are there.

    Raises MissingPartError: of none.
    """
    known = Known(results, design)
    if not known.possible:
        message = "no batch size that was asked for fits into memory; name smaller ones by --batch-sizes"
        raise MissingPartError(message)
    pooled, target = known.to_target()
    answer = _in_updates(known, target_across.judge(pooled, target))
    rates = {at.batch_size: at.learning_rate for at in answer.sizes}
    times, left_out = _times(known, tuple(rates))
    updates = judged_updates(pooled, target, rates)
    sizes = tuple(rates) if FIT in times else ()
    chosen = cheapest_by([updates[size] for size in sizes], [times[FIT][size] for size in sizes]) if sizes else None
    as_good, untold = _as_good(known, rates)
    whole = {size: cell for size, cell in times.get(FIT, {}).items() if known.does_fit(size)}
    best = None if chosen is None else sizes[chosen.index]
    found = Choice(
        batch_size=best,
        learning_rate=None if best is None else rates[best],
        design=design,
        answer=answer,
        sizes=sizes,
        cheapest=chosen,
        gains=(),
        as_good=as_good,
        fastest_as_good=_fastest(design, as_good, whole) if as_good else None,
        speed=recommend(list(whole.values())) if whole else None,
        rate_exponent=_exponent(answer.sizes),
        fits=known.fits,
        micro={size: how for size in rates if (how := known.micro(size))},
        joules=_joules(answer.sizes, times.get(FIT, {})),
        untold=untold,
        left_out=(*_without(known, answer), *left_out),
    )
    return replace(found, gains=_gains(updates, times, found))


def _in_updates(known: Known, answer: TargetAnswer) -> TargetAnswer:
    """Return an answer whose times are those of micro-batches' steps with its steps as updates."""
    if not any(known.micro(at.batch_size) for at in answer.sizes):
        return answer
    told = target_across.judge(*known.to_target(in_updates=True))
    timed = {at.batch_size: at for at in answer.sizes}
    sizes = []
    for at in told.sizes:
        micro, own = known.micro(at.batch_size), timed[at.batch_size]
        each = own.seconds_per_update
        per_update = each * micro.times if micro and each is not None else each
        sizes.append(replace(at, seconds=own.seconds, seconds_per_update=per_update))
    return replace(told, sizes=tuple(sizes))


def _without(known: Known, answer: TargetAnswer) -> list[str]:
    """Return what isn't there of what fits, and of sizes."""
    design, missing = known.design, known.results.missing
    lost = [f"what fits into memory: {missing[part]}" for part in design.parts if part in missing]
    lost += [f"batch size {size}: {why}" for size, why in answer.missing.items()]
    if known.fits is not None and known.fits.trained < known.fits.tried:
        failed = known.fits.tried - known.fits.trained
        lost.append(f"batch size {known.fits.batch_size}: {failed} of {known.fits.tried} trainings at it failed")
    impossible = (size for size in design.batch_sizes if size not in known.possible)
    return lost + [f"batch size {size}: it doesn't fit, and no micro-batch makes it evenly" for size in impossible]


def _times(known: Known, sizes: Sequence[int]) -> tuple[dict[str, dict[int, CellRecord]], list[str]]:
    """Return the cells of each way of running epochs that was timed at every size, and why others weren't."""
    found, why = {}, []
    design = known.design
    for backend, loop in product((None, *design.backends), design.loops):
        way = loop if backend is None else Cell("", 1, loop, backend).way
        if backend is not None and loop not in LOOPS_OF[backend]:
            continue
        try:
            found[way] = known.cells(loop, sizes, backend)
        except MissingPartError as error:
            why.append(f"the loop {way}: {error}")
    return found, why


def _gains(
    updates: Mapping[int, target_across.Values], times: Mapping[str, Mapping[int, CellRecord]], found: Choice
) -> tuple[Gain, ...]:
    size = found.batch_size
    if size is None:
        return ()
    gains = []
    for way, cells in times.items():
        if way == FIT:
            continue
        by_it = cheapest_by([updates[each] for each in found.sizes], [cells[each] for each in found.sizes])
        best = None if by_it is None else found.sizes[by_it.index]
        record = cells[size]
        cell = record.cell
        gains.append(Gain(cell.loop, cell.backend, record.compilation, speedup(times[FIT][size], record), best))
    return tuple(gains)


def _as_good(known: Known, rates: Mapping[int, float]) -> tuple[tuple[AsGood, ...], tuple[str, ...]]:
    reference = known.design.workload.reference_batch_size
    if known.design.workload.quality_margin <= 0 or len(known.design.batch_sizes) < 2:  # noqa: PLR2004  and another
        return (), ("which sizes train as well: the workload has no quality_margin, or there is one size alone",)
    if reference not in rates:
        return (), (f"which sizes train as well: batch size {reference}, the reference, is missing",)
    if len(rates) < 2:  # noqa: PLR2004  as above
        return (), ("which sizes train as well: there is nothing to compare the reference with",)
    followed = {size: known.followed(known.judged, size, rate) for size, rate in rates.items()}
    found = []
    for size, ours in followed.items():
        if size != reference:
            common = range(min(len(ours.seeds), len(followed[reference].seeds)))
            design = known.design.quality_of(len(common), tuple(followed))
            found.append(AsGood(size, against(design, of_seeds(ours, common), of_seeds(followed[reference], common))))
    return tuple(found), ()


def _fastest(design: ChoiceDesign, as_good: Sequence[AsGood], cells: Mapping[int, CellRecord]) -> int | None:
    equivalent = [each.batch_size for each in as_good if each.against.verdict is Verdict.EQUIVALENT]
    known = [size for size in (design.workload.reference_batch_size, *equivalent) if size in cells]
    return max(known, key=lambda size: cells[size].examples_per_second, default=None)


def _joules(sizes: Sequence[ReachedAt], cells: Mapping[int, CellRecord]) -> dict[int, float]:
    """Return the energy of sizes that a counter was read at, and that most seeds reach the target at."""
    metric = table.named(_ENERGY)
    found = {}
    for at in sizes:
        cell = cells.get(at.batch_size)
        taken = None if cell is None else metric.value(cell)
        if cell is not None and at.seconds is not None and taken is not None:
            found[at.batch_size] = at.seconds.value / cell.seconds_per_epoch * taken
    return {size: value for size, value in found.items() if np.isfinite(value)}


def _exponent(sizes: Sequence[ReachedAt]) -> float | None:
    if len(sizes) < _FEWEST_FOR_A_SLOPE or any(at.is_at_edge for at in sizes):
        return None
    by_size = np.log([at.batch_size for at in sizes]), np.log([at.learning_rate for at in sizes])
    slope, _ = np.polyfit(*by_size, 1)
    return float(slope)
