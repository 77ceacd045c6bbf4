"""Where the time of an epoch goes, as a sampler and a profiler saw it on one side."""

from dataclasses import dataclass, field
from enum import StrEnum

from batchmark.bounds import Count, NotNegative


class Phase(StrEnum):
    """What an epoch's time is spent on, seen from the thread that trains."""

    BETWEEN_EPOCHS = "between epochs"
    """Outside of the loop over steps: what ends one epoch and begins the next."""
    PYTHON = "Python per step"
    """In the loop over steps, and neither of the other."""
    DATA = "waiting for data"
    """Where the loop over steps asks for what comes next."""
    OPERATIONS = "operations"
    """Where the backend was told to run something, and Python waits for it or hands it over."""
    COMPILATION = "compilation"
    """Tracing and compiling: a steady epoch has none."""


@dataclass(frozen=True)
class Frame:
    """A function on the stack."""

    name: str
    """As in ``Trainer.fit``."""
    module: str
    """As in ``keras.src.trainers.trainer``; what has no module, its file's name."""
    line: Count
    """Where it begins."""
    package: str = ""
    """The installed package it is in; empty for Python's own, the harness and the user's files."""
    runs_anything: bool = False
    """Whether it runs whatever it is told to: that it takes long says nothing of itself."""

    @property
    def place(self) -> str:
        """What it is found by on another side, where its line may be another."""
        return f"{self.module}:{self.name}"


@dataclass(frozen=True)
class Stack:
    """Frames that were seen together, and for how long."""

    frames: tuple[Count, ...]
    """Places in `Profile.frames`, the outermost first."""
    phase: Phase | None
    """None: whose ``fit`` it is has no loops that tell phases."""
    seconds: NotNegative
    """In an epoch."""


@dataclass(frozen=True)
class Called:
    """A function that was called, counted."""

    name: str
    module: str
    package: str
    line: Count
    calls: NotNegative
    """In an epoch."""

    @property
    def place(self) -> str:
        """What it is found by on another side."""
        return f"{self.module}:{self.name}"


@dataclass(frozen=True)
class Operation:
    """A kind of operation that the backend ran."""

    kind: str
    """As in ``MatMul``."""
    count: NotNegative
    """In a step."""
    seconds: NotNegative
    """In a step, of all of them together."""


@dataclass(frozen=True)
class Profile:
    """One cell's epochs on one side, taken apart."""

    seconds_per_epoch: NotNegative
    """While they were sampled, which makes them a little longer."""
    epochs: Count
    samples: Count
    frames: tuple[Frame, ...]
    stacks: tuple[Stack, ...]
    """Those that took longest; the others are left out."""
    phases: dict[str, NotNegative]
    """Seconds of an epoch in each phase, all stacks counted; empty where none can be told."""
    called: tuple[Called, ...]
    """Those that are called most."""
    calls: NotNegative
    """Of all functions, in an epoch."""
    operations: tuple[Operation, ...] = ()
    packages: dict[str, str] = field(default_factory=dict)
    """The version of each package that a frame or a call is in."""
    missing: tuple[str, ...] = ()
    """What could not be seen, and why."""
    calls_counted_by: str = ""
    """As in ``cProfile, Python 3.11``: calls that others counted are not comparable. Empty in older files."""
