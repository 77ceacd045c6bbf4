"""One cell while it is measured, and what a measurement returns."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from batchmark.measurement.protocol.answers import Burst, Opened
from batchmark.proofs import Proof
from batchmark.records import Cell, CellRecord, Status


@dataclass(frozen=True)
class Measured:
    """What a sweep measured, whole or in part."""

    records: tuple[CellRecord, ...]
    """In the order the cells were asked for, one each."""
    stopped: str | None = None
    """Why measuring ended before the plan did, or None."""
    interrupted: bool = False
    """Whether it was the user who ended it."""


@dataclass
class Bench:
    """One cell while it is measured."""

    cell: Cell
    seed: int
    loop: str = ""
    """What runs the cell: its own loop, or the one that was chosen for it."""
    opened: Opened | None = None
    turns: dict[int, tuple[float, ...]] = field(default_factory=dict)
    places: dict[int, tuple[int, ...]] = field(default_factory=dict)
    instruments: dict[str, dict[int, tuple[float, ...]]] = field(default_factory=dict)
    """By the metric's name and the turn."""
    ended: Status | None = None
    warnings: list[str] = field(default_factory=list)
    trial: Mapping[str, float] = field(default_factory=dict)
    waiting_share: float | None = None
    proof: Proof | None = None

    def __post_init__(self) -> None:
        """Run the cell by its own loop."""
        self.loop = self.loop or self.cell.loop

    @property
    def is_live(self) -> bool:
        """Whether there is a training to take turns with."""
        return self.opened is not None and self.ended is None

    @property
    def epoch_seconds(self) -> float:
        """About what an epoch takes; NaN before there was one."""
        return self.opened.warm_epoch_seconds if self.opened else math.nan

    def choose(self, loop: str, trial: Mapping[str, float]) -> None:
        """Run the cell by `loop`, which a trial chose."""
        self.loop, self.trial = loop, trial

    def take_proof(self, proof: Proof) -> None:
        """Take what was found beside ``fit``; a loop that does other work drops out."""
        self.proof = proof
        if proof.is_refused:
            self.ended = Status.REFUSED
            self.warnings.append(f"{self.loop} is refused, it does other work than fit: {proof.reason}")

    def accept(self, opened: Opened) -> None:
        """Take what the first epochs told."""
        self.opened = opened
        if opened.diverged:
            self._diverge()

    def accept_again(self, opened: Opened) -> None:
        """Go on with a new training, in a new process, after another cell ended the one before."""
        if self.turns:
            self.warnings.append("measured in more than one process: another cell ended its worker")
        if opened.diverged:
            self._diverge()

    def add(self, turn: int, place: int, burst: Burst) -> None:
        """Take a visit's rounds."""
        if burst.seconds_per_round:
            self.turns[turn] = (*self.turns.get(turn, ()), *burst.seconds_per_round)
            self.places[turn] = (*self.places.get(turn, ()), place)
            for name, values in burst.instruments.items():
                shown = self.instruments.setdefault(name, {})
                shown[turn] = (*shown.get(turn, ()), *values)
        if burst.diverged:
            self._diverge()

    def fail(self, reason: str) -> None:
        """Drop out."""
        self.ended = Status.FAILED
        self.warnings.append(reason)

    def give_up(self, reason: str) -> None:
        """End without a fault of its own: rounds that there are stay."""
        self.ended = Status.INTERRUPTED if self.turns else Status.NOT_TRIED
        self.warnings.append(reason)

    def _diverge(self) -> None:
        self.ended = Status.DIVERGED
        rate = self.opened.learning_rate if self.opened else None
        at = "" if rate is None else f" at learning rate {rate:g}"
        self.warnings.append(f"a log or the weights stopped being finite{at}; try a smaller one")

    def _covers(self, shown: Mapping[int, tuple[float, ...]]) -> bool:
        """Whether an instrument showed something of every round: one that was there for some of them is left out."""
        return {turn: len(values) for turn, values in shown.items()} == {
            turn: len(rounds) for turn, rounds in self.turns.items()
        }

    def record(self, stopped: str | None) -> CellRecord:
        """Return what was measured; `stopped` says why the whole measurement ended early."""
        opened = self.opened
        unfinished = stopped is not None and self.ended is None
        rate = opened.learning_rate if opened else None
        return CellRecord(
            cell=self.cell,
            workload_version=opened.workload_version if opened else 0,
            compilation=opened.compilation if opened else "",
            examples=opened.examples if opened else 0,
            steps_per_epoch=-(-opened.examples // self.cell.batch_size) if opened else 0,
            first_epoch_seconds=opened.first_epoch_seconds if opened else math.nan,
            seconds_per_round=tuple(self.turns.values()),
            places=tuple(self.places.values()),
            learning_rate=math.nan if rate is None else rate,
            seed=self.seed,
            status=self.ended or (Status.INTERRUPTED if unfinished else Status.COMPLETE),
            warnings=(*dict.fromkeys(self.warnings), *([stopped] if unfinished and stopped else [])),
            compilation_trial=dict(self.trial),
            waiting_share=self.waiting_share,
            proof=self.proof,
            instruments={
                name: tuple(shown.values()) for name, shown in self.instruments.items() if self._covers(shown)
            },
        )
