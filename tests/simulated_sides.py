"""Two sides taking turns, simulated: what `batchmark.studies.live.sides.run_sides` would have measured, in no time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from batchmark.measurement.plan import Plan
from batchmark.records import Cell, CellRecord
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import Description
from synthetic import record_of

FACTS = {"device": "CPU", "cores": 2}


class SimulatedSides:
    """Stands in for `run_sides`: turns that both sides share, and an offset of each process."""

    def __init__(
        self,
        *,
        slower: Mapping[int, float] | float = 1.0,
        process: float = 0.002,
        turns: int = 5,
        seed: int = 0,
        change: Callable[[int, str, CellRecord], CellRecord] = lambda _number, _side, record: record,
        stopped: Mapping[int, Sweep | BaseException] | None = None,
        facts: Mapping[str, Mapping[str, object]] | None = None,
        seconds_of_a_restart: float = 0.0,
        interrupted_at: int | None = None,
    ) -> None:
        self._slower = slower
        self._process = process
        self._turns = turns
        self._generator = np.random.default_rng(seed)
        self._change = change
        self._stopped = stopped or {}
        self._facts = facts or {}
        self._seconds_of_a_restart = seconds_of_a_restart
        self._interrupted_at = interrupted_at
        self._now = 0.0
        self.compilations: list[Mapping[str, str] | None] = []
        self.apart: list[Sequence[Sequence[str]]] = []
        self.proofs: list[Mapping[str, dict[Any, Any]] | None] = []
        self.asked: list[tuple[Sequence[Cell], Plan]] = []

    def clock(self) -> float:
        """Return the time, in seconds: it passes in restarts alone."""
        return self._now

    def __call__(
        self,
        sides: Mapping[str, Any],
        cells: Sequence[Cell],
        plan: Plan,
        _description: Description,
        *,
        progress: Any,
        before_turn: Callable[[], None] = lambda: None,
        compilation: Mapping[str, str] | None = None,
        apart: Sequence[Sequence[str]] = (),
        proofs: Mapping[str, dict[Any, Any]] | None = None,
    ) -> dict[str, Sweep]:
        number = len(self.asked)
        self.proofs.append(proofs)
        self.apart.append(apart)
        self.asked.append((tuple(cells), plan))
        progress(phase="turns", done=0, of=1, detail="simulated")
        if isinstance(failed := self._stopped.get(number), BaseException):
            raise failed
        self.compilations.append(compilation)
        before_turn()
        self._now += self._seconds_of_a_restart
        common = np.cumsum(self._generator.normal(0, 0.1, self._turns))
        sweeps = {side: self._sweep(number, side, cells, common) for side in sides}
        progress(phase="turns", done=1, of=1, detail="simulated")
        if failed is not None:
            sweeps["candidate"] = failed
        if number == self._interrupted_at:
            sweeps = {
                side: replace(sweep, stopped="interrupted by Ctrl-C", interrupted=True)
                for side, sweep in sweeps.items()
            }
        return sweeps

    def _sweep(self, number: int, side: str, cells: Sequence[Cell], common: Any) -> Sweep:
        offset = self._generator.normal(0, self._process)
        records = []
        for cell in cells:
            slower = self._slower if isinstance(self._slower, float) else self._slower.get(cell.batch_size, 1.0)
            factor = slower if side == "candidate" else 1.0
            seconds = (0.02 + 0.5 / cell.batch_size) * factor
            turns = seconds * np.exp(common + offset + self._generator.normal(0, 0.004, self._turns))
            record = record_of(cell.batch_size, [[float(value)] for value in turns], cell=cell)
            # One visit of each side in a turn, one right after the other.
            record = replace(record, places=((int(side.startswith("candidate")),),) * self._turns)
            records.append(self._change(number, side, record))
        return Sweep(tuple(records), {**FACTS, **self._facts.get(side, {})})
