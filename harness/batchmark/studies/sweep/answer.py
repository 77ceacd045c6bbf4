"""The three things that a sweep of one workload and loop is run for, each as a number."""

from collections.abc import Sequence
from dataclasses import dataclass

from batchmark.analysis.power_of_two import Conclusion, Outcome
from batchmark.analysis.speedup import speedup
from batchmark.records import CellRecord, Estimate
from batchmark.studies.sweep.summary import GroupSummary


@dataclass(frozen=True)
class Price:
    """What the batch size at the far end of the grid costs."""

    batch_size: int
    """The smallest; the largest where the smallest is the fastest."""
    times: Estimate
    """Its seconds per epoch over those of the fastest, paired by turn."""


@dataclass(frozen=True)
class Answer:
    """What a group says first."""

    workload: str
    loop: str
    fastest: int
    examples_per_second: float
    perhaps_as_fast: tuple[int, ...]
    """Other batch sizes that can't be told from the fastest, ascending."""
    turns: int
    turns_are_enough: bool
    """Whether there were enough to tell any batch size from the fastest."""
    knee: int
    powers: Conclusion
    """Of the powers of two against their neighbours, or, where the grid has none, against round sizes nearby."""
    against_neighbours: bool
    price: Price | None
    """None where there is only one batch size."""

    @property
    def no_difference_beyond(self) -> float | None:
        """The share that no power of two is faster or slower by; None where one is, and where that isn't known."""
        if self.powers.outcome not in (Outcome.NO_DIFFERENCE, Outcome.INCONCLUSIVE):
            return None
        return _farthest([contrast.ratio for contrast in self.powers.contrasts])


def answer(summary: GroupSummary) -> Answer | None:
    """Return what a group says first; None where there is nothing to compare."""
    found = summary.recommendation
    if found is None:
        return None
    has_neighbours = summary.conclusion.outcome is not Outcome.NOT_MEASURED
    return Answer(
        workload=summary.workload,
        loop=summary.loop,
        fastest=found.fastest,
        examples_per_second=found.examples_per_second,
        perhaps_as_fast=found.not_distinguishable,
        turns=found.turns,
        turns_are_enough=found.turns_are_enough,
        knee=found.knee,
        powers=summary.conclusion if has_neighbours else summary.conclusion_on_round_sizes,
        against_neighbours=has_neighbours,
        price=_price([row.record for row in summary.rows if row.is_compared], found.fastest, summary.level),
    )


def _price(records: Sequence[CellRecord], fastest: int, level: float) -> Price | None:
    """Return what the far end costs: chosen by the grid, not by what looks slowest."""
    best = next(record for record in records if record.cell.batch_size == fastest)
    ends = [record for record in (records[0], records[-1]) if record is not best]
    if not ends:
        return None
    return Price(ends[0].cell.batch_size, speedup(ends[0], best, level=level))


def _farthest(ratios: Sequence[Estimate]) -> float | None:
    """Return how far from 1 the intervals reach, which hold together; None where one is missing."""
    bounds = [bound for ratio in ratios for bound in (ratio.low, ratio.high)]
    known = [bound for bound in bounds if bound is not None]
    if not known or len(known) < len(bounds):
        return None
    return max(abs(bound - 1) for bound in known)
