"""How a training goes: phases of batch size and learning rate, when it is looked at, and what is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

DISTANCE, NOISE, SPREAD, SHARPNESS, TRAINING_LOSS = "distance", "noise", "spread", "sharpness", "training_loss"
PROJECTIONS = "projections"
INSTRUMENTS = (DISTANCE, NOISE, SPREAD, SHARPNESS, TRAINING_LOSS, PROJECTIONS)
"""What can be looked at; `batchmark.training.observing` says of each what it finds."""


@dataclass(frozen=True)
class Phase:
    """Some epochs at one batch size and one learning rate."""

    epochs: int
    batch_size: int
    learning_rate: float | None = None
    """None: the model's own; then it is in every phase."""


@dataclass(frozen=True)
class Course:
    """Phases, one after the other in one training: the optimizer's state goes on.

    An epoch is every example once, in an order that belongs to the seed; the partial last batch is trained too.

    Raises ValueError: no phase, a number below 1, or learning rates in some phases only.
    """

    phases: tuple[Phase, ...]
    epochs_per_look: int = 1
    """Evaluated after each so many epochs, and at the end of the training."""
    examples_per_look: int | None = None
    """Evaluated within an epoch too, after each so many examples: a multiple of every batch size."""

    def __post_init__(self) -> None:
        """Refuse what trains nothing."""
        numbers = [self.epochs_per_look, self.examples_per_look or 1]
        numbers += [number for phase in self.phases for number in (phase.epochs, phase.batch_size)]
        if not self.phases or min(numbers) < 1:
            message = f"phases {self.phases}, looks every {numbers[:2]}: expected a phase, and numbers from 1"
            raise ValueError(message)
        if len({phase.learning_rate is None for phase in self.phases}) > 1:
            message = f"phases {self.phases}: expected a learning rate in each of them, or in none"
            raise ValueError(message)
        for phase in self.phases:
            if self.examples_per_look and self.examples_per_look % phase.batch_size:
                message = f"looks every {self.examples_per_look} examples cut batches of {phase.batch_size} in two"
                raise ValueError(message)

    @property
    def epochs(self) -> int:
        """The number of epochs in all."""
        return sum(phase.epochs for phase in self.phases)

    def stretches(self, examples: int) -> Iterator["Stretch"]:
        """Yield what is trained between two things that happen, over `examples` training examples."""
        done = 0
        for phase in self.phases:
            for _ in range(phase.epochs):
                done += 1
                for begin, end in pairwise([*range(0, examples, self.examples_per_look or examples), examples]):
                    is_looked_at = end < examples or done % self.epochs_per_look == 0 or done == self.epochs
                    size = min(phase.batch_size, examples)
                    yield Stretch(size, phase.learning_rate, begin, end, is_looked_at=is_looked_at)


@dataclass(frozen=True)
class Stretch:
    """Part of an epoch, or all of it: examples of its order, from `begin` up to `end`."""

    batch_size: int
    learning_rate: float | None
    begin: int
    end: int
    is_looked_at: bool

    @property
    def steps(self) -> int:
        """Updates, the partial batch included."""
        return -(-(self.end - self.begin) // self.batch_size)


@dataclass(frozen=True)
class Instrument:
    """What is looked at, beside the evaluation, and how."""

    kind: str
    """One of `INSTRUMENTS`."""
    batch_sizes: tuple[int, ...] = ()
    """Of the gradients: two for `NOISE`, smaller first; any number for `SPREAD`."""
    batches: int = 0
    """Gradients of each size, from other examples each time; of `PROJECTIONS`, how many there are."""
    box: float = 0.0
    """Of `SHARPNESS`: the box's relative half-width."""
    looks: tuple[int, ...] = ()
    """At which looks, from 0; -1 is the last. None: at all of them."""


@dataclass(frozen=True)
class Asked:
    """Trainings that differ in their seed alone: a workload, how its optimizer is set, and a course."""

    workload: str
    course: Course
    seeds: tuple[int, ...]
    settings: dict[str, float] = field(default_factory=dict)
    """What the model's optimizer is given in place of its own: ``momentum``, ``beta_2``,
    ``gradient_accumulation_steps``."""
    instruments: tuple[Instrument, ...] = ()


def constant(batch_size: int, *, epochs: int, learning_rate: float | None = None, epochs_per_look: int = 1) -> Course:
    """Return `epochs` at one batch size and one learning rate."""
    return Course((Phase(epochs, batch_size, learning_rate),), epochs_per_look)


def warmed_up(course: Course, epochs: int, *, starting_rate: float) -> Course:
    """Return `course` with its first `epochs` at rates that rise evenly from `starting_rate` to its first phase's.

    Source: Goyal et al. 2017, arXiv 1706.02677, section 2.2. Deviation: the rate rises by the epoch, not by the step.

    Raises ValueError: the first phase has no rate of its own, or not more epochs than `epochs`.
    """
    first, *others = course.phases
    if first.learning_rate is None or first.epochs <= epochs:
        message = f"{first} can't be warmed up over {epochs} epochs: expected a learning rate, and more epochs"
        raise ValueError(message)
    rises = first.learning_rate - starting_rate
    rising = [Phase(1, first.batch_size, starting_rate + rises * each / epochs) for each in range(epochs)]
    return replace(course, phases=(*rising, replace(first, epochs=first.epochs - epochs), *others))
