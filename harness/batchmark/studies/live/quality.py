"""Whether two sides train equally well: paired seeds on both, their differences held against the margin."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from batchmark.analysis.equivalence import Equivalence, EquivalenceDesign, judge
from batchmark.analysis.equivalence import Verdict as Equivalent
from batchmark.analysis.stuck_seeds import diverged_seeds, diverges_more_often, seeds_to_show
from batchmark.comparison import ComparedCell, Verdict
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from batchmark.metrics.quality import METRIC as QUALITY
from batchmark.progress import Progress, silent
from batchmark.records import Estimate
from batchmark.studies.live.sides import StartWorker
from batchmark.studies.quality.study import train_in
from batchmark.trainings import ALL_AT_ONCE, Trainings
from batchmark.workloads import Description
from batchmark.workloads.quality import quality_of

DEFAULT_LOOKS = (20, 80, 400)
"""Seeds of each side at each look; those before the last can only find a difference."""
MOST_ONE_BY_ONE = 80
"""Seeds of each side where they aren't all trained at once, and many would take hours."""


def compare_quality(
    workers: Mapping[str, Worker],
    descriptions: Mapping[str, Description],
    batch_size: int,
    *,
    margin: float,
    family: int,
    confidence: float,
    progress: Progress,
    looks: tuple[int, ...] = DEFAULT_LOOKS,
    hand_over: bool = False,
) -> ComparedCell:
    """Train seeds at `batch_size` in `workers`, of baseline and candidate, until the verdict is settled.

    Each side trains the workload as it has it in `descriptions`: with its own learning rate. A seed is the same data
    order on both sides, and the same initial weights where both draw them alike; `hand_over` has the candidate train
    from the baseline's, as it has to be where backends differ. The test is of equivalence: `margin`
    is the difference that would matter, in the quality's own unit. Both its errors have the share 1 - `confidence` of a
    `family` of judgements together. Seeds that diverge, or that get stuck unseen, are counted as
    `batchmark.analysis.equivalence` says. Where seeds aren't trained at once, looks after 80 of them are left out.

    Raises what a worker raises; both are ended then.
    """
    reached = quality_of(descriptions["baseline"])
    quality: dict[str, tuple[float, ...]] = dict.fromkeys(workers, ())
    waiting, look = list(looks), 0
    while True:
        seeds = waiting[look]
        done = len(quality["baseline"])
        name = descriptions["baseline"].name
        progress(phase="quality", done=done, of=waiting[-1], detail=f"{name} at batch size {batch_size}, {seeds} seeds")
        trained = _train_both(workers, descriptions, batch_size, range(done, seeds), hand_over=hand_over)
        quality = {name: (*quality[name], *trained[name].fresh_quality) for name in workers}
        differences = [ours - theirs for theirs, ours in zip(quality["baseline"], quality["candidate"], strict=True)]
        if not all(each.method == ALL_AT_ONCE for each in trained.values()):
            waiting = [each for each in waiting if each <= max(seeds, MOST_ONE_BY_ONE)]
        sides = (quality["baseline"], quality["candidate"])
        design = _design(margin, waiting, family, confidence, reached.cost(*sides))
        found = judge(differences, design, look, sides=sides)
        if found.verdict is not Equivalent.STRADDLES:
            break
        look += 1
    return _compared(descriptions["baseline"].name, batch_size, quality, found, design)


def _design(
    margin: float, looks: Sequence[int], family: int, confidence: float, cost: float = math.inf
) -> EquivalenceDesign:
    return EquivalenceDesign(margin, tuple(looks), family, alpha=(1 - confidence) / 2, cost=cost)


def start_all(sides: Mapping[str, StartWorker], stack: ExitStack) -> dict[str, Worker]:
    """Return a worker of each side, which `stack` ends."""
    return {name: stack.enter_context(start()) for name, start in sides.items()}


def quality_not_compared(
    workload: str,
    batch_size: int,
    reason: str,
    *,
    margin: float,
    family: int,
    confidence: float,
    looks: tuple[int, ...] = DEFAULT_LOOKS,
) -> ComparedCell:
    """Return the compared cell of a batch size whose quality could not be compared as it was asked, for this reason."""
    design = _design(margin, looks, family, confidence)
    return ComparedCell(
        workload=workload,
        metric=QUALITY.name,
        batch_size=batch_size,
        loop=None,
        baseline=None,
        candidate=None,
        effect=None,
        interval=(None, None),
        level=design.level,
        tolerance=margin,
        verdict=Verdict.INCONCLUSIVE,
        rounds=0,
        restarts=0,
        warnings=(f"its quality could not be compared: {reason}",),
    )


def _train_both(
    workers: Mapping[str, Worker],
    descriptions: Mapping[str, Description],
    batch_size: int,
    seeds: Sequence[int],
    *,
    hand_over: bool,
) -> dict[str, Trainings]:
    """Train the same seeds on both sides at the same time: quality doesn't depend on what else runs."""

    def train(name: str) -> Trainings:
        given = str(path) if hand_over and name == "candidate" else None
        one = train_in(workers[name], same_learning_rate=False, progress=silent, handed_over=given)
        return one(descriptions[name], batch_size, seeds)

    with TemporaryDirectory(prefix="batchmark-") as folder, ThreadPoolExecutor(len(workers)) as pool:
        path = Path(folder) / "weights.npz"
        try:
            if hand_over:
                workers["baseline"].ask(requests.HandOver(descriptions["baseline"].name, tuple(seeds), str(path)))
            asked = {name: pool.submit(train, name) for name in workers}
            return {name: answer.result() for name, answer in asked.items()}
        except BaseException:
            # The pool waits for what it has begun: without their workers the requests end at once.
            for worker in workers.values():
                worker.kill()
            raise


_VERDICTS = {Equivalent.EQUIVALENT: Verdict.UNCHANGED, Equivalent.INCONCLUSIVE: Verdict.INCONCLUSIVE}


def _compared(
    workload: str,
    batch_size: int,
    quality: Mapping[str, Sequence[float]],
    found: Equivalence,
    design: EquivalenceDesign,
) -> ComparedCell:
    estimate = found.estimate
    verdict = _VERDICTS.get(found.verdict) or _direction(quality, estimate)
    warnings = _told_of_diverged(quality) if found.dropped_seeds else ()
    needed = None
    if verdict is Verdict.INCONCLUSIVE:
        last = design.error_at(len(design.looks) - 1)
        needed = seeds_to_show(estimate, margin=design.margin, cost=found.cost, error=last)
    baseline, candidate = (_mean(quality[name]) for name in ("baseline", "candidate"))
    return ComparedCell(
        workload=workload,
        metric=QUALITY.name,
        batch_size=batch_size,
        loop=None,
        baseline=baseline,
        candidate=candidate,
        effect=estimate.value if math.isfinite(estimate.value) else None,
        interval=(estimate.low, estimate.high),
        level=estimate.level,
        tolerance=design.margin,
        verdict=verdict,
        rounds=len(quality["baseline"]),
        restarts=1,
        needed=None if needed is None else f"about {needed:,} seeds",
        warnings=warnings,
        unseen_share=found.unseen_share,
        unseen_cost=found.cost if math.isfinite(found.cost) else None,
    )


def _direction(quality: Mapping[str, Sequence[float]], estimate: Estimate) -> Verdict:
    """Return which way sides differ: by how many diverged where that is more than chance, else by the difference."""
    sides = (quality["baseline"], quality["candidate"])
    diverged = diverged_seeds([ours - theirs for theirs, ours in zip(*sides, strict=True)], sides)
    if diverges_more_often(diverged, (1 - estimate.level) / 2):
        candidate, baseline = diverged.alone
        return Verdict.REGRESSED if candidate > baseline else Verdict.IMPROVED
    return Verdict.REGRESSED if estimate.value < 0 else Verdict.IMPROVED


def _diverged(values: Sequence[float]) -> int:
    return sum(not math.isfinite(value) for value in values)


def _told_of_diverged(quality: Mapping[str, Sequence[float]]) -> tuple[str, ...]:
    baseline, candidate = (_diverged(quality[name]) for name in ("baseline", "candidate"))
    seeds = len(quality["baseline"])
    counts = f"the candidate diverged at {candidate} and the baseline at {baseline}"
    return (f"of {seeds} seeds {counts}; the difference counts them as stuck",)


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if math.isfinite(value)]
    return fmean(known) if known else None
