"""The frozen records of a comparison of two sides: what was compared, under which policy, and what was found.

A metric stands here by its name; `batchmark.metrics.table` knows the rest.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from batchmark.bounds import Count, Level, NotNegative, Share, Size
from batchmark.profiles import Profile

Place = tuple[str, str, str | None, int | None]
"""Workload, metric, loop and batch size, as far as there are any."""

SIZES_DIFFER = 0.001
"""Batch sizes differ among themselves where effects so different have a smaller probability than this."""
_MAY_DIFFER = 0.05


class Verdict(StrEnum):
    """Of a candidate against its baseline."""

    IMPROVED = "improved"
    """The whole interval lies beyond the tolerance, on the better side."""
    UNCHANGED = "unchanged"
    """The whole interval lies within the tolerance."""
    REGRESSED = "regressed"
    """The whole interval lies beyond the tolerance, on the worse side."""
    INCONCLUSIVE = "inconclusive"
    """None of these, or there is no interval."""


@dataclass(frozen=True)
class Policy:
    """What would matter, and how sure a verdict is to be; fixed before anything is measured."""

    tolerances: Mapping[str, NotNegative | None]
    """By metric, the change that would matter: 0.01 is 1 %, of quality in its own unit.

    None: reported, but it counts for nothing. So is a metric that isn't named; quality that isn't named is
    judged against the workload's own margin.
    """
    by_workload: Mapping[str, Mapping[str, NotNegative | None]] = field(default_factory=dict)
    """The same for single workloads, by name; what isn't named there is as above."""
    confidence: Level = 0.95
    """Of all intervals of one comparison together."""

    def tolerance(self, metric: str, workload: str) -> float | None:
        """Return the change of `metric` that would matter for `workload`, or None."""
        own = self.by_workload.get(workload, {})
        return own[metric] if metric in own else self.tolerances.get(metric)

    def names(self, metric: str, workload: str) -> bool:
        """Whether the tolerance on `metric` of `workload` is given here, as a number or as None.

        Quality needs no training where it is named and None; where it isn't named, its margin is the workload's.
        """
        return metric in self.by_workload.get(workload, {}) or metric in self.tolerances


@dataclass(frozen=True)
class Tail:
    """What the location of two live sides' epochs doesn't show: those that are slow now and then."""

    mean: float
    """The candidate's mean epoch over the baseline's."""
    mean_interval: tuple[float, float]
    slow: float
    """The share of epochs that are slow beside the other side's, the candidate's less the baseline's; -1 to 1."""
    slow_interval: tuple[float, float]
    """At 95 %, whatever is judged beside it: it keeps a verdict back, and makes none."""
    level: Level
    """Of the mean's interval."""
    epochs: Count
    """Of the side that has fewer."""

    @property
    def is_found(self) -> bool:
        """Whether one side has more slow epochs than the other, beyond chance."""
        return self.slow_interval[0] > 0 or self.slow_interval[1] < 0

    @property
    def unseen(self) -> float:
        """The largest share of epochs that may be slow on one side alone: of few, none may be seen."""
        of_few = 1 - 0.05 ** (1 / self.epochs) if self.epochs else 1.0
        return max(of_few, *map(abs, self.slow_interval))


@dataclass(frozen=True)
class LostRestarts:
    """Restarts of a live comparison in which one side alone could not train a cell."""

    baseline: Count
    candidate: Count

    @property
    def are_more(self) -> bool:
        """Whether the candidate lost more than the baseline did."""
        return self.candidate > self.baseline


@dataclass(frozen=True)
class Part:
    """What a count is made of, on both sides."""

    name: str
    """A module, or a kind of operation."""
    baseline: NotNegative
    candidate: NotNegative


@dataclass(frozen=True)
class ComparedCell:
    """One metric of one cell, candidate against baseline."""

    workload: str
    metric: str
    batch_size: Size | None
    """None for what is of all batch sizes together."""
    loop: str | None
    """None for what no loop has a part in: quality."""
    baseline: float | None
    """In the metric's base unit; None where it was not measured."""
    candidate: float | None
    effect: float | None
    """Candidate over baseline, or, of quality, candidate minus baseline; None where a side is missing."""
    interval: tuple[float | None, float | None]
    """Of the effect, at `level`; (None, None) where there is too little for one."""
    level: Level
    """The interval's own, so that all of a comparison hold together at the policy's confidence."""
    tolerance: NotNegative | None
    """What it was judged against; None: it was not judged, and its verdict counts for nothing."""
    verdict: Verdict
    rounds: Count
    """Of each side; seeds, for quality."""
    restarts: Count
    """Processes of each side."""
    noise_floor: NotNegative | None = None
    """The smallest effect that is told from noise: 0.02 is 2 %; None: unknown.

    Of a live comparison, measured on this machine by `batchmark calibrate`; of two stored runs, made of their turns and
    of what `Comparison.between_runs` says.
    """
    needed: str | None = None
    """What would settle an inconclusive one, in words: ``about 12 restarts``."""
    warnings: tuple[str, ...] = ()
    over: tuple[Size, ...] = ()
    """The batch sizes whose effects it is the weighted mean of; empty: it is of one cell, or of no batch size."""
    chance_of_alike: Share | None = None
    """Of what is over several batch sizes: the probability of effects as different as theirs, were all alike."""
    tail: Tail | None = None
    """Of a live ratio that every round has; None where it isn't known."""
    lost: LostRestarts | None = None
    """None where neither side failed alone, or it isn't known."""
    unseen_share: NotNegative | None = None
    """Of quality: up to so many of all seeds may be stuck though none of these was. None, as of everything that isn't
    judged over seeds and in older files: nothing is said of that, and the interval alone is judged."""
    unseen_cost: NotNegative | None = None
    """What one such seed can cost at most, in quality's own unit; None: not known."""
    parts: tuple[Part, ...] = ()
    """Of what is counted: the modules or kinds in which it differs most, largest difference first."""
    is_same_program: bool | None = None
    """Of a compiled program's instructions: whether both sides run the same; None: of anything else, or not known."""

    @property
    def place(self) -> Place:
        """What it is of."""
        return self.workload, self.metric, self.loop, self.batch_size

    @property
    def places(self) -> tuple[Place, ...]:
        """The cells that it is over."""
        return tuple((self.workload, self.metric, self.loop, size) for size in self.over)

    @property
    def sizes_differ(self) -> bool:
        """Whether the batch sizes that it is over differ among themselves, so that their mean is of none of them."""
        return self.chance_of_alike is not None and self.chance_of_alike < SIZES_DIFFER

    @property
    def has_tail(self) -> bool:
        """Whether one side has more slow epochs than the other."""
        return self.tail is not None and self.tail.is_found

    @property
    def is_open(self) -> bool:
        """Whether nothing was found of a ratio: it is inconclusive, may be 1, and no side is slow or fails at times."""
        low, high = self.interval
        may_be_1 = low is not None and high is not None and low <= 1 <= high
        is_found = self.has_tail or (self.lost is not None and self.lost.are_more)
        return self.verdict is Verdict.INCONCLUSIVE and may_be_1 and not is_found

    @property
    def speaks_for_its_sizes(self) -> bool:
        """Whether it stands for each of its batch sizes: it is settled, and nothing hints that they differ."""
        may_differ = self.chance_of_alike is not None and self.chance_of_alike < _MAY_DIFFER
        return self.counts and self.verdict is not Verdict.INCONCLUSIVE and not may_differ

    @property
    def unseen(self) -> float:
        """By how much the mean may lie beyond the interval because of stuck seeds; infinite where it isn't known."""
        if self.unseen_share is None:
            return 0.0
        return math.inf if self.unseen_cost is None else self.unseen_share * self.unseen_cost

    @property
    def counts(self) -> bool:
        """Whether the comparison's verdict takes it into account."""
        return self.tolerance is not None

    @property
    def name(self) -> str:
        """As in ``blobs-32-fit seconds_per_epoch``: what there is of workload, batch size and loop."""
        parts = [self.workload, self.batch_size, self.loop]
        return f"{'-'.join(str(part) for part in parts if part is not None)} {self.metric}"


@dataclass(frozen=True)
class ProfiledCell:
    """One cell's epochs on two sides, taken apart: why one takes longer."""

    workload: str
    batch_size: Size
    loop: str
    baseline: Profile
    candidate: Profile
    verdict: Verdict | None = None
    """On its timed epochs; None in older files."""

    @property
    def name(self) -> str:
        """As in ``blobs-32-fit``."""
        return f"{self.workload}-{self.batch_size}-{self.loop}"


@dataclass(frozen=True)
class Environments:
    """Where the two sides ran: versions, device, threads, hardware, as plain values."""

    baseline: Mapping[str, object]
    candidate: Mapping[str, object]


@dataclass(frozen=True)
class Comparison:
    """Two sides, judged."""

    environment: Environments
    policy: Policy
    cells: tuple[ComparedCell, ...]
    is_live: bool
    """Whether the sides took turns; else two stored runs are compared, which a drift of the machine can fake."""
    warnings: tuple[str, ...] = ()
    """Of the comparison as a whole."""
    stopped: str | None = None
    """Why it ended before its plan did, or None: then it is whole."""
    between_runs: Mapping[str, NotNegative] = field(default_factory=dict)
    """By how much two stored runs of the same thing were taken to differ: standard deviations of the logarithm.

    Empty for a live comparison, whose restarts show it.
    """
    runs_between: Mapping[str, Size] = field(default_factory=dict)
    """By how many stored sweeps that was measured, by metric; what isn't named was assumed or given by hand."""
    profiles: tuple[ProfiledCell, ...] = ()
    """Of cells that are to be explained, where that was asked for or something regressed."""

    @property
    def verdict(self) -> Verdict:
        """Of the whole.

        Where a verdict over all batch sizes of a loop is settled, and nothing hints that they differ, it stands for
        those of its cells that nothing was found of. Where all its cells are settled it needs none.
        """
        judged = [cell for cell in self.cells if cell.counts]
        of_cells = {cell.place: cell.verdict for cell in judged if not cell.over}
        spoken_for: set[Place] = set()
        left: list[Verdict] = []
        for pooled in (cell for cell in judged if cell.over):
            if pooled.verdict is not Verdict.INCONCLUSIVE:
                left.append(pooled.verdict)
                spoken_for |= set(pooled.places) if pooled.speaks_for_its_sizes else set()
            elif pooled.has_tail or any(of_cells.get(place) is Verdict.INCONCLUSIVE for place in pooled.places):
                left.append(pooled.verdict)
        left += [cell.verdict for cell in judged if not cell.over and not (cell.is_open and cell.place in spoken_for)]
        return overall_verdict(left)


def overall_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return regressed where one is; else inconclusive where one is, or there is none; else improved, or unchanged."""
    found = set(verdicts)
    for verdict in (Verdict.REGRESSED, Verdict.INCONCLUSIVE, Verdict.IMPROVED, Verdict.UNCHANGED):
        if verdict in found:
            return verdict
    return Verdict.INCONCLUSIVE
