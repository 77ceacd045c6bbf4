"""A stored sweep in brief: what a history takes of each of thousands of files, read some fifty times as fast.

msgspec goes through a file once and makes objects of the few keys that are asked for. Whatever doesn't fit is read in
full, by who says what is wrong with it; so nothing is known of a sweep in brief that its whole would tell otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any

import msgspec

from batchmark.backends import TENSORFLOW
from batchmark.files.sweep import CELL, FACTS_KEY, StoredSweep, facts_in
from batchmark.records import Cell, CellRecord, Status

_NOT_COMPARED = frozenset({Status.DIVERGED, Status.FAILED, Status.NOT_TRIED, Status.REFUSED})
_STATUSES = frozenset(Status)
_ABSENT = -(2**62)
_THEIRS = ("node", "python_version", "system", "release", "machine")


@dataclass(frozen=True, slots=True)
class Work:
    """What an epoch of a workload is: of another, times are another quantity."""

    workload_version: int
    examples: int
    tokens_per_example: int | None
    """None: the file doesn't tell."""

    def is_as(self, other: "Work") -> bool:
        """Whether an epoch is the same, as far as both tell."""
        tokens = {self.tokens_per_example, other.tokens_per_example} - {None}
        is_same = (self.workload_version, self.examples) == (other.workload_version, other.examples)
        return is_same and len(tokens) <= 1


@dataclass(frozen=True, slots=True)
class BriefSweep:
    """What a history takes of a sweep."""

    name: str
    """The file, as it was named or found."""
    seconds_per_epoch: Mapping[Cell, float]
    """The median over turns, of each cell with rounds of a training that works."""
    work: Mapping[str, Work]
    """By workload, of all that the file has cells of."""
    machine_info: Mapping[str, object]
    """Of pytest-benchmark's what tells machines and packages apart, ours under ``batchmark``."""
    datetime: str
    """When it was stored, as pytest-benchmark wrote it."""
    stopped: str | None = None
    """Why measuring ended before its plan did, or None."""

    @property
    def facts(self) -> Mapping[str, object] | None:
        """Where it was measured, in our own words; None where the file has none of them."""
        return facts_in(self.machine_info)


def brief_of(sweep: StoredSweep, name: str) -> BriefSweep:
    """Return in brief what was read in full from the file `name`."""
    info = sweep.machine_info
    cpu = info.get("cpu")
    brand = cpu.get("brand_raw") if isinstance(cpu, Mapping) else None
    work: dict[str, Work] = {}
    for each in sweep.records:
        work.setdefault(each.cell.workload, _work_of(each))
    kept = {key: info[key] for key in (*_THEIRS, FACTS_KEY) if key in info}
    return BriefSweep(
        name=name,
        seconds_per_epoch={each.cell: each.seconds_per_epoch for each in sweep.records if each.is_comparable},
        work=work,
        machine_info={**kept, "cpu": {"brand_raw": brand}},
        datetime=sweep.datetime,
        stopped=sweep.stopped,
    )


def is_same_run(one: BriefSweep, other: BriefSweep) -> bool:
    """Whether two files hold the same rounds, whenever and however they were written.

    No two runs take the same seconds to the last digit. What has no rounds is no run.
    """
    return bool(one.seconds_per_epoch) and one.seconds_per_epoch == other.seconds_per_epoch and one.work == other.work


def is_part(one: BriefSweep, other: BriefSweep) -> bool:
    """Whether all cells that two files have in common hold the same rounds: one is of the other's run, or both are."""
    common = one.seconds_per_epoch.keys() & other.seconds_per_epoch.keys()
    return bool(common) and all(one.seconds_per_epoch[cell] == other.seconds_per_epoch[cell] for cell in common)


def read_brief(content: bytes, name: str) -> BriefSweep | None:
    """Return in brief the sweep that the file `name` with this `content` holds; None: it has to be read in full."""
    try:
        held = _DECODER.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    rest = held.batchmark
    found = [each.extra_info for each in held.benchmarks]
    cells = [*(each for each in found if each.batchmark_schema != _ABSENT), *rest.cells]
    if not cells or not all(map(_is_plain, cells)):
        return None
    seconds: dict[Cell, float] = {}
    work: dict[str, Work] = {}
    rounds: dict[Cell, list[list[float]]] = {}
    for each in cells:
        cell = _cell(each.workload, each.batch_size, each.loop, each.backend)
        if rounds.setdefault(cell, each.seconds_per_round) != each.seconds_per_round:
            return None
        work.setdefault(each.workload, _work(each.workload_version, each.examples, each.tokens_per_example))
        if each.seconds_per_round and each.status not in _NOT_COMPARED:
            seconds[cell] = median([turn[0] if len(turn) == 1 else median(turn) for turn in each.seconds_per_round])
    return BriefSweep(name, seconds, work, _machine_info(held.machine_info), held.datetime, rest.stopped)


class _Cell(msgspec.Struct, gc=False):
    # Each by default what no cell has: other suites store none of these.
    batchmark_schema: int = _ABSENT
    workload: str = ""
    batch_size: int = 0
    loop: str = ""
    workload_version: int = -1
    examples: int = -1
    steps_per_epoch: int = -1
    seconds_per_round: list[list[float]] = msgspec.field(default_factory=lambda: [[]])
    status: str = ""
    backend: str = TENSORFLOW
    tokens_per_example: int | None = None


class _Benchmark(msgspec.Struct, gc=False):
    extra_info: _Cell = msgspec.field(default_factory=_Cell)


class _Rest(msgspec.Struct, gc=False):
    stopped: str | None = None
    cells: list[_Cell] = []


class _Processor(msgspec.Struct, gc=False):
    brand_raw: Any = None


class _Machine(msgspec.Struct, gc=False):
    node: Any = msgspec.UNSET
    python_version: Any = msgspec.UNSET
    system: Any = msgspec.UNSET
    release: Any = msgspec.UNSET
    machine: Any = msgspec.UNSET
    batchmark: Any = msgspec.UNSET
    cpu: _Processor | None = None


class _File(msgspec.Struct, gc=False):
    benchmarks: list[_Benchmark]
    machine_info: _Machine
    datetime: str
    batchmark: _Rest = msgspec.field(default_factory=_Rest)


_DECODER = msgspec.json.Decoder(_File)


def _is_plain(cell: _Cell) -> bool:
    """Whether a cell is what this version writes, as far as it is looked at."""
    if cell.batchmark_schema != CELL.version or cell.batch_size < 1 or cell.status not in _STATUSES:
        return False
    if not (cell.workload and cell.loop) or min(cell.workload_version, cell.examples, cell.steps_per_epoch) < 0:
        return False
    if not cell.seconds_per_round:
        return True
    has_work = cell.examples > 0 and cell.steps_per_epoch > 0
    return has_work and all(turn and min(turn) > 0 for turn in cell.seconds_per_round)


def _machine_info(machine: _Machine) -> dict[str, object]:
    told = {name: getattr(machine, name) for name in (*_THEIRS, FACTS_KEY)}
    known = {name: value for name, value in told.items() if value is not msgspec.UNSET}
    return {**known, "cpu": {"brand_raw": machine.cpu.brand_raw if machine.cpu else None}}


def _work_of(record: CellRecord) -> Work:
    return _work(record.workload_version, record.examples, record.tokens_per_example)


# One of each for all files.
@cache
def _work(workload_version: int, examples: int, tokens_per_example: int | None) -> Work:
    return Work(workload_version, examples, tokens_per_example)


@cache
def _cell(workload: str, batch_size: int, loop: str, backend: str) -> Cell:
    return Cell(workload, batch_size, loop, backend)
