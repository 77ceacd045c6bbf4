"""Comparisons made up for tests: cells with a known effect, and stored sweeps with known truth."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from batchmark.analysis.judged import judge
from batchmark.comparison import ComparedCell, Comparison, Environments, Policy, Verdict
from batchmark.files.sweep import StoredSweep, to_extra_info
from batchmark.metrics import table
from batchmark.records import CellRecord, Estimate

FACTS: Mapping[str, object] = {
    "tensorflow": "2.20.0",
    "keras": "3.12.0",
    "keras_backend": "tensorflow",
    "numpy": "2.3.5",
    "device": "CPU",
    "device_count": 1,
    "device_name": "AMD EPYC",
    "intra_op_threads": 0,
    "inter_op_threads": 0,
    "flags": {},
    "cores": 2,
    "load_at_start": [0.1, 0.2, 0.3],
    "governor": None,
}
BETWEEN = 1.02
"""The half-width of a made-up ratio's interval, as a factor."""


def cell_of(
    value: float | None, *, metric: str = "seconds_per_epoch", tolerance: float | None = 0.01, **fields: Any
) -> ComparedCell:
    """Return a judged cell of `blobs` with this effect; `fields` replace what is made up."""
    is_difference = table.named(metric).is_difference
    low, high = _interval(value, metric, fields.pop("width", 0.002 if is_difference else BETWEEN))
    effect = None if value is None else Estimate(value, low, high, 0.99, 5)
    judged = judge(table.named(metric), effect, tolerance) if effect else Verdict.INCONCLUSIVE
    baseline = {"peak_bytes": 700.0 * 2**20, "quality": 0.875}.get(metric, 0.0421)
    candidate = value and (baseline + value if is_difference else baseline * value)
    made_up: dict[str, Any] = {
        "workload": "blobs",
        "batch_size": 32,
        "loop": None if is_difference else "fit",
        "baseline": baseline,
        "candidate": candidate,
        "level": 0.99,
        "verdict": judged,
        "rounds": 60,
        "restarts": 5,
    }
    return ComparedCell(**(made_up | fields), metric=metric, tolerance=tolerance, effect=value, interval=(low, high))


def comparison_of(cells: Iterable[ComparedCell], **fields: Any) -> Comparison:
    """Return a live comparison of two TensorFlow versions; `fields` replace what is made up."""
    made_up: dict[str, Any] = {
        "environment": Environments(FACTS, {**FACTS, "tensorflow": "2.21.0"}),
        "policy": Policy(table.default_tolerances()),
        "is_live": True,
    }
    return Comparison(cells=tuple(cells), **(made_up | fields))


def sweep_stored(
    records: Sequence[CellRecord], *, day: int = 1, stopped: str | None = None, **facts: object
) -> StoredSweep:
    """Return `records` as a sweep that was stored on a day of January; `facts` replace what is made up."""
    machine = {"node": "here", "python_version": "3.11.7", "system": "Linux", "machine": "x86_64"}
    theirs = {key: facts.pop(key) for key in list(facts) if key in machine}
    return StoredSweep(
        tuple(records),
        {**machine, **theirs, "batchmark": {**FACTS, **facts}},
        f"2026-01-{day:02}T03:04:05+00:00",
        stopped,
    )


def write_sweep(path: Path, sweep: StoredSweep) -> Path:
    """Write `sweep` as pytest-benchmark does."""
    content = {
        "machine_info": sweep.machine_info,
        "benchmarks": [{"name": "epoch", "extra_info": to_extra_info(each), "stats": {}} for each in sweep.records],
        "datetime": sweep.datetime,
        "batchmark": {"stopped": sweep.stopped, "cells": []},
    }
    path.write_text(json.dumps(content))
    return path


def _interval(value: float | None, metric: str, width: float | None) -> tuple[float | None, float | None]:
    if value is None or width is None:
        return None, None
    return (value - width, value + width) if table.named(metric).is_difference else (value / width, value * width)
