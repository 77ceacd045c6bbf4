"""Was the upgrade safe? Two sides live, taking turns, restarted several times, until every verdict is settled."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import numpy as np

from batchmark.analysis.intervals import simultaneous_level
from batchmark.analysis.looks import DEFAULT_LOOKS, LooksDesign
from batchmark.analysis.noise import is_larger_spread
from batchmark.analysis.restarts import ratio_over_restarts, spread_of_restarts
from batchmark.analysis.verdict import restarts_needed
from batchmark.calibration import CalibratedCell, Calibration
from batchmark.comparison import ComparedCell, Comparison, Environments, Metric, Policy, Verdict
from batchmark.errors import BatchmarkError, WorkloadError, why_stopped
from batchmark.measurement.plan import Plan
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.studies.comparability import require_comparable, require_same_work
from batchmark.studies.judged import judged_ratio
from batchmark.studies.live_memory import compare_memory
from batchmark.studies.live_quality import DEFAULT_LOOKS as SEEDS
from batchmark.studies.live_quality import compare_quality
from batchmark.studies.live_times import Quantity, Restart, quantities
from batchmark.studies.sides import StartWorker, run_sides
from batchmark.workloads import Description

DEFAULT_BUDGET_SECONDS = 60.0
DEFAULT_BATCH_SIZES = "32,256"
MOST_TURNS = 100
"""Restarts end by their share of the budget; more turns of one than this say nothing that is worth their time."""
FEWEST_TURNS = 5
SECONDS_PER_VISIT = 0.04
"""Of rounds that are kept, or one round: many short visits tell more than few long ones, whose rounds are alike."""
_SIDES = ("baseline", "candidate")


@dataclass(frozen=True)
class UpgradePlan:
    """How much is measured at most, and of what; fixed before the first look."""

    policy: Policy
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    """Of turns, on both sides together, for each cell; starting workers and compiling come on top."""
    precision: float | None = None
    """Go on until intervals are within ± this share, 0.01 for 1 %, instead of until verdicts are settled."""
    looks: tuple[int, ...] = DEFAULT_LOOKS
    """Restarts after which verdicts are sought."""
    memory: bool = True
    quality: bool = True
    seeds: tuple[int, ...] = SEEDS
    """Trainings of each side after which quality is judged."""
    first_epoch_limit_seconds: float = 60.0
    seed: int = 0


@dataclass(frozen=True)
class Asked:
    """A workload and what of it is compared."""

    description: Description
    cells: tuple[Cell, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The batch sizes, ascending."""
        return tuple(sorted({cell.batch_size for cell in self.cells}))

    @property
    def loops(self) -> tuple[str, ...]:
        """The loops, in the order they were asked for."""
        return tuple(dict.fromkeys(cell.loop for cell in self.cells))


@dataclass
class _Found:
    """What there is so far: the environments, and every compared cell."""

    facts: dict[str, Mapping[str, object]] = field(default_factory=dict)
    cells: list[ComparedCell] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    stopped: str | None = None


def describe_on_both(describe: Mapping[str, Callable[[], Description]]) -> Description:
    """Return what a workload is, which has to be the same on both sides.

    Raises WorkloadError: it is there on one side only, or other work there.
    """
    found: dict[str, Description] = {}
    for name, ask in describe.items():
        try:
            found[name] = ask()
        except BatchmarkError as error:
            message = f"the {name} can't use the workload: {error}"
            raise WorkloadError(message) from error
    baseline, candidate = found["baseline"], found["candidate"]
    for what in ("examples", "version", "epochs", "quality_metric", "tokens_per_example"):
        ours, theirs = getattr(candidate, what), getattr(baseline, what)
        if ours != theirs:
            message = (
                f"{baseline.name} is other work on the two sides: {what} is {theirs} at the baseline and {ours} at the "
                "candidate; compare the same workload"
            )
            raise WorkloadError(message)
    return baseline


def run_upgrade(
    sides: Mapping[str, StartWorker],
    asked: Sequence[Asked],
    plan: UpgradePlan,
    *,
    progress: Progress,
    keep: Callable[[Comparison], None] = lambda _: None,
    calibration: Calibration | None = None,
) -> Comparison:
    """Compare candidate with baseline in all that is `asked`; `sides` are these two.

    `keep` is given what there is, marked as unfinished, at first and after each restart. On Ctrl-C, or where a side
    can't go on, that is what is returned; `stopped` says why.

    Raises IncomparableError: the sides ran on other hardware, or did other work.
    """
    found = _Found()
    family = max(1, sum(_judged(each, plan) for each in asked))

    def comparison(more: Sequence[ComparedCell] = (), *, stopped: str | None) -> Comparison:
        environments = Environments(*(found.facts.get(name, {}) for name in _SIDES))
        return Comparison(
            environment=environments,
            policy=plan.policy,
            cells=(*found.cells, *more),
            is_live=True,
            warnings=tuple(dict.fromkeys(found.warnings)),
            stopped=stopped,
        )

    def keep_unfinished(cells: Sequence[ComparedCell]) -> None:
        keep(comparison(cells, stopped="it is still running, or was killed"))

    keep_unfinished(())
    try:
        for each in asked:
            times = _Times(sides, each, plan, family=family, calibration=calibration, progress=progress)
            found.cells += times.run(found, keep_unfinished)
            if found.stopped:
                break
            found.cells += _rest(sides, each, plan, times, family=family, progress=progress)
            keep_unfinished(())
    except KeyboardInterrupt as error:
        found.stopped = why_stopped(error)
    return comparison(stopped=found.stopped)


def _judged(asked: Asked, plan: UpgradePlan) -> int:
    """Return how many judgements a workload takes: what shares the probability of a false alarm."""
    name = asked.description.name

    def counts(metric: Metric) -> bool:
        return plan.policy.tolerance(metric, name) is not None

    of_cells = [Metric.SECONDS_PER_EPOCH, Metric.FIRST_EPOCH_SECONDS, *([Metric.PEAK_BYTES] if plan.memory else [])]
    of_loops = (Metric.OVERHEAD_PER_STEP, Metric.COST_PER_EXAMPLE)
    quality = len(asked.sizes) if _margin(asked, plan) else 0
    return len(asked.cells) * sum(map(counts, of_cells)) + len(asked.loops) * sum(map(counts, of_loops)) + quality


def _margin(asked: Asked, plan: UpgradePlan) -> float | None:
    """Return the difference in quality that would matter, or None where it isn't judged."""
    description = asked.description
    if not plan.quality or not description.quality_metric:
        return None
    if plan.policy.names(Metric.QUALITY, description.name):
        return plan.policy.tolerance(Metric.QUALITY, description.name)
    return description.quality_margin


class _Times:
    """The times of one workload, restart by restart."""

    def __init__(
        self,
        sides: Mapping[str, StartWorker],
        asked: Asked,
        plan: UpgradePlan,
        *,
        family: int,
        calibration: Calibration | None,
        progress: Progress,
    ) -> None:
        self.restarts: list[Restart] = []
        self._sides = sides
        self._asked = asked
        self._plan = plan
        self._design = LooksDesign(family=family, looks=plan.looks, confidence=plan.policy.confidence)
        self._calibration = calibration
        self._progress = progress
        self._settled: dict[str, ComparedCell] = {}
        self._open = list(asked.cells)
        self._widest = math.nan

    def run(self, found: _Found, keep: Callable[[Sequence[ComparedCell]], None]) -> list[ComparedCell]:
        """Restart until all is settled or the last look was taken; return every time that was compared."""
        last = self._plan.looks[-1]
        while len(self.restarts) < last and self._open:
            try:
                self._restart(found)
            except KeyboardInterrupt as error:
                found.stopped = why_stopped(error)
            if found.stopped:
                break
            look = self._design.look_due(len(self.restarts))
            if look is not None:
                self._look(self._compared(self._design.level(look)))
            keep(self._all())
        return self._all(is_last=bool(found.stopped))

    def _restart(self, found: _Found) -> None:
        number = len(self.restarts)
        share = self._plan.budget_seconds / self._plan.looks[-1]
        plan = Plan(
            turns=MOST_TURNS,
            minimum_turns=FEWEST_TURNS,
            budget_seconds=share * len(self._open),
            seed=self._plan.seed * self._plan.looks[-1] + number,
            first_epoch_limit_seconds=self._plan.first_epoch_limit_seconds,
            seconds_per_cell=SECONDS_PER_VISIT,
        )
        sweeps = run_sides(self._sides, self._open, plan, self._asked.description, progress=self._told(number))
        self.restarts.append(Restart(*(sweeps[name] for name in _SIDES)))
        for name, sweep in sweeps.items():
            found.facts.setdefault(name, sweep.facts)
            if sweep.stopped and not found.stopped:
                found.stopped = sweep.stopped if sweep.interrupted else f"the {name} could not go on: {sweep.stopped}"
        if number == 0 and not found.stopped:
            require_comparable(Environments(*(found.facts[name] for name in _SIDES)))
            require_same_work([pair for cell in self._open if (pair := self.restarts[0].pair(cell))])

    def _told(self, number: int) -> Progress:
        last = self._plan.looks[-1]
        width = f", widest interval so far ±{self._widest:.2%}" if math.isfinite(self._widest) else ""

        def told(*, phase: str, done: float, of: float, detail: str) -> None:
            title = f"{self._asked.description.name}, restart {number + 1} of at most {last}: {phase}"
            self._progress(phase=title, done=done, of=of, detail=detail + width)

        return told

    def _look(self, cells: Sequence[ComparedCell]) -> None:
        """Keep what is settled, and go on with the cells of what isn't."""
        judged = [cell for cell in cells if cell.counts]
        self._settled |= {cell.name: cell for cell in judged if cell.name not in self._settled and self._is_done(cell)}
        waiting = [cell for cell in judged if cell.name not in self._settled]
        self._widest = max((_half_width(cell) for cell in waiting), default=math.nan)
        # A curve leans on all cells of its loop.
        loops = {cell.loop for cell in waiting if cell.batch_size is None}
        wanted = {(cell.batch_size, cell.loop) for cell in waiting}
        self._open = [cell for cell in self._open if cell.loop in loops or (cell.batch_size, cell.loop) in wanted]

    def _is_done(self, cell: ComparedCell) -> bool:
        if cell.effect is None:
            return True
        if self._plan.precision is None:
            return cell.verdict is not Verdict.INCONCLUSIVE
        return _half_width(cell) <= math.log1p(self._plan.precision)

    def _all(self, *, is_last: bool = False) -> list[ComparedCell]:
        """Return every time, as it was when it was settled or as it is now."""
        now = len(self.restarts)
        looks = self._design.looks
        # Stopped between two looks, the next one is taken early, with all that is left to spend.
        index = next((index for index, look in enumerate(looks) if look >= now), len(looks) - 1)
        level = self._design.level(index, is_last=is_last)
        return [self._settled.get(cell.name, cell) for cell in self._compared(level)]

    def _compared(self, level: float) -> list[ComparedCell]:
        return [self._judge(each, level) for each in quantities(self.restarts, self._asked.cells)]

    def _judge(self, quantity: Quantity, level: float) -> ComparedCell:
        tolerance = self._plan.policy.tolerance(quantity.metric, quantity.workload)
        ratio = ratio_over_restarts(quantity.effects, level=level)
        noise = self._noise(quantity)
        needed = None
        if tolerance is not None:
            last = self._design.level(len(self._design.looks) - 1)
            count = restarts_needed(ratio, tolerance=tolerance, level=last)
            needed = None if count is None else f"about {count:,} restarts"
        cell = judged_ratio(
            workload=quantity.workload,
            metric=quantity.metric,
            batch_size=quantity.batch_size,
            loop=quantity.loop,
            sides=(quantity.baseline, quantity.candidate),
            ratio=ratio,
            tolerance=tolerance,
            rounds=quantity.rounds,
            restarts=ratio.n,
            noise_floor=noise.noise_floor if noise else None,
            needed=needed,
            warnings=(*self._warnings(quantity), *_noisier(quantity, noise)),
        )
        if tolerance is None or cell.effect is not None or not self._only_the_candidate_fails(quantity):
            return cell
        failed = "the candidate can't run it, and the baseline can"
        return replace(cell, verdict=Verdict.REGRESSED, needed=None, warnings=(failed, *cell.warnings))

    def _noise(self, quantity: Quantity) -> CalibratedCell | None:
        if self._calibration is None:
            return None
        return self._calibration.of(quantity.workload, quantity.metric, quantity.batch_size, quantity.loop)

    def _only_the_candidate_fails(self, quantity: Quantity) -> bool:
        """Whether the baseline measured this cell in every restart it was asked to, and the candidate never."""
        cell = Cell(quantity.workload, quantity.batch_size or 0, quantity.loop)
        ran = {
            name: [record.is_comparable for sweep in sweeps for record in sweep.records if record.cell == cell]
            for name, sweeps in (
                ("baseline", [restart.baseline for restart in self.restarts]),
                ("candidate", [restart.candidate for restart in self.restarts]),
            )
        }
        return bool(ran["baseline"] and all(ran["baseline"]) and ran["candidate"] and not any(ran["candidate"]))

    def _warnings(self, quantity: Quantity) -> tuple[str, ...]:
        """Return what went wrong with a cell, of either side, each thing once."""
        found = [
            f"{name}: {warning}"
            for restart in self.restarts
            for name, sweep in zip(_SIDES, (restart.baseline, restart.candidate), strict=True)
            for record in sweep.records
            if (record.cell.batch_size, record.cell.loop) == (quantity.batch_size, quantity.loop)
            for warning in record.warnings
        ]
        return tuple(dict.fromkeys(found))


def _noisier(quantity: Quantity, calibrated: CalibratedCell | None) -> tuple[str, ...]:
    """Return a warning where restarts scatter more than when the machine was calibrated, beyond chance."""
    if calibrated is None:
        return ()
    spread = spread_of_restarts(quantity.effects)
    restarts = int(np.isfinite(quantity.effects).sum())
    if not is_larger_spread(spread, restarts, calibrated.spread, calibrated.effects):
        return ()
    return (
        (
            f"restarts scatter by {spread:.1%}, and by {calibrated.spread:.1%} when this machine was calibrated: it is "
            "noisier now"
        ),
    )


def _half_width(cell: ComparedCell) -> float:
    """Return half the width of a ratio's interval, as a logarithm; infinite where there is none."""
    low, high = cell.interval
    return math.inf if not low or not high else (math.log(high) - math.log(low)) / 2


def _rest(
    sides: Mapping[str, StartWorker],
    asked: Asked,
    plan: UpgradePlan,
    times: _Times,
    *,
    family: int,
    progress: Progress,
) -> Iterator[ComparedCell]:
    """Yield memory and quality: they depend on nothing that runs beside them, and are measured after all turns."""
    name = asked.description.name
    if plan.memory:
        first = times.restarts[0]
        on_gpu = any(sweep.facts.get("device") == "GPU" for sweep in (first.baseline, first.candidate))
        yield from compare_memory(
            {side: sweep.records for side, sweep in zip(_SIDES, (first.baseline, first.candidate), strict=True)},
            sides,
            level=simultaneous_level(plan.policy.confidence, family),
            tolerance=plan.policy.tolerance(Metric.PEAK_BYTES, name),
            progress=progress,
            at_once=1 if on_gpu else None,
        )
    margin = _margin(asked, plan)
    if margin is None:
        return
    with ExitStack() as started:
        workers = {side: started.enter_context(start()) for side, start in sides.items()}
        for size in asked.sizes:
            yield compare_quality(
                workers,
                asked.description,
                size,
                margin=margin,
                family=family,
                confidence=plan.policy.confidence,
                progress=progress,
                looks=plan.seeds,
            )


def with_facts(comparison: Comparison, more: Mapping[str, Mapping[str, object]]) -> Comparison:
    """Return `comparison` with what else is known of the sides' environments: how they were made, what they hold."""
    environment = comparison.environment
    return replace(
        comparison,
        environment=Environments(
            {**environment.baseline, **more.get("baseline", {})}, {**environment.candidate, **more.get("candidate", {})}
        ),
    )
