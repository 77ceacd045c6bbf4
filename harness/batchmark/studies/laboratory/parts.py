"""What an experiment is made of: trainings, trainings at a rate that is found first, epoch times, and what fits."""

from dataclasses import dataclass, replace

from batchmark.course import Asked, Course, Instrument
from batchmark.records import CellRecord
from batchmark.trainings import Followed


@dataclass(frozen=True)
class Arm:
    """Trainings that are paired by seed with those of other arms: the same initial weights, the same orders."""

    workload: str
    course: Course
    seeds: int
    """Seeds 0 to this many."""
    first_seed: int = 0
    settings: tuple[tuple[str, float], ...] = ()
    """As `batchmark.course.Asked` has them."""
    instruments: tuple[Instrument, ...] = ()

    @property
    def asked(self) -> Asked:
        """What a worker is asked for."""
        seeds = tuple(range(self.first_seed, self.first_seed + self.seeds))
        return Asked(self.workload, self.course, seeds, dict(self.settings), self.instruments)


@dataclass(frozen=True)
class Tuned:
    """An arm whose learning rate is the best of a grid, chosen on other seeds than those that are judged."""

    arm: Arm
    """Its course's rates are multiplied by the factor that is found; they have to be numbers."""
    factors: tuple[float, ...]
    """Ascending."""
    tuning_seeds: int
    by: str = "fresh_loss"
    """What is best: ``fresh_loss``, lowest, or ``fresh_quality``, highest; the median over the tuning seeds, where a
    diverged seed is the worst."""

    def __post_init__(self) -> None:
        """Refuse to tune what has no rate. Raises ValueError."""
        if not self.factors or any(not phase.learning_rate for phase in self.arm.course.phases):
            message = (
                f"{self.arm.course} with factors {self.factors}: expected a learning rate in each phase, and factors"
            )
            raise ValueError(message)

    def tried(self, factor: float) -> Arm:
        """Return the tuning arm at `factor`: its seeds begin after those that are judged."""
        first = self.arm.first_seed + self.arm.seeds
        return replace(self.at(factor), seeds=self.tuning_seeds, first_seed=first, instruments=())

    def at(self, factor: float) -> Arm:
        """Return the judged arm at `factor`."""
        phases = tuple(
            replace(phase, learning_rate=(phase.learning_rate or 0.0) * factor) for phase in self.arm.course.phases
        )
        return replace(self.arm, course=replace(self.arm.course, phases=phases))


@dataclass(frozen=True)
class Timing:
    """Steady-state epochs of cells, interleaved, as ``pytest --benchmark-only`` measures them."""

    workload: str
    batch_sizes: tuple[int, ...]
    loops: tuple[str, ...] = ("fit",)
    turns: int = 20
    memory: bool = False
    """The peak memory of each cell too, in fresh processes."""
    beside: tuple[tuple[str, int], ...] = ()
    """Cells of other workloads, by name and batch size, that are measured in the same turns."""
    backends: tuple[str, ...] = ()
    """Others than the one that trains, measured in the same turns by those of the loops that they have."""

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Workload and batch size of all that is measured by each loop."""
        return (*((self.workload, size) for size in self.batch_sizes), *self.beside)


@dataclass(frozen=True)
class Fitting:
    """The largest batch size that fits into memory by ``fit``, less a margin, and some trainings at it."""

    workload: str
    margin: float
    """The share of the largest that trains that is left free, from 0 to 1; nothing, where that is the maximum."""
    maximum: int
    """No larger batch size is tried."""
    trainings: int
    memory_limit: int | None = None
    """In bytes, on a CPU; None: as `batchmark.studies.sweep.largest` has it."""


Part = Arm | Tuned | Timing | Fitting


@dataclass(frozen=True)
class Chosen:
    """What a `Tuned` part comes to."""

    followed: Followed
    factor: float
    is_at_edge: bool
    """Whether the best factor is the grid's first or last."""
    losses: tuple[float, ...]
    """Of the factors, what they were chosen by."""


@dataclass(frozen=True)
class Timed:
    """What a `Timing` comes to."""

    records: tuple[CellRecord, ...]
    facts: dict[str, object]


@dataclass(frozen=True)
class Fits:
    """What a `Fitting` comes to."""

    largest: int | None
    """The largest batch size that trained; None: not even 1 did."""
    is_maximum: bool
    """Whether that is the largest that was to be tried."""
    batch_size: int | None
    """With the margin."""
    trained: int
    """Trainings at it that went through, of those that were tried."""
    tried: int
    peak_bytes: int | None
    """The most that one of them took: of the GPU where there is one, else of the process. None: not known."""
    limit_bytes: int | None
    """On the process; None on a GPU, whose own memory is the limit."""
    why_not: str = ""
    """Of the first of them that didn't go through."""
