"""What is to be obtained next, to choose a batch size: what it takes, and what makes it surer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.cheapest import Cheapest, cheapest
from batchmark.analysis.turns import turn_matrix
from batchmark.errors import BatchmarkError
from batchmark.loops import FIT
from batchmark.records import CellRecord
from batchmark.studies.laboratory.parts import Arm, Part
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.studies.questions.choice_design import ChoiceDesign
from batchmark.studies.questions.choice_known import Arms, Known
from batchmark.studies.questions.target_across import TargetDesign, best_rate, updates_to

Values = NDArray[np.float64]

NEAR = 0.05
"""A choice that takes at most so much longer than the best is sure enough."""
MAY_BE = 0.05
"""In a larger share of resamples than this a way may be the best."""
_HOPELESS = 4.0
"""What takes so many times as long as the best isn't looked at more closely."""
_REPLICATES = 1_000
_BLOCKS = 5
"""Of seeds, at most: 16 times as many as in the first."""


def then(results: Results, design: ChoiceDesign) -> tuple[Part, ...]:
    """Return what it takes next: times and grids of rates, rates beyond, judged trainings; nothing: all is there.

    What isn't there and why is known is not asked for again. Raises BatchmarkError: a memory limit that can't be.
    """
    known = Known(results, design)
    if any(not known.is_known(part) for part in design.parts):
        return ()
    refused = next((results.missing[part] for part in design.parts if part in results.missing), None)
    if refused is not None and design.memory_limit is not None:
        # A limit that can't be is the user's to mend, before minutes of training.
        raise BatchmarkError(refused)
    grids = [known.choosing(size, rate) for size in known.sizes for rate in known.grid(size)]
    stages: tuple[Callable[[], Sequence[Part]], ...] = (
        lambda: [*([known.timing] if design.stored is None else []), *grids],
        lambda: _rates_beyond(known),
        lambda: _judged(known),
    )
    new = (tuple(part for part in stage() if not known.is_known(part)) for stage in stages)
    return next(filter(None, new), ())


def surer(results: Results, design: ChoiceDesign) -> tuple[Part, ...]:
    """Return what makes it surer: sizes beside the best, more seeds for rates and sizes that can't be told apart.

    Nothing: the choice is as good as the best within 5 %, or seeds are many enough.
    """
    known = Known(results, design)
    try:
        question = known.to_target()
        found, rates = _cheapest_of(known, *question)
    except MissingPartError:
        return ()
    if found is None:
        return ()
    sizes = tuple(rates)
    best = sizes[found.index]
    if beside := [size for size in _beside(known.possible, best) if size not in known.sizes]:
        return tuple(known.choosing(size, rate) for size in beside for rate in known.grid(size))
    if (more := _more_to_choose(known, *question)) or found.longer <= NEAR:
        return tuple(more)
    return tuple(_next(known, known.judged, _open(tuple(rates.items()), found)))


def _cheapest_of(known: Known, results: Results, target: TargetDesign) -> tuple[Cheapest | None, dict[int, float]]:
    """Return which of the sizes that are judged and timed takes the least time by ``fit``, and these at their rates.

    None: there are no such sizes, or most seeds reach the target at none. Raises MissingPartError: no times.
    """
    rates = {}
    for size in target.batch_sizes:
        with suppress(MissingPartError):
            rate = best_rate(results, target, size)
            results.of(target.judged(size, rate))
            rates[size] = rate
    if not rates:
        return None, rates
    cells, updates = known.cells(FIT, tuple(rates)), judged_updates(results, target, rates)
    return cheapest_by([updates[size] for size in rates], [cells[size] for size in rates]), rates


def judged_updates(results: Results, target: TargetDesign, rates: Mapping[int, float]) -> dict[int, Values]:
    """Return by size and seed the updates to the target at these rates; NaN where a size has fewer seeds than others.

    Of all seeds at these rates: those that chose the rate tell as well which size takes least, and may be many more.

    Raises MissingPartError.
    """
    arms = (target.judged, target.tried)
    both = [_as_one([updates_to(target, results.of(arm(*way))) for way in rates.items()]) for arm in arms]
    return dict(zip(rates, np.hstack(both), strict=True))


def cheapest_by(updates: Sequence[Values], records: Sequence[CellRecord], **how: int) -> Cheapest | None:
    """Return what takes the least time, by the updates of each size's seeds and by its cell."""
    steps = np.array([record.steps_per_epoch for record in records], np.float64)
    return cheapest(_as_one(updates), turn_matrix(records) / steps[:, None], **how)


def _as_one(updates: Sequence[Values]) -> Values:
    """Return one row a way; NaN where it has fewer seeds than others."""
    most = max(map(len, updates))
    return np.array([np.pad(own, (0, most - len(own)), constant_values=np.nan) for own in updates])


def _rates_beyond(known: Known) -> list[Arm]:
    """Return the next rate of each size whose best one is the last that was tried, on either side."""
    found = []
    for size, best in _best_rates(known).items():
        ladder, there = known.ladder(size), known.rates(size)
        beside = [ladder.index(best) - 1] * (best == there[0]) + [ladder.index(best) + 1] * (best == there[-1])
        found += [known.choosing(size, ladder[at]) for at in beside if 0 <= at < len(ladder)]
    return found


def _judged(known: Known) -> list[Arm]:
    return [known.judged(size, best) for size, best in _best_rates(known).items()]


def _best_rates(known: Known) -> dict[int, float]:
    """Return the best rates; none without a target."""
    try:
        return known.best_rates
    except MissingPartError:
        return {}


def _beside(sizes: Sequence[int], best: int) -> list[int]:
    at = sizes.index(best)
    return [sizes[each] for each in (at - 1, at + 1) if 0 <= each < len(sizes)]


def _more_to_choose(known: Known, results: Results, target: TargetDesign) -> list[Arm]:
    """Return another block of seeds for sizes at rates that can't be told from the best of all: of any size and rate.

    A size whose rate was chosen badly would lose for it, and its rates are what can't be told apart then. A size whose
    grid isn't there is none of them.
    """
    ways = [(size, rate) for size in target.batch_sizes if size in known.complete for rate in known.rates(size)]
    cells = known.cells(FIT, target.batch_sizes)
    updates = {way: updates_to(target, results.of(target.tried(*way))) for way in ways}
    took = {way: float(np.median(own)) * cells[way[0]].seconds_per_step for way, own in updates.items()}
    ways = [way for way in ways if took[way] <= _HOPELESS * min(took.values())]
    records = [cells[size] for size, _ in ways]
    found = cheapest_by([updates[way] for way in ways], records, replicates=_REPLICATES)
    if found is None or found.longer <= NEAR:
        return []
    return _next(known, known.choosing, _open(ways, found))


def _open(ways: Sequence[tuple[int, float]], found: Cheapest) -> list[tuple[int, float]]:
    """Return the best of `ways`, and those that may be it."""
    shares = zip(ways, found.shares, strict=True)
    return [way for at, (way, share) in enumerate(shares) if share >= MAY_BE or at == found.index]


def _next(known: Known, arms: Arms, ways: Sequence[tuple[int, float]]) -> list[Arm]:
    """Return the next block of seeds of sizes at rates, of those that have the fewest."""
    blocks = {way: known.blocks(arms, *way) for way in ways}
    fewest = min(blocks.values())
    if fewest >= _BLOCKS:
        return []
    found = [arms(*way, number) for way, number in blocks.items() if number == fewest]
    return [arm for arm in found if not known.is_known(arm)]
