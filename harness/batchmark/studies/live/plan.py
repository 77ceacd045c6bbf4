"""What an upgrade's comparison is asked for, and how much is measured of it; fixed before anything is."""

from collections.abc import Sequence
from dataclasses import dataclass

from batchmark.analysis.looks import DEFAULT_LOOKS, Promise
from batchmark.comparison import Policy
from batchmark.measurement.plan import Plan
from batchmark.metrics import table
from batchmark.metrics.metric import Metric, Scope
from batchmark.metrics.quality import METRIC as QUALITY
from batchmark.records import Cell
from batchmark.studies.live.quality import DEFAULT_LOOKS as SEEDS
from batchmark.workloads import Description

SIDES = ("baseline", "candidate")
DEFAULT_BUDGET_SECONDS = 60.0
DEFAULT_BATCH_SIZES = "32,64,256"
"""Three: a cost curve takes as many."""
_MOST_TURNS = 100
_FEWEST_TURNS = 2
_NO_TIME = 1e-3
# Of rounds, or one round that takes longer: many short visits tell more than few long ones, whose rounds are alike.
_SECONDS_PER_VISIT = 0.02


@dataclass(frozen=True)
class UpgradePlan:
    """How much is measured at most, and how it is judged."""

    policy: Policy
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    """Of turns, on both sides together, for each cell; starting workers and compiling come on top."""
    precision: float | None = None
    """Go on until intervals are within ± this share, 0.01 for 1 %, instead of until verdicts are settled."""
    looks: tuple[int, ...] = DEFAULT_LOOKS
    """Restarts after which verdicts are sought."""
    memory: bool = True
    counters: bool = True
    explain: bool | None = None
    """Whether epochs are taken apart; None: where they regressed."""
    quality: bool = True
    seeds: tuple[int, ...] = SEEDS
    """Trainings of each side after which quality is judged."""
    first_epoch_limit_seconds: float = 60.0
    seed: int = 0

    def turns(self, cells: int, *, restart: int, spent_seconds: float) -> Plan:
        """Return the plan of one restart, from 0, over so many cells, of which each has spent `spent_seconds`."""
        return turns_of_restart(
            share_of_restart(self.budget_seconds, spent_seconds, restart=restart, restarts=self.looks[-1]) * cells,
            seed=self.seed * self.looks[-1] + restart,
            first_epoch_limit_seconds=self.first_epoch_limit_seconds,
        )


def share_of_restart(budget_seconds: float, spent_seconds: float, *, restart: int, restarts: int) -> float:
    """Return what restart number `restart`, from 0, has of what is left of a budget: as much as those after it.

    A restart ends at the end of a turn, so those before it may have taken less than theirs, or more.
    """
    # Something, where nothing is left: a restart that is begun has its fewest turns.
    return max(budget_seconds - spent_seconds, _NO_TIME) / (restarts - restart)


def turns_of_restart(budget_seconds: float, *, seed: int, first_epoch_limit_seconds: float = 60.0) -> Plan:
    """Return a plan of as many turns as fit into `budget_seconds`, at least two, in which sides alternate."""
    return Plan(
        turns=_MOST_TURNS,
        minimum_turns=_FEWEST_TURNS,
        budget_seconds=budget_seconds,
        seed=seed,
        first_epoch_limit_seconds=first_epoch_limit_seconds,
        waits_longer="--first-epoch-limit SECONDS waits longer",
        seconds_per_cell=_SECONDS_PER_VISIT,
        alternate=True,
    )


def looks_up_to(restarts: int) -> tuple[int, ...]:
    """Return the looks of a comparison that restarts at most so often, from 2: the default ones, and a last one."""
    return (*(look for look in DEFAULT_LOOKS if look < restarts), restarts)


@dataclass(frozen=True)
class Asked:
    """A workload and what of it is compared."""

    description: Description
    """As the baseline has it."""
    cells: tuple[Cell, ...]
    candidate: Description | None = None
    """As the candidate has it, which may train it otherwise; None: alike."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The batch sizes, ascending."""
        return tuple(sorted({cell.batch_size for cell in self.cells}))

    @property
    def loops(self) -> tuple[str, ...]:
        """The loops, in the order they were asked for."""
        return tuple(dict.fromkeys(cell.loop for cell in self.cells))

    @property
    def descriptions(self) -> dict[str, Description]:
        """The workload as each side has it."""
        return dict(zip(SIDES, (self.description, self.candidate or self.description), strict=True))

    def margin(self, plan: UpgradePlan) -> float | None:
        """Return the difference in quality that would matter, or None where quality isn't judged."""
        description = self.description
        if not plan.quality or not description.quality_metric:
            return None
        named = plan.policy.names(QUALITY.name, description.name)
        margin = plan.policy.tolerance(QUALITY.name, description.name) if named else description.quality_margin
        # Without a margin there is nothing to be equivalent within.
        return margin or None

    def judgements(self, plan: UpgradePlan) -> int:
        """Return how many judgements it takes that are not over all batch sizes."""
        judged = [
            metric
            for metric in self._judged(plan)
            if metric.is_in_turns or (metric.is_alone_in_a_process and plan.memory)
        ]
        quality = 0 if self.margin(plan) is None else len(self.sizes)
        return sum(len(self.loops if metric.scope is Scope.LOOP else self.cells) for metric in judged) + quality

    def pooled_judgements(self, plan: UpgradePlan) -> int:
        """Return how many it takes that are over all batch sizes of a loop."""
        loops = [loop for loop in self.loops if sum(cell.loop == loop for cell in self.cells) > 1]
        return len(loops) * sum(metric.is_pooled for metric in self._judged(plan))

    def _judged(self, plan: UpgradePlan) -> list[Metric]:
        return [
            metric for metric in table.METRICS if plan.policy.tolerance(metric.name, self.description.name) is not None
        ]


def promise_of(asked: Sequence[Asked], plan: UpgradePlan) -> Promise:
    """Return how all judgements that `asked` take share the probability of a false alarm."""
    return Promise(
        confidence=plan.policy.confidence,
        pooled=sum(each.pooled_judgements(plan) for each in asked),
        others=max(1, sum(each.judgements(plan) for each in asked)),
    )
