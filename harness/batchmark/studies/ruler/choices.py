"""Is the batch size that `batchmark choose` names as good as an exhaustive search's? By its own steps.

Every size is trained at every rate from many seeds, once: the way that takes least time over all of them is what an
exhaustive search finds. Then batch sizes are chosen many times, each time of seeds and of turns that are drawn anew
from what is stored, with replacement; how much longer does the choice take, over all seeds, than the best?
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from batchmark.analysis.power import exact_interval
from batchmark.progress import Progress
from batchmark.records import CellRecord, Estimate
from batchmark.studies.laboratory.parts import Arm, Part, Timed, Timing
from batchmark.studies.laboratory.results import MissingPartError, Obtained, Results
from batchmark.studies.questions.choice_design import ChoiceDesign
from batchmark.studies.questions.choice_known import Known
from batchmark.studies.questions.choice_steps import NEAR, surer, then
from batchmark.studies.questions.choosing import judge
from batchmark.studies.questions.target_across import TargetDesign, updates_to
from batchmark.trainings import Followed, of_seeds

_LEVEL = 0.95
_BEYOND = 2
"""Rates that an exhaustive search tries beyond the best of a size, on either side."""
_NOT_STORED = "an exhaustive search has no such training"

Obtain = Callable[[Sequence[Part]], Results]


@dataclass(frozen=True)
class Way:
    """A batch size at a learning rate."""

    batch_size: int
    learning_rate: float
    seconds: float
    """Median updates to the target over all seeds times the median seconds of one; infinite: most never get there."""


@dataclass(frozen=True)
class Repetition:
    """One time that a batch size was chosen."""

    batch_size: int | None
    """None: nothing was recommended."""
    learning_rate: float | None
    longer: float
    """Than the best way takes, over all seeds: 0.05 is 5 %."""
    seeds: int
    """That were trained in all, over sizes and rates."""


@dataclass(frozen=True)
class Choices:
    """What the study found."""

    workload: str
    target: float
    seeds: int
    """Of every way."""
    ways: tuple[Way, ...]
    """By size and rate."""
    repetitions: tuple[Repetition, ...]

    @property
    def best(self) -> Way:
        """What an exhaustive search finds."""
        return min(self.ways, key=lambda way: way.seconds)

    @property
    def near(self) -> Estimate:
        """The share of repetitions whose choice is within 5 % of it, with the exact interval at 95 %."""
        n = len(self.repetitions)
        good = sum(each.longer <= NEAR for each in self.repetitions)
        low, high = exact_interval(good, n) if n else (None, None)
        return Estimate(good / n if n else float("nan"), low, high, _LEVEL, n)


def run_choices(design: ChoiceDesign, obtain: Obtain, *, seeds: int, repetitions: int, progress: Progress) -> Choices:
    """Train every way from so many `seeds`, and choose so many times.

    Raises MissingPartError: a training or the times are missing.
    """
    exhaustive = _Exhaustive(design, obtain, seeds)
    asked = replace(design, target=exhaustive.target)
    ways = exhaustive.ways()
    by_way = {(way.batch_size, way.learning_rate): way.seconds for way in ways}
    best = min(by_way.values())
    found = []
    for number in range(repetitions):
        progress(phase="choosing", done=number, of=repetitions, detail=f"repetition {number + 1}")
        found.append(_repetition(_chosen_by(asked, exhaustive.world(number)), asked, by_way, best))
    return Choices(design.workload.name, exhaustive.target, seeds, ways, tuple(found))


def _repetition(
    results: Results, design: ChoiceDesign, by_way: dict[tuple[int, float], float], best: float
) -> Repetition:
    trained = sum(part.seeds for part in results.obtained if isinstance(part, Arm))
    choice = judge(results, design)
    if choice.batch_size is None or choice.learning_rate is None:
        return Repetition(None, None, float("inf"), trained)
    took = by_way[choice.batch_size, choice.learning_rate]
    return Repetition(choice.batch_size, choice.learning_rate, took / best - 1, trained)


def _chosen_by(design: ChoiceDesign, world: Callable[[Part], Obtained | None]) -> Results:
    """Return what `batchmark choose` would obtain, without an end to its time."""
    found = Results({}, {})
    while parts := then(found, design) or surer(found, design):
        answers = {part: world(part) for part in parts}
        there = {part: answer for part, answer in answers.items() if answer is not None}
        missing = dict.fromkeys(answers.keys() - there.keys(), _NOT_STORED)
        found = found.with_more(Results(there, missing))
    return found


class _Exhaustive:
    """All ways, trained from all seeds."""

    def __init__(self, design: ChoiceDesign, obtain: Obtain, seeds: int) -> None:
        self._seeds = seeds
        # Every size from the first, and every seed one that chooses.
        self._design = replace(design, batch_sizes=design.sizes, between=(), tuning_seeds=seeds, margin=None)
        known = Known(Results({}, {}), self._design)
        grids = [known.choosing(size, rate) for size in known.sizes for rate in known.grid(size)]
        self._results = obtain([known.timing, *grids])
        while more := self._beyond():
            self._results = self._results.with_more(obtain(more))
        if self._results.missing:
            raise MissingPartError(next(iter(self._results.missing.values())))
        self.target = self._known.target

    @property
    def _known(self) -> Known:
        return Known(self._results, self._design)

    def _beyond(self) -> list[Arm]:
        known = self._known
        wanted = []
        if not known.complete:
            return []
        for size, rate in known.best_rates.items():
            best = known.ladder(size).index(rate)
            near = known.ladder(size)[max(0, best - _BEYOND) : best + _BEYOND + 1]
            wanted += [known.choosing(size, rate) for rate in near]
        return [arm for arm in wanted if not known.is_known(arm)]

    def ways(self) -> tuple[Way, ...]:
        """Return every way with what it takes over all seeds."""
        known = self._known
        target = self._design.to(self.target)
        cells = known.cells("fit", known.sizes)
        return tuple(
            Way(size, rate, self._median(target, known.followed(known.choosing, size, rate), cells[size]))
            for size in known.sizes
            for rate in known.rates(size)
        )

    @staticmethod
    def _median(target: TargetDesign, followed: Followed, cell: CellRecord) -> float:
        return float(np.median(updates_to(target, followed))) * cell.seconds_per_step

    def world(self, number: int) -> Callable[[Part], Obtained | None]:
        """Return what tells trainings and times, of seeds and turns that are drawn anew with each `number`."""
        known = self._known
        stored = {
            (size, rate): known.followed(known.choosing, size, rate)
            for size in known.sizes
            for rate in known.rates(size)
        }
        times = self._results.of_timing(known.timing)

        def answer(part: Part) -> Obtained | None:
            if isinstance(part, Timing):
                return _turns_drawn(times, np.random.default_rng((number, 0)))
            assert isinstance(part, Arm)  # noqa: S101  memory isn't asked for
            (phase,) = part.course.phases
            found = stored.get((phase.batch_size, phase.learning_rate or 0.0))
            if found is None:
                return None
            # A seed is the same one at every size and rate.
            drawn = [int(np.random.default_rng((number, 1, seed)).integers(self._seeds)) for seed in part.asked.seeds]
            return replace(of_seeds(found, drawn), seeds=part.asked.seeds)

        return answer


def _turns_drawn(times: Timed, generator: np.random.Generator) -> Timed:
    turns = min(record.turns for record in times.records)
    drawn = generator.integers(0, turns, turns).tolist()
    records = [
        replace(
            record, seconds_per_round=tuple(record.seconds_per_round[at] for at in drawn), places=(), instruments={}
        )
        for record in times.records
    ]
    return Timed(tuple(records), times.facts)
