"""Pairs of comparisons made up for tests: a night's first run, and the second one."""

from dataclasses import replace

from batchmark.comparison import ComparedCell, Comparison, Environments
from compared import FACTS, cell_of, comparison_of

NARROW = 1.004
SIDES = Environments(FACTS, {**FACTS, "tensorflow": "2.22.0"})


def run_of(*cells: ComparedCell, load: float = 0.1, stopped: str | None = None) -> Comparison:
    """Return a live comparison; two with another `load` are two runs of the same."""
    sides = (SIDES.baseline, SIDES.candidate)
    facts = [{**side, "load_at_start": [load, 0.1, 0.1]} for side in sides]
    return comparison_of(cells, environment=Environments(*facts), stopped=stopped)


def epochs_of(effects: dict[int, float], *, loop: str = "fit") -> list[ComparedCell]:
    """Return judged epochs, by batch size: 1.05 is 5 % slower, which regressed."""
    return [cell_of(effect, width=NARROW, batch_size=size, loop=loop) for size, effect in effects.items()]


def reported(effect: float, size: int) -> ComparedCell:
    """Return something that is worse and counts for nothing."""
    cell = cell_of(effect, width=NARROW, batch_size=size, metric="first_epoch_seconds")
    return replace(cell, tolerance=None)
