"""What two live sides measured in the same turns, restart by restart, and what is made of it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.quantity import Quantity
from batchmark.analysis.tails import Tails
from batchmark.loops import COMPILED, COMPILED_GRAPH, COMPILED_XLA
from batchmark.records import Cell, CellRecord
from batchmark.studies.sweep.run import Sweep

Vector = NDArray[np.float64]
Pair = tuple[CellRecord, CellRecord]
"""Baseline and candidate of one cell."""


@dataclass(frozen=True)
class Restart:
    """What two sides measured in the same turns, each in one process."""

    baseline: Sweep
    candidate: Sweep

    def side(self, name: str) -> Sweep:
        """Return what the side called ``baseline`` or ``candidate`` measured."""
        return {"baseline": self.baseline, "candidate": self.candidate}[name]

    def pair(self, cell: Cell) -> Pair | None:
        """Return the records of a cell that both sides can be compared by, or None."""
        found = [_record(side, cell) for side in (self.baseline, self.candidate)]
        return (found[0], found[1]) if found[0] and found[1] else None


def chosen_compilation(restarts: Sequence[Restart]) -> dict[str, str] | None:
    """Return by side what ran the loop ``compiled`` first, so that later restarts run the same; None: nothing yet."""
    found: dict[str, str] = {}
    for restart in restarts:
        for name in ("baseline", "candidate"):
            for record in restart.side(name).records:
                if record.cell.loop == COMPILED and record.is_comparable:
                    found.setdefault(name, COMPILED_XLA if record.compilation == "xla" else COMPILED_GRAPH)
    return found or None


@dataclass(frozen=True, kw_only=True)
class OverRestarts(Quantity):
    """What is compared over restarts."""

    effects: Vector
    """Shape (restarts,): logarithms of candidate over baseline, or differences; NaN where a restart has none."""
    errors: Vector
    """Shape (restarts,): standard errors of them, from what is within a restart; NaN where that tells none."""
    baseline: float
    """The median over restarts, in the metric's unit; NaN where there is none, as over several batch sizes."""
    candidate: float
    tails: Tails | None = None
    """None of what isn't a ratio of visits."""
    over: tuple[int, ...] = ()
    """The batch sizes that it is pooled over; empty: it is of one cell, or of a curve."""
    chance_of_alike: float = math.nan
    """As `analysis.pooled.chance_of_alike` has it of those; NaN where it is over none, or that isn't known."""


def _record(side: Sweep, cell: Cell) -> CellRecord | None:
    return next((record for record in side.records if record.cell == cell and record.is_comparable), None)


def logs_of_ratios(baseline: Vector, candidate: Vector) -> Vector:
    """Return the logarithm of each turn's ratio; NaN where one is 0 or unknown, or a side lacks the turn."""
    turns = min(len(baseline), len(candidate))
    ours, theirs = candidate[:turns], baseline[:turns]
    known = (ours > 0) & (theirs > 0)
    return np.log(np.where(known, ours, math.nan) / np.where(known, theirs, math.nan))


def left_out(values: Iterable[float]) -> tuple[str, ...]:
    """Warn where a ratio is made without what has no logarithm."""
    shown = list(values)
    zeros = sum(value <= 0 for value in shown)
    return (f"{zeros} of {len(shown)} measurements show it as 0, and the ratio is made without them",) if zeros else ()


def medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the median of each side, NaN without any."""
    if not pairs:
        return math.nan, math.nan
    baseline, candidate = np.median(np.array(pairs, np.float64), axis=0)
    return float(baseline), float(candidate)
