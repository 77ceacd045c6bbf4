"""The stored form of a comparison: a JSON file of ours, as ``batchmark upgrade`` and ``batchmark gate`` write it.

The comparison's own ``verdict`` is there for other programs, and is derived again when the file is read.
"""

from pathlib import Path

from batchmark.comparison import ComparedCell, Comparison, ProfiledCell
from batchmark.errors import StoredFileError, UnknownNameError
from batchmark.files.json_file import read_json
from batchmark.files.stored_form import Form, Object, in_order
from batchmark.files.typed import plain
from batchmark.metrics import table

SCHEMA_KEY = "batchmark_comparison"

_ORDER = (
    "verdict",
    "is_live",
    "stopped",
    "environment",
    "policy",
    "between_runs",
    "runs_between",
    "warnings",
    "cells",
    "profiles",
)


def _with_verdict(comparison: Comparison, form: Object) -> Object:
    cells = [in_order(cell, "workload", "batch_size", "loop") for cell in form["cells"]]
    policy = in_order(form["policy"], "confidence")
    return in_order({**form, "verdict": plain(comparison.verdict), "policy": policy, "cells": cells}, *_ORDER)


def _flaw(comparison: Comparison) -> str | None:
    seen = set()
    for cell in comparison.cells:
        key = (cell.workload, cell.batch_size, cell.loop, cell.metric)
        if key in seen:
            return f"it holds {cell.name} twice"
        seen.add(key)
    try:
        _require_known_metrics(comparison)
    except UnknownNameError as error:
        return f"{error} (a newer version of batchmark, which wrote the file, may have more)"
    flaws = (*map(_flaw_of_cell, comparison.cells), *map(_flaw_of_profiled, comparison.profiles))
    return next(filter(None, flaws), None)


def _require_known_metrics(comparison: Comparison) -> None:
    policy = comparison.policy
    tolerances = [policy.tolerances, *policy.by_workload.values()]
    named = (name for own in tolerances for name in own)
    for name in (
        *(cell.metric for cell in comparison.cells),
        *named,
        *comparison.between_runs,
        *comparison.runs_between,
    ):
        table.named(name)


def _flaw_of_cell(cell: ComparedCell) -> str | None:
    low, high = cell.interval
    if (low is None) is not (high is None) or (low is not None and high is not None and low > high):
        return f"{cell.name} has an interval from {low} to {high}; expected low <= high, or null twice"
    if low is not None and cell.effect is None:
        return f"{cell.name} has an interval and no effect"
    is_ratio = not table.named(cell.metric).is_difference
    if is_ratio and not all(number is None or number > 0 for number in (cell.effect, low)):
        return f"{cell.name} has an effect of {cell.effect} from {low}; expected ratios above 0"
    return None


def _flaw_of_profiled(cell: ProfiledCell) -> str | None:
    for side in (cell.baseline, cell.candidate):
        if any(index >= len(side.frames) for stack in side.stacks for index in stack.frames):
            return f"a stack of {cell.name} has a frame that isn't there"
    return None


COMPARISON = Form(
    Comparison,
    key=SCHEMA_KEY,
    version=1,
    name="a comparison",
    stored_by="a comparison is stored by batchmark upgrade --json FILE",
    again="compare again",
    required=("policy.confidence",),
    arranged=_with_verdict,
    flaw=_flaw,
)


def comparison_as_json(comparison: Comparison) -> str:
    """Return the stored form as JSON, in ASCII, a line end at its end."""
    return COMPARISON.text(comparison)


def write_comparison(comparison: Comparison, path: Path | str) -> None:
    """Write `comparison` into a file, which is replaced.

    Raises StoredFileError: it can't be written.
    """
    COMPARISON.write(path, comparison)


def read_comparison(path: Path | str) -> Comparison:
    """Read what `write_comparison` wrote, whole or partial.

    Raises StoredFileError: no such file, not readable, not JSON, not a comparison, another schema, a key that is
    missing or has a wrong type or range, the same cell and metric twice.
    """
    content = read_json(path, COMPARISON.stored_by)
    match content:
        case {"batchmark_comparison": _}:
            pass
        case {"benchmarks": _, "machine_info": _}:
            message = f"{path} is a stored sweep; two of them are compared by batchmark gate --baseline --candidate"
            raise StoredFileError(message)
    return COMPARISON.taken(content, str(path))
