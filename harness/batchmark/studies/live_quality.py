"""Whether two sides train equally well: paired seeds on both, their differences held against the margin."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import isfinite
from statistics import fmean

from batchmark.analysis.equivalence import Equivalence, EquivalenceDesign, judge
from batchmark.analysis.equivalence import Verdict as Equivalent
from batchmark.analysis.verdict import seeds_needed
from batchmark.comparison import ComparedCell, Metric, Verdict
from batchmark.measurement.connection import Worker
from batchmark.progress import Progress, silent
from batchmark.studies.quality import train_in
from batchmark.trainings import Trainings
from batchmark.workloads import Description

DEFAULT_LOOKS = (20, 40, 80)
"""Seeds of each side at each look."""


def compare_quality(
    workers: Mapping[str, Worker],
    description: Description,
    batch_size: int,
    *,
    margin: float,
    family: int,
    confidence: float,
    progress: Progress,
    looks: tuple[int, ...] = DEFAULT_LOOKS,
) -> ComparedCell:
    """Train seeds at `batch_size` in `workers`, of baseline and candidate, until the verdict is settled.

    A seed is the same data order on both sides, and the same initial weights where both draw them alike. The test is of
    equivalence: `margin` is the difference that would matter, in the quality's own unit. Both its errors have the
    share 1 - `confidence` of a `family` of judgements together.

    Raises what a worker raises.
    """
    design = EquivalenceDesign(margin=margin, looks=looks, family=family, alpha=(1 - confidence) / 2)
    quality: dict[str, tuple[float, ...]] = dict.fromkeys(workers, ())
    found: Equivalence | None = None
    for look, seeds in enumerate(looks):
        done = len(quality["baseline"])
        progress(phase="quality", done=done, of=looks[-1], detail=f"{description.name} at {batch_size}, {seeds} seeds")
        trained = _train_both(workers, description, batch_size, range(done, seeds))
        quality = {name: (*quality[name], *trained[name].fresh_quality) for name in workers}
        differences = [ours - theirs for theirs, ours in zip(quality["baseline"], quality["candidate"], strict=True)]
        found = judge(differences, design, look, reference=quality["baseline"])
        if found.verdict is not Equivalent.STRADDLES:
            break
    assert found is not None  # noqa: S101  a design has looks
    return _compared(description, batch_size, quality, found, margin)


def _train_both(
    workers: Mapping[str, Worker], description: Description, batch_size: int, seeds: Sequence[int]
) -> dict[str, Trainings]:
    """Train the same seeds on both sides at the same time: quality doesn't depend on what else runs."""

    def train(worker: Worker) -> Callable[[], Trainings]:
        one = train_in(worker, same_learning_rate=False, progress=silent)
        return lambda: one(description, batch_size, seeds)

    with ThreadPoolExecutor(len(workers)) as pool:
        try:
            asked = {name: pool.submit(train(worker)) for name, worker in workers.items()}
            return {name: answer.result() for name, answer in asked.items()}
        except BaseException:
            # The pool waits for what it has begun: without their workers the requests end at once.
            for worker in workers.values():
                worker.kill()
            raise


_VERDICTS = {Equivalent.EQUIVALENT: Verdict.UNCHANGED, Equivalent.INCONCLUSIVE: Verdict.INCONCLUSIVE}


def _compared(
    description: Description,
    batch_size: int,
    quality: Mapping[str, Sequence[float]],
    found: Equivalence,
    margin: float,
) -> ComparedCell:
    estimate = found.estimate
    worse = bool(found.reason) or estimate.value < 0
    verdict = _VERDICTS.get(found.verdict, Verdict.REGRESSED if worse else Verdict.IMPROVED)
    needed = seeds_needed(estimate, margin=margin) if verdict is Verdict.INCONCLUSIVE else None
    baseline, candidate = (_mean(quality[name]) for name in ("baseline", "candidate"))
    return ComparedCell(
        workload=description.name,
        metric=Metric.QUALITY,
        batch_size=batch_size,
        loop=None,
        baseline=baseline,
        candidate=candidate,
        effect=estimate.value if isfinite(estimate.value) else None,
        interval=(estimate.low, estimate.high),
        level=estimate.level,
        tolerance=margin,
        verdict=verdict,
        rounds=len(quality["baseline"]),
        restarts=1,
        needed=None if needed is None else f"about {needed:,} seeds",
        warnings=(found.reason,) if found.reason else (),
    )


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if isfinite(value)]
    return fmean(known) if known else None
