"""The stored form of a comparison: a JSON file of ours, as ``batchmark upgrade`` and ``batchmark gate`` write it.

`batchmark.comparison.SCHEMA` is raised whenever a key changes its meaning or goes; a key may be added without. The
comparison's own ``verdict`` is there for other programs, and is derived again when the file is read. What isn't known
is null: no file holds NaN or an infinity.
"""

import json
import math
import sys
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Annotated, Any

import msgspec

from batchmark.comparison import SCHEMA, ComparedCell, Comparison, Environments, Policy, Verdict
from batchmark.errors import StoredFileError, UnknownNameError
from batchmark.files.json_file import read_json
from batchmark.metrics import table

SCHEMA_KEY = "batchmark_comparison"

_HOW_TO_STORE = "a comparison is stored by batchmark upgrade --json FILE"

# The bounds keep out NaN and the infinities, which Python's JSON lets pass.
_Number = Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
_NotNegative = Annotated[float, msgspec.Meta(ge=0, le=sys.float_info.max)]
_Level = Annotated[float, msgspec.Meta(gt=0, lt=1)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Tolerances = dict[str, _NotNegative | None]


class _Policy(msgspec.Struct, frozen=True):
    tolerances: _Tolerances
    confidence: _Level
    by_workload: dict[str, _Tolerances] = {}


class _Cell(msgspec.Struct, frozen=True):
    workload: str
    batch_size: Annotated[int, msgspec.Meta(ge=1)] | None
    loop: str | None
    metric: str
    baseline: _Number | None
    candidate: _Number | None
    effect: _Number | None
    interval: tuple[_Number | None, _Number | None]
    level: _Level
    tolerance: _NotNegative | None
    verdict: Verdict
    rounds: _Count
    restarts: _Count
    warnings: tuple[str, ...]
    noise_floor: _NotNegative | None = None
    needed: str | None = None


class _Environments(msgspec.Struct, frozen=True):
    baseline: dict[str, Any]
    candidate: dict[str, Any]


class _Comparison(msgspec.Struct, frozen=True):
    environment: _Environments
    policy: _Policy
    cells: tuple[_Cell, ...]
    is_live: bool
    warnings: tuple[str, ...] = ()
    stopped: str | None = None
    between_runs: dict[str, _NotNegative] = {}


def comparison_as_json(comparison: Comparison) -> str:
    """Return the stored form as JSON, in ASCII, a line end at its end."""
    form = {
        SCHEMA_KEY: SCHEMA,
        "verdict": comparison.verdict,
        "is_live": comparison.is_live,
        "stopped": comparison.stopped,
        "environment": {
            "baseline": comparison.environment.baseline,
            "candidate": comparison.environment.candidate,
        },
        "policy": {
            "confidence": comparison.policy.confidence,
            "tolerances": comparison.policy.tolerances,
            "by_workload": comparison.policy.by_workload,
        },
        "between_runs": comparison.between_runs,
        "warnings": comparison.warnings,
        "cells": [_cell_form(cell) for cell in comparison.cells],
    }
    return json.dumps(_plain(form), indent=2, allow_nan=False) + "\n"


def write_comparison(comparison: Comparison, path: Path | str) -> None:
    """Write `comparison` into a file, which is replaced.

    Raises StoredFileError: it can't be written.
    """
    try:
        Path(path).write_text(comparison_as_json(comparison), encoding="ascii")
    except (OSError, ValueError) as error:
        message = f"{path} can't be written: {getattr(error, 'strerror', None) or error}"
        raise StoredFileError(message) from error


def read_comparison(path: Path | str) -> Comparison:
    """Read what `write_comparison` wrote, whole or partial.

    Raises StoredFileError: no such file, not readable, not JSON, not a comparison, another schema, a key that is
    missing or has a wrong type or range, the same cell and metric twice.
    """
    content = read_json(path, _HOW_TO_STORE)
    _require_schema(path, content)
    try:
        stored = msgspec.convert(content, _Comparison)
        cells = tuple(map(_cell, stored.cells))
        _require_each_once(cells)
        _require_known_metrics(stored)
    # What msgspec quotes, and how it says where, may hold line ends of the file's.
    except (msgspec.ValidationError, OverflowError, ValueError, UnknownNameError) as error:
        message = f"{path} is damaged: {' '.join(ascii(str(error))[1:-1].split())}; restore the file, or compare again"
        raise StoredFileError(message) from error
    return Comparison(
        environment=Environments(stored.environment.baseline, stored.environment.candidate),
        policy=Policy(stored.policy.tolerances, stored.policy.by_workload, stored.policy.confidence),
        cells=cells,
        is_live=stored.is_live,
        warnings=stored.warnings,
        stopped=stored.stopped,
        between_runs=stored.between_runs,
    )


def _require_schema(path: Path | str, content: object) -> None:
    match content:
        case {"batchmark_comparison": schema}:
            # True and 1.0 equal 1, and are none of what is written.
            if type(schema) is int and schema == SCHEMA:
                return
            message = (
                f"{path} has {SCHEMA_KEY} {ascii(schema)[:40]} and this version of batchmark reads {SCHEMA}; "
                "read the file with the version that wrote it, or compare again"
            )
        case {"benchmarks": _, "machine_info": _}:
            message = f"{path} is a stored sweep; two of them are compared by batchmark gate --baseline --candidate"
        case _:
            message = f"{path} is JSON, but not a comparison; {_HOW_TO_STORE}"
    raise StoredFileError(message)


def _require_known_metrics(stored: _Comparison) -> None:
    """Refuse a metric that isn't in the table; those of cells were looked up there."""
    policy = stored.policy
    tolerances = [policy.tolerances, *policy.by_workload.values()]
    for name in (*(name for own in tolerances for name in own), *stored.between_runs):
        table.named(name)


def _require_each_once(cells: tuple[ComparedCell, ...]) -> None:
    seen = set()
    for cell in cells:
        key = (cell.workload, cell.batch_size, cell.loop, cell.metric)
        if key in seen:
            message = f"it holds {cell.name} twice"
            raise ValueError(message)
        seen.add(key)


def _cell(stored: _Cell) -> ComparedCell:
    low, high = stored.interval
    cell = ComparedCell(**msgspec.structs.asdict(stored))
    if (low is None) is not (high is None) or (low is not None and high is not None and low > high):
        message = f"{cell.name} has an interval from {low} to {high}; expected low <= high, or null twice"
        raise ValueError(message)
    if low is not None and cell.effect is None:
        message = f"{cell.name} has an interval and no effect"
        raise ValueError(message)
    if not table.named(cell.metric).is_difference and not all(
        number is None or number > 0 for number in (cell.effect, low)
    ):
        message = f"{cell.name} has an effect of {cell.effect} from {low}; expected ratios above 0"
        raise ValueError(message)
    return cell


def _cell_form(cell: ComparedCell) -> dict[str, object]:
    return {
        "workload": cell.workload,
        "batch_size": cell.batch_size,
        "loop": cell.loop,
        "metric": cell.metric,
        "baseline": cell.baseline,
        "candidate": cell.candidate,
        "effect": cell.effect,
        "interval": cell.interval,
        "level": cell.level,
        "tolerance": cell.tolerance,
        "verdict": cell.verdict,
        "rounds": cell.rounds,
        "restarts": cell.restarts,
        "noise_floor": cell.noise_floor,
        "needed": cell.needed,
        "warnings": cell.warnings,
    }


def _plain(value: object) -> object:
    """Return `value` as JSON has it: numbers that aren't finite as null, whatever JSON has no form for as text."""
    match value:
        case None | bool():
            return value
        case Integral():
            return int(value)
        case Real():
            return float(value) if math.isfinite(value) else None
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return str(value)
