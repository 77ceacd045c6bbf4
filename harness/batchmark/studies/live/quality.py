"""Whether two sides train equally well: paired seeds on both, their differences held against the margin."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from statistics import fmean

from batchmark.analysis.equivalence import Equivalence, EquivalenceDesign, judge
from batchmark.analysis.equivalence import Verdict as Equivalent
from batchmark.analysis.fisher import fisher_tail
from batchmark.analysis.verdict import seeds_needed
from batchmark.comparison import ComparedCell, Verdict
from batchmark.measurement.connection import Worker
from batchmark.metrics.quality import METRIC as QUALITY
from batchmark.progress import Progress, silent
from batchmark.studies.live.sides import StartWorker
from batchmark.studies.quality.study import train_in
from batchmark.trainings import Trainings
from batchmark.workloads import Description

DEFAULT_LOOKS = (20, 40, 80)
"""Seeds of each side at each look."""


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
) -> ComparedCell:
    """Train seeds at `batch_size` in `workers`, of baseline and candidate, until the verdict is settled.

    Each side trains the workload as it has it in `descriptions`: with its own learning rate. A seed is the same data
    order on both sides, and the same initial weights where both draw them alike. The test is of equivalence: `margin`
    is the difference that would matter, in the quality's own unit. Both its errors have the share 1 - `confidence` of a
    `family` of judgements together. Seeds that diverge are held against each other by Fisher's exact test, at the same
    level: more of them at the candidate's than chance allows are a regression.

    Raises what a worker raises; both are ended then.

    Source: Fisher 1935, doi 10.2307/2342435.
    """
    design = _design(margin, looks, family, confidence)
    quality: dict[str, tuple[float, ...]] = dict.fromkeys(workers, ())
    found: Equivalence | None = None
    for look, seeds in enumerate(looks):
        done = len(quality["baseline"])
        name = descriptions["baseline"].name
        progress(phase="quality", done=done, of=looks[-1], detail=f"{name} at batch size {batch_size}, {seeds} seeds")
        trained = _train_both(workers, descriptions, batch_size, range(done, seeds))
        quality = {name: (*quality[name], *trained[name].fresh_quality) for name in workers}
        differences = [ours - theirs for theirs, ours in zip(quality["baseline"], quality["candidate"], strict=True)]
        found = judge(differences, design, look, reference=quality["baseline"])
        if found.verdict is not Equivalent.STRADDLES:
            break
    assert found is not None  # noqa: S101  a design has looks
    return _compared(descriptions["baseline"].name, batch_size, quality, found, design)


def _design(margin: float, looks: tuple[int, ...], family: int, confidence: float) -> EquivalenceDesign:
    return EquivalenceDesign(margin=margin, looks=looks, family=family, alpha=(1 - confidence) / 2)


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
    workers: Mapping[str, Worker], descriptions: Mapping[str, Description], batch_size: int, seeds: Sequence[int]
) -> dict[str, Trainings]:
    """Train the same seeds on both sides at the same time: quality doesn't depend on what else runs."""

    def train(name: str) -> Trainings:
        one = train_in(workers[name], same_learning_rate=False, progress=silent)
        return one(descriptions[name], batch_size, seeds)

    with ThreadPoolExecutor(len(workers)) as pool:
        try:
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
    verdict = _VERDICTS.get(found.verdict, Verdict.REGRESSED if estimate.value < 0 else Verdict.IMPROVED)
    warnings: tuple[str, ...] = ()
    if found.dropped_seeds:
        # An interval over what is left would say nothing of what was lost.
        estimate = replace(estimate, value=math.nan, low=None, high=None)
        verdict, reason = _verdict_on_divergence(quality, design.level)
        warnings = (reason,)
    needed = seeds_needed(estimate, margin=design.margin) if verdict is Verdict.INCONCLUSIVE else None
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
    )


def _verdict_on_divergence(quality: Mapping[str, Sequence[float]], level: float) -> tuple[Verdict, str]:
    seeds = len(quality["baseline"])
    baseline, candidate = (
        sum(not math.isfinite(value) for value in quality[name]) for name in ("baseline", "candidate")
    )
    reason = f"of {seeds} seeds the candidate diverged at {candidate} and the baseline at {baseline}"
    more, fewer = max(baseline, candidate), min(baseline, candidate)
    if fisher_tail(more, fewer, seeds) > (1 - level) / 2:
        return Verdict.INCONCLUSIVE, reason
    return (Verdict.REGRESSED if candidate > baseline else Verdict.IMPROVED), reason


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if math.isfinite(value)]
    return fmean(known) if known else None
