"""What is trained, timed and tried to choose a batch size, and by what it is chosen."""

from dataclasses import dataclass, field

from batchmark.course import constant
from batchmark.errors import BatchmarkError
from batchmark.loops import FIT
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.laboratory.parts import Arm, Fitting, Part, Timing
from batchmark.studies.questions import target_across
from batchmark.studies.questions.quality_across import QualityDesign
from batchmark.studies.questions.rules_of_rates import Rule
from batchmark.studies.questions.stored_times import StoredTimes
from batchmark.studies.questions.target_across import TargetDesign
from batchmark.workloads.workload import Description

SEEDS, CHOOSING_SEEDS = 10, 5
"""That are judged, and that choose the rates: at each batch size, to begin with."""
LARGER = 2
"""Batch sizes above the reference that are trained first, where nobody names some."""
TRAININGS_THAT_FIT = 20
ACCUMULATION = "gradient_accumulation_steps"


@dataclass(frozen=True)
class ChoiceDesign:
    """What is trained, and by what it is chosen."""

    workload: Description
    batch_sizes: tuple[int, ...]
    """Ascending; the workload's reference is among them. All of them are trained."""
    seeds: int
    tuning_seeds: int
    epochs: int
    rates: tuple[float, ...] = ()
    """Ascending, tried at each size; none: around the workload's own, and beyond where the best is the last of them."""
    target: float | None = None
    """In the unit of the metric itself; None: what the reference reaches, less the workload's margin."""
    is_quality: bool = True
    """Whether the target is of the workload's quality, else of its loss."""
    loops: tuple[str, ...] = (FIT,)
    """`fit` first: what others gain over it is told."""
    between: tuple[int, ...] = ()
    """Other batch sizes: timed with the rest, and trained where they are next to the best one and time is left."""
    backends: tuple[str, ...] = ()
    """Others than the one that trains: what they gain is told."""
    margin: float | None = None
    """How much of the largest batch size that trains is left free, as a share; None: what fits isn't asked."""
    memory_limit: int | None = None
    """In bytes, on a CPU; None: what the machine has."""
    stored: StoredTimes | None = field(default=None, repr=False)
    """Times that are there; None: they are measured."""

    def __post_init__(self) -> None:
        """Refuse what nothing could be chosen by, before anything is trained. Raises BatchmarkError."""
        if self.target is None and self.workload.quality_margin <= 0:
            message = (
                f"workload {self.workload.name!r} has no quality_margin to say how much less than its reference's "
                "quality will do; name a target, as --quality 0.95 or --loss 0.5"
            )
            raise BatchmarkError(message)
        if self.target is None and not self.is_quality:
            message = "a target without a number is of quality"
            raise BatchmarkError(message)
        if self.margin is not None and not 0 <= self.margin < 1:
            message = f"a margin of {100 * self.margin:g} %; expected from 0 % up to less than 100 %"
            raise BatchmarkError(message)
        self.to(0.0 if self.target is None else self.target)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What comes before all else: what the rest is depends on what fits."""
        return () if self.fitting is None else (self.fitting,)

    @property
    def sizes(self) -> tuple[int, ...]:
        """All that may be trained, ascending."""
        return tuple(sorted({*self.batch_sizes, *self.between}))

    @property
    def fitting(self) -> Fitting | None:
        """What fits into memory; None: it isn't asked."""
        if self.margin is None:
            return None
        return Fitting(self.workload.name, self.margin, self.sizes[-1], TRAININGS_THAT_FIT, self.memory_limit)

    def to(self, target: float) -> TargetDesign:
        """Return what it takes to reach `target`, at the sizes that are trained first."""
        return TargetDesign(
            self.workload,
            self.batch_sizes,
            target,
            self.is_quality,
            self.seeds,
            self.tuning_seeds,
            self.epochs,
            self.rates,
        )

    def times(self, sizes: tuple[int, ...]) -> Timing:
        """Return steady epochs of `sizes` by every loop and backend."""
        return Timing(self.workload.name, sizes, self.loops, target_across.TURNS, backends=self.backends)

    def quality_of(self, seeds: int, sizes: tuple[int, ...]) -> QualityDesign:
        """Return how the ends of so many judged trainings are compared, of these sizes: the reference is among them."""
        return QualityDesign(self.workload, sizes, seeds, self.epochs, (Budget.EPOCHS,), (Rule.FIXED,))


@dataclass(frozen=True)
class Micro:
    """How a batch size is trained that doesn't fit: batches of `size`, and an update after each so many `times`."""

    size: int
    times: int


def micro_for(size: int, fitting: int) -> Micro | None:
    """Return the largest micro-batch up to `fitting` that makes `size` evenly; None: there is none above 1."""
    for times in range(-(-size // fitting), size):
        if size % times == 0:
            return Micro(size // times, times)
    return None


def arm_of(
    design: ChoiceDesign, size: int, rate: float, *, seeds: int, first_seed: int, micro: Micro | None = None
) -> Arm:
    """Return trainings at a batch size: as they are, or by micro-batches whose gradients are accumulated."""
    course = constant(micro.size if micro else size, epochs=design.epochs, learning_rate=rate)
    settings = ((ACCUMULATION, float(micro.times)),) if micro else ()
    return Arm(design.workload.name, course, seeds, first_seed, settings)
