"""The stored form of a sweep: a pytest-benchmark JSON file with everything of ours in ``extra_info``.

`SCHEMA` is raised whenever a key changes its meaning or goes; a key may be added without. Keys that can be
computed from others (what stands for the rounds of each metric that has some, ``examples_per_second``,
``seconds_per_step``, ``compile_seconds``) are there for other programs that read the file, and are not read back. A
number that isn't known is null.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from batchmark.errors import StoredFileError
from batchmark.files.json_file import read_json
from batchmark.metrics import table
from batchmark.proofs import Proof
from batchmark.records import Cell, CellRecord, Status

SCHEMA = 1
SCHEMA_KEY = "batchmark_schema"
FACTS_KEY = "batchmark"
"""Where our part of pytest-benchmark's ``machine_info`` stands."""
REST_KEY = "batchmark"
"""Where the rest of a sweep stands in the file: see `rest_of_sweep`."""

_HOW_TO_STORE = "a sweep is stored by pytest --benchmark-only --benchmark-json FILE"

_Count = Annotated[int, msgspec.Meta(ge=0)]
_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_Shown = Annotated[float, msgspec.Meta(ge=0, le=sys.float_info.max)]
_Turn = Annotated[tuple[_Seconds, ...], msgspec.Meta(min_length=1)]


class _Stored(msgspec.Struct, frozen=True):
    """The keys that are read back, with their types."""

    workload: str
    workload_version: _Count
    batch_size: Annotated[int, msgspec.Meta(ge=1)]
    loop: str
    compilation: str
    compilation_trial: dict[str, _Seconds | None]
    examples: _Count
    steps_per_epoch: _Count
    first_epoch_seconds: _Seconds | None
    seconds_per_round: tuple[_Turn, ...]
    learning_rate: float | None
    seed: int
    places: tuple[tuple[_Count, ...], ...]
    status: Status
    warnings: tuple[str, ...]
    # Added later: files from before don't have them.
    tokens_per_example: Annotated[int, msgspec.Meta(ge=1)] | None = None
    waiting_share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    peak_host_bytes: _Count | None = None
    peak_device_bytes: _Count | None = None
    proof: Proof | None = None
    instruments: dict[str, tuple[tuple[_Shown, ...], ...]] = {}


@dataclass(frozen=True)
class StoredSweep:
    """A sweep as it was stored."""

    records: tuple[CellRecord, ...]
    """In the file's order, each cell once."""
    machine_info: Mapping[str, object]
    """As pytest-benchmark wrote it, ours under ``batchmark``."""
    datetime: str
    """When it was stored, as pytest-benchmark wrote it."""
    stopped: str | None = None
    """Why measuring ended before its plan did, or None."""


def to_extra_info(record: CellRecord) -> dict[str, object]:
    """Return the flat, JSON-safe form of `record`."""
    is_measured = record.turns > 0
    return {
        SCHEMA_KEY: SCHEMA,
        "workload": record.cell.workload,
        "workload_version": record.workload_version,
        "batch_size": record.cell.batch_size,
        "loop": record.cell.loop,
        "compilation": record.compilation,
        "compilation_trial": {name: _known(seconds) for name, seconds in record.compilation_trial.items()},
        "examples": record.examples,
        "steps_per_epoch": record.steps_per_epoch,
        **{metric.name: metric.value(record) for metric in table.METRICS if metric.is_by_round},
        "examples_per_second": _known(record.examples_per_second) if is_measured else None,
        "seconds_per_step": _known(record.seconds_per_step) if is_measured else None,
        "first_epoch_seconds": _known(record.first_epoch_seconds),
        "compile_seconds": _known(record.compile_seconds) if is_measured else None,
        "seconds_per_round": [list(turn) for turn in record.seconds_per_round],
        "learning_rate": _known(record.learning_rate),
        "seed": record.seed,
        "places": [list(turn) for turn in record.places],
        "status": str(record.status),
        "warnings": list(record.warnings),
        "tokens_per_example": record.tokens_per_example,
        "waiting_share": record.waiting_share,
        "peak_host_bytes": record.peak_host_bytes,
        "peak_device_bytes": record.peak_device_bytes,
        "proof": None if record.proof is None else msgspec.to_builtins(record.proof),
        "instruments": {name: [list(turn) for turn in turns] for name, turns in record.instruments.items()},
    }


def from_extra_info(mapping: Mapping[str, object]) -> CellRecord:
    """Return the record that `to_extra_info` wrote.

    Raises StoredFileError: another schema, a key that is missing or has a wrong type, seconds that are
    not above 0, rounds of no examples.
    """
    schema = mapping.get(SCHEMA_KEY)
    if type(schema) is not int or schema != SCHEMA:
        message = (
            f"the cells have {SCHEMA_KEY} {ascii(schema)[:40]} and this version of batchmark reads {SCHEMA}; "
            "read the file with the version that wrote it, or measure again"
        )
        raise StoredFileError(message)
    try:
        stored = msgspec.convert(mapping, _Stored)
    except (msgspec.ValidationError, OverflowError) as error:
        raise _cell_error(mapping, str(error)) from error
    if stored.seconds_per_round and not (stored.examples and stored.steps_per_epoch):
        raise _cell_error(mapping, "it has rounds, but no examples or no steps per epoch")
    if any(math.isinf(seconds) for turn in stored.seconds_per_round for seconds in turn):
        raise _cell_error(mapping, "a round of infinitely many seconds")
    for name, turns in stored.instruments.items():
        if tuple(map(len, turns)) != tuple(map(len, stored.seconds_per_round)):
            raise _cell_error(mapping, f"{name} has other rounds than seconds_per_round")
    return CellRecord(
        cell=Cell(stored.workload, stored.batch_size, stored.loop),
        workload_version=stored.workload_version,
        compilation=stored.compilation,
        examples=stored.examples,
        steps_per_epoch=stored.steps_per_epoch,
        first_epoch_seconds=_nan_if_unknown(stored.first_epoch_seconds),
        seconds_per_round=stored.seconds_per_round,
        learning_rate=_nan_if_unknown(stored.learning_rate),
        seed=stored.seed,
        places=stored.places,
        status=stored.status,
        warnings=stored.warnings,
        compilation_trial={name: _nan_if_unknown(seconds) for name, seconds in stored.compilation_trial.items()},
        tokens_per_example=stored.tokens_per_example,
        waiting_share=stored.waiting_share,
        peak_host_bytes=stored.peak_host_bytes,
        peak_device_bytes=stored.peak_device_bytes,
        proof=stored.proof,
        instruments=stored.instruments,
    )


def read_sweep(path: Path | str) -> StoredSweep:
    """Read the cells of a pytest-benchmark JSON file; benchmarks of other suites in it are ignored.

    Raises StoredFileError: no such file, not readable, not JSON, not pytest-benchmark's, no cell of ours in
    it, the same cell twice with different rounds, and what `from_extra_info` raises.
    """
    content = read_json(path, _HOW_TO_STORE)
    match content:
        case {"benchmarks": list(benchmarks), "machine_info": dict(machine_info), "datetime": str(datetime)}:
            pass
        case _:
            message = f"{path} is JSON, but not a file of pytest-benchmark; {_HOW_TO_STORE}"
            raise StoredFileError(message)
    records: dict[Cell, CellRecord] = {}
    stopped, without_benchmark = _rest(content)
    for extra_info in [*filter(None, map(_ours, benchmarks)), *without_benchmark]:
        record = _record(path, extra_info)
        # Two tests that play the same sweep store the same cells: NaN would make equal records differ.
        if record.cell in records and to_extra_info(records[record.cell]) != to_extra_info(record):
            message = f"{path} holds {str(record.cell)!a} twice with different rounds; store one sweep a file"
            raise StoredFileError(message)
        records.setdefault(record.cell, record)
    if not records:
        message = f"{path} holds {len(benchmarks)} benchmarks, none of them a cell of batchmark; {_HOW_TO_STORE}"
        raise StoredFileError(message)
    return StoredSweep(tuple(records.values()), machine_info, datetime, stopped)


def rest_of_sweep(
    records: Sequence[CellRecord], benchmarks: Sequence[object], stopped: str | None
) -> dict[str, object]:
    """Return what a file's `benchmarks` don't hold of a sweep: why it stopped, and the cells without a benchmark.

    pytest-benchmark stores tests that have rounds: a cell that diverged at once, or that the sweep or a test run
    with ``-x`` never reached, isn't among them. It stands in the file under `REST_KEY`.
    """
    stored = {_name_of(extra_info) for extra_info in filter(None, map(_ours, benchmarks))}
    forms = [to_extra_info(record) for record in records]
    return {"stopped": stopped, "cells": [form for form in forms if _name_of(form) not in stored]}


def _rest(content: object) -> tuple[str | None, list[dict[str, object]]]:
    match content:
        case {"batchmark": {"stopped": str() | None as stopped, "cells": list(cells)}}:
            return stopped, [cell for cell in cells if isinstance(cell, dict)]
        case _:
            return None, []


def _name_of(extra_info: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(extra_info.get(key) for key in ("workload", "batch_size", "loop"))


def _record(path: Path | str, extra_info: Mapping[str, object]) -> CellRecord:
    try:
        return from_extra_info(extra_info)
    except StoredFileError as error:
        message = f"{path}: {error}"
        raise StoredFileError(message) from error


def _ours(benchmark: object) -> dict[str, object] | None:
    """Return a benchmark's ``extra_info`` if it is one of our cells."""
    match benchmark:
        case {"extra_info": dict(extra_info)} if SCHEMA_KEY in extra_info:
            return extra_info
        case _:
            return None


def _cell_error(mapping: Mapping[str, object], reason: str) -> StoredFileError:
    name = "-".join(map(str, _name_of(mapping)))
    # repr: what a broken file calls its cell may hold line ends and characters that can't be printed.
    return StoredFileError(f"the cell {name[:80]!a} is damaged: {reason}; restore the file, or measure again")


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _nan_if_unknown(number: float | None) -> float:
    return math.nan if number is None else number
