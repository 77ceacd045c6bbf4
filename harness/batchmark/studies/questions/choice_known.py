"""What has been obtained to choose a batch size by.

Trainings come in blocks of seeds: the first ones, and further ones where more seeds tell more. Seeds that choose the
rates are never those that are judged.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import numpy as np

from batchmark.analysis.paired import worst_if_diverged
from batchmark.loops import FIT
from batchmark.records import CellRecord
from batchmark.studies.claims.timed_cells import cells_of
from batchmark.studies.laboratory.parts import Arm, Fits, Part, Timed, Timing
from batchmark.studies.laboratory.results import MissingPartError, Obtained, Results
from batchmark.studies.questions.choice_design import ChoiceDesign, Micro, arm_of, micro_for
from batchmark.studies.questions.target_across import TargetDesign, best_rate
from batchmark.trainings import Followed, joined
from batchmark.workloads.quality import quality_of

_RATES_BEYOND = 3
"""So many more may be tried at a size, on either side of its grid."""
_DIGITS = 4
_NOT_ASKED = "it was not trained"
_FURTHER_JUDGED, _FURTHER_CHOOSING = 1_000, 1_000_000
"""Where the seeds of further blocks begin."""

Arms = Callable[[int, float, int], Arm]
"""Trainings by batch size, rate and block."""


@dataclass(frozen=True)
class Known:
    """Results, by what they are of."""

    results: Results
    design: ChoiceDesign

    @cached_property
    def fits(self) -> Fits | None:
        """What fits into memory; None: it wasn't asked, or isn't there."""
        part = self.design.fitting
        return None if part is None or part not in self.results.obtained else self.results.of_fitting(part)

    @cached_property
    def most(self) -> int | None:
        """The largest batch size that memory leaves room for; None: it sets no limit to what is asked for.

        Where some trainings at it fail, it is less than that.
        """
        if self.fits is None:
            return None
        if self.fits.trained < self.fits.tried:
            return (self.fits.batch_size or 1) - 1
        return None if self.fits.is_maximum else self.fits.batch_size or 0

    def does_fit(self, size: int) -> bool:
        """Return whether a batch of this size fits, as far as is known."""
        return self.most is None or size <= self.most

    def micro(self, size: int) -> Micro | None:
        """Return how a size is trained that doesn't fit; None: it fits, or nothing that has times makes it evenly."""
        if self.most is None or self.most < 1 or self.does_fit(size):
            return None
        found, stored = micro_for(size, self.most), self.design.stored
        return None if found and stored and found.size not in stored.sizes else found

    @cached_property
    def possible(self) -> tuple[int, ...]:
        """The sizes that can be trained, as they are or by micro-batches; ascending."""
        return tuple(size for size in self.design.sizes if self.does_fit(size) or self.micro(size))

    @cached_property
    def timing(self) -> Timing:
        """Epochs of all sizes that fit, and of the micro-batches of those that don't."""
        micro = [self.micro(size) for size in self.possible]
        whole = [size for size in self.possible if self.does_fit(size)]
        return self.design.times(tuple(sorted({*whole, *(each.size for each in micro if each)})))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The sizes that are trained: the first ones, and others that have begun."""
        return tuple(size for size in self.possible if size in self.design.batch_sizes or self._has_begun(size))

    def _has_begun(self, size: int) -> bool:
        return any(self.is_known(self.choosing(size, rate)) for rate in self.grid(size))

    def is_known(self, part: Part) -> bool:
        """Return whether a part is there, or why it isn't."""
        return part in self.results.obtained or part in self.results.missing

    def grid(self, size: int) -> tuple[float, ...]:
        """Return the rates that are tried first at a size, ascending."""
        return self.design.to(0.0).rates_at(size)

    def ladder(self, size: int) -> tuple[float, ...]:
        """Return the rates that may be tried at a size, ascending: the grid, and some beyond where nobody named it."""
        grid = self.grid(size)
        if self.design.rates:
            return grid
        step = grid[1] / grid[0]
        lower = [grid[0] / step**each for each in range(_RATES_BEYOND, 0, -1)]
        return (*lower, *grid, *(grid[-1] * step**each for each in range(1, _RATES_BEYOND + 1)))

    def rates(self, size: int) -> tuple[float, ...]:
        """Return the rates that are there at a size, ascending."""
        return tuple(rate for rate in self.ladder(size) if self.choosing(size, rate) in self.results.obtained)

    def choosing(self, size: int, rate: float, block: int = 0) -> Arm:
        """Return trainings that choose the rate: a block has as many seeds as all before it."""
        own = self.design.tuning_seeds
        return self._arm(size, rate, own, self.design.seeds if block == 0 else _FURTHER_CHOOSING, block)

    def judged(self, size: int, rate: float, block: int = 0) -> Arm:
        """Return trainings that are judged: a block has as many seeds as all before it."""
        return self._arm(size, rate, self.design.seeds, 0 if block == 0 else _FURTHER_JUDGED, block)

    def _arm(self, size: int, rate: float, seeds: int, first: int, block: int) -> Arm:
        own, after = (seeds, 0) if block == 0 else (seeds * 2 ** (block - 1),) * 2
        return arm_of(self.design, size, rate, seeds=own, first_seed=first + after, micro=self.micro(size))

    def blocks(self, arms: Arms, size: int, rate: float) -> int:
        """Return how many blocks of these `arms` are there: the next one's number."""
        return next(block for block in count() if arms(size, rate, block) not in self.results.obtained)

    def followed(self, arms: Arms, size: int, rate: float, *, in_updates: bool = False) -> Followed:
        """Return the trainings of all blocks. Raises MissingPartError.

        Of micro-batches, steps are theirs, as in their times: `in_updates` makes them updates. Keras goes on
        accumulating from one epoch to the next, so that an epoch has no whole number of these.
        """
        parts = [arms(size, rate, block) for block in range(max(1, self.blocks(arms, size, rate)))]
        found = joined([self.results.of(part) for part in parts])
        micro = self.micro(size) if in_updates else None
        return replace(found, steps=tuple(max(1, step // micro.times) for step in found.steps)) if micro else found

    @cached_property
    def target(self) -> float:
        """What is to be reached, in the unit of the metric itself. Raises MissingPartError: it can't be told yet."""
        return self._usual_target() if self.design.target is None else self.design.target

    def _usual_target(self) -> float:
        """Return what the reference ends at, in the median over the first choosing seeds, less the margin.

        At the best rate of its grid. Raises MissingPartError; of no rate at which most seeds train.
        """
        size = self.design.workload.reference_batch_size
        ends = []
        for rate in self.grid(size):
            found = [curve[-1] for curve in self.results.of(self.choosing(size, rate)).validation_quality]
            ends.append(float(np.median(worst_if_diverged(np.array(found, np.float64), higher_is_better=True))))
        best = max(ends, default=-math.inf)
        if not math.isfinite(best):
            message = f"at batch size {size}, the reference, most trainings diverge at every rate that was tried"
            raise MissingPartError(message)
        own = quality_of(self.design.workload).sign * (best - self.design.workload.quality_margin)
        return float(f"{own:.{_DIGITS}g}")

    @cached_property
    def complete(self) -> tuple[int, ...]:
        """The sizes whose grid is there, ascending."""
        return tuple(size for size in self.sizes if self._has_grid(size))

    @cached_property
    def best_rates(self) -> dict[int, float]:
        """By size that is complete, the rate that reaches the target soonest, by all seeds that choose.

        Raises MissingPartError: the target can't be told yet.
        """
        results, target = self._choosing_alone(self.complete)
        return {size: best_rate(results, target, size) for size in self.complete}

    def _choosing_alone(self, sizes: Sequence[int], *, in_updates: bool = False) -> tuple[Results, TargetDesign]:
        rates = {size: self.rates(size) for size in sizes}
        target = replace(self.design.to(self.target), batch_sizes=tuple(sizes), own_rates=tuple(rates.items()))
        obtained: dict[Part, Obtained] = {
            target.tried(size, rate): self.followed(self.choosing, size, rate, in_updates=in_updates)
            for size in sizes
            for rate in rates[size]
        }
        return Results(obtained, {}), target

    def to_target(self, *, in_updates: bool = False) -> tuple[Results, TargetDesign]:
        """Return it as one question: each size once, at rates of its own, with the trainings of all blocks.

        `in_updates` as of `followed`: without it, steps are those that epochs were timed of.

        A size whose best rate isn't judged yet is at the best one that is; one of which nothing is judged is missing,
        unless it is none of the first. Raises MissingPartError.
        """
        sizes = [size for size in self.sizes if self._judged_rates(size) or size in self.design.batch_sizes]
        complete = [size for size in sizes if size in self.complete]
        results, target = self._choosing_alone(complete, in_updates=in_updates)
        obtained = dict(results.obtained)
        missing: dict[Part, str] = {}
        own = dict(target.own_rates)
        for size in complete:
            judged = self._judged_rates(size)
            best = self.best_rates[size]
            if judged and best not in judged:
                own[size] = judged
            for rate in judged:
                obtained[target.judged(size, rate)] = self.followed(self.judged, size, rate, in_updates=in_updates)
            if not judged:
                missing[target.judged(size, best)] = self.results.missing.get(self.judged(size, best), _NOT_ASKED)
        for size in set(sizes) - set(complete):
            own[size] = self.grid(size)
            for rate in set(self.grid(size)) - set(self.rates(size)):
                missing[target.tried(size, rate)] = self.results.missing.get(self.choosing(size, rate), _NOT_ASKED)
            for rate in self.rates(size):
                obtained[target.tried(size, rate)] = self.followed(self.choosing, size, rate, in_updates=in_updates)
        times = Timing(self.design.workload.name, tuple(sizes), (FIT,))
        whole = replace(target, batch_sizes=tuple(sizes), own_rates=tuple(own.items()), times=times)
        try:
            obtained[times] = Timed(tuple(self.cells(FIT, sizes).values()), {})
        except MissingPartError as error:
            missing[times] = str(error)
        return Results(obtained, missing, self.results.stopped), whole

    def _has_grid(self, size: int) -> bool:
        return all(self.choosing(size, rate) in self.results.obtained for rate in self.grid(size))

    def _judged_rates(self, size: int) -> tuple[float, ...]:
        return tuple(rate for rate in self.rates(size) if self.judged(size, rate) in self.results.obtained)

    def cells(self, loop: str, sizes: Sequence[int], backend: str | None = None) -> dict[int, CellRecord]:
        """Return the times of `sizes` by a loop; of micro-batches they are the epochs and steps of those.

        Raises MissingPartError.
        """
        found = self._timed(loop, backend)
        return {size: self._as_whole(found, size) for size in sizes}

    def _timed(self, loop: str, backend: str | None) -> dict[int, CellRecord]:
        stored = self.design.stored
        if stored is None:
            return cells_of(self.results, self.timing, loop, backend)
        found = stored.cells(loop, backend)
        lacking = [size for size in self.timing.batch_sizes if size not in found]
        if lacking:
            message = f"{stored.name} has no epochs of it at {', '.join(map(str, lacking))}"
            raise MissingPartError(message)
        return found

    def _as_whole(self, found: dict[int, CellRecord], size: int) -> CellRecord:
        micro = self.micro(size)
        if micro is None:
            return found[size]
        record = found[micro.size]
        return replace(record, cell=replace(record.cell, batch_size=size))
