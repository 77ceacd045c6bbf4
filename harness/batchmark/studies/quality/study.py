"""The quality study: does a batch size train as well as the reference does?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from batchmark.analysis.equivalence import Equivalence, EquivalenceDesign, Verdict, judge
from batchmark.analysis.stuck_seeds import seeds_to_show
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from batchmark.progress import Progress
from batchmark.trainings import Trainings, Way
from batchmark.workloads import Description
from batchmark.workloads.quality import quality_of

TrainSeeds = Callable[[Description, int, Sequence[int]], Trainings]
"""Trains a workload at a batch size from these seeds, for the workload's epochs."""


@dataclass(frozen=True)
class QualityResult:
    """One batch size against the reference, over paired seeds."""

    workload: Description
    batch_size: int
    learning_rate: float | None
    reference_learning_rate: float | None
    fresh: Equivalence
    """The judgement: the difference in quality on the large fresh test set."""
    validation_difference: tuple[float, ...]
    """The same difference on the workload's own, finite test set; reported, not judged."""
    quality: tuple[float, ...]
    """Of the batch size, one per seed, on the fresh test set."""
    reference_quality: tuple[float, ...]
    needed: int | None = None
    """About how many seeds it takes to call such a difference equivalent; None: no number would."""
    trainings: tuple[Trainings, ...] = ()
    """Of both, as they were asked for: how they were trained is in them."""


class QualityStudy:
    """Trains seeds as they are needed and keeps them, so that the reference is trained once."""

    def __init__(self, train: TrainSeeds, *, looks: tuple[int, ...], family: int) -> None:
        """Judge after each number of seeds in `looks`, for a `family` of comparisons that are read together."""
        self._train = train
        self._looks = looks
        self._family = family
        self._trained: dict[tuple[str, int], list[Trainings]] = {}

    def judge(self, workload: Description, batch_size: int) -> QualityResult:
        """Train more seeds until the verdict is settled or the last look has been taken."""
        for look, seeds in enumerate(self._looks):
            candidate = self._first(workload, batch_size, seeds)
            reference = self._first(workload, workload.reference_batch_size, seeds)
            differences = _difference(candidate, reference, "fresh_quality")
            sides = (_all(reference, "fresh_quality")[: len(differences)], _all(candidate, "fresh_quality"))
            design = EquivalenceDesign(
                workload.quality_margin, self._looks, self._family, cost=quality_of(workload).cost(*sides)
            )
            fresh = judge(differences, design, look, sides=sides)
            if fresh.verdict is not Verdict.STRADDLES:
                break
        return QualityResult(
            workload=workload,
            batch_size=batch_size,
            learning_rate=candidate[0].learning_rate,
            reference_learning_rate=reference[0].learning_rate,
            fresh=fresh,
            validation_difference=_difference(candidate, reference, "final_validation_quality"),
            quality=_all(candidate, "fresh_quality"),
            reference_quality=_all(reference, "fresh_quality"),
            needed=seeds_to_show(
                fresh.estimate, margin=design.margin, cost=fresh.cost, error=design.error_at(len(self._looks) - 1)
            ),
            trainings=(*candidate, *reference),
        )

    def _first(self, workload: Description, batch_size: int, seeds: int) -> list[Trainings]:
        """Return the trainings that cover the first `seeds` seeds, training those that are missing."""
        trained = self._trained.setdefault((workload.name, batch_size), [])
        have = sum(len(trainings.seeds) for trainings in trained)
        if have < seeds:
            trained.append(self._train(workload, batch_size, range(have, seeds)))
        starts = accumulate((len(trainings.seeds) for trainings in trained), initial=0)
        return [trainings for trainings, start in zip(trained, starts, strict=False) if start < seeds]


def train_in(
    worker: Worker,
    *,
    same_learning_rate: bool,
    progress: Progress,
    handed_over: str | None = None,
    way: Way | None = None,
) -> TrainSeeds:
    """Return how to train seeds in `worker`.

    From the initial weights in the file that was `handed_over`, and in the `way` that another worker found, if any.
    """

    def train(workload: Description, batch_size: int, seeds: Sequence[int]) -> Trainings:
        what = f"{workload.name} at batch size {batch_size}, seeds {seeds[0]} to {seeds[-1]}"
        request = requests.Train(
            workload=workload.name,
            batch_size=batch_size,
            learning_rate=workload.learning_rate_for(batch_size, same=same_learning_rate),
            seeds=tuple(seeds),
            epochs=workload.epochs,
            handed_over=handed_over,
            way=way,
        )
        return worker.ask(request, progress=lambda share: progress(phase="training", done=share, of=1, detail=what))

    return train


def _all(parts: Sequence[Trainings], attribute: str) -> tuple[float, ...]:
    return tuple(value for part in parts for value in getattr(part, attribute))


def _difference(candidate: Sequence[Trainings], reference: Sequence[Trainings], attribute: str) -> tuple[float, ...]:
    pairs = zip(_all(candidate, attribute), _all(reference, attribute), strict=False)
    return tuple(ours - theirs for ours, theirs in pairs)
