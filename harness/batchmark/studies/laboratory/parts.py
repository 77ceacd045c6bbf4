"""What an experiment is made of: trainings, trainings at a rate that is found first, epoch times and memory."""

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

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Workload and batch size of all that is measured by each loop."""
        return (*((self.workload, size) for size in self.batch_sizes), *self.beside)


Part = Arm | Tuned | Timing


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
