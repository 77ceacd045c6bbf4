"""What turns give of one workload on two sides, restart by restart, until every verdict on it is settled."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from batchmark.analysis.intervals import mean_interval
from batchmark.analysis.judged import judged, what_settles
from batchmark.analysis.looks import Promise
from batchmark.analysis.lost_restarts import with_lost
from batchmark.analysis.noise import is_larger_spread
from batchmark.analysis.power import smallest_detectable_effect
from batchmark.analysis.restarts import ratio_over_restarts, spread_of_restarts
from batchmark.analysis.tails import shared
from batchmark.comparison import ComparedCell, Environments, LostRestarts, ProfiledCell, Tail, Verdict
from batchmark.errors import BatchmarkError, IncomparableError, why_stopped
from batchmark.files.calibration import CalibratedCell, Calibration
from batchmark.measurement.sitting import Proofs
from batchmark.metrics import table
from batchmark.progress import Progress, within
from batchmark.records import Cell, CellRecord, Estimate
from batchmark.studies.live.comparability import require_comparable, require_same_work
from batchmark.studies.live.lost import lost_restarts, only_the_candidate_fails, told_of
from batchmark.studies.live.plan import SIDES, Asked, UpgradePlan
from batchmark.studies.live.remaining import Remaining
from batchmark.studies.live.restarts import OverRestarts, Restart, chosen_compilation
from batchmark.studies.live.sides import StartWorker, run_sides
from batchmark.studies.live.turns import quantities
from batchmark.studies.sweep.memory import loop_that_ran

Clock = Callable[[], float]
Keep = Callable[[Sequence[ComparedCell]], None]

# What a budget may be short by and count as spent: the last turn ends when it ends.
_NEARLY = 0.98
# That have an interval.
_FEWEST_RESTARTS = 2


@dataclass
class Found:
    """What there is of a comparison so far."""

    facts: dict[str, Mapping[str, object]] = field(default_factory=dict)
    cells: list[ComparedCell] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    profiles: list[ProfiledCell] = field(default_factory=list)
    stopped: str | None = None


class Times:
    """The times of one workload."""

    def __init__(
        self,
        sides: Mapping[str, StartWorker],
        asked: Asked,
        plan: UpgradePlan,
        *,
        promise: Promise,
        calibration: Calibration | None,
        progress: Progress,
        clock: Clock,
    ) -> None:
        """Take what is compared; all judgements of the comparison share the `promise`."""
        self.restarts: list[Restart] = []
        self._sides = sides
        self._asked = asked
        self._plan = plan
        self._designs = {pooled: promise.design(plan.looks, pooled=pooled) for pooled in (True, False)}
        self._calibration = calibration
        self._progress = progress
        self._clock = clock
        self._spent = 0.0
        self._settled: dict[str, ComparedCell] = {}
        self._open = list(asked.cells)
        self._widest = math.nan
        self._began = math.nan
        self._proofs = {name: Proofs() for name in sides}

    def run(self, found: Found, keep: Keep) -> list[ComparedCell]:
        """Restart until all is settled, the budget is spent or the last look was taken; return every time.

        On Ctrl-C, and where a side can't go on, `found` says so, and what there is is returned.

        Raises IncomparableError: the sides ran on other hardware, or did other work. BatchmarkError: before there was a
        restart.
        """
        is_last = False
        self._began = self._clock()
        try:
            while not is_last and self._open:
                self._restart(found)
                is_last = bool(found.stopped) or self._is_over()
                look = self._designs[False].look_due(len(self.restarts))
                if look is not None and not is_last:
                    self._settle(self._compared(look))
                now = self.all()
                self._widest = _widest(now)
                keep(now)
        except IncomparableError:
            # None of it means anything.
            raise
        except (KeyboardInterrupt, BatchmarkError) as error:
            if isinstance(error, BatchmarkError) and not self.restarts:
                raise
            found.stopped = why_stopped(error)
        return self.all(is_last=bool(is_last or found.stopped))

    def all(self, *, is_last: bool = False) -> list[ComparedCell]:
        """Return every time, as it was when it was settled or as it is now; `is_last`: nothing more is measured."""
        now, looks = len(self.restarts), self._plan.looks
        # Ended between two looks, the next one is taken early, with all that is left to spend.
        index = next((index for index, look in enumerate(looks) if look >= now), len(looks) - 1)
        return [self._as_settled(cell) for cell in self._compared(index, is_last=is_last)]

    def _as_settled(self, cell: ComparedCell) -> ComparedCell:
        """Return `cell` as it was settled, if it was, but for restarts that were lost since."""
        settled = self._settled.get(cell.name, cell)
        if settled.lost == cell.lost:
            return settled
        verdict = with_lost(settled.verdict, cell.lost)
        needed = cell.needed if verdict is Verdict.INCONCLUSIVE else None
        return replace(settled, lost=cell.lost, verdict=verdict, needed=needed, warnings=cell.warnings)

    def records(self) -> dict[str, tuple[CellRecord, ...]]:
        """Return, for each side, a record of each cell that it could measure in some restart."""
        found: dict[str, dict[Cell, CellRecord]] = {name: {} for name in SIDES}
        for restart in self.restarts:
            for name in SIDES:
                for record in restart.side(name).records:
                    if record.is_comparable:
                        found[name].setdefault(record.cell, record)
        return {name: tuple(records.values()) for name, records in found.items()}

    def loops(self) -> dict[str, dict[Cell, str]]:
        """Return, for each side, what ran each cell that it could measure."""
        return {name: {each.cell: loop_that_ran(each) for each in own} for name, own in self.records().items()}

    def _is_over(self) -> bool:
        return len(self.restarts) >= self._plan.looks[-1] or self._is_spent

    @property
    def _is_spent(self) -> bool:
        return self._spent >= _NEARLY * self._plan.budget_seconds

    def _restart(self, found: Found) -> None:
        number = len(self.restarts)
        plan = self._plan.turns(len(self._open), restart=number, spent_seconds=self._spent)
        began: list[float] = []
        sweeps = run_sides(
            self._sides,
            self._open,
            plan,
            self._asked.description,
            progress=self._told(number),
            before_turn=lambda: began.append(self._clock()),
            compilation=chosen_compilation(self.restarts),
            proofs=self._proofs,
        )
        self._spent += (self._clock() - began[0]) / len(self._open) if began else 0.0
        self.restarts.append(Restart(*(sweeps[name] for name in SIDES)))
        for name, sweep in sweeps.items():
            found.facts.setdefault(name, sweep.facts)
            if sweep.stopped and not found.stopped:
                found.stopped = sweep.stopped if sweep.interrupted else f"the {name} could not go on: {sweep.stopped}"
        if number == 0 and not found.stopped:
            require_comparable(Environments(*(found.facts[name] for name in SIDES)))
            require_same_work([pair for cell in self._open if (pair := self.restarts[0].pair(cell))])

    def _told(self, number: int) -> Progress:
        last = self._plan.looks[-1]
        width = f", widest interval so far ±{self._widest:.2%}" if math.isfinite(self._widest) else ""
        title = f"{self._asked.description.name}, restart {number + 1} of at most {last}: "
        left = str(self._remaining(number))
        return within(self._progress, phase=title, after=f"{', ' if left else ''}{left}{width}")

    def _remaining(self, done: int) -> Remaining:
        judged = self._asked.margin(self._plan) is not None
        return Remaining(
            seconds=self._clock() - self._began,
            done=done,
            most=self._plan.looks[-1],
            spent_seconds=self._spent,
            budget_seconds=self._plan.budget_seconds,
            afterwards=(*(["memory"] if self._plan.memory else []), *(["quality"] if judged else [])),
        )

    def _settle(self, cells: Sequence[ComparedCell]) -> None:
        """Keep what is settled, and go on with the cells of what isn't."""
        judged = [cell for cell in cells if cell.counts]
        self._settled |= {cell.name: cell for cell in judged if cell.name not in self._settled and self._is_done(cell)}
        waiting = [cell for cell in judged if cell.name not in self._settled]
        # What is pooled says nothing more where all its cells are settled.
        open_places = {cell.place for cell in waiting}
        waiting = [
            cell for cell in waiting if not cell.over or cell.has_tail or not open_places.isdisjoint(cell.places)
        ]
        # A curve leans on all cells of its loop, and so does what is pooled over them.
        loops = {cell.loop for cell in waiting if cell.batch_size is None}
        wanted = {(cell.batch_size, cell.loop) for cell in waiting}
        self._open = [cell for cell in self._open if cell.loop in loops or (cell.batch_size, cell.loop) in wanted]

    def _is_done(self, cell: ComparedCell) -> bool:
        if cell.effect is None:
            # Each side ran in some restarts, and never both: there may be more to come.
            return not (cell.lost and cell.lost.baseline and cell.lost.candidate)
        if self._plan.precision is None or table.named(cell.metric).is_difference:
            return cell.verdict is not Verdict.INCONCLUSIVE
        return _half_width(cell) <= math.log1p(self._plan.precision)

    def _compared(self, look: int, *, is_last: bool = False) -> list[ComparedCell]:
        found = quantities(self.restarts, self._asked.cells)
        levels = {pooled: design.level(look, is_last=is_last) for pooled, design in self._designs.items()}
        return [self._judge(each, levels[bool(each.over)]) for each in found if self._is_told(each)]

    def _is_told(self, quantity: OverRestarts) -> bool:
        """Whether it was measured, or is missed: what a platform lacks and nobody judges is not spoken of."""
        if not quantity.metric.is_optional or math.isfinite(quantity.baseline):
            return True
        return self._plan.policy.tolerance(quantity.metric.name, quantity.workload) is not None

    def _judge(self, quantity: OverRestarts, level: float) -> ComparedCell:
        tolerance = self._plan.policy.tolerance(quantity.metric.name, quantity.workload)
        of_location, of_means = shared(level) if quantity.tails else (level, level)
        effect = _effect(quantity, of_location)
        tail = quantity.tails.over_restarts(level=of_means) if quantity.tails else None
        noise = self._noise(quantity)
        own = self._cells_of(quantity)
        lost = lost_restarts(self.restarts, own)
        needed = None if tolerance is None else self._needed(quantity, effect, tolerance, tail, lost)
        cell = judged(
            workload=quantity.workload,
            metric=quantity.metric,
            batch_size=quantity.batch_size,
            loop=quantity.loop,
            sides=(quantity.baseline, quantity.candidate),
            effect=effect,
            tolerance=tolerance,
            rounds=quantity.rounds,
            restarts=effect.n,
            noise_floor=self._noise_floor(quantity, noise),
            over=quantity.over,
            tail=tail,
            lost=lost,
            chance_of_alike=quantity.chance_of_alike,
            needed=needed,
            warnings=(*quantity.warnings, *self._warnings(quantity), *_noisier(quantity, noise)),
        )
        is_missing = tolerance is not None and cell.effect is None and quantity.batch_size is not None
        if not (is_missing and only_the_candidate_fails(self.restarts, own)):
            return replace(cell, warnings=(told_of(lost), *cell.warnings)) if lost else cell
        failed = "the candidate can't run it, and the baseline can"
        return replace(cell, verdict=Verdict.REGRESSED, needed=None, warnings=(failed, *cell.warnings))

    def _needed(
        self,
        quantity: OverRestarts,
        effect: Estimate,
        tolerance: float,
        tail: Tail | None,
        lost: LostRestarts | None,
    ) -> str | None:
        """Return what would settle a cell, or None where that isn't known."""
        has_failed = lost is not None and lost.are_more
        if effect.n == 1 and self._is_spent and not has_failed:
            seconds = math.ceil(_FEWEST_RESTARTS * self._spent)
            took = f"a restart takes {self._spent:.1f} s a cell here"
            return f"--budget {seconds}s or more: {took}, and an interval takes two"
        if quantity.metric.is_difference:
            return None
        times = len(self.restarts) / effect.n if effect.n else 1.0
        return what_settles(effect, tolerance, tail=tail, lost=lost, level=self._last_level(quantity), times=times)

    def _last_level(self, quantity: OverRestarts) -> float:
        return self._designs[bool(quantity.over)].level(len(self._plan.looks) - 1)

    def _noise(self, quantity: OverRestarts) -> CalibratedCell | None:
        """Return what a calibration of this machine, with restarts of this length, says of it."""
        known, facts = self._calibration, self.restarts[0].baseline.facts if self.restarts else {}
        if known is None or not known.is_of(facts, budget_seconds=self._plan.budget_seconds, looks=self._plan.looks):
            return None
        return known.of(quantity.workload, quantity.metric.name, quantity.batch_size, quantity.loop)

    def _noise_floor(self, quantity: OverRestarts, noise: CalibratedCell | None) -> float | None:
        if noise is None or not noise.spread > 0:
            return None
        level = self._last_level(quantity)
        return smallest_detectable_effect(spread=noise.spread, restarts=self._plan.looks[-1], level=level)

    def _cells_of(self, quantity: OverRestarts) -> list[Cell]:
        """Return the cells that a quantity is of: one, those it is pooled over, or all that a curve is through."""
        own = {quantity.batch_size} if quantity.batch_size is not None else set(quantity.over)
        return [
            cell for cell in self._asked.cells if cell.loop == quantity.loop and (cell.batch_size in own or not own)
        ]

    def _warnings(self, quantity: OverRestarts) -> tuple[str, ...]:
        """Return what went wrong with a cell, of either side, each thing once."""
        found = [
            f"{name}: {warning}"
            for restart in self.restarts
            for name in SIDES
            for record in restart.side(name).records
            if (record.cell.batch_size, record.cell.loop) == (quantity.batch_size, quantity.loop)
            for warning in record.warnings
        ]
        return tuple(dict.fromkeys(found))


def _effect(quantity: OverRestarts, level: float) -> Estimate:
    """Return the effect over restarts with its interval, a ratio or a difference as the metric has it."""
    if quantity.metric.is_difference:
        return mean_interval(quantity.effects, level=level)
    ratio = ratio_over_restarts(quantity.effects, quantity.errors, level=level)
    # Of what has no visits, as a curve's parameter, there is nothing else to see.
    return ratio if quantity.tails else replace(ratio, is_location=False)


def _noisier(quantity: OverRestarts, calibrated: CalibratedCell | None) -> tuple[str, ...]:
    """Return a warning where restarts scatter more than when the machine was calibrated, beyond chance."""
    if calibrated is None:
        return ()
    spread = spread_of_restarts(quantity.effects, quantity.errors)
    restarts = int(np.isfinite(quantity.effects).sum())
    if not is_larger_spread(spread, restarts, calibrated.spread, calibrated.effects):
        return ()
    warning = (
        f"restarts scatter by {spread:.2%}, and by {calibrated.spread:.2%} when this machine was calibrated: it is "
        "noisier now"
    )
    return (warning,)


def _widest(cells: Sequence[ComparedCell]) -> float:
    """Return the largest finite half-width of what is judged and not settled; NaN without one."""
    widths = [_half_width(cell) for cell in cells if cell.counts and cell.verdict is Verdict.INCONCLUSIVE]
    return max(filter(math.isfinite, widths), default=math.nan)


def _half_width(cell: ComparedCell) -> float:
    """Return half the width of a ratio's interval, as a logarithm; infinite where there is none, or no ratio."""
    low, high = cell.interval
    return (
        math.inf
        if not low or not high or table.named(cell.metric).is_difference
        else (math.log(high) - math.log(low)) / 2
    )
