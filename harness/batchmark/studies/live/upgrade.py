"""Was the upgrade safe? Two sides live, taking turns, restarted several times, until every verdict is settled."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace

from batchmark.analysis.intervals import simultaneous_level
from batchmark.analysis.looks import Promise
from batchmark.backends import TENSORFLOW
from batchmark.comparison import ComparedCell, Comparison, Environments
from batchmark.errors import BatchmarkError, StoredFileError, WorkloadError, why_stopped
from batchmark.files.calibration import Calibration
from batchmark.measurement.hardware import require_gpu
from batchmark.measurement.protocol import requests
from batchmark.metrics.quality import METRIC as QUALITY
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.studies.live.counted import compare_counters
from batchmark.studies.live.explained import cells_to_explain, profile_sides
from batchmark.studies.live.memory import compare_memory
from batchmark.studies.live.plan import SIDES, Asked, UpgradePlan, promise_of
from batchmark.studies.live.quality import compare_quality, quality_not_compared, start_all
from batchmark.studies.live.sides import StartWorker
from batchmark.studies.live.times import Found, Times
from batchmark.workloads import Description
from batchmark.written.batch_sizes import parse_batch_sizes

# Loading data and training ten steps.
_LONGEST_DESCRIPTION_SECONDS = 600.0


def describe_on_both(
    sides: Mapping[str, StartWorker], workload: str, *, needs_gpu: bool = False
) -> dict[str, Description]:
    """Return what a workload is on each side, tried out there: it has to be the same work.

    Raises WorkloadError: it is there on one side only, or other work there. BatchmarkError: a side trains on no GPU,
    and it `needs_gpu`.
    """

    def describe(start: StartWorker) -> Description:
        with start() as worker:
            if needs_gpu:
                require_gpu(worker.ask(requests.Facts()), "it")
            return worker.ask(requests.Describe(workload), timeout_seconds=_LONGEST_DESCRIPTION_SECONDS)

    found: dict[str, Description] = {}
    with ThreadPoolExecutor(len(sides)) as pool:
        asked = {name: pool.submit(describe, start) for name, start in sides.items()}
        for name, answer in asked.items():
            try:
                found[name] = answer.result()
            except BatchmarkError as error:
                message = f"the {name} can't use the workload: {error}"
                raise WorkloadError(message) from error
    require_same_workload(found)
    return found


def ask_both(
    sides: Mapping[str, StartWorker],
    workload: str,
    batch_sizes: str,
    loops: Sequence[str],
    *,
    progress: Progress,
    needs_gpu: bool = False,
) -> Asked:
    """Return what is compared of a workload, tried out on both sides: its cells at `batch_sizes`, as they are typed.

    Raises as `describe_on_both` does, and BatchmarkError: sizes that aren't understood, or that it hasn't.
    """
    progress(phase="workload", done=0, of=1, detail=f"trying {workload} out on both sides")
    found = describe_on_both(sides, workload, needs_gpu=needs_gpu)
    sizes = parse_batch_sizes(batch_sizes, examples=found["baseline"].examples)
    cells = tuple(Cell(workload, size, loop) for loop in loops for size in sizes)
    return Asked(found["baseline"], cells, candidate=found["candidate"])


def require_same_workload(found: Mapping[str, Description]) -> None:
    """Refuse a workload that is other work on the two sides; how it is trained may be the point.

    Raises WorkloadError.
    """
    baseline, candidate = (found[name] for name in SIDES)
    for what in ("examples", "version", "epochs", "quality_metric", "tokens_per_example"):
        ours, theirs = getattr(candidate, what), getattr(baseline, what)
        if ours != theirs:
            message = (
                f"{baseline.name} is other work on the two sides: {what} is {theirs} at the baseline and {ours} at the "
                "candidate; compare the same workload"
            )
            raise WorkloadError(message)


def run_upgrade(
    sides: Mapping[str, StartWorker],
    asked: Sequence[Asked],
    plan: UpgradePlan,
    *,
    progress: Progress,
    keep: Callable[[Comparison], None] = lambda _: None,
    calibration: Calibration | None = None,
    warnings: Sequence[str] = (),
    clock: Callable[[], float] = time.monotonic,
) -> Comparison:
    """Compare candidate with baseline in all that is `asked`; `sides` are these two.

    `keep` is given what there is, marked as unfinished, at first and after each restart. On Ctrl-C, or where a side
    can't go on or a later workload can't be compared, that is what is returned; `stopped` says why. `warnings` stand
    first among its own.

    Raises BatchmarkError: before there was anything to return; that is IncomparableError where the sides ran on other
    hardware, or did other work.
    """
    found = Found(warnings=list(warnings))
    promise = promise_of(asked, plan)

    def comparison(more: Sequence[ComparedCell] = (), *, stopped: str | None) -> Comparison:
        return Comparison(
            environment=Environments(*(found.facts.get(name, {}) for name in SIDES)),
            policy=plan.policy,
            cells=(*found.cells, *more),
            is_live=True,
            warnings=tuple(dict.fromkeys(found.warnings)),
            stopped=stopped,
            profiles=tuple(found.profiles),
        )

    def keep_unfinished(cells: Sequence[ComparedCell]) -> None:
        keep(comparison(cells, stopped="it is still running, or was killed"))

    keep_unfinished(())
    try:
        for each in asked:
            _warn_of_quality(each, plan, found)
            times = Times(sides, each, plan, promise=promise, calibration=calibration, progress=progress, clock=clock)
            found.cells += times.run(found, keep_unfinished)
            if found.stopped:
                break
            for cell in _rest(sides, each, plan, times, promise=promise, progress=progress):
                found.cells.append(cell)
            keep_unfinished(())
            _explain(sides, each, plan, times, found=found, progress=progress)
    except KeyboardInterrupt as error:
        found.stopped = why_stopped(error)
    except BatchmarkError as error:
        found.stopped = str(error)
        # A full disk may be what went wrong.
        with suppress(StoredFileError):
            keep(comparison(stopped=found.stopped))
        if not found.cells:
            raise
    return comparison(stopped=found.stopped)


def _warn_of_quality(asked: Asked, plan: UpgradePlan, found: Found) -> None:
    description = asked.description
    if plan.quality and asked.margin(plan) is None and not plan.policy.names(QUALITY.name, description.name):
        lacks = "quality_margin" if description.quality_metric else "quality_metric"
        found.warnings.append(f"{description.name}: quality is not judged, because the workload names no {lacks}")


def _rest(
    sides: Mapping[str, StartWorker],
    asked: Asked,
    plan: UpgradePlan,
    times: Times,
    *,
    promise: Promise,
    progress: Progress,
) -> Iterator[ComparedCell]:
    """Yield memory, counters and quality: they depend on nothing that runs beside them, and come after all turns."""
    name, family, confidence = asked.description.name, promise.others, promise.confidence_of_others
    if plan.memory:
        facts = [times.restarts[0].side(side).facts for side in SIDES]
        yield from compare_memory(
            times.records(),
            sides,
            level=simultaneous_level(confidence, family),
            policy=plan.policy,
            progress=progress,
            at_once=1 if any(each.get("device") == "GPU" for each in facts) else None,
        )
    if plan.counters:
        yield from compare_counters(
            times.loops(),
            sides,
            level=plan.policy.confidence,
            policy=plan.policy,
            progress=progress,
            seed=plan.seed,
        )
    margin = asked.margin(plan)
    if margin is None:
        return
    backends = {times.restarts[0].side(side).facts.get("keras_backend", TENSORFLOW) for side in SIDES}
    with ExitStack() as started:
        workers = start_all(sides, started)
        for size in asked.sizes:
            try:
                yield compare_quality(
                    workers,
                    asked.descriptions,
                    size,
                    margin=margin,
                    family=family,
                    confidence=confidence,
                    progress=progress,
                    looks=plan.seeds,
                    # Two draw other weights from the same seed, and so do some releases of JAX's.
                    hand_over=backends != {TENSORFLOW},
                )
            except BatchmarkError as error:
                yield quality_not_compared(
                    name, size, str(error), margin=margin, family=family, confidence=confidence, looks=plan.seeds
                )
                # They were ended together.
                workers = start_all(sides, started)


def _explain(
    sides: Mapping[str, StartWorker],
    asked: Asked,
    plan: UpgradePlan,
    times: Times,
    *,
    found: Found,
    progress: Progress,
) -> None:
    """Take epochs of what regressed apart, or of all where that is asked for."""
    if plan.explain is False:
        return
    own = [cell for cell in found.cells if cell.workload == asked.description.name]
    for cell in cells_to_explain(own, asked=bool(plan.explain)):
        try:
            found.profiles.append(profile_sides(cell, times.loops(), sides, progress=progress, seed=plan.seed))
        except BatchmarkError as error:
            found.warnings.append(f"{cell.name} is not explained: {error}")


def with_facts(comparison: Comparison, more: Mapping[str, Mapping[str, object]]) -> Comparison:
    """Return `comparison` with what else is known of the sides' environments: how they were made, what they hold."""
    environment = comparison.environment
    sides = (environment.baseline, environment.candidate)
    return replace(
        comparison,
        environment=Environments(*({**side, **more.get(name, {})} for name, side in zip(SIDES, sides, strict=True))),
    )
