"""The stored form of a sweep: a pytest-benchmark JSON file with everything of ours in ``extra_info``.

Keys that can be computed from others (what stands for the rounds of each metric that has some, ``examples_per_second``,
``seconds_per_step``, ``compile_seconds``) are there for other programs that read the file, and are not read back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchmark.backends import TENSORFLOW
from batchmark.errors import StoredFileError
from batchmark.files.json_file import read_json
from batchmark.files.stored_form import Form, Object, in_order
from batchmark.files.typed import plain
from batchmark.metrics import table
from batchmark.records import Cell, CellRecord

SCHEMA_KEY = "batchmark_schema"
FACTS_KEY = "batchmark"
"""Where our part of pytest-benchmark's ``machine_info`` stands."""
REST_KEY = "batchmark"
"""Where the rest of a sweep stands in the file: see `rest_of_sweep`."""

_HOW_TO_STORE = "a sweep is stored by pytest --benchmark-only --benchmark-json FILE"
# As they have always stood; what was added later follows.
_ORDER = (
    *("workload", "workload_version", "batch_size", "loop", "compilation", "compilation_trial", "examples"),
    *("steps_per_epoch", "seconds_per_epoch", "examples_per_second", "seconds_per_step", "first_epoch_seconds"),
    *("compile_seconds", "seconds_per_round", "learning_rate", "seed", "places", "status", "warnings"),
)


def _with_what_follows(record: CellRecord, form: Object) -> Object:
    is_measured = record.turns > 0
    computed = {
        **{metric.name: metric.value(record) for metric in table.METRICS if metric.is_by_round},
        "examples_per_second": record.examples_per_second if is_measured else None,
        "seconds_per_step": record.seconds_per_step if is_measured else None,
        "compile_seconds": record.compile_seconds if is_measured else None,
    }
    return in_order({**form, **plain(computed)}, *_ORDER)


def _flaw(record: CellRecord) -> str | None:
    if not all(record.seconds_per_round):
        return "it has a turn without a round"
    if record.seconds_per_round and not (record.examples and record.steps_per_epoch):
        return "it has rounds, but no examples or no steps per epoch"
    for name, turns in record.instruments.items():
        if tuple(map(len, turns)) != tuple(map(len, record.seconds_per_round)):
            return f"{name} has other rounds than seconds_per_round"
    return None


def _title(content: Mapping[str, object]) -> str:
    # ascii: what a broken file calls its cell may hold line ends and characters that can't be printed.
    *name, backend = _name_of(content)
    told = "-".join(map(str, name)) + ("" if backend == TENSORFLOW else f"@{backend}")
    return f"the cell {told[:80]!a}"


def _name_of(extra_info: Mapping[str, object]) -> tuple[object, ...]:
    # Older files have none: they are of one alone.
    return (*(extra_info.get(key) for key in ("workload", "batch_size", "loop")), extra_info.get("backend", TENSORFLOW))


CELL = Form(
    CellRecord,
    key=SCHEMA_KEY,
    version=1,
    name="a cell of a sweep",
    stored_by=_HOW_TO_STORE,
    again="measure again",
    required=("compilation_trial", "status", "warnings"),
    flat="cell",
    arranged=_with_what_follows,
    flaw=_flaw,
    title=_title,
)
"""A cell, wherever it is stored: in a sweep's file, a journal, a release's session."""


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

    @property
    def facts(self) -> Mapping[str, object] | None:
        """Where it was measured, in our own words; None where the file has none of them."""
        return facts_in(self.machine_info)


def processor_in(machine_info: Mapping[str, object]) -> str | None:
    """Return what pytest-benchmark calls the processor; None: nothing."""
    cpu = machine_info.get("cpu")
    brand = cpu.get("brand_raw") if isinstance(cpu, Mapping) else None
    return (" ".join(brand.split()) or None) if isinstance(brand, str) else None


def facts_in(machine_info: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return our part of what pytest-benchmark wrote of a machine; None where there is none."""
    facts = machine_info.get(FACTS_KEY)
    return facts if isinstance(facts, dict) else None


def to_extra_info(record: CellRecord) -> Object:
    """Return the flat, JSON-safe form of `record`."""
    return CELL.stored(record)


def from_extra_info(mapping: Mapping[str, object]) -> CellRecord:
    """Return the record that `to_extra_info` wrote.

    Raises StoredFileError: another schema, a key that is missing or has a wrong type, seconds that are
    not above 0, rounds of no examples.
    """
    return CELL.taken(mapping)


def read_sweep(path: Path | str) -> StoredSweep:
    """Read the cells of a pytest-benchmark JSON file; benchmarks of other suites in it are ignored.

    Raises StoredFileError: no such file, not readable, not JSON, not pytest-benchmark's, no cell of ours in
    it, the same cell twice with different rounds, and what `from_extra_info` raises.
    """
    content = read_json(path, _HOW_TO_STORE)
    match content:
        case {"benchmarks": list(benchmarks), "machine_info": dict(machine_info), "datetime": str(datetime)}:
            pass
        case {"batchmark_comparison": _}:
            message = f"{path} is a comparison and not a sweep; type batchmark gate --upgrade {path}"
            raise StoredFileError(message)
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
