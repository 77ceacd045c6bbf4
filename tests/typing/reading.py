"""A program that reads what was stored: type checkers read it, nothing runs it."""

from pathlib import Path
from typing import TYPE_CHECKING

from batchmark import (
    BatchmarkError,
    Cell,
    CellRecord,
    ComparedCell,
    Comparison,
    Environments,
    Outcome,
    Policy,
    Proof,
    Status,
    StoredSweep,
    Verdict,
    __version__,
    read_comparison,
    read_sweep,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

version: str = __version__


def of_a_sweep(path: Path) -> None:
    stored: StoredSweep = read_sweep(path)
    records: tuple[CellRecord, ...] = stored.records
    machine: Mapping[str, object] = stored.machine_info
    when: str = stored.datetime
    stopped: str | None = stored.stopped
    print(machine, when, stopped, *map(of_a_record, records))  # noqa: T201


def of_a_record(record: CellRecord) -> float:
    cell: Cell = record.cell
    size: int = cell.batch_size
    rounds: tuple[tuple[float, ...], ...] = record.seconds_per_round
    proof: Proof | None = record.proof
    if record.status is not Status.COMPLETE or (proof and proof.outcome is Outcome.OTHER_WORK) or not rounds:
        return 0.0
    return size * record.examples_per_second


def of_a_comparison(path: str) -> bool:
    try:
        comparison: Comparison = read_comparison(path)
    except BatchmarkError as error:
        raise SystemExit(str(error)) from error
    cells: tuple[ComparedCell, ...] = comparison.cells
    environments: Environments = comparison.environment
    baseline: Mapping[str, object] = environments.baseline
    policy: Policy = comparison.policy
    confidence: float = policy.confidence
    slower = [cell for cell in cells if cell.metric == "seconds_per_epoch" and cell.effect and cell.effect > 1]
    print(baseline, confidence, slower)  # noqa: T201
    return comparison.verdict is Verdict.REGRESSED
